"""By trees: candidates ranked by how surely they are bought within the horizon, as the ranker's trees say."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.recommenders.shop import Seen
from training.scorers.trees import Trees


@dataclass(frozen=True)
class ByTrees:
    """Ranks by the trees that the ranker fitted."""

    trees: Trees

    family: ClassVar[str] = "by_trees"
    name: ClassVar[str] = "ranker"

    def keys(self, seen: Seen, asked: NDArray[np.bool_]) -> tuple[NDArray[np.floating], ...]:
        """Return the probabilities of those asked about, shape (pairs,); NaN of others."""
        out = np.full(asked.size, np.nan)
        out[asked] = self.trees.score(seen.x[asked])
        return (out,)

    def save(self, folder: Path) -> None:
        """Write it into an existing folder."""
        self.trees.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls(Trees.load(folder))
