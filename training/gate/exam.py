"""The exam: every target of a challenger on its test rows, as the sources and the code of now give them.

The challenger answers with the scorers that have not seen those rows; the champion with its recipe and its features,
fitted on the challenger's rows before the test.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import fitting
from features.catalogue.windows import catalogue
from features.clock import iso
from features.dataset import Dataset, DatasetError
from features.kernel.kernel import Kernel
from features.log import as_of
from features.log.log import Log
from training.bundle.bundle import Bundle
from training.bundle.evidence import Evidence
from training.bundle.predictor import Predictor
from training.choice import search
from training.choice.calibration import calibrate
from training.panel import contacts
from training.panel import panel as panels
from training.panel.campaign import Context
from training.panel.enough import Refused
from training.panel.examples import Column, Examples
from training.recipes import Recipe, recipes, restored
from training.recipes.lightgbm import LightGBM
from training.targets import Response, Target, outcomes, with_needs

Floats = NDArray[np.float64]


class CannotExamine(ValueError):
    """The sources or the code of now cannot repeat a bundle's test; the message says why."""


@dataclass(frozen=True)
class Exam:
    """One target's test rows, and what both sides say of them."""

    target: Target
    evidence: Evidence
    same_rows: bool
    """Whether the challenger learned from the very rows that there are now: of the same log, and as many."""
    rows: int
    """How many rows before the test a training would have now."""
    columns: dict[str, Column]
    """The statistics that the evidence should have, computed now."""
    y: Floats
    """The outcomes, shape (rows,), as all that follow."""
    customers: NDArray[np.int64]
    challenger: Floats
    champion: Floats | None
    """None where there is no champion, or it does not know the target."""


@dataclass(frozen=True)
class _Side:
    """A bundle with the features that its own kernel gives the rows of the exam."""

    bundle: Bundle
    x: NDArray[np.float32]

    def examples(self, rows: NDArray[np.bool_], panel: panels.Panel, y: Floats) -> Examples:
        """Return some of the rows."""
        return Examples(self.names, self.x, y, panel.customers, panel.as_of).where(rows)

    @property
    def names(self) -> tuple[str, ...]:
        """The features: the kernel's, and behind them those of campaigns where the rows are contacts."""
        kernel, context = self.bundle.kernel.names, self.bundle.context
        return kernel if len(kernel) == self.x.shape[1] or context is None else (*kernel, *context.names)


@dataclass(frozen=True)
class _Room:
    """The rows that some targets are examined on, and what all sides know of them."""

    panel: panels.Panel
    """By cut-off."""
    labels: dict[str, Floats]
    own: _Side
    now: _Side
    """The challenger by the code of now."""
    rival: _Side | None
    today: dict[str, panels.Split]
    """The split that a training of now would give each target."""


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
    tested = [(predictor, predictor.evidence) for predictor in challenger.predictors if predictor.evidence is not None]
    if (end := as_of.end(log.days, dataset.end)) < challenger.as_of:
        raise CannotExamine(
            f"the sources now end at {iso(end)}; the bundle's test needs them up to {iso(challenger.as_of)}."
        )
    of_panel = [one for one in tested if not isinstance(one[0].target, Response)]
    room = _panel(dataset, log, challenger, champion, of_panel) if of_panel else None
    seats = [(predictor, evidence, room) for predictor, evidence in of_panel if room]
    for predictor, evidence in tested:
        if isinstance(predictor.target, Response):
            seats.append((predictor, evidence, _contacts(dataset, log, challenger, champion, predictor.target)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return tuple(pool.map(lambda seat: _exam(*seat, same_log=log.digest == challenger.data), seats))


def _exam(predictor: Predictor, evidence: Evidence, room: _Room, *, same_log: bool) -> Exam:
    target, panel, own = predictor.target, room.panel, room.own
    y = room.labels[target.name]
    cohort = predictor.eligible(own.x)
    refit, test = (cohort & panel.at(getattr(evidence.split, part)) for part in ("refit", "test"))
    if not refit.any() or not test.any():
        raise CannotExamine(f"{target.name}: its cohort is empty now, before the test or in it.")
    rows = int((cohort & panel.at(room.today[target.name].refit)).sum())
    learned, asked = room.now.examples(refit, panel, y), own.examples(test, panel, y)
    return Exam(
        target=target,
        evidence=evidence,
        same_rows=same_log and len(learned) == evidence.rows["refit"],
        rows=rows,
        columns=learned.columns(),
        y=asked.y,
        customers=asked.customers,
        challenger=evidence.scorer.score(asked.x),
        champion=_refitted(room.rival, target, refit, test, panel, y) if room.rival else None,
    )


def _panel(
    dataset: Dataset, log: Log, challenger: Bundle, champion: Bundle | None, tested: list[tuple[Predictor, Evidence]]
) -> _Room:
    """Return the rows of targets of all customers at cut-offs."""
    today = _splits(log, challenger)
    cut_offs = {moment for split in today.values() for moment in split.refit}
    for _, evidence in tested:
        cut_offs |= {*evidence.split.refit, *evidence.split.test}
    panel = panels.panel(log, challenger.kernel, cut_offs)
    labels = outcomes(log, [predictor.target for predictor, _ in tested], panel.customers, panel.as_of)
    own, now = _Side(challenger, panel.x), _Side(challenger, _by_the_code_of_now(dataset, log, challenger, panel))
    return _Room(panel, labels, own, now, _rival(log, own, champion, panel), today)


def _contacts(dataset: Dataset, log: Log, challenger: Bundle, champion: Bundle | None, target: Response) -> _Room:
    """Return the rows of a target of contacts, whose features are those before each contact."""
    try:
        rows = contacts.contacts(target, dataset, log)
        today = contacts.split(rows, challenger.as_of)
    except (DatasetError, Refused) as error:
        raise CannotExamine(f"{target.name}: {error}") from None
    at_contact = panels.Panel(rows.customers, rows.as_of, challenger.kernel(log, rows.customers, rows.as_of))

    def of_campaigns(side: _Side) -> _Side:
        own = side.bundle.context
        assert own is not None
        context = Context(rows.campaigns, own.targets)
        return _Side(side.bundle, context.append(side.bundle.kernel, side.x, rows.campaigns, rows.place))

    own = _Side(challenger, at_contact.x)
    now = _Side(challenger, _by_the_code_of_now(dataset, log, challenger, at_contact))
    knows = champion if champion is not None and champion.context is not None else None
    rival = _rival(log, own, knows, at_contact)
    return _Room(
        panels.Panel(rows.customers, rows.cut_off, at_contact.x),
        {target.name: rows.y},
        of_campaigns(own),
        of_campaigns(now),
        of_campaigns(rival) if rival else None,
        {target.name: today},
    )


def _splits(log: Log, challenger: Bundle) -> dict[str, panels.Split]:
    """Return the split that a training of now would give each target, were its as-of the challenger's."""
    begin = as_of.start(log.days)
    try:
        return {
            predictor.target.name: panels.split_of(predictor.target, begin, challenger.as_of)
            for predictor in challenger.predictors
            if predictor.evidence is not None and not isinstance(predictor.target, Response)
        }
    except panels.TooLittleHistory as error:
        raise CannotExamine(str(error)) from None


def _by_the_code_of_now(dataset: Dataset, log: Log, challenger: Bundle, panel: panels.Panel) -> NDArray[np.float32]:
    """Return the challenger's features as they are declared today: by another catalogue, others under their names."""
    own = {feature.name: feature for feature in challenger.kernel.features}
    features, _ = fitting(catalogue(dataset.features.windows), dataset.columns, dataset.kinds)
    today = Kernel(with_needs(features, [predictor.target for predictor in challenger.predictors]))
    if all(own.get(feature.name, feature) == feature for feature in today.features):
        return panel.x
    x = panel.x.copy()
    shared = [name for name in today.names if name in own]
    computed = today(log, panel.customers, panel.as_of)
    x[:, [challenger.kernel.position[name] for name in shared]] = computed[:, [today.position[name] for name in shared]]
    return x


def _rival(log: Log, own: _Side, champion: Bundle | None, panel: panels.Panel) -> _Side | None:
    if champion is None:
        return None
    if champion.kernel.fingerprint == own.bundle.kernel.fingerprint:
        return _Side(champion, own.x)
    return _Side(champion, champion.kernel(log, panel.customers, panel.as_of))


def _refitted(
    side: _Side,
    target: Target,
    refit: NDArray[np.bool_],
    test: NDArray[np.bool_],
    panel: panels.Panel,
    y: Floats,
) -> Floats | None:
    """Return what the champion's recipe says of the test rows when it has learned from the rows before them."""
    for predictor in side.bundle.predictors:
        if predictor.target.name == target.name:
            learned = side.examples(refit, panel, y).knowing(side.x[panel.as_of == panel.as_of[test].max()])
            fitted, evidence = _recipe(predictor, side.names).fit(learned), predictor.evidence
            if evidence is not None:
                fitted = calibrate(target.task, fitted, learned.x, evidence.slope, evidence.season)
            return fitted.score(np.ascontiguousarray(side.x[test]))
    return None


def _recipe(predictor: Predictor, names: tuple[str, ...]) -> Recipe:
    """Return the recipe that a predictor was fitted by, with the settings that it had then."""
    by_name = {recipe.name: recipe for recipe in recipes(predictor.target, names)}
    name = LightGBM.name if predictor.recipe == search.NAME else predictor.recipe  # what was searched around
    if name not in by_name:
        raise CannotExamine(
            f"{predictor.target.name}: the champion's recipe {predictor.recipe!r} is gone;"
            f" there are {', '.join(by_name)}."
        )
    settings = predictor.evidence.settings if predictor.evidence else None
    return restored(by_name[name], settings) if settings else by_name[name]
