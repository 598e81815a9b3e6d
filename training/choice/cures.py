"""The cures: what is done so that probabilities and sums hold; all are on, but where a bench measures their worth."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cures:
    """What is done about the level and the spread of predictions."""

    season: bool = True
    """The same weeks of other years tell of the level."""
    level: bool = True
    """The newest level counts as seen by a model that had not learned from it, and levels may drift over the years."""
    slope: bool = True
    """Logits are stretched as the validation asks for."""


ALL = Cures()
