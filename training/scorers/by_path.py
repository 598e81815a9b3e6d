"""By path: a scorer whose trees tell approximate contributions, along the one way that a row goes in each."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NoReturn

import numpy as np
from numpy.typing import NDArray

from training.scorers.calibrated import Calibrated
from training.scorers.combined import Combined
from training.scorers.duration import Duration
from training.scorers.scorer import Scorer
from training.scorers.trees import Trees


@dataclass(frozen=True)
class ByPath:
    """Trees that tell the `Steps` of rows as their contributions; they answer as ever. It is made anew, never saved."""

    trees: Trees

    family: ClassVar[str] = "by_path"

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,)."""
        return self.trees.score(x)

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:  # noqa: ARG002
        """Return each feature's steps, shape (rows, features): they add up to what exact contributions do."""
        return self.trees.steps.contributions(self.trees.forest.leaves(x), x.shape[1])

    def save(self, folder: Path) -> NoReturn:
        """Refuse: the trees are what a bundle keeps."""
        raise NotImplementedError(f"{folder}: how contributions are told is the predictor's, and not saved with trees.")

    @classmethod
    def load(cls, folder: Path) -> NoReturn:
        """Refuse, too."""
        raise NotImplementedError(f"{folder}: trees are read as trees.")


def by_path(scorer: Scorer) -> Scorer:
    """Return the same scorer with all of its trees `ByPath`; what is no tree tells what it told."""
    match scorer:
        case Trees():
            return ByPath(scorer)
        case Calibrated() | Duration():
            return replace(scorer, inner=by_path(scorer.inner))
        case Combined():
            return replace(scorer, parts=tuple(by_path(part) for part in scorer.parts))
        case _:
            return scorer
