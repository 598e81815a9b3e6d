"""Several scorers as one: their mean, or their product."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers import row_loop
from training.scorers.contributions import Explained
from training.scorers.scorer import Scorer

FILE = "combined.json"
MEAN, LOGIT_MEAN, PRODUCT = row_loop.MEAN, row_loop.LOGIT_MEAN, row_loop.PRODUCT


@dataclass(frozen=True)
class Combined:
    """The mean of scores, the mean of their logits as a probability again, or their product."""

    parts: tuple[Scorer, ...]
    how: int
    """MEAN, LOGIT_MEAN or PRODUCT."""

    family: ClassVar[str] = "combined"

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,)."""
        return self.made([part.score(x) for part in self.parts])

    def made(self, parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return the scores by those of the parts."""
        return combined(parts, self.how)

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the sum of the contributions of those parts that have any, shape (rows, features)."""
        known = [part.contributions(x, usual) for part in self.parts if isinstance(part, Explained)]
        return np.sum(known, axis=0) if known else np.zeros(x.shape)

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder, each part into one of its own."""
        said = {"how": self.how, "families": [part.family for part in self.parts]}
        (folder / FILE).write_text(json.dumps(said), encoding="utf-8")
        for number, part in enumerate(self.parts):
            place = folder / str(number)
            place.mkdir()
            part.save(place)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from training.scorers import FAMILIES

        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        parts = [FAMILIES[family].load(folder / str(number)) for number, family in enumerate(said["families"])]
        return cls(tuple(parts), said["how"])


def combined(scores: Sequence[NDArray[np.float64]], how: int) -> NDArray[np.float64]:
    """Return the scores of several scorers, each of shape (rows,), as one: their MEAN, LOGIT_MEAN or PRODUCT."""
    out = np.empty(len(scores[0]))
    row_loop.combine(np.array(scores), how, out)
    return out
