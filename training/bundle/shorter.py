"""The shorter horizon: what the level of a predictor was checked on that no label of its own horizon is known of."""

from dataclasses import dataclass

from training.bundle.total import Total


@dataclass(frozen=True)
class Moment:
    """What was said at a moment of the past for a horizon that has labels, beside what happened in it."""

    horizon_days: int
    cut_off: int
    """The moment, in microseconds UTC; the horizon after it ends with the data."""
    rows: int
    """Customers of the cohort at that moment."""
    predicted: float
    """Their mean prediction: a probability, or the value; of times the probability of a purchase."""
    happened: float
    """Their mean outcome."""

    @property
    def ratio(self) -> float:
        """The sum of the predictions over that of the outcomes; infinite where nothing happened."""
        return self.predicted / self.happened if self.happened else float("inf")

    def said(self, binary: bool) -> str:
        """Return the check in words."""
        numbers = [f"{one:.1%}" if binary else f"{one:,.2f}" for one in (self.predicted, self.happened)]
        return (
            f"its level was checked on {self.horizon_days} days: {numbers[0]} predicted, {numbers[1]} happened"
            f" ({self.rows:,} customers)"
        )


@dataclass(frozen=True)
class Shorter(Moment):
    """The moment with the longest horizon that has labels; the others, and what follows for the target's own."""

    shift: float = 0.0
    """By which the level was moved for them, on the target's own horizon: of logits, or logarithms of values."""
    others: tuple[Moment, ...] = ()
    """Later moments, whose horizons are shorter, the longest first; none in a bundle of an earlier release."""
    total: Total | None = None
    """What is expected of the cohort in all; None of times, and in a bundle of an earlier release."""

    @property
    def moments(self) -> tuple[Moment, ...]:
        """All moments, the longest horizon first."""
        return self, *self.others

    def said(self, binary: bool) -> str:
        """Return the checks in words."""
        ratios = [f"{one.ratio:.2f} on {one.horizon_days}" for one in self.others]
        later = f"; at later moments {', '.join(ratios)} days: times what happened" if ratios else ""
        moved = f", and carried over as a shift of {self.shift:+.3f}" if self.shift else ""
        return super().said(binary) + later + moved
