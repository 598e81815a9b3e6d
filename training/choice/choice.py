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
from training.choice.belief import believed
from training.choice.cold_start import cold_start, rate
from training.choice.cures import ALL, Cures
from training.choice.floor import RATES, floor
from training.choice.learning_curve import Point, curve
from training.choice.search import NOT_ASKED, Search, search
from training.choice.season import Season
from training.metrics.bootstrap import Estimate, Scored, figures, paired, scored
from training.metrics.metrics import METRICS, levelled_losses
from training.panel.enough import Enough, Refused
from training.panel.examples import Examples
from training.panel.rung import Rung
from training.panel.split import Split
from training.recipes.base_rate import BaseRate
from training.recipes.blend import Blend, fit_all, said_by_all
from training.recipes.lightgbm import LightGBM
from training.recipes.recipe import Recipe
from training.recipes.table import recipes
from training.scorers import Scorer
from training.targets import Category, Target
from training.tracking.work import Work

SHARE_OF_A_CATEGORY = (0.05, 0.95)
"""A category is worth a target of its own where its base rate in training lies between."""


@dataclass(frozen=True)
class Wanted:
    """What the user wants of a choice."""

    enough: Enough
    season: bool = True
    """Whether the level follows the season, where the history can tell it."""
    trials: int = 0
    """How many settings of LightGBM are tried around the preset."""
    windows: tuple[int, ...] = ()
    """The dataset's own, of which models see the features, too."""
    cures: Cures = ALL
    """What is done about levels and slopes."""


@dataclass(frozen=True)
class Trial:
    """One recipe's results."""

    recipe: Recipe
    loss: float
    """What recipes are chosen by: the loss of the levelled predictions on validation."""
    validation: dict[str, float]
    """Each metric on validation, by which recipes are chosen: what they reach is told by the test."""
    test: Scored
    scorer: Scorer
    """Fitted on all that ends before the test; what the test figures speak of."""
    predictions: NDArray[np.float64]
    """For the test examples."""
    seconds: float = 0.0
    """That its fits before validation and before test took."""


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
    attempt = tried(target, split, everyone, wanted, half)
    parts, settled = attempt.parts, settle(target, split, attempt, wanted)
    chosen, slope, told = settled.chosen, settled.slope, settled.told
    name, attempt = chosen.recipe.name, settled.tried
    trials = tuple(chosen if trial.recipe.name == name else trial for trial in attempt.trials)
    fitted = chosen.recipe.fit(parts["final"])
    served = told.of_end(attempt.first[name], attempt.second[name], fitted)
    final = calibration.calibrate(target.task, fitted, parts["final"], slope, served.shift)
    counts = {part: len(rows) for part, rows in parts.items()}
    settings = msgspec.to_builtins(chosen.recipe)
    columns = parts["refit"].columns()
    evidence = Evidence(chosen.scorer, settings, split, counts, columns, slope, settled.season.shift, served.sd)
    few, past = _cold_start(target, attempt, served.shift), told.of_past(fitted, served)
    predictor = Predictor(target, name, final, everyone.names, evidence, few, past=past)
    whole = attempt.trial(name).test
    points = () if place is None else curve(target, chosen.recipe, parts["refit"], parts["test"], place, whole)
    work = Work.since(began)
    taken = chosen, predictor, counts, parts["test"], slope, served, attempt.search, points, work, settled.floored
    return Choice(target, split, trials, *taken)


@dataclass(frozen=True)
class Settled:
    """What was made of the trials of a target: who is served, and how calibrated."""

    tried: "Tried"
    """With the rate, where that is served."""
    chosen: Trial
    """With the figures of its calibrated scorer."""
    slope: float
    season: Season
    """By which the level of the test is moved."""
    told: seasons.Told
    floored: str


def settle(target: Target, split: Split, attempt: "Tried", wanted: Wanted) -> Settled:
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
    chosen = _calibrated(attempt.trial(name), target, parts, slope, tested.shift)
    return Settled(attempt, chosen, slope, tested, told, why)


def _floored(task: str, tried: "Tried", slope: float) -> tuple["Tried", str]:
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
    trial = _trial(rate, task, parts, levelled_losses(task, validation.y, said[rate.name]), own, second[rate.name])
    every = (*tried.recipes, rate)
    trials = (*tried.trials, trial)
    return Tried(parts, tried.inside, every, tried.search, first, second, validated, trials, served), why


def _parts(split: Split, everyone: Examples, inside: Examples, half: NDArray[np.bool_] | None) -> dict[str, Examples]:
    """Return the cohort's examples in each part of the split, those that are fitted knowing everyone."""
    parts = {part: inside.at(moments) for part, moments in split.parts().items()}
    if half is not None:
        parts = {part: rows.where(split.whose(part, half[rows.rows])) for part, rows in parts.items()}
    for part, moments in (("train", split.validation), ("refit", split.test), ("final", (everyone.cut_off.max(),))):
        parts[part] = parts[part].knowing(everyone.at([max(moments)]).rows)
    return parts


@dataclass(frozen=True)
class Tried:
    """Every recipe of a target, fitted before validation and before test."""

    parts: dict[str, Examples]
    inside: Examples
    """The cohort's rows at all cut-offs."""
    recipes: tuple[Recipe, ...]
    search: Search
    first: dict[str, Scorer]
    """By recipe, fitted on all that ends before validation."""
    second: dict[str, Scorer]
    """By recipe, fitted on all that ends before test."""
    validated: dict[str, NDArray[np.float64]]
    """By recipe, what the first says of the validation."""
    trials: tuple[Trial, ...]
    preferred: str
    """The recipe that validation likes best."""

    def trial(self, name: str) -> Trial:
        """Return the trial of a recipe."""
        return next(trial for trial in self.trials if trial.recipe.name == name)


def tried(
    target: Target, split: Split, everyone: Examples, wanted: Wanted, half: NDArray[np.bool_] | None = None
) -> Tried:
    """Try every recipe of a target; the arguments and what is raised are those of `choose`."""
    inside = everyone.where(everyone.said_of(target.cohort().failed) < 0)
    parts = _parts(split, everyone, inside, half)
    _check(target, parts, wanted.enough)
    every = recipes(target, parts["train"].names, wanted.windows)
    searched = _searched(target, every, parts, wanted.trials if target.rows().regular else 0)
    every = (*every, *((searched.recipe,) if searched.recipe else ()))
    took: dict[str, float] = {}
    first = fit_all(every, parts["train"], took)
    second = first if split.rung is not Rung.THREE else fit_all(every, parts["refit"], took)
    validation = parts["validation"]
    validated, tested = said_by_all(every, first, validation), said_by_all(every, second, parts["test"])
    losses = {name: levelled_losses(target.task, validation.y, p) for name, p in validated.items()}
    trials = tuple(
        replace(
            _trial(
                recipe,
                target.task,
                parts,
                losses[recipe.name],
                (validated[recipe.name], tested[recipe.name]),
                second[recipe.name],
            ),
            seconds=took[recipe.name],
        )
        for recipe in every
    )
    preferred = believed(losses) if split.rung is Rung.ONE else _preferred(every, validation.customers, losses)
    return Tried(parts, inside, every, searched, first, second, validated, trials, preferred)


def _searched(target: Target, every: tuple[Recipe, ...], parts: dict[str, Examples], trials: int) -> Search:
    preset = next((recipe for recipe in every if isinstance(recipe, LightGBM)), None)
    if preset is None or not trials:
        return NOT_ASKED
    return search(target.task, preset, parts["train"], parts["validation"], target.horizon_days, trials)


def _preferred(every: tuple[Recipe, ...], customers: NDArray[np.int64], losses: dict[str, NDArray[np.float64]]) -> str:
    """Return the broadest blend that validation cannot tell from the best recipe; the best, where there is none.

    "Cannot tell" is within one standard error of the paired difference, by customer: the one-standard-error rule
    (Breiman et al. 1984), by which the simplest is taken; of means, the broadest is the least in error.
    """
    best = min(losses, key=lambda name: float(losses[name].mean()))

    def told_apart(name: str) -> bool:
        worse, error = paired(losses[name], losses[best], customers)
        return worse > error

    blends = [recipe for recipe in every if isinstance(recipe, Blend) and not told_apart(recipe.name)]
    return max(blends, key=lambda blend: len(blend.parts)).name if blends else best


def _check(target: Target, parts: dict[str, Examples], enough: Enough) -> None:
    enough.check(target.task, parts["final"])
    for part, rows in parts.items():
        if np.unique(rows.y).size <= 1:
            raise Refused(f"{part} has {len(rows):,} rows, all with the same outcome.")
    low, high = SHARE_OF_A_CATEGORY
    if isinstance(target, Category) and not low <= (share := parts["train"].y.mean()) <= high:
        raise Refused(f"its base rate in training is {share:.1%}; {low:.0%} to {high:.0%} are worth a target.")


def _trial(
    recipe: Recipe,
    task: str,
    parts: dict[str, Examples],
    losses: NDArray[np.float64],
    said: tuple[NDArray[np.float64], NDArray[np.float64]],
    scorer: Scorer,
) -> Trial:
    """Return the results of a recipe, by what was said of validation and of test, and by the losses of the former."""
    validated, tested = said
    validation = figures(METRICS[task], parts["validation"].y, validated)
    return Trial(recipe, float(losses.mean()), validation, _tested(task, parts["test"], tested), scorer, tested)


def _tested(task: str, test: Examples, predictions: NDArray[np.float64]) -> Scored:
    """Return the figures; one that is the same for everybody ranks nobody, and has no rank correlation."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return scored(task, test.y, predictions, test.customers)


def _calibrated(trial: Trial, target: Target, parts: dict[str, Examples], slope: float, season: float) -> Trial:
    """Return a trial with the test figures of its calibrated scorer."""
    scorer = calibration.calibrate(target.task, trial.scorer, parts["refit"], slope, season)
    predictions = parts["test"].said(scorer.score)
    test = _tested(target.task, parts["test"], predictions)
    return replace(trial, test=test, scorer=scorer, predictions=predictions)


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
