"""Entries: the ways to put customers together by value, of which a dataset file may name one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.catalogue.feature import Feature
from training.segmenters import Segmenter
from training.segmenters.clusters import Algorithm, Clusters
from training.segmenters.facts import PREDICTED, Facts
from training.segmenters.inputs import Inputs
from training.segmenters.nested import ACTIVITY, SILENCE, SPEND, Nested
from training.segmenters.value import FEATURES, Value
from training.targets import Target
from training.targets.spend import Spend

Refit = Callable[[Facts, Any], Segmenter]
"""Fits a segmenter, beginning with an older one of its kind, or with None."""


@dataclass(frozen=True)
class Entry:
    """One way to segment customers, which the gate judges."""

    title: str
    needs: tuple[str, ...]
    """The columns that it looks at, as far as they are known."""
    refit: Refit
    by_rule: bool = False
    """Whether it is cut by rule, and no groups are looked for."""

    def fit(self, facts: Facts) -> Segmenter:
        """Fit the segmenter to customers of one moment.

        Raises:
            ValueError: they do not allow one.
        """
        return self.refit(facts, None)

    def suits(self, former: Segmenter, facts: Facts) -> bool:
        """Return whether a former segmenter is what this entry would fit: of its family, with as many segments."""
        try:
            fresh = self.fit(facts.only(self.needs))
        except ValueError:
            return False
        return fresh.family == former.family and len(fresh.segments) == len(former.segments)


def values(named: str, currency: str, by: str, features: Mapping[str, Feature]) -> tuple[Entry, ...]:
    """Return what is tried for segments by value; the first that passes the gate is taken.

    Args:
        named: an entry of the table; empty for nested cuts.
        currency: of the amounts.
        by: the prediction of what customers will spend, which orders the segments; empty where there is none.
        features: by name, in whose words segments are told.
    """
    return _VALUES[named or "nested"](currency, by, features)


def spending(targets: Sequence[Target]) -> str:
    """Return the column of the first prediction of spend; empty where nothing is predicted of it."""
    return next((f"{PREDICTED}{one.name}" for one in targets if isinstance(one, Spend)), "")


def _nested(currency: str, by: str, features: Mapping[str, Feature]) -> tuple[Entry, ...]:  # noqa: ARG001
    def cut(shape: tuple[int, int]) -> Entry:
        def refit(facts: Facts, start: Any) -> Nested:
            return Nested.fit(facts, shape, currency, by, start if isinstance(start, Nested) else None)

        return Entry("nested {} x {}".format(*shape), (SILENCE, ACTIVITY, SPEND, by), refit, by_rule=True)

    return cut((4, 2)), cut((3, 2))


def _clusters(algorithm: Algorithm, title: str) -> Callable[[str, str, Mapping[str, Feature]], tuple[Entry, ...]]:
    def entries(currency: str, by: str, features: Mapping[str, Feature]) -> tuple[Entry, ...]:
        def cut(clusters: int) -> Entry:
            def refit(facts: Facts, start: Any) -> Clusters:
                older = start if isinstance(start, Clusters) and len(start.centres) == clusters else None
                used = tuple(name for name in (ACTIVITY, SPEND) if facts.has(name))
                inputs = older.inputs if older else Inputs.ranked(facts, used, SILENCE)
                fitted = Clusters.fit(
                    "value", inputs, facts, clusters, algorithm, _STARTS, older.centres if older else ()
                )
                order = next(name for name in (by, SPEND, ACTIVITY) if facts.has(name))
                return fitted.told(facts, order, features, currency, keep=older is not None)

            return Entry(f"{title}, {clusters} clusters", (SILENCE, ACTIVITY, SPEND, by), refit)

        return cut(5), cut(4)

    return entries


def _rfm_kmeans(currency: str, by: str, features: Mapping[str, Feature]) -> tuple[Entry, ...]:  # noqa: ARG001
    return (Entry("k-means on RFM", FEATURES, lambda facts, _: Value.fit(facts)),)


_STARTS = 3
"""Beginnings of each fit of clusters."""
_VALUES: dict[str, Callable[[str, str, Mapping[str, Feature]], tuple[Entry, ...]]] = {
    "nested": _nested,
    "kmeans": _clusters("kmeans", "k-means"),
    "bisecting": _clusters("bisecting", "bisecting k-means"),
    "rfm_kmeans": _rfm_kmeans,
}
