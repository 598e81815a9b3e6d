"""Value: five segments by k-means on the logarithms of recency, frequency and money, with centres that are frozen."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.segmenters import assignment
from training.segmenters.facts import Facts
from training.segmenters.segment import NO_PURCHASE, Segment

FILE = "value.json"
FEATURES = ("purchase_recency", "purchase_days_364d", "spend_364d")
"""What is clustered; the last that a dataset has orders the segments."""

SEGMENTS = (
    Segment("top", "Top value", "around the centre with the highest spend"),
    Segment("high", "High value", "around the centre with the second highest spend"),
    Segment("middle", "Middle value", "around the centre with the middle spend"),
    Segment("low", "Low value", "around the centre with the second lowest spend"),
    Segment("lowest", "Lowest value", "around the centre with the lowest spend"),
    NO_PURCHASE,
)


@dataclass(frozen=True)
class Value:
    """The nearest of five centres in standardised log(1 + x), ordered by spend.

    Segments of customers have no natural number; five are few enough to act on. Those who never purchased are a
    segment of their own.
    """

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]

    family: ClassVar[str] = "rfm_kmeans"
    name: ClassVar[str] = "value"
    segments: ClassVar[tuple[Segment, ...]] = SEGMENTS

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Cluster the customers who have purchased.

        Raises:
            ValueError: fewer distinct customers have purchased than there are segments.
        """
        from sklearn.cluster import KMeans

        used = tuple(name for name in FEATURES if facts.has(name))
        values = facts.columns(used)
        buyers = values[np.isfinite(values[:, 0])] if used else values[:0]
        logs = np.log1p(np.maximum(np.nan_to_num(buyers), 0.0))
        wanted = len(SEGMENTS) - 1
        found = len(np.unique(logs, axis=0))
        if found < wanted:
            raise ValueError(f"value: got {found} different customers with a purchase; at least {wanted} are needed.")
        mean, spread = logs.mean(0), logs.std(0)
        scale = np.where(spread > 0, spread, 1.0)
        fitted = KMeans(wanted, n_init=10, random_state=0).fit((logs - mean) / scale)
        centres = fitted.cluster_centers_[np.argsort(-fitted.cluster_centers_[:, -1], kind="stable")]
        return cls(used, tuple(mean.tolist()), tuple(scale.tolist()), tuple(map(tuple, centres.tolist())))

    def assign(self, facts: Facts) -> NDArray[np.int32]:
        """Return the segment of each row, as its place in `segments`."""
        out = np.empty(len(facts), np.int32)
        mean, scale, centres = np.array(self.mean), np.array(self.scale), np.array(self.centres)
        assignment.nearest(facts.columns(self.features), mean, scale, centres, len(SEGMENTS) - 1, out)
        return out

    def shown(self) -> dict[str, Any]:
        """Return the centres in the features' own units, for people."""
        centres = np.expm1(np.array(self.centres) * np.array(self.scale) + np.array(self.mean))
        return {
            f"centre_{s.name}": dict(zip(self.features, c.round(2).tolist(), strict=True))
            for s, c in zip(SEGMENTS, centres, strict=False)
        }

    def save(self, folder: Path) -> None:
        """Write the centres as JSON."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        features, mean, scale = (tuple(stored[key]) for key in ("features", "mean", "scale"))
        return cls(features, mean, scale, tuple(map(tuple, stored["centres"])))
