"""The choice of a recipe for one target: tried on validation, judged on test, fitted on everything for the bundle."""

import time
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.bundle.cold_start import DAYS, ColdStart
from training.bundle.evidence import Evidence
from training.bundle.predictor import Predictor
from training.choice import calibration, seasons
from training.choice.cold_start import cold_start, rate
from training.choice.learning_curve import Point, curve
from training.choice.search import NOT_ASKED, Search
from training.choice.season import Season
from training.choice.settled import Settled, settle
from training.choice.trial import Trial
from training.choice.tried import Tried, tried
from training.choice.wanted import Wanted
from training.metrics.bootstrap import Estimate
from training.panel.examples import Examples
from training.panel.rung import Rung
from training.panel.split import Split
from training.targets import Target
from training.tracking.work import Work


@dataclass(frozen=True)
class Choice:
    """What was tried for one target, and what was chosen."""

    target: Target
    split: Split
    trials: tuple[Trial, ...]
    chosen: Trial
    predictor: Predictor
    """The chosen recipe, fitted on everything."""
    rows: dict[str, int]
    """The number of examples in each part of the split."""
    test: Examples
    slope: float = 1.0
    """By which the chosen recipe's answers are stretched."""
    season: Season = seasons.NONE
    """By which the level of the served predictions is moved."""
    search: Search = NOT_ASKED
    points: tuple[Point, ...] = ()
    """What the chosen recipe reaches with a part of the customers; asked of one target."""
    work: Work | None = None
    """When all this was done."""
    floored: str = ""
    """Why a rate is served and not who was chosen; empty where that is served."""

    @property
    def rung(self) -> Rung:
        """What its figures stand on."""
        return self.split.rung

    @property
    def base_rate(self) -> float:
        """The mean outcome of the test examples."""
        return float(self.test.y.mean())

    @property
    def margin(self) -> float:
        """By how much the chosen recipe's loss on validation is below that of the next, as a share."""
        losses = sorted(trial.loss for trial in self.trials)
        return (losses[1] - losses[0]) / losses[1] if len(losses) > 1 and losses[1] else 0.0

    @property
    def predictions(self) -> NDArray[np.float64]:
        """What the chosen recipe says of the test examples, shape (rows,)."""
        return self.chosen.predictions

    def on(self, table: NDArray[np.float32]) -> "Choice":
        """Return the same with the features of its test examples in another table of the same rows."""
        return replace(self, test=replace(self.test, table=table))

    def against(self, trial: Trial) -> dict[str, Estimate]:
        """Return the chosen recipe's paired differences to another trial on the test examples."""
        return self.chosen.test.minus(trial.test)


def choose(
    target: Target,
    split: Split,
    everyone: Examples,
    wanted: Wanted,
    place: NDArray[np.float64] | None = None,
    half: NDArray[np.bool_] | None = None,
) -> Choice:
    """Try every recipe of a target and fit the one that validation likes best on everything.

    Args:
        target: what to predict.
        split: its cut-offs.
        everyone: every row of a panel that holds those cut-offs, and those that tell the season.
        wanted: the least data that is learned from, and whether the level follows the season.
        place: where each row of the panel has its customer in the draw, for a learning curve; None: there is none.
        half: which rows of the panel are of customers who are learned from, where one period has to judge, too.

    Raises:
        Refused: a part of the split cannot be learned from or judged on.
    """
    began = time.time()
    settled = settle(target, split, tried(target, split, everyone, wanted, half), wanted)
    attempt, chosen = settled.tried, settled.chosen
    parts, whole = attempt.parts, attempt.trial(chosen.recipe.name).test
    predictor, season = _served(target, split, settled, everyone.names)
    return Choice(
        target,
        split,
        trials=settled.trials,
        chosen=chosen,
        predictor=predictor,
        rows=_counted(parts),
        test=parts["test"],
        slope=settled.slope,
        season=season,
        search=attempt.search,
        points=() if place is None else curve(target, chosen.recipe, parts["refit"], parts["test"], place, whole),
        work=Work.since(began),
        floored=settled.floored,
    )


def _served(target: Target, split: Split, settled: Settled, names: tuple[str, ...]) -> tuple[Predictor, Season]:
    """Return the chosen recipe fitted on everything, with what promotion needs, and the season that it is moved by."""
    attempt, chosen, slope = settled.tried, settled.chosen, settled.slope
    name, parts = chosen.recipe.name, attempt.parts
    fitted = chosen.recipe.fit(parts["final"])
    season = settled.told.of_end(attempt.first[name], attempt.second[name], fitted)
    evidence = Evidence(
        chosen.scorer,
        msgspec.to_builtins(chosen.recipe),
        split,
        _counted(parts),
        parts["refit"].columns(),
        slope,
        settled.season.shift,
        season.sd,
    )
    predictor = Predictor(
        target,
        name,
        calibration.calibrate(target.task, fitted, parts["final"], slope, season.shift),
        names,
        evidence,
        cold_start=_cold_start(target, attempt, season.shift),
        past=settled.told.of_past(fitted, season),
    )
    return predictor, season


def _counted(parts: dict[str, Examples]) -> dict[str, int]:
    return {part: len(rows) for part, rows in parts.items()}


def _cold_start(target: Target, tried: Tried, season: float) -> ColdStart | None:
    """Return who answers for those with few purchases, moved by the season; None where the chosen recipe does."""
    final = tried.parts["final"]
    if target.task not in calibration.CALIBRATED or DAYS not in final.names:
        return None
    by = cold_start(target.task, tried.preferred, tried.parts, tried.validated)
    if by == tried.preferred:
        return None
    simple = next((recipe for recipe in tried.recipes if recipe.name == by), None)
    fitted = simple.fit(final) if simple else rate(final)
    moved = calibration.calibrate(target.task, fitted, final, 1.0, season)
    return ColdStart(by, moved, final.names.index(DAYS))
