"""The description of customers: the segmenters that their data allow, and the profiles of the segments."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from features.catalogue.feature import Feature
from features.sources.attributes import Attributes
from training.choice.choice import Choice
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.segmenters import FAMILIES, Segmenter
from training.segmenters.profile import Profile, profiles


@dataclass(frozen=True)
class Description:
    """The customers of now, in segments."""

    segmenters: tuple[Segmenter, ...]
    profiles: dict[str, tuple[Profile, ...]]
    """By segmenter."""
    refused: dict[str, str]
    """Segmenters that cannot be fitted, and why."""


def describe(
    ground: Ground, panel: Panel, features: tuple[Feature, ...], choices: Sequence[Choice], attributes: Attributes
) -> Description:
    """Fit the segmenters that the customers of now allow, and describe their segments.

    Args:
        ground: what is known of the business.
        panel: everyone's, at its end among others.
        features: the panel's.
        choices: those of targets whose outcomes are told of segments.
        attributes: what else is known of customers.
    """
    now = panel.spine.at({ground.end})
    x, ids = panel.x[now], ground.log.customers.take(pa.array(panel.spine.customers[now]))
    known = attributes.at(ids, ground.end).drop_columns(["customer_id"])
    segmenters: list[Segmenter] = []
    described, refused = {}, {}
    for name, family in FAMILIES.items():
        try:
            segmenter = family.fit(x, panel.names)
            nexts = _nexts(family, panel, choices)
        except ValueError as error:
            refused[name] = str(error)
            continue
        segmenters.append(segmenter)
        described[name] = tuple(profiles(segmenter, x, features, nexts, known))
    return Description(tuple(segmenters), described, refused)


def _nexts(family: type[Segmenter], panel: Panel, choices: Sequence[Choice]) -> dict[str, dict[str, float]]:
    """Return, by segment and target, the mean outcome after the newest test cut-off, with cuts from that day."""
    nexts: dict[str, dict[str, float]] = {}
    for choice in choices:
        rows = panel.spine.at(choice.split.test[:1])
        x, y = panel.x[rows], panel.labels[choice.target.name][rows]
        assigned = family.fit(x, panel.names).assign(x)
        inside = choice.predictor.eligible(x)
        for number, segment in enumerate(family.segments):
            chosen = inside & (assigned == number)
            if chosen.any():
                nexts.setdefault(segment.name, {})[choice.target.name] = float(y[chosen].mean())
    return nexts
