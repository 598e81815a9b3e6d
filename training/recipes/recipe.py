"""A recipe: one way to fit a target."""

from typing import Protocol

from training.panel.examples import Examples
from training.scorers import Scorer


class Recipe(Protocol):
    """One way to fit a target."""

    @property
    def name(self) -> str:
        """What runs and tables call it."""

    @property
    def baseline(self) -> bool:
        """Whether it is there to be beaten."""

    def fit(self, examples: Examples) -> Scorer:
        """Fit the examples; the same examples always give the same scorer."""
