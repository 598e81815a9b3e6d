"""Segmenters: each puts every customer in exactly one segment, by cut points or centres that are stored and shown."""

from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from training.segmenters.rfm import Rfm
from training.segmenters.segment import Segment
from training.segmenters.value import Value

__all__ = ["FAMILIES", "Rfm", "Segment", "Segmenter", "Value"]


class Segmenter(Protocol):
    """A fitted rule or clustering."""

    name: ClassVar[str]
    segments: ClassVar[tuple[Segment, ...]]

    @classmethod
    def fit(cls, x: NDArray[np.float32], names: tuple[str, ...]) -> Self:
        """Learn from one row for each customer, shape (customers, features).

        Raises:
            ValueError: too few customers have purchased.
        """

    def assign(self, x: NDArray[np.float32]) -> NDArray[np.int32]:
        """Return the segment of each row, as its place in `segments`."""

    def shown(self) -> dict[str, Any]:
        """Return what decides, for people."""

    def save(self, folder: Path) -> None:
        """Write the segmenter's files into an existing folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""


FAMILIES: dict[str, type[Segmenter]] = {family.name: family for family in (Rfm, Value)}
