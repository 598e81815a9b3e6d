"""A term: something that a condition looks at, such as a feature, a prediction, a segment or an attribute."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import pyarrow as pa

from features.arrow import to_numpy
from features.catalogue import unit
from features.catalogue.feature import Declared
from training.reasons.reasons import shown
from training.reasons.wording import ENGLISH
from training.rules import truth
from training.rules.place import COUNTRY, EU, kilometres
from training.rules.policies import Held
from training.rules.seen import Numbers, Seen
from training.segmenters.facts import PREDICTED

UNKNOWN = "unknown"
Holds = Callable[[Seen], truth.Truths]
"""Returns of each customer whether a condition holds."""


class Gives(Enum):
    """What a term gives of a customer."""

    NUMBER = "a number"
    TEXT = "text"
    TRUTH = "yes or no"


@dataclass(frozen=True)
class Term:
    """What is looked at, how it is read, and how it is told."""

    text: str
    """As it stands in the rule."""
    gives: Gives
    read: Callable[[Seen], Any]
    """Numbers of shape (rows,), NaN where one is missing (yes is 1, no 0); of text an array with nulls."""
    told: Callable[[Any], str] = str
    """One value as people read it."""
    measure: str = ""
    """What a number is counted in, as people know it: two are compared only where it is the same."""
    scale: float = 1.0
    """What a number is multiplied by to be in that measure."""
    share: bool = False
    """Whether it lies between 0 and 1."""
    words: tuple[str, ...] | None = None
    """The only texts that it can be; None: any."""

    def found(self, seen: Seen, row: int) -> str:
        """Return the value of a row as people read it."""
        value = self.read(seen)[row]
        value = value.as_py() if isinstance(value, pa.Scalar) else float(value)
        return UNKNOWN if value is None else self.told(value)


def of_feature(text: str, feature: Declared, currency: str, language: str = ENGLISH) -> Term:
    """Return a feature: what is yes or no is a condition by itself, any other a number; told in a language."""
    gives = Gives.TRUTH if feature.unit == unit.YES_OR_NO else Gives.NUMBER
    known = unit.of(feature)

    def told(value: float) -> str:
        words = shown(feature, value, language, currency)
        plain = feature.unit in {unit.SHARE, unit.YES_OR_NO} or unit.is_money(feature) or math.isnan(value)
        return words if plain or known.known == "ratio" or language != ENGLISH else f"{words} {known.known}"

    return Term(
        text,
        gives,
        lambda seen: seen.feature(feature.name),
        told,
        known.known,
        known.scale,
        feature.unit == unit.SHARE,
    )


def of_prediction(text: str, target: str, measure: str, currency: str) -> Term:
    """Return what is predicted of a target, which is told in units of currency, days, or as a probability."""

    def told(value: float) -> str:
        if math.isnan(value):
            return UNKNOWN
        if measure == "probability":
            return f"{100 * value:.1f}%"
        digits = unit.digits(currency) if measure == unit.MONEY else 1
        return f"{value:,.{digits}f} {currency if measure == unit.MONEY else measure}".rstrip()

    column = f"{PREDICTED}{target}"
    return Term(
        text,
        Gives.NUMBER,
        lambda seen: seen.facts.column(column),
        told,
        measure,
        share=measure == "probability",
    )


def of_segmenter(text: str, name: str, segments: tuple[str, ...]) -> Term:
    """Return the segment that a segmenter puts customers in, by its name."""
    return Term(text, Gives.TEXT, lambda seen: seen.segments[name], words=segments)


def of_policy(
    text: str, name: str, held: Held, rules: tuple[tuple[Holds, str], ...], features: tuple[str, ...]
) -> Term:
    """Return the action that a policy wants a customer to have: of the first rule that holds, else the other one.

    What cannot be told does not hold, so that everybody has one action. Learned effects tell it in the place of rules.

    Args:
        text: as it stands in the rule.
        name: of the policy.
        held: the policy.
        rules: of each whether it holds, and its action.
        features: what those that learned effects look at are called where they are seen.
    """
    actions, learned = held.policy.actions, held.policy.learned

    def read(seen: Seen) -> pa.Array:
        if learned is not None:
            x = np.empty((len(seen.facts), len(features)), np.float32)
            for place, one in enumerate(features):
                x[:, place] = seen.feature(one)
            return pa.array(actions, pa.string()).take(pa.array(learned.wanted(x, learned.features)))
        found = np.full(len(seen.facts), actions.index(held.policy.other), np.int32)
        for place, (holds, action) in reversed(list(enumerate(rules))):  # the first stands last
            found[seen.truth(f"policy.{name}[{place}]", holds) == truth.TRUE] = actions.index(action)
        return pa.array(actions, pa.string()).take(pa.array(found))

    return Term(text, Gives.TEXT, read, lambda value: f"{value} by version {held.version}", words=actions)


_GIVES = {"string": Gives.TEXT, "double": Gives.NUMBER, "bool": Gives.TRUTH}


def of_attribute(text: str, name: str, kind: pa.DataType) -> Term:
    """Return an attribute."""
    gives = _GIVES[str(kind)]

    def read(seen: Seen) -> Any:
        assert seen.attributes is not None
        column = seen.attributes[name].combine_chunks()
        return column if gives is Gives.TEXT else _numbers(column)

    def told(value: Any) -> str:
        if gives is Gives.TEXT:
            return str(value)
        if math.isnan(value):
            return UNKNOWN
        return ("yes" if value else "no") if gives is Gives.TRUTH else f"{value:,g}"

    return Term(text, gives, read, told)


def _numbers(column: pa.Array) -> Numbers:
    """Return numbers, or yes as 1 and no as 0, with NaN where there is none."""
    return to_numpy(column.cast(pa.float64()).fill_null(math.nan)).astype(np.float64)


def distance(text: str, latitude: Term, longitude: Term, to: tuple[float, float]) -> Term:
    """Return how many km customers are from a place."""

    def read(seen: Seen) -> Numbers:
        north, east = (np.ascontiguousarray(one.read(seen), np.float64) for one in (latitude, longitude))
        return kilometres(north, east, *to)

    return Term(
        text, Gives.NUMBER, read, lambda value: UNKNOWN if math.isnan(value) else f"{value:,.1f} km", measure="km"
    )


def in_eu(text: str, country: Term) -> Term:
    """Return whether a country, by its two letters, is in the European Union; of any other text that is unknown."""

    def read(seen: Seen) -> Numbers:
        codes = [None if one is None else one.strip().upper() for one in country.read(seen).to_pylist()]
        return np.array([float(one in EU) if one and len(one) == COUNTRY else math.nan for one in codes], np.float64)

    return Term(text, Gives.TRUTH, read, lambda value: UNKNOWN if math.isnan(value) else "yes" if value else "no")
