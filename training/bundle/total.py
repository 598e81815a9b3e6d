"""The total: what is expected of a target's whole cohort over its own horizon, where no label tells, and how surely."""

from dataclasses import dataclass

SIGNIFICANT = 3
"""Digits of a total whose interval is wide."""


@dataclass(frozen=True)
class Total:
    """The sum of the predictions for everybody in the cohort at the end of the data, and its 95 % interval."""

    customers: int
    """In the cohort; where a sample was learned from, as many as everybody has by its share."""
    predicted: float
    """In units of the target: customers of whom it is expected, or the value."""
    lo: float
    hi: float
    spread: float
    """How far levels lie from what is said, one standard deviation of logits, or of logarithms of values."""
    chance: float
    """How far chance moves the level of as many customers, likewise."""
    moments: int
    """Of the past, from which the interval is."""

    def said(self, horizon_days: int, unit: str, binary: bool) -> str:
        """Return the total in words.

        Args:
            horizon_days: the target's.
            unit: what a value is in; nothing is said of an empty one.
            binary: whether customers are counted.
        """
        whole, lo, hi = (f"{float(f'{one:.{SIGNIFICANT}g}'):,.0f}" for one in (self.predicted, self.lo, self.hi))
        of = f"{whole} of" if binary else f"{whole} {unit} from".replace("  ", " ")
        many = f"{self.moments} moments" if self.moments > 1 else "one moment"
        return (
            f"the total of the next {horizon_days} days: {of} {self.customers:,} customers,"
            f" 95 % between {lo} and {hi}, by {many} of the past"
        )
