"""Evidence: what a predictor keeps of its own test, so that a gate can repeat it on the data of another day.

A predictor that is fitted on everything has seen the test rows; the scorer kept here has not. On which rung of the
ladder the split stands says what kind of test it was; a bundle that does not say was tested on a period of its own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import msgspec

from training.panel.examples import Column
from training.panel.split import Split
from training.scorers import FAMILIES, Scorer

COLUMNS = "columns.json"


@dataclass(frozen=True)
class Evidence:
    """How the recipe was tested: on which rows, and what it left when it had not seen them."""

    scorer: Scorer
    """Fitted on all that ends before the test."""
    settings: dict[str, Any]
    """The recipe's own fields, as plain data: with its name, enough to fit it again."""
    split: Split
    rows: dict[str, int]
    """The number of examples in each part of the split."""
    columns: dict[str, Column]
    """Each feature's statistics in the rows that the scorer was fitted on."""
    slope: float = 1.0
    """By which the scorer's answers were stretched, as the validation asked for."""
    season: float = 0.0
    """By which they were shifted, as the levels of the periods before ask for."""
    level_sd: float | None = None
    """How far the level of the period after the data may lie from what is said, one standard deviation: of logits, or
    of logarithms of values. None where that was not told."""

    def save(self, folder: Path) -> None:
        """Write the scorer and the statistics into a new folder."""
        folder.mkdir(parents=True)
        self.scorer.save(folder)
        (folder / COLUMNS).write_bytes(msgspec.json.format(msgspec.json.encode(self.columns), indent=1))

    def entry(self) -> dict[str, Any]:
        """Return what a manifest says of it."""
        return {
            "family": self.scorer.family,
            "settings": self.settings,
            "split": {**{part: list(moments) for part, moments in self.split.parts().items()}, "rung": self.split.rung},
            "rows": self.rows,
            "slope": self.slope,
            "season": self.season,
            "level_sd": self.level_sd,
        }

    @classmethod
    def load(cls, folder: Path, entry: dict[str, Any]) -> Self:
        """Read what `save` and `entry` wrote."""
        columns = msgspec.json.decode((folder / COLUMNS).read_bytes(), type=dict[str, Column])
        split = msgspec.convert(entry["split"], Split)
        return cls(
            FAMILIES[entry["family"]].load(folder),
            entry["settings"],
            split,
            entry["rows"],
            columns,
            entry["slope"],
            entry["season"],
            entry.get("level_sd"),
        )
