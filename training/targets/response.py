"""Response: whether a customer who is contacted by a campaign will answer it within the campaign's own window."""

from typing import ClassVar, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Aggregate, Derived, Feature
from features.catalogue.feature_set import slug
from features.log.event import DISCOUNTED, KINDS
from features.log.log import Log
from features.nearest import nearest
from training.targets.cohort import Bound, Cohort, Days

PREFIX = "campaign_"
"""How the features begin that a row has of its campaign, and that no kernel computes."""
OWN_TYPE = f"{PREFIX}type_"
"""How those of them begin that look at campaigns of the same type only."""
LENGTH = Aggregate(f"{PREFIX}days", "days that the campaign lasts", "days", "count", "contact")
"""They are declared as aggregates, so that reasons and tables have words for them."""

_WORDS = {"redemption": "coupons redeemed", "mail_open": "mails opened", "mail_click": "mails clicked"}
_DAYS = 364
LARGEST_TYPES = 4


class Response(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="response", tag_field="kind"):
    """Probability of an answer to a contact, from the contact until its campaign ends.

    A campaign whose end the data do not know can be answered for `horizon_days` from each contact. `akin` are other
    kinds of event by which those show themselves who answer. `types` are the channels of contacts that features look
    at one by one; a declaration without any stands for the largest.

    Example:
        >>> Response("response", 56).label(np.array([[0.0], [2.0]]), np.empty((2, 0)))
        array([0., 1.])
    """

    name: str
    horizon_days: Days
    answer: Literal["redemption", "mail_open", "mail_click"] = "redemption"
    akin: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a kind of event that there is not."""
        for kind in self.akin:
            if kind not in KINDS:
                raise ValueError(f"akin: got {kind!r}.{nearest(kind, KINDS)}")

    task: ClassVar[str] = "binary"
    unit: ClassVar[str] = "probability"

    @property
    def contact(self) -> str:
        """The kind of event that is answered."""
        return "contact" if self.answer == "redemption" else "mail_sent"

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"{self.answer.replace('_', ' ')} in answer to a contact, before the campaign ends"

    def of(self, types: tuple[str, ...]) -> "Response":
        """Return the same target with types of campaigns."""
        return msgspec.structs.replace(self, types=types)

    def cohort(self) -> Cohort:
        """Return whom the target speaks of: whoever is contacted; a row without a campaign has no answer."""
        return Cohort((Bound(LENGTH, 0, "name a campaign in the request"),), "a contact by a campaign")

    def recency(self) -> Aggregate:
        """Return the feature that the rule looks at."""
        meaning = f"days since the last of the {_WORDS[self.answer]}"
        return Aggregate(f"{self.answer}_recency", meaning, "days", "silence", self.answer)

    def needs(self) -> tuple[Feature, ...]:
        """Return the features that the kernel computes: those that models see, and each type's."""
        several = self.types if len(self.types) > 1 else ()
        return *self._answers(), *(feature for one in several for feature in self._history(one))

    def seen(self) -> tuple[Feature, ...]:
        """Return the features that models see beside those of the catalogue; of the types a row's own alone."""
        return *self._answers(), *self.context()

    def _answers(self) -> tuple[Aggregate, ...]:
        """Return how often answers of any type came, and what is akin."""
        return self.recency(), *_days(self.answer), *(feature for kind in self.akin for feature in _habit(kind))

    def context(self) -> tuple[Feature, ...]:
        """Return the features that a row has of its campaign: its length, its type, and the history with its type."""
        if len(self.types) <= 1:
            return (LENGTH,)
        is_of = (
            Aggregate(is_type(one), f"whether the campaign is of type {one}", "yes or no", "count", self.contact)
            for one in self.types
        )
        return LENGTH, *is_of, *self._history()

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what the kernel measures over the horizon: nothing, since it knows no campaign from another."""
        return ()

    def history(self) -> tuple[Aggregate, ...]:
        """Return what the outcome is compared with: nothing."""
        return ()

    def label(self, outcome: NDArray[np.float64], _: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 1 where there was an answer, else 0."""
        return np.where(outcome[:, 0] > 0, 1.0, 0.0)

    def _history(self, of: str | None = None) -> tuple[Feature, ...]:
        """Return what there was of one type of campaigns: by name, or for none of the row's own."""
        begin, end = ("", f"_by_{slug(of)}") if of else (OWN_TYPE, "")
        whose, only = (f"type {of}", ("channel", of)) if of else ("the same type", None)
        reached, answered = f"{begin}{self.contact}_campaigns{end}", f"{begin}{self.answer}_campaigns{end}"

        def aggregate(name: str, meaning: str, unit: str, kind: str, selection: str, column: str | None) -> Aggregate:
            window = None if kind == "silence" else _DAYS
            return Aggregate(name, f"{meaning} of {whose}", unit, kind, selection, window, column, only=only)

        did, when = _WORDS[self.answer], f"in {_DAYS} days, campaigns"
        return (
            aggregate(reached, f"contacts {when}", "campaigns", "distinct", self.contact, "campaign"),
            aggregate(answered, f"answers {when}", "campaigns", "distinct", self.answer, "campaign"),
            aggregate(f"{begin}{self.answer}s{end}", f"{did} {when}", "answers", "count", self.answer, None),
            aggregate(f"{begin}{self.answer}_recency{end}", f"days since {did}", "days", "silence", self.answer, None),
            Derived(
                f"{begin}{self.answer}_rate{end}", f"answered share of {whose}", "share", "ratio", answered, reached
            ),
        )


def _days(kind: str) -> tuple[Aggregate, ...]:
    """Return on how many days a kind of event happened."""
    meaning = f"days with a {kind.replace('_', ' ')}"
    return tuple(
        Aggregate(f"{kind}_days_{w}d", f"{meaning} in {w} days", "days", "days", kind, w) for w in (28, 84, _DAYS)
    )


def _habit(kind: str) -> tuple[Aggregate, ...]:
    """Return how much, how often and how long ago a kind of event happened."""
    one = kind.replace("_", " ")
    counts = (Aggregate(f"{kind}s_{w}d", f"{one}s in {w} days", "times", "count", kind, w) for w in (84, _DAYS))
    recency = Aggregate(f"{kind}_recency", f"days since the last {one}", "days", "silence", kind)
    return recency, *_days(kind), *counts


def is_type(name: str) -> str:
    """Return the name of the feature that says whether a campaign is of a type."""
    return f"{PREFIX}is_{slug(name)}"


def largest_types(log: Log, contact: str, until: int) -> tuple[str, ...]:
    """Return the channels of most contacts of a kind before a moment, the largest first."""
    names, channel = log.names["channel"], log.columns["channel"]
    if not len(names):
        return ()
    known = (log.columns["time"] < until) & (log.columns["code"] % DISCOUNTED == KINDS.index(contact)) & (channel >= 0)
    count = np.bincount(channel[known], minlength=len(names))
    order = np.argsort(-count, kind="stable")
    by_slug = {slug(name): name for name in reversed(names.take(order[count[order] > 0]).to_pylist())}
    return tuple(reversed(by_slug.values()))[:LARGEST_TYPES]
