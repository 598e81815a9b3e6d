"""Segmenters: each puts every customer in exactly one segment, by cut points or centres that are stored and shown."""

from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from training.segmenters.facts import Facts
from training.segmenters.lifecycle import Lifecycle
from training.segmenters.nested import Nested
from training.segmenters.rfm import Rfm
from training.segmenters.segment import Segment
from training.segmenters.value import Value

__all__ = ["FAMILIES", "Facts", "Lifecycle", "Nested", "Rfm", "Segment", "Segmenter", "Value"]


class Segmenter(Protocol):
    """A fitted rule or clustering."""

    family: ClassVar[str]
    """What reads it again."""

    @property
    def name(self) -> str:
        """What it is called in files and answers."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What customers are put in."""

    def assign(self, facts: Facts) -> NDArray[np.int32]:
        """Return the segment of each row, as its place in `segments`."""

    def shown(self) -> dict[str, Any]:
        """Return what decides, for people."""

    def save(self, folder: Path) -> None:
        """Write the segmenter's files into an existing folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""


FAMILIES: dict[str, type[Segmenter]] = {family.family: family for family in (Rfm, Nested, Value, Lifecycle)}

_FORMERLY = {"value": "rfm_kmeans"}
"""The families of segmenters that bundles of before name by the segmenter's name alone."""


def family(entry: str | dict[str, str]) -> tuple[str, type[Segmenter]]:
    """Return name and family of what a bundle's manifest says of a segmenter."""
    if isinstance(entry, str):
        return entry, FAMILIES[_FORMERLY.get(entry, entry)]
    return entry["name"], FAMILIES[entry["family"]]
