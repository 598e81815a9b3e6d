"""The rows of a target: who is asked about and when, how the answers are split by time, and what the answers are.

Each kind of rows is one file: `everyone` at cut-offs, and the `contacts` of campaigns.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Feature
from features.log.spine import Spine
from training.panel.campaign import Campaigns
from training.panel.ground import Ground
from training.panel.split import Split


class Rows(Protocol):
    """What a target says of its rows, as data."""

    context: ClassVar[str]
    """The kind of context that a row has; empty for none."""
    regular: ClassVar[bool]
    """Whether cut-offs lie a step apart and labels a horizon long: else neither season nor search can look inside."""

    @property
    def spine_key(self) -> str:
        """What is equal for rows that may share a spine."""

    @property
    def counted(self) -> tuple[Feature, ...]:
        """What the labels count, which the dataset must be able to have."""

    def split(self, ground: Ground) -> Split:
        """Return the cut-offs of each part.

        Raises:
            Refused: there is too little to train, choose and test.
            DatasetError: the sources do not say what the rows are of.
        """

    def spine(self, ground: Ground, cut_offs: Collection[int], table: Campaigns | None) -> Spine:
        """Return the rows at some cut-offs; the table is that of their contexts."""

    def count(self, ground: Ground, cut_offs: Collection[int]) -> NDArray[np.int64]:
        """Return how many rows each customer has at some cut-offs, drawn or not; shape (customers,)."""

    @classmethod
    def table(cls, ground: Ground, asked: Sequence[Self]) -> Campaigns | None:
        """Return the table of the contexts of some rows; None where rows of this kind have none.

        Raises:
            DatasetError: the sources do not say what the contexts are.
        """

    @classmethod
    def labels(
        cls, ground: Ground, asked: Mapping[str, Self], spine: Spine, table: Campaigns | None
    ) -> dict[str, NDArray[np.float64]]:
        """Return, by name, what happened to the rows of one spine; each of shape (rows,)."""
