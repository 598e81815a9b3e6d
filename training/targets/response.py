"""Response: whether a customer who is contacted by a campaign will answer it within the campaign's own window."""

from typing import ClassVar, Literal

import msgspec
import numpy as np

from features.catalogue.catalogue import event
from features.catalogue.feature import Aggregate, Derived, Feature, Given
from features.catalogue.slug import of_own, slug, unique
from features.dataset import DatasetError
from features.log.event import CUSTOM, DISCOUNTED, KINDS
from features.log.log import Log
from features.nearest import nearest
from training.panel.contacts import Contacts
from training.targets.candidate import Candidate, candidate, probability
from training.targets.cohort import Bound, Cohort, Days

LENGTH = Given("campaign_days", "days that the campaign lasts", "days", Contacts.context, "days")

_WORDS = {"redemption": "coupons redeemed", "mail_open": "mails opened", "mail_click": "mails clicked"}
_DAYS = 364
LARGEST_TYPES = 4
_SLUG, _TYPE = "type_slug", "type"
"""The columns of the campaigns' table that say of which type each is."""


class Response(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="response", tag_field="kind"):
    """Probability of an answer to a contact, from the contact until its campaign ends.

    A campaign whose end the data do not know can be answered for `horizon_days` from each contact. `akin` are other
    kinds of event by which those show themselves who answer. `types` are the channels of contacts that features look
    at one by one; a declaration without any stands for the largest.

    Example:
        >>> Response("response", 56).rows().answer
        'redemption'
    """

    name: str
    horizon_days: Days
    answer: Literal["redemption", "mail_open", "mail_click"] = "redemption"
    akin: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a kind of event that there is not."""
        for kind in self.akin:
            if kind not in KINDS and not kind.startswith(CUSTOM):
                raise ValueError(f"akin: got {kind!r}.{nearest(kind, KINDS)}")

    task: ClassVar[str] = "binary"
    unit: ClassVar[str] = "probability"
    context: ClassVar[str] = Contacts.context
    """The kind of context that a row has."""

    @property
    def contact(self) -> str:
        """The kind of event that is answered."""
        return "contact" if self.answer == "redemption" else "mail_sent"

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        return f"{self.answer.replace('_', ' ')} in answer to a contact, before the campaign ends"

    def spelled_out(self, log: Log, known_until: int) -> tuple["Response", ...]:
        """Return the target with the types of campaigns that are meant.

        Raises:
            DatasetError: what is akin is a kind of somebody's own that the dataset does not have.
        """
        for kind in self.akin:
            if kind not in log.kinds:
                raise DatasetError(f"targets.{self.name}: akin: got {kind!r}.{nearest(kind, log.kinds)}")
        types = self.types or largest_types(log, self.contact, known_until)
        return (msgspec.structs.replace(self, types=types),)

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

    def seen(self) -> tuple[Feature | Given, ...]:
        """Return the features that models see beside those of the catalogue; of the types a row's own alone."""
        return *self._answers(), *self._given()

    def rows(self) -> Contacts:
        """Return what its rows are, how they are split, and what their labels are."""
        return Contacts(self.contact, self.answer, self.horizon_days, self.types, self._given())

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        three = ("logistic", "lightgbm", "lightgbm_random")
        return (
            candidate("recency_rule", feature=self.recency().name, rises=False),
            candidate("rfm_logistic"),
            *probability(),
            candidate("mean", parts=three, how="logit_mean"),
        )

    def _answers(self) -> tuple[Aggregate, ...]:
        """Return how often answers of any type came, and what is akin."""
        return self.recency(), *_days(self.answer), *(feature for kind in self.akin for feature in _habit(kind))

    def _given(self) -> tuple[Given, ...]:
        """Return the features that a row has of its campaign: its length, its type, and the history with its type."""
        if len(self.types) <= 1:
            return (LENGTH,)
        is_of = (
            Given(
                f"campaign_is_{own}",
                f"whether the campaign is of type {one}",
                "yes or no",
                Contacts.context,
                self._column,
                equals=self._value(one),
            )
            for one, own in self._slugs.items()
        )
        return LENGTH, *is_of, *self._own()

    def _own(self) -> tuple[Given, ...]:
        """Return the history with the row's own type of campaigns."""
        by_type = {self._value(one): self._history(one) for one in self.types}
        first = next(iter(by_type.values()))
        return tuple(
            Given(
                f"campaign_type_{feature.name.removesuffix(_by(self._slugs[self.types[0]]))}",
                feature.meaning.replace(f"type {self.types[0]}", "the same type"),
                feature.unit,
                Contacts.context,
                self._column,
                picks=tuple((one, own[place].name) for one, own in by_type.items()),
            )
            for place, feature in enumerate(first)
        )

    @property
    def _slugs(self) -> dict[str, str]:
        return unique(self.types)

    @property
    def _column(self) -> str:
        """The column of the campaigns' table that tells the types apart: slugs do where each type has its own."""
        return _SLUG if len(set(map(slug, self.types))) == len(self.types) else _TYPE

    def _value(self, of: str) -> str:
        return slug(of) if self._column == _SLUG else of

    def _history(self, of: str) -> tuple[Feature, ...]:
        """Return what there was of one type of campaigns."""
        end = _by(self._slugs[of])
        whose, only = f"type {of}", ("channel", of)
        reached, answered = f"{self.contact}_campaigns{end}", f"{self.answer}_campaigns{end}"

        def aggregate(name: str, meaning: str, unit: str, kind: str, selection: str, column: str | None) -> Aggregate:
            window = None if kind == "silence" else _DAYS
            return Aggregate(name, f"{meaning} of {whose}", unit, kind, selection, window, column, only=only)

        did, when = _WORDS[self.answer], f"in {_DAYS} days, campaigns"
        return (
            aggregate(reached, f"contacts {when}", "campaigns", "distinct", self.contact, "campaign"),
            aggregate(answered, f"answers {when}", "campaigns", "distinct", self.answer, "campaign"),
            aggregate(f"{self.answer}s{end}", f"{did} {when}", "answers", "count", self.answer, None),
            aggregate(f"{self.answer}_recency{end}", f"days since {did}", "days", "silence", self.answer, None),
            Derived(f"{self.answer}_rate{end}", f"answered share of {whose}", "share", "ratio", answered, reached),
        )


def _by(type_slug: str) -> str:
    return f"_by_{type_slug}"


def _days(kind: str) -> tuple[Aggregate, ...]:
    """Return on how many days a kind of event happened."""
    meaning = f"days with a {event(kind)}"
    return tuple(
        Aggregate(f"{of_own(kind)}_days_{w}d", f"{meaning} in {w} days", "days", "days", kind, w)
        for w in (28, 84, _DAYS)
    )


def _habit(kind: str) -> tuple[Aggregate, ...]:
    """Return how much, how often and how long ago a kind of event happened."""
    one, name = event(kind), of_own(kind)
    counts = (Aggregate(f"{name}s_{w}d", f"{one}s in {w} days", "times", "count", kind, w) for w in (84, _DAYS))
    recency = Aggregate(f"{name}_recency", f"days since the last {one}", "days", "silence", kind)
    return recency, *_days(kind), *counts


def largest_types(log: Log, contact: str, until: int) -> tuple[str, ...]:
    """Return the channels of most contacts of a kind before a moment, the largest first."""
    names, kind = log.names["channel"], KINDS.index(contact)
    if not len(names):
        return ()
    count = np.zeros(len(names), np.int64)
    for _, piece in log.pieces():
        columns, channel = piece.columns, piece.columns["channel"]
        known = (columns["time"] < until) & (columns["code"] % DISCOUNTED == kind) & (channel >= 0)
        count += np.bincount(channel[known], minlength=len(names))
    order = np.argsort(-count, kind="stable")
    return tuple(names.take(order[count[order] > 0]).to_pylist()[:LARGEST_TYPES])
