"""The shapes: what requests ask, and what the service says, as JSON."""

from typing import Annotated, Any, Literal

import msgspec

from features.log.store.verdict import Verdict
from training.actions.suggestion import Suggestion
from training.rules.because import Membership

ENGLISH = "en"
"""The language where none is asked for; the table of words has it, and is too heavy for who only reads answers."""

Word = Annotated[str, msgspec.Meta(max_length=80)]
"""A text that an error may echo."""


class Question(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is asked about customers, whoever they are."""

    as_of: Word | None = None
    """The moment that the answer is to speak of, in ISO 8601; by default the later of the base and the own event."""
    language: Word = ENGLISH
    """Of the reasons, and of what segments are called and mean."""
    reasons: bool = False
    """Whether values come with the reasons for them."""
    campaign: Word | None = None
    """Which the customers are to be contacted by, for the targets that speak of an answer."""
    channel: Word | None = None
    """The campaign's; one that the bundle does not know needs it."""


class Request(Question):
    """Which customers are asked about."""

    customer_ids: Annotated[list[str], msgspec.Meta(min_length=1)]
    action: bool = False
    """Whether answers say what to do for the customer."""


class Event(msgspec.Struct, forbid_unknown_fields=True):
    """One canonical event, as a client writes it: times in ISO 8601 or epochs, money in units of currency."""

    customer_id: str
    occurred_at: str | int | float
    event: str
    event_id: str | None = None
    amount: float | None = None
    quantity: float | None = None
    discount: float | None = None
    order_id: str | None = None
    product_id: str | None = None
    category: str | None = None
    store_id: str | None = None
    channel: str | None = None
    campaign_id: str | None = None
    recorded_at: str | int | float | None = None
    score: float | None = None
    duration: float | None = None
    until: str | int | float | None = None


class ScoreRequest(Question):
    """Customers by all of their events."""

    events: Annotated[list[Event], msgspec.Meta(min_length=1)]


class KeptAside(msgspec.Struct):
    """An event of the request that could not be used."""

    event: int
    """Its place in the request, from 0."""
    reason: str


class Reason(msgspec.Struct):
    """One reason for a value, the customer's number beside the usual one; money is in units of currency."""

    text: str
    feature: str
    value: float | None
    usual: float | None
    effect: Literal["raises", "lowers"]


class Prediction(msgspec.Struct, omit_defaults=True):
    """What a bundle says of one customer and target: a value and why it is so, or the reason why there is none."""

    horizon_days: int
    unit: str
    value: float | None
    later: bool = False
    """Of days until something: whether the value is the horizon and stands for any time from there on, or never."""
    reason: str = ""
    by: str = ""
    """The recipe that gave the value; of few purchases, a simpler one than of many."""
    reasons: list[Reason] = []
    """The strongest first, at most three."""
    stale: str = ""
    """Why the moment and the bundle's as-of lie a horizon or more apart, where they do."""


class SegmentName(msgspec.Struct):
    """The one segment of a segmenter that a customer is in."""

    name: str
    title: str


class Customer(msgspec.Struct, omit_defaults=True):
    """One customer's answer; an unknown one has an error and nothing else."""

    customer_id: str
    as_of: str = ""
    """The moment that the answer speaks of."""
    why: str = ""
    """Why it is this moment, one of `as_of.Why`."""
    segments: dict[str, SegmentName] = {}
    predictions: dict[str, Prediction] = {}
    error: str = ""
    known_as: str = ""
    """What the customer is called who has the identifier that was asked about, where that is not the same."""
    rules: dict[str, bool] = {}
    """By rule, whether the customer is in its segment."""
    because: dict[str, Membership] = {}
    """Why the customer is in each segment that was asked for, or why not."""
    action: Suggestion | None = None
    """What to do for the customer, where that is asked for."""


class Based(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What every answer says: the bundle that gave it, and what it and the data know up to."""

    dataset: str
    bundle_version: str
    bundle_alias: str
    bundle_as_of: str
    data_end: str
    retrain_by: str = ""
    """Until when the bundle is to be trained again, since somebody was erased after it was trained."""
    stale: str = ""
    """Why the answers know nothing of what came in, where that is so: its server does not answer."""


class Answer(Based, kw_only=True):
    """The answers in the order of the request."""

    customers: list[Customer]


class ScoreAnswer(Answer, kw_only=True):
    """An answer from the request's own events, and those of them that could not be used."""

    kept_aside: list[KeptAside]


class RecommendRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom something is to be offered, or what goes with which products."""

    customer_ids: list[str] = []
    products: list[str] = []
    """Of which products it is asked what goes with them."""
    lists: list[Word] | None = None
    """Which lists; by default all that there are."""
    k: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    """Products of a list at the most; by default what the dataset file says."""
    context: list[str] = []
    """Products that the customers look at now; neither they nor their variants are offered to customers."""
    as_of: Word | None = None
    """As in other requests."""
    language: Word = ENGLISH
    """Of the reasons."""


class OfferedItem(msgspec.Struct, omit_defaults=True):
    """A product on a list."""

    product_id: str
    score: float
    """By which the list is in order; not to be compared between lists."""
    reason: str
    popular: bool = False
    """Whether it is the fall-back: what is popular now, and nothing of the customer stands behind it."""


class OfferedList(msgspec.Struct, omit_defaults=True):
    """A list, the best first; one that is shorter than asked says so."""

    items: list[OfferedItem]
    fewer: str = ""
    """How many there are of those that were asked for, and why no more."""


class CustomerOffer(msgspec.Struct, omit_defaults=True):
    """What one customer is offered; one of whom nothing may be said has an error and nothing else."""

    customer_id: str
    as_of: str = ""
    """The moment that the lists speak of."""
    why: str = ""
    """Why it is this moment, one of `as_of.Why`."""
    lists: dict[str, OfferedList] = {}
    new: str = ""
    """That nothing is known of this customer, where that is so."""
    error: str = ""
    known_as: str = ""
    """As in other answers."""


class ProductOffer(msgspec.Struct):
    """What goes with one product."""

    product_id: str
    lists: dict[str, OfferedList]


class RecommendAnswer(Based, kw_only=True, omit_defaults=True):
    """The offers in the order of the request."""

    customers: list[CustomerOffer] = []
    products: list[ProductOffer] = []
    fallback: float | None = None
    """Which share of the customers' products is the fall-back; None where there are none."""
    learned_later: str = ""
    """Until when the bundle learned what is popular and bought together, where that is after the moment asked about."""


class Arrived(Event, kw_only=True, forbid_unknown_fields=True):
    """One event to be kept, or a link: what says no more than that its identifiers are of one person."""

    customer_id: str | None = None  # type: ignore[assignment]  # what has `identifiers` has none
    """Whose it is; where the dataset links identifiers, `identifiers` may say so instead."""
    identifiers: dict[Word, str] | None = None
    """All identifiers of the one person, by kind, such as {"user_id": "7", "email": "a@x.org"}."""

    def __post_init__(self) -> None:
        """Refuse what says of nobody.

        Raises:
            ValueError: it has neither.
        """
        if self.customer_id is None and not self.identifiers:
            raise ValueError("Object missing required field `customer_id`")


class EventsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Events to be kept."""

    events: list[Arrived]


Rows = list[dict[str, Any]]
"""Rows of a known tool's form, to be kept."""


class Told(msgspec.Struct, omit_defaults=True):
    """What became of one event."""

    verdict: Verdict
    reason: str = ""
    """Why it is not stored."""
    row: int | None = None
    """The place of the row that it is of, from 0, where rows of a tool's form were posted: one may have several."""


class EventsAnswer(msgspec.Struct):
    """What became of each event, in the order of the request."""

    events: list[Told]


class AcceptedEvent(msgspec.Struct):
    """An event that came in since the events were stored."""

    accepted_at: str
    event: msgspec.Raw


class CustomerAnswer(Based, kw_only=True):
    """What is said of one customer, and the newest events that came in."""

    customer: Customer
    events: list[AcceptedEvent]


class Segments(Based, kw_only=True):
    """The segments that customers may be in."""

    segmenters: dict[str, list[dict[str, Any]]]
    """By segmenter, each of its segments: its name, title and meaning; what its customers buy beyond the rest."""
    rules: dict[str, dict[str, Any]] = {}
    rules_left_out: dict[str, str] = {}
    """By rule, why it cannot be told here."""


class Served(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The bundle that is served."""

    id: str
    version: str
    alias: str
    dataset: str
    as_of: str
    features: int
    """How many there are."""
    predictors: list[dict[str, Any]]
    """The targets, and the recipe of each."""
    segmenters: dict[str, list[dict[str, Any]]]
    campaigns: list[dict[str, Any]] = []
    rules: dict[str, dict[str, Any]] = {}
    rules_left_out: dict[str, str] = {}
    retrain_by: str = ""
    refused: str = ""
    """Why a newer bundle, or newer stored events, did not take the place of those that are served."""


class Outstanding(msgspec.Struct):
    """What is left to do of an erasure that was begun."""

    erased: str
    outstanding: str


class PageKey(msgspec.Struct, forbid_unknown_fields=True):
    """The key that the live page asked for."""

    key: str


class PageKept(msgspec.Struct):
    """What a key that a browser keeps now may do."""

    role: str
