"""The description of customers: the segmenters that their data allow, and the profiles of everybody's segments."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.kernel.kernel import Kernel
from features.log.spine import Spine, everyone, pieces
from features.sources.attributes import Attributes
from training.bundle.predictor import Predictor
from training.choice.choice import Choice
from training.choice.gated import Fitted, Gated, last_two
from training.choice.judged import judged
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.segmenters import Facts, Segmenter
from training.segmenters.columns import Columns
from training.segmenters.declared import Fit, declared
from training.segmenters.profile import Members, Next, Profile, profiles
from training.stability.gate import Verdict
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


def describe(
    ground: Ground,
    kernel: Kernel,
    panel: Panel,
    choices: Sequence[Choice],
    predictors: Sequence[Predictor],
    attributes: Attributes,
    folder: Path,
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
    """
    predict = partial(known, predictors)
    now = predict(panel.at({ground.end}), panel.names)
    found, refused = dict[str, Fitted](), dict[str, str]()
    fitted: dict[Segmenter, dict[str, dict[str, Next]]] = {}
    work: dict[str, Work] = {}
    for name, choose in _choosers(ground, kernel, now, panel, choices).items():
        began = time.time()
        try:
            found[name] = choose()
            if found[name].passes:
                fitted[found[name].segmenter] = _nexts(found[name].again, panel, choices)
                work[name] = Work.since(began)
        except ValueError as error:
            refused[name] = str(error)
    spine = everyone(ground.log, {ground.end}, ground.order)
    table, every = _everybody(ground, kernel, predict, spine, fitted, folder / "everybody")
    ids = ground.log.customers.take(pa.array(spine.customers))
    told = attributes.at(ids, ground.end).drop_columns(["customer_id"])
    told_of = profiles(every, table, kernel.features, told, ground.dataset.smallest_group)
    described = {members.segmenter.name: tuple(own) for members, own in zip(every, told_of, strict=True)}
    verdicts = {name: one.verdict for name, one in found.items() if isinstance(one, Gated)}
    refused |= {name: verdict.said() for name, verdict in verdicts.items() if not verdict.passes}
    return Description(tuple(fitted), described, refused, work, verdicts)


def _choosers(
    ground: Ground, kernel: Kernel, now: Facts, panel: Panel, choices: Sequence[Choice]
) -> dict[str, Callable[[], Fitted]]:
    """Return by name what makes each segmenter of a dataset, those that have to pass the gate last."""
    rules = {name: partial(_rule, fit, now) for name, fit in declared(ground.dataset).items()}
    return {**rules, **judged(ground, kernel, now, panel, last_two(panel, choices))}


def _rule(fit: Fit, now: Facts) -> Fitted:
    """Return what a fit leaves that no gate judges."""
    return Fitted(fit(now), fit)


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


def _nexts(fit: Fit, panel: Panel, choices: Sequence[Choice]) -> dict[str, dict[str, Next]]:
    """Return, by segment and target, the outcome after the newest test cut-off, with cuts from that day.

    What is predicted of that day comes from scorers that have seen neither its outcomes nor any later ones.
    """
    nexts: dict[str, dict[str, Next]] = {}
    for choice in choices:
        rows = panel.spine.at(choice.split.test[:1])
        x, y = panel.x[rows], panel.labels[choice.target.name][rows]
        then = Facts(x, panel.names, {one.target.name: one.predictor.unseen(x) for one in choices})
        segmenter = fit(then)
        assigned = segmenter.assign(then)
        inside = choice.predictor.eligible(x)
        for number, segment in enumerate(segmenter.segments):
            chosen = inside & (assigned == number)
            if chosen.any():
                nexts.setdefault(segment.name, {})[choice.target.name] = Next(
                    int(chosen.sum()), float(y[chosen].mean())
                )
    return nexts
