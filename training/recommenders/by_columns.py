"""By columns: candidates ranked by a column, ties by another; what is to be beaten before trees are worth it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.recommenders.columns import NAMES
from training.recommenders.shop import Seen

FILE = "by_columns.json"


@dataclass(frozen=True)
class ByColumns:
    """Ranks by columns."""

    name: str
    columns: tuple[str, ...]
    """The first first."""

    family: ClassVar[str] = "by_columns"

    def keys(self, seen: Seen, asked: NDArray[np.bool_]) -> tuple[NDArray[np.floating], ...]:  # noqa: ARG002
        """Return the columns, each of shape (pairs,)."""
        return tuple(seen.x[:, NAMES.index(name)] for name in self.columns)

    def save(self, folder: Path) -> None:
        """Write it into an existing folder."""
        (folder / FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(stored["name"], tuple(stored["columns"]))


POPULARITY = ByColumns("popularity", ("share_28d", "share"))
FREQUENCY = ByColumns("frequency", ("baskets", "share_28d"))
"""A customer's own, as often as bought; ties by popularity."""
DECAY_REPEAT = ByColumns("decay_repeat", ("decay_repeat", "share_28d"))
COSINE = ByColumns("cosine", ("cosine", "share_28d"))
EASE = ByColumns("ease", ("ease", "share_28d"))
LOOKED = ByColumns("looked", ("look_worth", "share_28d"))
"""What was looked at, by recency and conversion."""
