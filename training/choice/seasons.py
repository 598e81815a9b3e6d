"""The seasons of one target's test and of the time after the data, kept where the validation says that they help."""

from collections.abc import Iterable
from dataclasses import dataclass

from features.clock import DAY
from training.choice.calibration import CALIBRATED
from training.choice.season import Season, season
from training.metrics.metrics import ROW_LOSS, shifted
from training.panel.examples import Examples
from training.panel.split import Split
from training.scorers import Scorer
from training.targets import Target

OFF = Season(0.0, applied=False, why="switched off")
NONE = Season(0.0, applied=False, why="the answer has no level")


@dataclass(frozen=True)
class Told:
    """What tells the seasons of a target."""

    target: Target
    split: Split
    inside: Examples
    """The cohort's rows at all cut-offs of the panel."""
    wanted: bool

    def of_test(self, first: Scorer, second: Scorer) -> Season:
        """Return the season of the test, by the scorers fitted on what ends before validation and before test."""
        return self._of(first, second, self.split.test)

    def of_end(self, first: Scorer, second: Scorer) -> Season:
        """Return the season of the time after the data."""
        end = max(self.split.test) + self.target.horizon_days * DAY
        return self._of(first, second, (end,))

    def _of(self, first: Scorer, second: Scorer, cut_offs: Iterable[int]) -> Season:
        if self.target.task not in CALIBRATED:
            return NONE
        if not self.wanted:
            return OFF
        found = season(self.target.task, second, self.inside, cut_offs, self.target.horizon_days)
        if not found.applied or self._helps(first):
            return found
        return Season(0.0, applied=False, why=f"a shift by {found.shift:+.3f} of this kind did not help on validation")

    def _helps(self, first: Scorer) -> bool:
        """Return whether the season of the validation, where it can be told, makes its loss smaller."""
        task, moments = self.target.task, self.split.validation
        found = season(task, first, self.inside, moments, self.target.horizon_days)
        if not found.applied:
            return True
        rows = self.inside.at(moments)
        p, loss = rows.said(first.score), ROW_LOSS[task]
        return bool(loss(rows.y, shifted(task, p, found.shift)).mean() <= loss(rows.y, p).mean())
