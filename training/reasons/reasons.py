"""Reasons: which features explain a prediction, in plain words with the customer's number and the usual one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan
from string import Formatter

import numpy as np
from numpy.typing import NDArray

from features.catalogue import unit
from features.catalogue.catalogue import event
from features.catalogue.feature import Aggregate, Declared, Derived, Given
from features.log.event import CUSTOM
from training.reasons.wording import ENGLISH, WORDING, Row, first
from training.scorers import contributions
from training.scorers.contributions import Explained
from training.targets.column import WANTED

ROWS_PER_BLOCK = 4096

_GROUPS = {
    "silence": "silence",
    "tenure": "tenure",
    **dict.fromkeys(("count", "days", "weeks", "decayed", "answered"), "activity"),
    **dict.fromkeys(("gap_mean", "gap_spread", "gap_longest", "gap_newest", "gap_geometric"), "rhythm"),
    **dict.fromkeys(("entropy", "top_share"), "variety"),
    **dict.fromkeys(("weekend", "weekdays", "night", "morning", "afternoon", "evening"), "hours"),
}
"""Kinds of aggregate that say the same thing of the same events, whatever the window; others stand for themselves."""

_OF_VISITS = ("order", "campaign")
"""Columns whose different values count how often something happened."""

_DAYS_SINCE = ("silence", "tenure")

_DIGITS = 4
"""Decimals of a number beside its text."""


@dataclass(frozen=True)
class Strongest:
    """The features that explain some rows' predictions."""

    feature: NDArray[np.int32]
    """Their places in the kernel, shape (rows, WANTED), the strongest first; -1 where there are no more."""
    raises: NDArray[np.bool_]
    """Whether they raise the prediction, or lower it; shape (rows,)."""


@dataclass(frozen=True)
class Reason:
    """One reason for a prediction."""

    feature: str
    text: str
    value: float | None
    """The customer's number, money in units of currency; None where there is none."""
    usual: float | None
    raises: bool


class _Number(str):
    """A number as it is shown; as a format it takes the words for one and for many: `{value:day|days}`."""

    __slots__ = ()

    def __format__(self, words: str) -> str:
        one, _, many = words.partition("|")
        return f"{self} {one if self == '1' else many}" if words else str(self)


@dataclass(frozen=True)
class Sentence:
    """What one row of the table says of one feature in one language."""

    bare: str
    """The text where nothing is usual."""
    whole: str
    own: int | None
    """The place of the feature that tells what is usual for the customer; None: what is usual for the cohort."""

    def text(self, value: str, usual: str | None) -> str:
        """Return the sentence for numbers as they are shown."""
        if usual is None:
            return self.bare.format(value=_Number(value))
        return self.whole.format(value=_Number(value), usual=_Number(usual))


@dataclass(frozen=True)
class Explainer:
    """Says why, for rows of some features."""

    features: tuple[Declared, ...]
    currency: str = ""
    """What amounts are in, as it is written after them."""

    @cached_property
    def by_name(self) -> dict[str, Declared]:
        """The features."""
        return {feature.name: feature for feature in self.features}

    @cached_property
    def topics(self) -> NDArray[np.int32]:
        """The number of each feature's topic, shape (features,): those with the same number say the same thing."""
        names = [topic(feature, self.by_name) for feature in self.features]
        places = {name: place for place, name in enumerate(dict.fromkeys(names))}
        return np.array([places[name] for name in names], np.int32)

    @cached_property
    def _sentences(self) -> dict[tuple[int, str], tuple[Sentence, ...]]:
        return {}

    def sentences(self, place: int, language: str) -> tuple[Sentence, ...]:
        """Return what can be said of a feature: the first that fits a customer counts, and the last fits all."""
        found = self._sentences.get((place, language))
        if found is None:
            found = tuple(self._made(self.features[place], language))
            self._sentences[place, language] = found
        return found

    def _made(self, feature: Declared, language: str) -> Iterator[Sentence]:
        parts = {
            "meaning": feature.meaning,
            "composed": composed(feature, self.by_name, language),
            **_parts(feature, language),
        }
        for row, groups in _rows(feature):
            own = row.usual.format(name=feature.name)
            if own and own not in self.by_name:
                continue
            whole = _filled(getattr(row, language), parts | groups)
            yield Sentence(whole.partition(";")[0].rstrip(), whole, list(self.by_name).index(own) if own else None)

    def strongest(self, scorer: object, x: NDArray[np.float32], usual: NDArray[np.float32]) -> Strongest:
        """Return what explains a scorer's answers; nothing does where it cannot say what its features contribute.

        Args:
            scorer: any scorer.
            x: rows of features.
            usual: the features of the usual customer, shape (features,).
        """
        feature = np.full((len(x), WANTED), -1, np.int32)
        raises = np.zeros(len(x), np.bool_)
        if isinstance(scorer, Explained):
            topics = int(self.topics.max(initial=-1)) + 1
            for begin in range(0, len(x), ROWS_PER_BLOCK):
                block = slice(begin, begin + ROWS_PER_BLOCK)
                contributed = scorer.contributions(x[block], usual)
                contributions.strongest(contributed, self.topics, topics, feature[block], raises[block])
        return Strongest(feature, raises)

    def reason(
        self, place: int, x: NDArray[np.float32], usual: NDArray[np.float32], raises: bool, language: str
    ) -> Reason:
        """Return the reason that a feature is.

        Args:
            place: the feature's.
            x: the customer's features, shape (features,).
            usual: what is usual for the cohort, shape (features,).
            raises: whether the prediction is raised.
            language: one of the table's.
        """
        feature = counted(self.features[place], self.by_name)
        value, normal = float(x[place]), float(usual[place])
        *special, sentence = self.sentences(place, language)
        for one in special if not isnan(value) else ():
            if one.own is None or _alike(value, float(x[one.own]), normal):
                sentence = one
                break
        if sentence.own is not None:
            normal = float(x[sentence.own])
        known = None if isnan(normal) else shown(feature, normal, language, self.currency)
        text = sentence.text(shown(feature, value, language, self.currency), known)
        return Reason(self.features[place].name, text, _number(feature, value), _number(feature, normal), raises)

    def compared(self, name: str, value: float, usual: float, language: str = ENGLISH) -> str:
        """Return what is said of a number of a feature, as it is computed, beside what is usual."""
        feature = self.by_name[name]
        every = self.sentences(list(self.by_name).index(name), language)
        sentence = every[-1] if isnan(value) else next(one for one in every if one.own is None)
        told, known = (shown(feature, number, language, self.currency) for number in (value, usual))
        return sentence.text(told, known)


def _alike(value: float, own: float, normal: float) -> bool:
    """Return whether a number lies on the same side of the customer's own usual one as of the cohort's.

    The direction of a reason is told against the cohort. Of a silence that is long for others and short for this
    customer, "raises" would be turned around by what is usual for this one.
    """
    return not isnan(own) and (isnan(normal) or (value - own) * (value - normal) >= 0)


def topic(feature: Declared, by_name: dict[str, Declared]) -> str:
    """Return the topic of a feature: that of its text, or else of its declaration; a derived one has its `a`'s."""
    for row, _ in _rows(feature):
        if row.topic:
            return row.topic
    if isinstance(feature, Given):
        return topic(_of_all(feature, by_name), by_name) if feature.picks else f"{feature.context} {feature.column}"
    if isinstance(feature, Derived):
        return topic(by_name[feature.a], by_name)
    group = _GROUPS.get(feature.kind)
    if feature.kind == "distinct":
        group = "activity" if feature.column in _OF_VISITS else "variety"
    if feature.column == "quantity":
        group = "activity"
    return " ".join((feature.selection, group or f"{feature.kind} {feature.column}", *(feature.only or ())))


def counted(feature: Declared, by_name: dict[str, Declared]) -> Declared:
    """Return the feature by which a number is read: of one that a context picks, any that it may be."""
    return by_name[feature.picks[0][1]] if isinstance(feature, Given) and feature.picks else feature


def _of_all(feature: Declared, by_name: dict[str, Declared]) -> Aggregate:
    """Return what a picked feature counts, whatever the value that it is restricted to."""
    found = counted(feature, by_name)
    while not isinstance(found, Aggregate):
        assert isinstance(found, Derived)
        found = by_name[found.a]
    return replace(found, only=None)


def shown(feature: Declared, number: float, language: str, currency: str = "") -> str:
    """Return a feature's number, as it is computed, as people read it; after money stands its currency."""
    if isnan(number):
        since = isinstance(feature, Aggregate) and feature.kind in _DAYS_SINCE
        return first(language, "never" if since else "unknown")
    if feature.unit == unit.YES_OR_NO:
        return first(language, "yes" if number else "no")
    signs = str.maketrans(",.", first(language, "thousands") + first(language, "decimal point"))
    text = unit.written(feature, number, currency).translate(signs)
    if feature.unit == unit.SHARE:
        return first(language, "per cent").format(number=text)
    return f"{text} {currency}" if currency and unit.is_money(feature) else text


def composed(feature: Declared, by_name: dict[str, Declared], language: str) -> str:
    """Return what a feature is, made from its declaration."""
    if isinstance(feature, Aggregate):
        kind, selection, column = feature.kind, feature.selection, feature.column
        keys = (f"kind {kind} {selection} {column}", f"kind {kind} {selection}", f"kind {kind}", "kind")
        return " ".join(first(language, *keys).format(**_parts(feature, language)).split())
    if isinstance(feature, Given):
        return feature.meaning
    a, b = (composed(by_name[name], by_name, language) for name in (feature.a, feature.b))
    return first(language, f"formula {feature.formula}", "formula").format(a=a, b=b)


def _parts(feature: Declared, language: str) -> dict[str, str]:
    """Return the words for the parts of a declaration; none for a derived feature."""
    if not isinstance(feature, Aggregate):
        return {}
    of = f" ({feature.only[1]})" if feature.only else ""
    one, _, many = _events(feature.selection, language).partition("|")
    window = "window ever" if feature.window is None else "window lagged" if feature.lag else "window"
    days = {"days": str(feature.window), "lag": str(feature.lag)}
    return {
        "of": of,
        "event": one + of,
        "events": many + of,
        "column": first(language, f"column {feature.column}", "column"),
        "window": first(language, window).format(**days),
        **days,
    }


def _events(selection: str, language: str) -> str:
    """Return the words for one and many events; a dataset's own kind has its name in every language."""
    if selection.startswith(CUSTOM):
        name = event(selection)
        return f"{name}|{name}"
    return first(language, f"event {selection}", "event")


def _rows(feature: Declared) -> Iterator[tuple[Row, dict[str, str]]]:
    """Yield the table's texts about a feature, the more special first, with the groups of their patterns."""
    for row in WORDING:
        kind, _, pattern = row.key.partition(" ")
        found = re.fullmatch(pattern, feature.name) if kind == "text" else None
        if found or kind == "otherwise":
            yield row, found.groupdict() if found else {}


def _filled(text: str, parts: dict[str, str]) -> str:
    """Return a text with all of its places filled but those of the numbers."""
    filled = ""
    for before, name, words, _ in Formatter().parse(text):
        filled += before
        if name in {"value", "usual"}:
            filled += f"{{{name}:{words}}}"
        elif name:
            filled += parts[name].replace("{", "{{").replace("}", "}}").replace(";", ",")
    return filled


def _number(feature: Declared, number: float) -> float | None:
    return None if isnan(number) else round(number * unit.of(feature).scale, _DIGITS)
