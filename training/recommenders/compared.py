"""Compared: how well each method found what was bought at moments of the past, customer by customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from training.recommenders.history import Floats
from training.recommenders.judged import Judged

FILE = "compared.npz"


@dataclass(frozen=True)
class Compared:
    """What the gate compares a champion's methods with a challenger's by: the same customers, the same moments."""

    moments: tuple[int, ...]
    """Microseconds UTC, the newest first."""
    figures: tuple[Mapping[str, Mapping[str, Floats]], ...]
    """At each moment by task and method, the NDCG of each customer who had something to find."""

    @classmethod
    def of(cls, origins: tuple[Judged, ...]) -> Self:
        """Return what was judged, without whom."""
        told = tuple(
            {task: {name: one.of(task, name) for name in every} for task, every in one.figures.items()}
            for one in origins
        )
        return cls(tuple(one.as_of for one in origins), told)

    def save(self, folder: Path) -> None:
        """Write it into an existing folder; nothing is pickled."""
        arrays: dict[str, Any] = {
            f"{place} {task} {name}": values
            for place, every in enumerate(self.figures)
            for task, methods in every.items()
            for name, values in methods.items()
        }
        np.savez(folder / FILE, moments=np.array(self.moments, np.int64), **arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(folder / FILE, allow_pickle=False) as stored:
            moments = tuple(stored["moments"].tolist())
            figures: list[dict[str, dict[str, Floats]]] = [{} for _ in moments]
            for key in stored.files:
                if key != "moments":
                    place, task, name = key.split(" ")
                    figures[int(place)].setdefault(task, {})[name] = stored[key]
        return cls(moments, tuple(figures))
