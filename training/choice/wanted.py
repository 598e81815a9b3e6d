"""Wanted: what the user wants of a choice."""

from dataclasses import dataclass

from training.choice.cures import ALL, Cures
from training.panel.enough import Enough


@dataclass(frozen=True)
class Wanted:
    """What the user wants of a choice."""

    enough: Enough
    season: bool = True
    """Whether the level follows the season, where the history can tell it."""
    trials: int = 0
    """How many settings of LightGBM are tried around the preset."""
    windows: tuple[int, ...] = ()
    """The dataset's own, of which models see the features, too."""
    cures: Cures = ALL
    """What is done about levels and slopes."""
