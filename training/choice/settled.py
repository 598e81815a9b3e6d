"""Settled: who of what was tried is served, with which slope and season: the floor of what everybody knows included."""

from dataclasses import dataclass, replace

from training.choice import calibration, seasons
from training.choice.floor import RATES, floor
from training.choice.season import Season
from training.choice.trial import Trial, calibrated, trial
from training.choice.tried import Tried
from training.choice.wanted import Wanted
from training.metrics.metrics import levelled_losses
from training.panel.split import Split
from training.recipes.base_rate import BaseRate
from training.targets import Target


@dataclass(frozen=True)
class Settled:
    """What was made of the trials of a target: who is served, and how calibrated."""

    tried: Tried
    """With the rate, where that is served."""
    chosen: Trial
    """With the figures of its calibrated scorer."""
    slope: float
    season: Season
    """By which the level of the test is moved."""
    told: seasons.Told
    floored: str

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials, with the chosen one's calibrated figures."""
        name = self.chosen.recipe.name
        return tuple(self.chosen if one.recipe.name == name else one for one in self.tried.trials)


def settle(target: Target, split: Split, attempt: Tried, wanted: Wanted) -> Settled:
    """Return who of the recipes that were tried is served, with the slope and the season that its test asks for."""
    parts, name = attempt.parts, attempt.preferred
    validation, cures = parts["validation"], wanted.cures
    periods = validation.cut_off if target.rows().regular else None
    slope = calibration.slope(target.task, validation.y, attempt.validated[name], periods) if cures.slope else 1.0
    attempt, why = _floored(target.task, attempt, slope)
    if why:
        name, slope = attempt.preferred, 1.0
    told = seasons.Told(target, split, attempt.inside, replace(cures, season=cures.season and wanted.season))
    tested = told.of_test(attempt.first[name], attempt.second[name])
    chosen = calibrated(attempt.trial(name), target, parts, slope, tested.shift)
    return Settled(attempt, chosen, slope, tested, told, why)


def _floored(task: str, tried: Tried, slope: float) -> tuple[Tried, str]:
    """Return what was tried with who is served: the chosen recipe, or a rate that was better; and why, if so."""
    rate, parts, chosen = BaseRate(task), tried.parts, tried.preferred
    first = {**tried.first, rate.name: rate.fit(parts["train"])}
    validation = parts["validation"]
    said = {name: tried.validated[name] for name in RATES if name in tried.validated}
    said[rate.name] = validation.said(first[rate.name].score)
    served_so = calibration.calibrate(task, first[chosen], parts["train"], slope, 0.0)
    said[chosen] = validation.said(served_so.score)
    served, why = floor(task, chosen, validation.y, said)
    if served != rate.name:
        return replace(tried, preferred=served), why
    second = {**tried.second, rate.name: rate.fit(parts["refit"])}
    validated = {**tried.validated, rate.name: said[rate.name]}
    own = said[rate.name], parts["test"].said(second[rate.name].score)
    added = trial(rate, task, parts, levelled_losses(task, validation.y, said[rate.name]), own, second[rate.name])
    every = (*tried.recipes, rate)
    trials = (*tried.trials, added)
    return Tried(parts, tried.inside, every, tried.search, first, second, validated, trials, served), why
