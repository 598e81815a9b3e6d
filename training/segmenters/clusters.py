"""Clusters: the nearest of some centres, by a transformation and centres that are stored."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Feature
from training.segmenters import assignment
from training.segmenters.facts import Facts
from training.segmenters.inputs import Inputs
from training.segmenters.persona import persona
from training.segmenters.segment import NO_PURCHASE, Segment

FILE = "clusters.json"
TOO_LITTLE = Segment(
    "too_few_purchases",
    "Too few purchases to tell",
    "bought too little for a habit to show",
    "help with the next purchase",
)
"""Where those are of whom the inputs are not known."""

Algorithm = Literal["kmeans", "bisecting"]
Floats = NDArray[np.float64]
STARTS = 10
"""The best of so many beginnings is taken, of all customers."""


@dataclass(frozen=True)
class Clusters:
    """The nearest of some centres: of equally near ones the first, and nothing but the row itself is looked at."""

    name: str
    inputs: Inputs
    centres: tuple[tuple[float, ...], ...]
    """In the order of the segments."""
    made: tuple[Segment, ...] = ()
    """What the clusters are called, and behind them what those outside are."""

    family: ClassVar[str] = "clusters"

    @classmethod
    def fit(
        cls,
        name: str,
        inputs: Inputs,
        facts: Facts,
        clusters: int,
        algorithm: Algorithm = "kmeans",
        starts: int = STARTS,
        start: tuple[tuple[float, ...], ...] = (),
    ) -> Self:
        """Cluster the customers of whom enough is known; the segments have no words yet.

        Args:
            name: of the segmenter.
            inputs: what is clustered.
            facts: of the customers.
            clusters: how many there shall be.
            algorithm: how centres are found.
            starts: from how many beginnings.
            start: the centres to begin with in their place.

        Raises:
            ValueError: there are fewer different customers than clusters.
        """
        z = inputs.of(facts)
        centres = found(z[~np.isnan(z[:, 0])], clusters, algorithm, starts, np.array(start) if start else None, name)
        outside = NO_PURCHASE if inputs.known else TOO_LITTLE
        bare = tuple(Segment(f"{name}_{one + 1}", f"{name} {one + 1}", "", colour=one) for one in range(clusters))
        return cls(name, inputs, tuple(map(tuple, centres.tolist())), (*bare, outside))

    def refit(self, facts: Facts) -> Self:
        """Return the same with centres that were found anew, beginning with these, by the same transformation."""
        again = self.fit(self.name, self.inputs, facts, len(self.centres), start=self.centres)
        return replace(again, made=self.made)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What customers are put in."""
        return self.made

    def called(self, segments: tuple[Segment, ...]) -> Self:
        """Return the same with segments that are called otherwise, in the same order."""
        return replace(self, made=segments)

    def told(self, facts: Facts, by: str, features: Mapping[str, Feature], currency: str, keep: bool = False) -> Self:
        """Return the same with its segments in words, ordered by a column, the most first.

        Args:
            facts: of the customers.
            by: the column whose mean orders them; one that is missing counts as 0.
            features: by name, what the inputs mean.
            currency: of amounts.
            keep: whether the order stays, since the centres began with older ones.
        """
        assigned, number = self.assign(facts), len(self.centres)
        worth = np.nan_to_num(facts.column(by)) if by else np.zeros(len(facts))
        inside = assigned < number
        sizes = np.bincount(assigned[inside], minlength=number)
        means = np.bincount(assigned[inside], worth[inside], number) / np.maximum(sizes, 1)
        order = list(range(number)) if keep else np.lexsort((np.arange(number), -means)).tolist()
        within, own = facts.take(inside), assigned[inside]
        segments = []
        for place, old in enumerate(order):
            here = own == old
            title, meaning = (
                persona(within, here, self.inputs.features, features, currency) if here.any() else ("Nobody", "empty")
            )
            segments.append(Segment(f"{self.name}_{place + 1}", title, meaning, colour=place))
        centres = tuple(self.centres[old] for old in order)
        return replace(self, centres=centres, made=(*segments, self.made[-1]))

    def assign(self, facts: Facts) -> NDArray[np.int32]:
        """Return the segment of each row, as its place in `segments`."""
        out = np.empty(len(facts), np.int32)
        assignment.closest(self.inputs.of(facts), np.array(self.centres), len(self.centres), out)
        return out

    def shown(self) -> dict[str, Any]:
        """Return the centres, for people: scores of ranks in the features' own units, roots of shares as shares."""
        return {
            f"centre_{segment.name}": {
                name: round(value, 4) for name, value in zip(self.inputs.features, self._plain(centre), strict=False)
            }
            for segment, centre in zip(self.segments, self.centres, strict=False)
        }

    def save(self, folder: Path) -> None:
        """Write the transformation, the centres and the segments as JSON."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        own = stored["inputs"]
        nested = {key: tuple(map(tuple, own[key])) for key in ("grids", "scores")}
        inputs = Inputs(**{**own, "features": tuple(own["features"]), **nested})
        made = tuple(Segment(**one) for one in stored["made"])
        return cls(stored["name"], inputs, tuple(map(tuple, stored["centres"])), made)

    def _plain(self, centre: tuple[float, ...]) -> list[float]:
        if self.inputs.how == "shares":
            return [value * value for value in centre]
        given = zip(centre, self.inputs.scores, self.inputs.grids, strict=True)
        return [float(np.interp(value, score, grid)) for value, score, grid in given]


def found(
    z: Floats, clusters: int, algorithm: Algorithm, starts: int, start: Floats | None = None, name: str = "clusters"
) -> Floats:
    """Return the centres of some rows, shape (clusters, inputs).

    Raises:
        ValueError: there are fewer different rows than clusters.
    """
    from sklearn.cluster import BisectingKMeans, KMeans

    if (different := _different(z, clusters)) < clusters:
        raise ValueError(f"{name}: got {different} different customers with enough purchases; {clusters} are needed.")
    if algorithm == "bisecting" and start is None:
        fitted = BisectingKMeans(clusters, random_state=0, n_init=max(1, starts // 3)).fit(z)
    else:
        init, many = (start, 1) if start is not None else ("k-means++", starts)
        fitted = KMeans(clusters, init=init, n_init=many, random_state=0).fit(z)
    centres: Floats = fitted.cluster_centers_
    return centres


def _different(z: Floats, wanted: int) -> int:
    """Return how many different rows there are, or that there are enough of them, which one column often tells."""
    enough = any(np.unique(column).size >= wanted for column in z.T)
    return wanted if enough else len(np.unique(z, axis=0)) if len(z) else 0
