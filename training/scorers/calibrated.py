"""A scorer whose answers were moved to what happened: by a line on the logit, or by a factor."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers import row_loop
from training.scorers.contributions import Explained
from training.scorers.scorer import Scorer

FILE = "calibrated.json"


@dataclass(frozen=True)
class Calibrated:
    """`logistic(slope * logit(p) + shift)` of a probability, or `p ** slope * exp(shift)` of a value."""

    inner: Scorer
    binary: bool
    slope: float
    shift: float

    family: ClassVar[str] = "calibrated"

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,)."""
        return self.made(self.inner.score(x))

    def made(self, inner: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores by those of the scorer inside, which are overwritten."""
        row_loop.calibrate(inner, self.binary, self.slope, self.shift)
        return inner

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the contributions of the scorer inside, stretched alike, and turned where the slope falls."""
        inner = self.inner.contributions(x, usual) if isinstance(self.inner, Explained) else np.zeros(x.shape)
        return self.slope * inner

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder, those of the scorer inside into one of its own."""
        said = {"family": self.inner.family, "binary": self.binary, "slope": self.slope, "shift": self.shift}
        (folder / FILE).write_text(json.dumps(said), encoding="utf-8")
        (folder / "inner").mkdir()
        self.inner.save(folder / "inner")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from training.scorers import FAMILIES

        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(FAMILIES[said.pop("family")].load(folder / "inner"), **said)
