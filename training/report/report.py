"""The report: all that a page and a model card say of a training run, as plain data."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

from features.clock import iso
from features.consent.groups import said
from features.dataset import SHIPPED, Dataset, Profit
from features.log import ends
from training.bundle.agreement import Agreement
from training.choice.choice import Choice
from training.choice.learn import Trained
from training.choice.learning_curve import Point
from training.choice.unlabelled import Unlabelled
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE
from training.notes.note import Counted
from training.panel.rung import WORDS, Rung, Words
from training.reasons.wording import ENGLISH
from training.report import (
    calibration,
    comparison,
    failures,
    flow,
    gain,
    importance,
    profit,
    segments,
    windows,
)
from training.report.cells import least
from training.report.interval import estimates, mean_outcome
from training.report.offered import Told, told_of_offers
from training.segmenters import Segmenter

NO_CURRENCY = "units of currency"


@dataclass(frozen=True)
class Origin:
    """What makes the run again."""

    run_id: str
    commit: str
    """Of this code; empty outside git."""
    changed: bool
    """Whether files differed from the commit."""
    command: str


@dataclass(frozen=True)
class Data:
    """What was learned from."""

    dataset: str
    title: str
    zone: str
    currency: str
    begin: str
    """The day that events are complete from."""
    end: str
    """The data cut-off: where labels end, and the bundle's as-of."""
    digest: str
    events: int
    customers: int
    features: int
    rejects: dict[str, int]
    """Rows kept aside, by reason."""
    left_out: dict[str, tuple[str, ...]]
    """Features that the data cannot have, by reason."""
    refused: dict[str, str]
    """Targets and segmenters that cannot be learned, and why."""
    excluded: int = 0
    """Customers who do not count, as the dataset file says: nothing was learned from them."""
    not_profiled: str = ""
    """The line that says how many customers may not be profiled, where the dataset asks for consent, and when."""
    smallest: int = 0
    """How many customers a figure is of at the least: those of fewer are told with others."""
    language: str = ENGLISH
    """Of the page."""

    @property
    def left(self) -> str:
        """How many are excluded, for people."""
        return said(self.excluded, self.smallest)


@dataclass(frozen=True)
class Target:
    """One target: what was tried, what was chosen, and how it does on the test rows."""

    name: str
    kind: str
    """Its kind in the dataset's file."""
    meaning: str
    cohort: str
    outside: str
    """Why somebody is not predicted."""
    task: str
    unit: str
    horizon_days: int
    test_days: tuple[str, ...]
    """The test cut-offs, the oldest first."""
    rows: dict[str, int]
    """In each part of the split."""
    base_rate: Estimate
    """The mean outcome of the test rows."""
    recipe: str
    recipes: tuple[comparison.Compared, ...]
    calibration: calibration.Calibration
    gain: gain.Gain
    profit: profit.Curve
    failures: failures.Failures
    importance: tuple[importance.Important, ...]
    customers: tuple[int, int]
    """Of how many customers it was learned, and how many there are: totals of the rows are those of the first."""
    points: tuple[Point, ...] = ()
    """The learning curve, where there is one."""
    money: bool = False
    """Whether the unit is the currency."""
    rung: Rung = Rung.THREE
    """What its figures stand on."""
    floored: str = ""
    """Why a rate is served, and not the recipe that was chosen."""
    level_sd: float | None = None
    """How far the level of the period after the data may lie from what is said, one standard deviation of logits, or of
    logarithms of values; None or 0 of what has no level."""
    agreement: Agreement | None = None
    """How far cheap reasons agree with exact ones; None of what has no trees."""

    @property
    def words(self) -> Words:
        """What is to be said of that."""
        return WORDS[self.rung]

    @property
    def drawn(self) -> bool:
        """Whether a sample was learned from."""
        return self.customers[0] < self.customers[1]

    @property
    def scale(self) -> float:
        """By how much totals of everybody are larger than those of the rows."""
        return self.customers[1] / max(self.customers[0], 1)

    @property
    def binary(self) -> bool:
        """Whether a probability is predicted."""
        return self.task == "binary"

    @property
    def chosen(self) -> comparison.Compared:
        """The recipe that was chosen."""
        return self.recipes[0]

    @property
    def headline(self) -> Estimate:
        """The metric that recipes are compared by, of the chosen one."""
        return self.chosen.figures[HEADLINE[self.task]]

    @property
    def runner_up(self) -> comparison.Compared | None:
        """The best baseline that was not chosen."""
        return comparison.runner_up(self.recipes, self.task)


@dataclass(frozen=True)
class Unjudged:
    """A target that no label is known of: it has no figures."""

    name: str
    meaning: str
    cohort: str
    recipe: str
    stands: str
    """On what it stands, and what was checked, in words."""


@dataclass(frozen=True)
class Report:
    """A training run."""

    origin: Origin
    data: Data
    windows: tuple[windows.Windows, ...]
    targets: tuple[Target, ...]
    segments: dict[str, segments.SegmenterTold]
    """By segmenter."""
    unjudged: tuple[Unjudged, ...] = ()
    offered: Told | None = None
    """By what products are ranked; None where none are offered."""


def report(
    trained: Trained, run_id: str, tags: Mapping[str, str], notes: Mapping[str, Counted] = MappingProxyType({})
) -> Report:
    """Compute everything that is told of a training run.

    Args:
        trained: what it found out.
        run_id: its id in MLflow.
        tags: its tags, which say what code it ran.
        notes: what sales and service say, by what it is of.
    """
    changed = tags.get("git_changed") == "true"
    origin = Origin(run_id, tags.get("mlflow.source.git.commit", ""), changed, command(trained.dataset))
    dataset, zone = trained.dataset, ZoneInfo(trained.dataset.zone)
    currency = dataset.currency or NO_CURRENCY
    explainer, verdicts = trained.bundle.explainer, trained.verdicts
    asked = {predictor.target.name: predictor.target for predictor in trained.bundle.predictors}
    moves = {name: came.moves for name, came in trained.successions.items()}
    told = {
        name: segments.segments(
            name,
            trained.profiles.get(name, ()),
            explainer,
            dataset.language,
            trained.people.get(name),
            verdicts.get(name),
            asked,
            flow.told(moves.get(name), name, zone, dataset.smallest_group, dataset.language),
            notes,
        )
        for name in dict.fromkeys((*trained.profiles, *verdicts))
    }
    begin = ends.start(trained.log.days)
    # Threads, since what takes the time is NumPy's resampling, which lets others run meanwhile.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        targets = tuple(pool.map(lambda choice: _target(choice, trained, currency), trained.choices))
    return Report(
        origin,
        _data(trained, iso(begin, zone)[:10], currency),
        windows.windows(trained.choices, begin, trained.end, zone),
        targets,
        told,
        tuple(_unjudged(one) for one in trained.unlabelled),
        told_of_offers(trained.offered, zone),
    )


def command(dataset: Dataset) -> str:
    """Return how the run is made again from a shell; a dataset of the user's own is named by its folder."""
    shipped = dataset.folder in {"", str(SHIPPED)}
    return f"make train DATASET={dataset.name if shipped else f'{dataset.folder}/<its file>.toml'}"


def _data(trained: Trained, begin: str, currency: str) -> Data:
    dataset = trained.dataset
    by_reason: dict[str, list[str]] = {}
    for name, reason in trained.left_out.items():
        by_reason.setdefault(reason, []).append(name)
    return Data(
        dataset.name,
        dataset.title or dataset.name,
        dataset.zone,
        currency,
        begin,
        iso(trained.end, ZoneInfo(dataset.zone)),
        trained.log.digest,
        *trained.log.counts,
        len(trained.bundle.kernel.features),
        trained.rejects,
        {reason: tuple(names) for reason, names in by_reason.items()},
        trained.refused,
        len(trained.log.excluded),
        _not_profiled(trained),
        dataset.smallest_group,
        dataset.language,
    )


def _not_profiled(trained: Trained) -> str:
    asked = trained.log.profiled
    return f"{asked.said()}, as permitted at {iso(asked.now, ZoneInfo(trained.dataset.zone))}" if asked else ""


def _target(choice: Choice, trained: Trained, currency: str) -> Target:
    target, test, p = choice.target, choice.test, choice.predictions
    y, customers, zone = test.y, test.owners, ZoneInfo(trained.dataset.zone)
    segmenters: tuple[Segmenter, ...] = trained.bundle.segmenters
    smallest, language = trained.dataset.smallest_group, trained.dataset.language
    fewest = least(customers.people, smallest)
    return Target(
        name=target.name,
        kind=str(target.__struct_config__.tag),
        meaning=target.meaning,
        cohort=target.cohort().inside,
        outside=" or ".join(bound.outside for bound in target.cohort().bounds),
        task=target.task,
        unit=currency if target.unit == "currency" else target.unit,
        horizon_days=target.horizon_days,
        test_days=tuple(iso(moment, zone)[:10] for moment in sorted(choice.split.test)),
        rows=choice.rows,
        base_rate=estimates({"mean": mean_outcome}, y, p, customers)["mean"],
        recipe=choice.chosen.recipe.name,
        recipes=comparison.comparison(choice),
        calibration=calibration.calibration(y, p, customers, smallest),
        gain=gain.gain(y, p, fewest),
        profit=profit.curve(trained.dataset.profit or Profit(), profit.worth(target), y, p, customers, fewest),
        failures=failures.failures(choice, segmenters, zone, smallest, language),
        importance=importance.importance(choice.chosen.scorer, trained.bundle.explainer, language),
        customers=trained.bundle.sample.customers(trained.log, target.rows().spine_key),
        points=choice.points,
        money=target.unit == "currency",
        rung=choice.rung,
        floored=choice.floored,
        level_sd=choice.season.sd,
        agreement=choice.predictor.agreement,
    )


def _unjudged(one: Unlabelled) -> Unjudged:
    target = one.target
    return Unjudged(target.name, target.meaning, target.cohort().inside, one.predictor.recipe, one.said)
