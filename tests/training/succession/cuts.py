"""A segmenter of some cuts of one feature, whose segments are named by its fit."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.segmenters import Facts, Segment


@dataclass(frozen=True)
class Cuts:
    """Segments between cuts of one feature, named by their place unless something else is said."""

    cuts: tuple[float, ...]
    segments: tuple[Segment, ...]
    feature: str = "spend"

    family: ClassVar[str] = "cuts"
    name: ClassVar[str] = "value"

    @classmethod
    def at(cls, *cuts: float) -> Self:
        """Return segments between some cuts."""
        return cls(cuts, tuple(Segment(f"v{n}", f"Value {n}", f"group {n}") for n in range(len(cuts) + 1)))

    def assign(self, facts: Facts) -> NDArray[np.int32]:
        """Return the number of cuts below."""
        return np.searchsorted(self.cuts, facts.column(self.feature)).astype(np.int32)

    def called(self, segments: tuple[Segment, ...]) -> Self:
        """Return the same with segments that are called otherwise."""
        return replace(self, segments=segments)

    def shown(self) -> dict[str, Any]:
        """Return the cuts."""
        return {"cuts": list(self.cuts)}

    def save(self, folder: Path) -> None:
        """Keep nothing."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read nothing."""
        raise NotImplementedError


def of(*spend: float) -> Facts:
    """Return facts of one feature."""
    return Facts(np.array(spend, np.float32)[:, None], ("spend",))


FACTS = of(*range(101))
