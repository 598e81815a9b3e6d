"""The level: whether kept predictions summed to what happened since."""

from math import log

from training.drift.alarm import Alarm
from training.metrics.bootstrap import Estimate

LEVELLED = ("binary", "value")
"""Tasks whose predictions are means; a median does not sum to anything."""
ALLOWED = (0.8, 1.25)
"""Predicted over happened, as at the gate."""
SURE = 2.0
"""Standard deviations of the level between periods, where it is known."""


def level(target: str, predicted: float, happened: Estimate, level_sd: float | None, share: float) -> Alarm | None:
    """Return an alarm where the mean prediction is off by much, and by more than chance and the seasons explain.

    Args:
        target: its name.
        predicted: the mean prediction.
        happened: the mean outcome, with its interval.
        level_sd: the bundle's, of logarithms or logits; None where it is not known.
        share: of the target's predictions in all.
    """
    got, low, high = happened.value, happened.lo, happened.hi
    ratio = predicted / got if got else float("inf")
    off = abs(log(ratio)) if 0 < ratio < float("inf") else float("inf")
    if low <= predicted <= high or ALLOWED[0] <= ratio <= ALLOWED[1] or off <= SURE * (level_sd or 0.0):
        return None
    widened = f", and by more than levels differ between periods (sd {level_sd:.2f})" if level_sd else ""
    said = (
        f"the mean prediction was {predicted:.4g}, and {got:.4g} happened (95 %: {low:.4g} to {high:.4g}):"
        f" a ratio of {ratio:.2f}, beyond {ALLOWED[0]} to {ALLOWED[1]}{widened}"
    )
    return Alarm.of("kept scores", target, said, min(1.0, abs(1 - ratio)), share)
