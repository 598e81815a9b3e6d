"""A method: one way to rank a customer's candidates."""

from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from training.recommenders.shop import Seen


class Method(Protocol):
    """One way to rank candidates; the larger its keys, the better."""

    family: ClassVar[str]

    @property
    def name(self) -> str:
        """What runs and tables call it."""

    def keys(self, seen: Seen, asked: NDArray[np.bool_]) -> tuple[NDArray[np.floating], ...]:
        """Return what pairs are ranked by, the first key first, which is the score; each of shape (pairs,).

        Args:
            seen: what is seen of them.
            asked: which pairs are asked about, shape (pairs,); of others anything may be said.
        """

    def save(self, folder: Path) -> None:
        """Write its files into an existing folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
