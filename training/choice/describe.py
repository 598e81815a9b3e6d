"""The description of customers: the segmenters that their data allow, and the profiles of everybody's segments."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.kernel.kernel import Kernel
from features.log.spine import Spine, everyone, pieces
from features.sources.attributes import Attributes
from training.choice.choice import Choice
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.segmenters import FAMILIES, Segmenter
from training.segmenters.columns import Columns
from training.segmenters.profile import Members, Next, Profile, profiles
from training.tracking.work import Work


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


def describe(
    ground: Ground,
    kernel: Kernel,
    panel: Panel,
    choices: Sequence[Choice],
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
        attributes: what else is known of customers.
        folder: where everybody's features may lie.
    """
    x, refused = panel.at({ground.end}), {}
    fitted: dict[Segmenter, dict[str, dict[str, Next]]] = {}
    work: dict[str, Work] = {}
    for name, family in FAMILIES.items():
        began = time.time()
        try:
            fitted[family.fit(x, panel.names)] = _nexts(family, panel, choices)
            work[name] = Work.since(began)
        except ValueError as error:
            refused[name] = str(error)
    spine = everyone(ground.log, {ground.end}, ground.order)
    table, every = _everybody(ground, kernel, spine, fitted, folder / "everybody")
    ids = ground.log.customers.take(pa.array(spine.customers))
    known = attributes.at(ids, ground.end).drop_columns(["customer_id"])
    found = profiles(every, table, kernel.features, known, ground.dataset.smallest_group)
    described = {members.segmenter.name: tuple(own) for members, own in zip(every, found, strict=True)}
    return Description(tuple(fitted), described, refused, work)


def _everybody(
    ground: Ground,
    kernel: Kernel,
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
        for members in every:
            members.assigned[rows] = members.segmenter.assign(x)
        place[rows] = np.arange(written, written + rows.size)
        written += rows.size
    return table.ordered(place), every


def _nexts(family: type[Segmenter], panel: Panel, choices: Sequence[Choice]) -> dict[str, dict[str, Next]]:
    """Return, by segment and target, the outcome after the newest test cut-off, with cuts from that day."""
    nexts: dict[str, dict[str, Next]] = {}
    for choice in choices:
        rows = panel.spine.at(choice.split.test[:1])
        x, y = panel.x[rows], panel.labels[choice.target.name][rows]
        assigned = family.fit(x, panel.names).assign(x)
        inside = choice.predictor.eligible(x)
        for number, segment in enumerate(family.segments):
            chosen = inside & (assigned == number)
            if chosen.any():
                nexts.setdefault(segment.name, {})[choice.target.name] = Next(
                    int(chosen.sum()), float(y[chosen].mean())
                )
    return nexts
