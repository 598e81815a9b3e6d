"""A scorer of times, which are not below 0 and are not told beyond a horizon."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.scorers import row_loop
from training.scorers.contributions import Explained
from training.scorers.scorer import Scorer

FILE = "duration.json"


@dataclass(frozen=True)
class Duration:
    """The answers of another scorer, or what they are the `log(1 + time)` of, cut at 0 and at the horizon."""

    inner: Scorer
    horizon: float
    """In the unit of the times."""
    logarithmic: bool = False

    family: ClassVar[str] = "duration"

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,)."""
        return self.made(self.inner.score(x))

    def made(self, inner: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores by those of the scorer inside, which are overwritten."""
        row_loop.durations(inner, self.logarithmic, self.horizon)
        return inner

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the contributions of the scorer inside, shape (rows, features); those of logarithms in units of time.

        There `d time = (1 + time) d log(1 + time)`, so that they can be added to those of other times.
        """
        if not isinstance(self.inner, Explained):
            return np.zeros(x.shape)
        found = self.inner.contributions(x, usual)
        return found * (1 + self.score(x))[:, None] if self.logarithmic else found

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder, those of the scorer inside into one of its own."""
        said = {"family": self.inner.family, "horizon": self.horizon, "logarithmic": self.logarithmic}
        (folder / FILE).write_text(json.dumps(said), encoding="utf-8")
        (folder / "inner").mkdir()
        self.inner.save(folder / "inner")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from training.scorers import FAMILIES

        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(FAMILIES[said.pop("family")].load(folder / "inner"), **said)
