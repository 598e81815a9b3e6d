"""RFM: eleven named segments on a grid of recency against frequency and money, the field's usual cells."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.segmenters import assignment
from training.segmenters.facts import Facts
from training.segmenters.segment import NO_PURCHASE, Segment

LEVELS = 5
FILE = "rfm.json"


SEGMENTS = (
    Segment("champions", "Champions", "bought recently, often and much", "thank them first, let them speak for you"),
    Segment(
        "loyal", "Loyal customers", "buy often and much, a little while ago", "keep the habit, offer what goes with it"
    ),
    Segment(
        "potential_loyalists",
        "Potential loyalists",
        "bought recently, fairly often",
        "offer membership, more kinds of goods",
    ),
    Segment(
        "new", "New customers", "bought for the first time, very recently", "welcome them, help with the first purchase"
    ),
    Segment("promising", "Promising", "bought recently, but little so far", "bring back what they looked at"),
    Segment("need_attention", "Need attention", "middling in everything, drifting", "remind them, for a limited time"),
    Segment("about_to_sleep", "About to sleep", "below the middle, a while ago", "show what is popular and new"),
    Segment(
        "at_risk", "At risk", "used to buy often, not for long now", "win them back in person, before they are gone"
    ),
    Segment("cannot_lose", "Cannot lose them", "were among the best, longest ago", "call them, ask why"),
    Segment("hibernating", "Hibernating", "bought little, long ago", "an offer now and then, at low cost"),
    Segment("lost", "Lost", "bought little, longest ago", "one last try, then leave them in peace"),
    NO_PURCHASE,
)

_NUMBER = {segment.name: number for number, segment in enumerate(SEGMENTS)}

GRID = (
    ("lost", "lost", "at_risk", "at_risk", "cannot_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "at_risk"),
    ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    ("promising", "potential_loyalists", "potential_loyalists", "champions", "champions"),
    ("new", "potential_loyalists", "potential_loyalists", "champions", "champions"),
)
"""Down: the recency score from 1, the longest silence, to 5. Across: the mean of the other scores, from 1 to 5."""

_BEFORE = (
    GRID[0],
    (*GRID[1][:4], "cannot_lose"),
    GRID[2],
    (*GRID[3][:3], "loyal", "loyal"),
    GRID[4],
)
"""That of release 0.1.0."""
Grid = tuple[tuple[str, ...], ...]
NEW, NOT_NEW = "new", "promising"
"""Who is new bought for the first time since the cut below the recency score of 4; the others of the cell are not."""
_TENURE = "purchase_tenure"
_RECENT = 1
"""The place of that cut among those of recency."""
_FEATURES = {"purchase_recency": -1, "purchase_days_364d": 1, "spend_364d": 1}
"""What is scored, and whether more of it is better."""
_WORSE = "worse"
"""The score of who is at a cut; a file that does not say it has the better one for recency."""


@dataclass(frozen=True)
class Rfm:
    """Scores of 1 to 5 for recency, frequency and money, by the quintiles of those who have purchased.

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

    family: ClassVar[str] = "rfm"
    name: ClassVar[str] = "rfm"
    segments: ClassVar[tuple[Segment, ...]] = SEGMENTS

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Take the cuts from the customers who have purchased; one that splits no customers is repeated, not moved.

        Raises:
            ValueError: nobody has purchased.
        """
        used = tuple(name for name in _FEATURES if facts.has(name))
        values = facts.columns(used)
        buyers = values[np.isfinite(values[:, 0])] if used else values
        if not len(buyers) or not used:
            raise ValueError("rfm: got no customer with a purchase; at least one is needed.")
        levels = np.arange(1, LEVELS) / LEVELS
        signs = [_FEATURES[name] for name in used]
        found = (np.quantile(s * buyers[:, c], levels, method="inverted_cdf") for c, s in enumerate(signs))
        signed = (sign * cuts for sign, cuts in zip(signs, found, strict=True))
        return cls(used, tuple(tuple(sorted(cuts.tolist())) for cuts in signed), tenure=facts.has(_TENURE))

    def assign(self, facts: Facts) -> NDArray[np.int32]:
        """Return the segment of each row, as its place in `segments`."""
        out = np.empty(len(facts), np.int32)
        sign = np.array([_FEATURES[name] for name in self.features], np.int32)
        cells = np.array([[_NUMBER[name] for name in row] for row in self.grid], np.int32)
        values = facts.columns(self.features)
        assignment.grid(values, sign, np.array(self.cuts), cells, _NUMBER[NO_PURCHASE.name], out)
        if self.tenure:
            long_ago = (out == _NUMBER[NEW]) & ~(facts.column(_TENURE) <= self.cuts[0][_RECENT])
            out[long_ago] = _NUMBER[NOT_NEW]
        return out

    def shown(self) -> dict[str, Any]:
        """Return the cuts, for people."""
        cuts = {f"cuts_{name}": list(cuts) for name, cuts in zip(self.features, self.cuts, strict=True)}
        return cuts | ({"new_since": self.cuts[0][_RECENT]} if self.tenure else {})

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
        grid = tuple(map(tuple, stored.get("grid", _BEFORE)))
        tenure = stored.get("tenure", False)  # of a former file the place of a column, -1 for none
        return cls(tuple(stored["features"]), cuts, grid, tenure if isinstance(tenure, bool) else tenure >= 0)


def _behind(cuts: tuple[float, ...]) -> tuple[float, ...]:
    """Return cuts that put customers where release 0.1.0 put them: who was at a cut of recency was before it."""
    return tuple(np.nextafter(cuts, np.inf).tolist())
