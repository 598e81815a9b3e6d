"""RFM: eleven named segments on a grid of recency against frequency and money, the field's usual cells."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.segmenters import assignment
from training.segmenters.facts import Facts
from training.segmenters.rfm_map import BEFORE, GRID, LEVELS, NEW, NOT_NEW, SEGMENTS, Grid
from training.segmenters.rfm_settings import DAYS, RECENCY, SPEND, RfmSettings
from training.segmenters.segment import NO_PURCHASE, Segment

FILE = "rfm.json"
_TENURE = "purchase_tenure"
_RECENT = 1
"""The place of that cut among those of recency."""
_FEATURES = {RECENCY: -1, DAYS: 1, SPEND: 1}
"""What is scored, and whether more of it is better."""
_WORSE = "worse"
"""The score of who is at a cut; a file that does not say it has the better one for recency."""
_OURS = RfmSettings()


@dataclass(frozen=True)
class Rfm:
    """Scores of 1 to 5 for recency, frequency and money, by thresholds or the quintiles of those who have purchased.

    A score is 1 plus the number of cuts that the value is better than: equal values always share a score, the worse of
    those that they reach over. Frequency and money go into one score, their mean rounded up from a half. New is who
    bought for the first time recently, and not who came back once. Who never purchased is in a segment of their own.
    """

    features: tuple[str, ...]
    cuts: tuple[tuple[float, ...], ...]
    """The four cuts of each feature, increasing."""
    grid: Grid = GRID
    tenure: bool = True
    """Whether who is new must have bought for the first time recently."""
    segments: tuple[Segment, ...] = SEGMENTS
    """What the names of the grid are, and behind them where those are who never purchased."""
    fixed: tuple[str, ...] = ()
    """The features whose cuts the dataset file says."""

    family: ClassVar[str] = "rfm"
    name: ClassVar[str] = "rfm"

    @classmethod
    def fit(cls, facts: Facts, settings: RfmSettings = _OURS) -> Self:
        """Take the cuts from the customers who have purchased; one that splits no customers is repeated, not moved.

        Args:
            facts: what is known of the customers.
            settings: what the dataset file says; its thresholds are taken as they are.

        Raises:
            ValueError: nobody has purchased, or there are thresholds of what is not known.
        """
        used = tuple(name for name in _FEATURES if facts.has(name))
        values = facts.columns(used)
        buyers = values[np.isfinite(values[:, 0])] if used else values
        if not len(buyers) or not used:
            raise ValueError("rfm: got no customer with a purchase; at least one is needed.")
        if len(used) == 1:
            raise ValueError(f"rfm: got {used[0]} alone; how often or how much is needed beside it.")
        if unknown := [name for name in settings.fixed if name not in used]:
            raise ValueError(f"rfm: got thresholds for {' and '.join(unknown)}, which these data do not have.")
        levels = np.arange(1, LEVELS) / LEVELS
        signs = [_FEATURES[name] for name in used]
        found = (np.quantile(s * buyers[:, c], levels, method="inverted_cdf") for c, s in enumerate(signs))
        signed = (tuple(sorted((sign * cuts).tolist())) for sign, cuts in zip(signs, found, strict=True))
        cuts = tuple(settings.fixed.get(name, own) for name, own in zip(used, signed, strict=True))
        fixed = tuple(name for name in used if name in settings.fixed)
        return cls(used, cuts, settings.grid, facts.has(_TENURE), settings.segments, fixed)

    def assign(self, facts: Facts) -> NDArray[np.int32]:
        """Return the segment of each row, as its place in `segments`."""
        out, place = self._cells(facts), self._places
        if self.tenure and NEW in place:
            long_ago = (out == place[NEW]) & ~(facts.column(_TENURE) <= self.cuts[0][_RECENT])
            out[long_ago] = place[NOT_NEW]
        return out

    def parted(self, facts: Facts) -> tuple[tuple[str, float, float], ...]:
        """Return what parts who is new from who came back, of one row: at most so many days since the first purchase.

        Of whoever is in another cell nothing does.
        """
        if self.tenure and NEW in self._places and int(self._cells(facts)[0]) == self._places[NEW]:
            return ((_TENURE, -inf, self.cuts[0][_RECENT]),)
        return ()

    @cached_property
    def _places(self) -> dict[str, int]:
        return {segment.name: number for number, segment in enumerate(self.segments)}

    def _cells(self, facts: Facts) -> NDArray[np.int32]:
        """Return the segment of each row's scores, as its place in `segments`."""
        out = np.empty(len(facts), np.int32)
        assignment.grid(facts.columns(self.features), *self._arrays, self._places[NO_PURCHASE.name], out)
        return out

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32]]:
        """Which way each feature is better, its cuts, and the places of the grid's segments."""
        sign = np.array([_FEATURES[name] for name in self.features], np.int32)
        cells = [[self._places[name] for name in row] for row in self.grid]
        return sign, np.array(self.cuts), np.array(cells, np.int32)

    def alike(self, other: Self) -> bool:
        """Return whether another has the same but for the cuts that the customers gave."""
        fixed = all(
            mine == theirs
            for name, mine, theirs in zip(self.features, self.cuts, other.cuts, strict=False)
            if name in self.fixed
        )
        same = ("features", "grid", "tenure", "segments", "fixed")
        return fixed and all(getattr(self, name) == getattr(other, name) for name in same)

    def shown(self) -> dict[str, Any]:
        """Return the cuts, for people."""
        cuts = {f"cuts_{name}": list(cuts) for name, cuts in zip(self.features, self.cuts, strict=True)}
        said = {"fixed": list(self.fixed)} if self.fixed else {}
        return cuts | said | ({"new_since": self.cuts[0][_RECENT]} if self.tenure else {})

    def save(self, folder: Path) -> None:
        """Write the cut points as JSON."""
        stored = {**asdict(self), "ties": _WORSE}
        (folder / FILE).write_text(json.dumps(stored, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        cuts = tuple(map(tuple, stored["cuts"]))
        if "ties" not in stored:
            signs = [_FEATURES[name] for name in stored["features"]]
            cuts = tuple(own if sign > 0 else _behind(own) for own, sign in zip(cuts, signs, strict=True))
        grid = tuple(map(tuple, stored.get("grid", BEFORE)))
        tenure = stored.get("tenure", False)  # of a former file the place of a column, -1 for none
        tenure = tenure if isinstance(tenure, bool) else tenure >= 0
        segments = tuple(Segment(**one) for one in stored["segments"]) if "segments" in stored else SEGMENTS
        return cls(tuple(stored["features"]), cuts, grid, tenure, segments, tuple(stored.get("fixed", ())))


def _behind(cuts: tuple[float, ...]) -> tuple[float, ...]:
    """Return cuts that put customers where release 0.1.0 put them: who was at a cut of recency was before it."""
    return tuple(np.nextafter(cuts, np.inf).tolist())
