"""The seasons of one target: of its test, of the time after the data, and of moments of the past."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from features.clock import DAY
from training.bundle.past import Past
from training.choice.calibration import CALIBRATED, LEVEL_SD
from training.choice.cures import ALL, Cures
from training.choice.season import YEAR, Levels, Season, season
from training.metrics.metrics import level, level_variance
from training.panel.examples import Examples
from training.panel.split import Split
from training.scorers import Scorer
from training.targets import Target


@dataclass(frozen=True)
class _Seen:
    """Cut-offs as a scorer sees them."""

    scorer: Scorer
    cut_offs: Collection[int]
    variance: float = 0.0
    """Of the scorer's own level, beyond what chance gives that of a cut-off."""


NONE = Season(0.0, why="the answer has no level, or its rows no regular cut-offs")


@dataclass(frozen=True)
class Told:
    """What tells the seasons of a target."""

    target: Target
    split: Split
    inside: Examples
    """The cohort's rows at all cut-offs of the panel."""
    cures: Cures = ALL
    _asked: dict[tuple[int, int], tuple[Scorer, tuple[float, float] | None]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def of_test(self, first: Scorer, second: Scorer) -> Season:
        """Return the season of the test.

        Args:
            first: fitted on what ends before the validation, whose level it therefore sees as that of the future.
            second: fitted on what ends before the test.
        """
        if not self._has_level:
            return NONE
        split = self.split
        return self._season(
            _Seen(second, split.refit), _Seen(first, split.validation, self._unsure(split.train)), split.test
        )

    def of_end(self, first: Scorer, second: Scorer, final: Scorer) -> Season:
        """Return the season of the time after all that the final scorer was fitted on."""
        if self.end <= min(self.split.test):  # a replay knows nothing later than what it is tested on
            return self.of_test(first, final)
        if not self._has_level:
            return NONE
        split = self.split
        return self._season(
            _Seen(final, split.final), _Seen(second, split.test, self._unsure(split.refit)), (self.end,)
        )

    def of_past(self, final: Scorer, served: Season) -> Past | None:
        """Return by how much the level that would have been told at moments of the past differs from what is served."""
        if not self._has_level:
            return None
        moments = sorted({*self.split.final, *self.split.test, self.end})
        levels = self._levels(_Seen(final, self.split.final))
        shifts = [season(levels, (moment,), self.cures).shift - served.shift for moment in moments[:-1]]
        return Past(tuple(moments), (*shifts, 0.0))

    @property
    def end(self) -> int:
        """Where the labels end that the final scorer was fitted on."""
        return max(self.split.final) + self.target.horizon_days * DAY

    @property
    def _has_level(self) -> bool:
        return self.target.task in CALIBRATED and self.target.rows().regular

    def _season(self, learned: _Seen, unseen: _Seen, moments: Sequence[int]) -> Season:
        """Return the season of moments, by the cut-offs that a scorer learned from and those another had not seen."""
        ago = references(moments, self.target.horizon_days, min(self.split.final))
        own, newest = {*learned.cut_offs, *ago}, set(unseen.cut_offs)
        if not self.cures.level:
            return season(self._levels(replace(learned, cut_offs=own | newest)), moments, self.cures)
        return season(self._levels(replace(learned, cut_offs=own - newest), unseen), moments, self.cures)

    def _unsure(self, learned: Collection[int]) -> float:
        """Return the variance of a level as seen by a scorer that learned from some cut-offs and not from its period.

        The scorer's own level is the mean of the periods that it learned from, and the level of the scorer that is
        served is that of others: each is off by as much as the mean of so many periods is.
        """
        periods = 1 + (max(learned) - min(learned)) / (self.target.horizon_days * DAY)
        return 2 * LEVEL_SD[self.target.task] ** 2 / periods

    def _levels(self, *every: _Seen) -> Levels:
        """Return the levels at cut-offs, as the scorers see them; those that have one."""
        found = [
            (moment, seen[0], seen[1] + one.variance)
            for one in every
            for moment in sorted(one.cut_offs)
            if (seen := self._level(one.scorer, moment)) is not None
        ]
        moments, levels, chance = zip(*found, strict=True) if found else ((), (), ())
        taken = np.array(moments, np.int64), np.array(levels, np.float64), np.array(chance, np.float64)
        return Levels(*taken, self.target.horizon_days)

    def _level(self, scorer: Scorer, moment: int) -> tuple[float, float] | None:
        """Return the level at a cut-off and its variance by chance, once for each scorer; None where there is none."""
        key = id(scorer), moment
        if key not in self._asked:
            task, rows = self.target.task, self.inside.at([moment])
            told = len(rows) and rows.y.mean() > 0 and (task == "value" or rows.y.mean() < 1)
            p = rows.said(scorer.score) if told else rows.y
            self._asked[key] = scorer, (level(task, rows.y, p), level_variance(task, rows.y, p)) if told else None
        return self._asked[key][1]


def references(cut_offs: Iterable[int], horizon_days: int, earliest: int) -> set[int]:
    """Return the cut-offs of the same weeks a year before some periods, as far as they are known.

    Args:
        cut_offs: where the periods begin.
        horizon_days: how long they are; beyond a year, what happened a year before is not over.
        earliest: the first cut-off whose customers are known well enough: a cohort's look-back lies within the data.
    """
    if horizon_days * DAY > YEAR:
        return set()
    return {moment - YEAR for moment in cut_offs if moment - YEAR >= earliest}
