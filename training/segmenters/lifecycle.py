"""The lifecycle: in which state of a customer's life everybody is, by how probable their next purchase is."""

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.segmenters import assignment
from training.segmenters.facts import PREDICTED, Facts
from training.segmenters.lifecycle_settings import GAP, RECENCY, TENURE, LifecycleSettings, Told
from training.segmenters.segment import Segment
from training.targets.cohort import PURCHASE_DAYS

FILE = "lifecycle.json"
Floats = NDArray[np.float64]

STATES = ("prospect", "reactivated", "new", "one_time", "active", "cooling", "at_risk", "highly_at_risk", "lost")
"""The first that holds is somebody's; from the fifth on the probability of a purchase decides."""
_LEVELLED = STATES.index("active")
_TITLES = {
    "prospect": "Prospects",
    "reactivated": "Reactivated",
    "new": "New",
    "one_time": "One-time buyers",
    "active": "Active",
    "cooling": "Cooling",
    "at_risk": "At risk",
    "highly_at_risk": "Highly at risk",
    "lost": "Lost",
}
_ACTIONS = {
    "prospect": "make the first purchase easy",
    "reactivated": "welcome them back, learn what brought them",
    "new": "welcome them, make the second purchase easy",
    "one_time": "give a reason for a second purchase",
    "active": "keep the habit, ask for nothing",
    "cooling": "remind them before the habit is gone",
    "at_risk": "win them back with what they used to buy",
    "highly_at_risk": "a last good offer, in person where they are worth it",
    "lost": "leave them in peace, or win them back at low cost",
}


@dataclass(frozen=True)
class Lifecycle:
    """The state of everybody, the first of these that holds.

    Prospect: no purchase. Reactivated: bought within the last horizon after a longer silence than the look-back. New:
    bought for the first time within the last horizon. One-time: purchases on one day. Then by the probability of a
    purchase within the horizon: one less what the churn target predicts, outside its cohort what comeback does. For
    whom nothing is predicted, the silence decides against their usual gap, or the customers' where they have none.
    """

    told: Told
    levels: tuple[float, ...]
    """The probabilities from which on customers are active, cooling, at risk and highly at risk."""
    gaps: tuple[float, ...]
    """Up to how many usual gaps of silence they are, where nothing is predicted."""
    usual: float
    """The usual gap of the customers, in days."""

    family: ClassVar[str] = "lifecycle"
    name: ClassVar[str] = "lifecycle"

    @classmethod
    def fit(cls, facts: Facts, settings: LifecycleSettings, told: Told) -> Self:
        """Take the customers' usual gap.

        Raises:
            ValueError: nobody has purchased.
        """
        lacking = [feature.name for feature in told.needs if not facts.has(feature.name)]
        if lacking or not np.isfinite(facts.column(RECENCY.name)).any():
            raise ValueError("lifecycle: got no customer with a purchase; at least one is needed.")
        gaps = facts.column(GAP.name)
        known = gaps[np.isfinite(gaps)]
        usual = float(np.median(known)) if known.size else float(told.horizon)
        return cls(told, settings.levels, settings.gaps, usual)

    def alike(self, other: Self) -> bool:
        """Return whether another has the same but for the usual gap that the customers gave."""
        return replace(self, usual=other.usual) == other

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The states."""
        return tuple(Segment(name, _TITLES[name], self._meaning(name), _ACTIONS[name]) for name in STATES)

    @property
    def features(self) -> tuple[str, ...]:
        """What is looked at beside predictions."""
        return tuple(feature.name for feature in self.told.needs)

    def assign(self, facts: Facts) -> NDArray[np.int32]:
        """Return the state of each row, as its place in `segments`."""
        out = np.empty(len(facts), np.int32)
        recency, tenure, days, gap, before, first = (facts.column(name) for name in self._looked_at)
        probability, bounds = self.probability(facts), self._bounds
        assignment.states(recency, tenure, days, gap, before, first, probability, *bounds, out)
        return out

    @cached_property
    def _looked_at(self) -> tuple[str, ...]:
        told = self.told
        return tuple(one.name for one in (RECENCY, TENURE, PURCHASE_DAYS, GAP, told.before, told.first))

    @cached_property
    def _bounds(self) -> tuple[float, float, Floats, Floats, float]:
        levels, gaps = np.array(self.levels, np.float64), np.array(self.gaps, np.float64)
        return float(self.told.horizon), float(self.told.silent), levels, gaps, float(self.usual)

    def ended(self, facts: Facts) -> Floats:
        """Return the days of silence that the first purchase of the last horizon ended; NaN where there was none."""
        before, first = (facts.column(one.name) for one in (self.told.before, self.told.first))
        with np.errstate(invalid="ignore"):
            silence: Floats = before + self.told.horizon - first
        return silence

    def probability(self, facts: Facts) -> Floats:
        """Return the probability of a purchase within the horizon of each row; NaN where nothing is predicted."""
        found = np.full(len(facts), np.nan)
        if facts.has(PREDICTED + self.told.churn):
            found = 1.0 - facts.column(PREDICTED + self.told.churn)
        if facts.has(PREDICTED + self.told.comeback):
            found = np.where(np.isnan(found), facts.column(PREDICTED + self.told.comeback), found)
        return found

    def _meaning(self, name: str) -> str:
        horizon = self.told.horizon
        fixed = {
            "prospect": "known by other events alone",
            "reactivated": f"bought in the last {horizon} days, after more than {self.told.silent} days of silence",
            "new": f"bought for the first time in the last {horizon} days",
            "one_time": f"bought on one day alone, more than {horizon} days ago",
        }
        if name in fixed:
            return fixed[name]
        place = STATES.index(name) - _LEVELLED
        if place == len(self.levels):
            chance, silence = f"below {self.levels[-1]:.0%}", f"for more than {self.gaps[-1]:g} usual gaps"
        else:
            chance, silence = f"from {self.levels[place]:.0%}", f"for up to {self.gaps[place]:g} usual gaps"
        predicted = f"buy within {horizon} days with a probability {chance}; where nothing is predicted: "
        return f"{predicted if self.told.churn else ''}silent {silence}"

    def shown(self) -> dict[str, Any]:
        """Return where the states begin, for people."""
        states = STATES[_LEVELLED:-1]
        levels = dict(zip(states, self.levels, strict=True))
        silent = {f"{name}_gaps": gap for name, gap in zip(states, self.gaps, strict=True)}
        by = {"churn": self.told.churn or "none", "comeback": self.told.comeback or "none"}
        days = {"horizon_days": self.told.horizon, "silent_days": self.told.silent, "usual_gap": self.usual}
        return levels | silent | days | by

    def save(self, folder: Path) -> None:
        """Write what decides as JSON."""
        told = {name: getattr(self.told, name) for name in self.told.__struct_fields__}
        (folder / FILE).write_text(json.dumps({**asdict(self), "told": told}, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(Told(**stored["told"]), tuple(stored["levels"]), tuple(stored["gaps"]), stored["usual"])
