"""The shorter horizon: what the level of a predictor was checked on that no label of its own horizon is known of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shorter:
    """What was said at a moment of the past for a shorter horizon, beside what happened in it."""

    horizon_days: int
    cut_off: int
    """The moment, in microseconds UTC; the horizon after it ends with the data."""
    rows: int
    """Customers of the cohort at that moment."""
    predicted: float
    """Their mean prediction: a probability, or the value; of times the probability of a purchase."""
    happened: float
    """Their mean outcome."""
    shift: float = 0.0
    """By which the level was moved for it, the same on the target's own horizon: of logits, or logarithms of values."""

    @property
    def ratio(self) -> float:
        """The sum of the predictions over that of the outcomes; infinite where nothing happened."""
        return self.predicted / self.happened if self.happened else float("inf")

    def said(self, binary: bool) -> str:
        """Return the check in words."""
        numbers = [f"{one:.1%}" if binary else f"{one:,.2f}" for one in (self.predicted, self.happened)]
        moved = f", and carried over as a shift of {self.shift:+.3f}" if self.shift else ""
        return (
            f"its level was checked on {self.horizon_days} days: {numbers[0]} predicted, {numbers[1]} happened"
            f" ({self.rows:,} customers){moved}"
        )
