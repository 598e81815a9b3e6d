"""The description of customers: the segmenters that their data allow, and the profiles of everybody's segments."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.clock import iso
from features.kernel.kernel import Kernel
from features.log.spine import Spine, everyone, pieces
from features.sources.attributes import Attributes
from training.bundle.predictor import Predictor
from training.choice.choice import Choice
from training.choice.crowd import gathered
from training.choice.gated import last_two
from training.choice.judged import judged
from training.choice.past import of_days, past
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.personas.lift import Sold, sold
from training.personas.people import People, people
from training.personas.phrase import plain
from training.reasons.reasons import Explainer
from training.segmenters import Facts, Segmenter
from training.segmenters.columns import Columns
from training.segmenters.declared import Fit, declared, noted
from training.segmenters.profile import Members, Next, Profile, profiles
from training.stability.gate import Verdict
from training.succession.kept import Former, Succession, Today, aligned, succeed
from training.targets import Target
from training.tracking.work import Work

Predict = Callable[[NDArray[np.float32], tuple[str, ...]], Facts]
"""Makes of rows of features, whose names are given, what is known of them."""


@dataclass(frozen=True)
class Description:
    """The customers of now, in segments."""

    segmenters: tuple[Segmenter, ...]
    profiles: dict[str, tuple[Profile, ...]]
    """By segmenter, of everybody."""
    refused: dict[str, str]
    """Segmenters that cannot be fitted, and why."""
    work: dict[str, Work]
    """By segmenter, when it was fitted."""
    verdicts: dict[str, Verdict]
    """By segmenter, what the gate says of those that have to pass it, and of those that were refused by it."""
    successions: dict[str, Succession]
    """By segmenter, what it is of the champion's."""
    people: dict[str, People]
    """By segmenter, what else is told of its segments."""


def describe(
    ground: Ground,
    kernel: Kernel,
    panel: Panel,
    choices: Sequence[Choice],
    predictors: Sequence[Predictor],
    attributes: Attributes,
    folder: Path,
    former: Former | None = None,
    targets: Sequence[Target] = (),
) -> Description:
    """Fit the segmenters that the customers of now allow, and describe their segments.

    They are fitted to those who are drawn; everybody is assigned and described.

    Args:
        ground: what is known of the business.
        kernel: the features.
        panel: everyone's who is drawn, at its end among others.
        choices: those of targets whose outcomes are told of segments.
        predictors: all, whose predictions segmenters may look at.
        attributes: what else is known of customers.
        folder: where everybody's features may lie.
        former: the champion, whose segmenters are kept while they fit.
        targets: all for whose segmenters the kernel has the features.
    """
    predict = partial(known, predictors)
    now, refused = predict(panel.at({ground.end}), panel.names), {}
    fitted: dict[Segmenter, dict[str, dict[str, Next]]] = {}
    work: dict[str, Work] = {}
    refits: dict[str, Fit] = {}
    days, then = past(panel, choices), dict[str, dict[int, Segmenter]]()
    successions: dict[str, Succession] = {}
    judges = judged(ground, kernel, now, panel, last_two(panel, choices), [one.target for one in predictors])
    fails = {name: judge.fails for name, judge in judges.items()}
    today = Today(iso(ground.end, ZoneInfo(ground.dataset.zone))[:10].replace("-", ""), noted(ground.dataset), fails)
    by_name = declared(ground.dataset, targets) | {name: one.fit for name, one in judges.items()}
    for name, fit in by_name.items():
        began = time.time()
        try:
            came = succeed(name, fit, now, former, today)
        except ValueError as error:
            refused[name] = str(error)
            continue
        again = judges[name].again if name in judges else fit
        refits[name] = partial(_again, again, came.segmenter)
        then[name] = of_days(refits[name], days)
        fitted[came.segmenter] = _nexts(then[name], days, panel, choices)
        work[name], successions[name] = Work.since(began), came
    verdicts = {name: judge.verdict for name, judge in judges.items() if judge.verdict}
    spine = everyone(ground.log, {ground.end}, ground.order)
    table, every = _everybody(ground, kernel, predict, spine, fitted, folder / "everybody")
    ids = ground.log.customers.take(pa.array(spine.customers))
    told = attributes.at(ids, ground.end).drop_columns(["customer_id"])
    found = profiles(every, table, kernel.features, told, ground.dataset.smallest_group, plain)
    described = {members.segmenter.name: tuple(own) for members, own in zip(every, found, strict=True)}
    explainer = Explainer(kernel.features, ground.dataset.currency)
    crowd = gathered(ground, explainer, panel, choices, tuple(fitted), then, days, now, targets)
    jaccard = {
        one.name: dict(zip(_names(one), verdicts[one.name].stability.jaccard, strict=False))
        for one in fitted
        if one.name in verdicts
    }
    bought = _bought(ground, spine, every)
    crowd = replace(crowd, customers=spine.customers, attributes=told, fits=refits, stability=jaccard, sold=bought)
    met = {members.segmenter.name: people(members, described[members.segmenter.name], crowd) for members in every}
    return Description(tuple(fitted), described, refused, work, verdicts, successions, met)


def _bought(ground: Ground, spine: Spine, every: Sequence[Members]) -> dict[str, Sold]:
    """Return by segmenter what everybody bought."""
    assigned = {one.segmenter.name: np.full(len(ground.log.customers), -1, np.int32) for one in every}
    for members in every:
        assigned[members.segmenter.name][spine.customers] = members.assigned
    segments = {one.segmenter.name: len(one.segmenter.segments) for one in every}
    return sold(ground.log, ground.end, assigned, segments)


def _names(segmenter: Segmenter) -> list[str]:
    return [segment.name for segment in segmenter.segments]


def _again(fit: Fit, of: Segmenter, facts: Facts) -> Segmenter:
    """Return a segmenter fitted to some of the customers, with the names of the one of now."""
    return aligned(fit(facts), of, facts)


def known(predictors: Sequence[Predictor], x: NDArray[np.float32], names: tuple[str, ...]) -> Facts:
    """Return what is known of rows of the features of customers, the predictions with it."""
    told = (one for one in predictors if one.names == names)
    return Facts(x, names, {one.target.name: one.predict(x) for one in told})


def _everybody(
    ground: Ground,
    kernel: Kernel,
    predict: Predict,
    spine: Spine,
    fitted: Mapping[Segmenter, Mapping[str, Mapping[str, Next]]],
    path: Path,
) -> tuple[Columns, list[Members]]:
    """Return everybody's features in the order of the spine, and each segmenter's assignment of them."""
    table = Columns(path, len(spine), len(kernel.features))
    every = [Members(segmenter, np.empty(len(spine), np.int32), nexts) for segmenter, nexts in fitted.items()]
    written, place = 0, np.empty(len(spine), np.int64)
    for piece, rows, own in pieces(ground.log, spine):
        x = kernel(piece, own.customers, own.as_of)
        table.write(written, x)
        facts = predict(x, kernel.names)
        for members in every:
            members.assigned[rows] = members.segmenter.assign(facts)
        place[rows] = np.arange(written, written + rows.size)
        written += rows.size
    return table.ordered(place), every


def _nexts(
    then: Mapping[int, Segmenter], days: Mapping[int, Facts], panel: Panel, choices: Sequence[Choice]
) -> dict[str, dict[str, Next]]:
    """Return, by segment and target, the outcome after the newest test cut-off, with cuts from that day.

    A segment of that day is the one of now that it shares most customers with.
    """
    nexts: dict[str, dict[str, Next]] = {}
    for choice in choices:
        segmenter = then.get(choice.split.test[0])
        if segmenter is None:
            continue
        facts, name = days[choice.split.test[0]], choice.target.name
        y = panel.labels[name][panel.spine.at(choice.split.test[:1])]
        assigned, inside = segmenter.assign(facts), choice.predictor.eligible(facts.x)
        for number, segment in enumerate(segmenter.segments):
            chosen = inside & (assigned == number)
            if chosen.any():
                nexts.setdefault(segment.name, {})[name] = Next(int(chosen.sum()), float(y[chosen].mean()))
    return nexts
