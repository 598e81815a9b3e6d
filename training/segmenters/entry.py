"""Entries: the ways to put customers together by value, of which a dataset file may name one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from features.dataset import Dataset
from training.segmenters import Segmenter
from training.segmenters.facts import PREDICTED, Facts
from training.segmenters.nested import ACTIVITY, SILENCE, SPEND, Nested
from training.segmenters.value import FEATURES, Value
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


def values(named: str, dataset: Dataset) -> tuple[Entry, ...]:
    """Return what is tried for segments by value, the first that passes the gate is taken.

    Args:
        named: an entry of the table; empty for nested cuts.
        dataset: whose amounts and predictions they are.
    """
    return _VALUES[named or "nested"](dataset.currency, spending(dataset))


def spending(dataset: Dataset) -> str:
    """Return the column of the first prediction of spend; empty where a dataset has none."""
    kind = Spend.__struct_config__.tag
    return next((f"{PREDICTED}{name}" for name, said in dataset.targets.items() if said.get("kind") == kind), "")


def _nested(currency: str, by: str) -> tuple[Entry, ...]:
    return tuple(_cut(shape, currency, by) for shape in ((4, 2), (3, 2)))


def _cut(shape: tuple[int, int], currency: str, by: str) -> Entry:
    def refit(facts: Facts, start: Any) -> Nested:
        return Nested.fit(facts, shape, currency, by, start if isinstance(start, Nested) else None)

    return Entry("nested {} x {}".format(*shape), (SILENCE, ACTIVITY, SPEND, by), refit, by_rule=True)


def _rfm_kmeans(currency: str, by: str) -> tuple[Entry, ...]:  # noqa: ARG001  its names say nothing of money
    return (Entry("k-means on RFM", FEATURES, lambda facts, _: Value.fit(facts)),)


_VALUES: dict[str, Callable[[str, str], tuple[Entry, ...]]] = {"nested": _nested, "rfm_kmeans": _rfm_kmeans}
