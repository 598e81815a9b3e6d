"""The exam: every target of a challenger on its test rows, as the sources and the code of now give them.

The challenger answers with the scorers that have not seen those rows; the champion with its recipe and its features,
fitted on the challenger's rows before the test.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from features import scratch
from features.catalogue.feature_set import allowed_by
from features.clock import iso
from features.dataset import Dataset, DatasetError
from features.kernel.kernel import Kernel
from features.log import ends
from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Bundle
from training.bundle.evidence import Evidence
from training.bundle.predictor import Predictor
from training.bundle.shorter import Moment
from training.choice import foretold, search
from training.choice.calibration import calibrate
from training.choice.plan import shortened
from training.metrics.owners import Owners
from training.panel import panel
from training.panel.campaign import Campaigns
from training.panel.enough import Refused
from training.panel.examples import Column, Examples
from training.panel.ground import Ground
from training.panel.rows import Rows
from training.panel.split import Split
from training.recipes.base_rate import BaseRate
from training.recipes.lightgbm import LightGBM
from training.recipes.recipe import Recipe
from training.recipes.table import recipes, restored
from training.targets.declared import with_needs
from training.targets.target import Target

Floats = NDArray[np.float64]


class CannotExamine(ValueError):
    """The sources or the code of now cannot repeat a bundle's test; the message says why."""


@dataclass(frozen=True)
class Exam:
    """One target's test rows, and what both sides say of them."""

    target: Target
    evidence: Evidence
    """Its split says on which rung the target stands."""
    same_rows: bool
    """Whether the challenger learned from the very rows that there are now: of the same log, and as many."""
    rows: int
    """How many rows before the test a training would have now."""
    columns: dict[str, Column]
    """The statistics that the evidence should have, computed now."""
    y: Floats
    """The outcomes, shape (rows,), as all that follow."""
    customers: NDArray[np.int64] | Owners
    challenger: Floats
    champion: Floats | None
    """None where there is no champion, or it does not know the target."""


def examine(dataset: Dataset, log: Log, challenger: Bundle, champion: Bundle | None) -> tuple[Exam, ...]:
    """Repeat the test of each of the challenger's targets that had one.

    Args:
        dataset: the declaration of now.
        log: what its sources give now.
        challenger: the bundle that wants to be served.
        champion: the one that is.

    Raises:
        CannotExamine: the sources no longer hold the test, or the champion's recipe is gone.
    """
    if (end := ends.end(log.days, dataset.end)) < challenger.as_of:
        raise CannotExamine(
            f"the sources now end at {iso(end)}; the bundle's test needs them up to {iso(challenger.as_of)}."
        )
    ground = Ground.of(dataset, log, challenger.as_of, challenger.sample)
    tested = [_seat(predictor, ground) for predictor in challenger.predictors if predictor.evidence is not None]
    by_spine: dict[str, list[_Seat]] = {}
    for seat in tested:
        by_spine.setdefault(seat.rows.spine_key, []).append(seat)
    rooms = {key: _room(seats, ground, challenger, champion) for key, seats in by_spine.items()}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        same = log.digest == challenger.data
        return tuple(pool.map(lambda seat: _exam(seat, rooms[seat.rows.spine_key], same_log=same), tested))


@dataclass(frozen=True)
class LevelExam:
    """What is checked of a target without labels of its own: its level on a shorter horizon that has some."""

    target: Target
    now: Moment | None
    """As the sources and the code of now give it; None where nothing happened."""


def examine_levels(dataset: Dataset, log: Log, challenger: Bundle) -> tuple[LevelExam, ...]:
    """Repeat the check of the level of each target that has no labels of its own, but some of a shorter horizon."""
    ground = Ground.of(dataset, log, challenger.as_of, challenger.sample)
    return tuple(
        LevelExam(predictor.target, _level(predictor, predictor.shorter, ground, challenger))
        for predictor in challenger.predictors
        if predictor.shorter is not None
    )


def _level(predictor: Predictor, then: Moment, ground: Ground, challenger: Bundle) -> Moment | None:
    short = shortened(predictor.target, then.horizon_days)
    found = foretold.foretold(short, foretold.asked(short, ground, challenger.kernel, then.cut_off), then.cut_off)
    return found.moment if found else None


@dataclass(frozen=True)
class _Seat:
    """A target that is examined."""

    predictor: Predictor
    evidence: Evidence
    today: Split
    """The split that a training of now would give it."""

    @property
    def target(self) -> Target:
        """The target."""
        return self.predictor.target

    @property
    def rows(self) -> Rows:
        """What its rows are."""
        return self.predictor.target.rows()

    @property
    def cut_offs(self) -> set[int]:
        """Those at which it is examined."""
        return {*self.evidence.split.refit, *self.evidence.split.test, *self.today.refit}


def _seat(predictor: Predictor, ground: Ground) -> _Seat:
    assert predictor.evidence is not None
    try:
        return _Seat(predictor, predictor.evidence, predictor.target.rows().split(ground))
    except (DatasetError, Refused) as error:
        raise CannotExamine(f"{predictor.target.name}: {error}") from None


@dataclass(frozen=True)
class _Side:
    """A bundle with the features that its own kernel gives the rows of the exam."""

    bundle: Bundle
    names: tuple[str, ...]
    x: NDArray[np.float32]


@dataclass(frozen=True)
class _Room:
    """The rows that some targets are examined on, and what all sides know of them."""

    spine: Spine
    labels: dict[str, Floats]
    own: _Side
    now: _Side
    """The challenger by the code of now."""
    rival: _Side | None
    half: NDArray[np.bool_]
    """Which rows are of customers who are learned from where one period has to judge, too."""

    def part(self, split: Split, name: str) -> NDArray[np.bool_]:
        """Return which rows are in a part of a split."""
        return self.spine.at(getattr(split, name)) & split.whose(name, self.half)

    def examples(self, side: _Side, target: Target) -> Examples:
        """Return every row as a side knows it."""
        return Examples(side.names, side.x, np.arange(len(self.spine)), self.labels[target.name], self.spine)


def _room(seats: list[_Seat], ground: Ground, challenger: Bundle, champion: Bundle | None) -> _Room:
    """Return the rows of targets that share a spine."""
    rows = {seat.target.name: seat.rows for seat in seats}
    first = seats[0].rows
    table = type(first).table(ground, list(rows.values()))
    spine = first.spine(ground, set().union(*(seat.cut_offs for seat in seats)), table)
    labels = panel.labels(ground, rows, spine, table)
    own = _side(challenger, ground.log, spine, table)
    now = _by_the_code_of_now(ground, own, spine, table)
    half = ground.sample.half(ground.log)[spine.customers]
    return _Room(spine, labels, own, now, _rival(ground.log, own, champion, spine, table), half)


def _side(bundle: Bundle, log: Log, spine: Spine, table: Campaigns | None) -> _Side:
    """Return a bundle with its features of a spine; of contexts those that it knows, of their table of now."""
    own = table and bundle.campaigns and msgspec.structs.replace(table, given=bundle.campaigns.given)
    x = panel.features(bundle.kernel, log, spine, own, scratch.lasting())
    return _Side(bundle, panel.names(bundle.kernel, own), x)


def _exam(seat: _Seat, room: _Room, *, same_log: bool) -> Exam:
    target, evidence = seat.target, seat.evidence
    own = room.examples(room.own, target)
    cohort = own.said_of(target.cohort().failed) < 0
    refit, test = (cohort & room.part(evidence.split, part) for part in ("refit", "test"))
    if not refit.any() or not test.any():
        raise CannotExamine(f"{target.name}: its cohort is empty now, before the test or in it.")
    learned, asked = room.examples(room.now, target).where(refit), own.where(test)
    return Exam(
        target=target,
        evidence=evidence,
        same_rows=same_log and len(learned) == evidence.rows["refit"],
        rows=int((cohort & room.part(seat.today, "refit")).sum()),
        columns=learned.columns(),
        y=asked.y,
        customers=asked.owners,
        challenger=asked.said(evidence.scorer.score),
        champion=_refitted(room, target, refit, test),
    )


def _by_the_code_of_now(ground: Ground, side: _Side, spine: Spine, table: Campaigns | None) -> _Side:
    """Return the challenger's features as they are declared today: by another catalogue, others under their names."""
    bundle = side.bundle
    features, _ = allowed_by(ground.dataset)
    today = Kernel(with_needs(features, [predictor.target for predictor in bundle.predictors]))
    own = {feature.name: feature for feature in bundle.explainer.features}
    declared = (*today.features, *(table.given if table else ()))
    if all(own.get(feature.name, feature) == feature for feature in declared):
        return side
    x = np.array(side.x)
    computed = panel.features(today, ground.log, spine, table, scratch.lasting())
    for column, name in enumerate(panel.names(today, table)):
        if name in side.names:
            x[:, side.names.index(name)] = computed[:, column]
    return replace(side, x=x)


def _rival(log: Log, own: _Side, champion: Bundle | None, spine: Spine, table: Campaigns | None) -> _Side | None:
    """Return the champion's side; None where there is none, or it knows of no such contexts."""
    if champion is None or (table is not None and champion.campaigns is None):
        return None
    alike = champion.kernel.fingerprint == own.bundle.kernel.fingerprint
    if alike and (table is None or champion.campaigns == own.bundle.campaigns):
        return replace(own, bundle=champion)
    return _side(champion, log, spine, table)


def _refitted(room: _Room, target: Target, refit: NDArray[np.bool_], test: NDArray[np.bool_]) -> Floats | None:
    """Return what the champion's recipe says of the test rows when it has learned from the rows before them."""
    if room.rival is None:
        return None
    everyone = room.examples(room.rival, target)
    for predictor in room.rival.bundle.predictors:
        if predictor.target.name == target.name:
            known = everyone.at([int(everyone.cut_off[test].max())]).rows
            learned = everyone.where(refit).knowing(known)
            fitted, evidence = _recipe(predictor, room.rival.names).fit(learned), predictor.evidence
            if evidence is not None:
                fitted = calibrate(target.task, fitted, learned, evidence.slope, evidence.season)
            return everyone.where(test).said(fitted.score)
    return None


def _recipe(predictor: Predictor, names: tuple[str, ...]) -> Recipe:
    """Return the recipe that a predictor was fitted by, with the settings that it had then."""
    rate = BaseRate(predictor.target.task)
    by_name = {recipe.name: recipe for recipe in (*recipes(predictor.target, names), rate)}
    name = LightGBM.name if predictor.recipe == search.NAME else predictor.recipe  # what was searched around
    if name not in by_name:
        raise CannotExamine(
            f"{predictor.target.name}: the champion's recipe {predictor.recipe!r} is gone;"
            f" there are {', '.join(by_name)}."
        )
    settings = predictor.evidence.settings if predictor.evidence else None
    return restored(by_name[name], settings) if settings else by_name[name]
