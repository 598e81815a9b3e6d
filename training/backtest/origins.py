"""Origins: the moments of the past that a target is replayed at, each with a split that knows nothing later."""

from dataclasses import dataclass
from itertools import count

from features.clock import DAY, iso, whole_days
from training.choice.seasons import references
from training.panel.reach import STEP_DAYS, Reach
from training.panel.split import Split, TooLittleHistory, by_origin
from training.targets.target import Target


@dataclass(frozen=True)
class Origins:
    """Where one target is replayed."""

    splits: tuple[Split, ...]
    """By origin, the newest first; each split's test is its origin alone."""
    step_days: int
    """How far they are apart; less than the horizon where they would not fit otherwise."""
    short: str = ""
    """Why there are fewer than were asked for."""

    @property
    def moments(self) -> tuple[int, ...]:
        """The origins themselves, the newest first."""
        return tuple(split.test[0] for split in self.splits)


def origins(target: Target, start: int, end: int, wanted: int) -> Origins:
    """Return as many origins as fit, counted back from the newest whose horizon is over.

    They lie a horizon apart where all that are wanted fit so; else a step apart, and their horizons overlap.

    Args:
        target: what is replayed.
        start: the first moment that events are complete from.
        end: the moment that labels are complete up to.
        wanted: how many are asked for.

    Raises:
        TooLittleHistory: none fits.
    """
    horizon, step = target.horizon_days, min(target.horizon_days, STEP_DAYS)
    least = _least_days(target)
    possible = [days for days in (horizon, step) if _fitting(start, end, horizon, days, least) >= wanted]
    apart = possible[0] if possible else step
    number = min(wanted, _fitting(start, end, horizon, apart, least))
    needed = least + horizon + (wanted - 1) * step
    had = f"{whole_days(start, end)}, from {iso(start)} to {iso(end)}"
    if not number:
        raise TooLittleHistory(
            f"a horizon of {horizon} days needs {least + horizon} days of events to be replayed once:"
            f" {least} before the origin and the horizon after it; got {had}."
        )
    short = f"{number} of {wanted} origins fit: {wanted} need {needed} days of events; got {had}."
    moments = [end - (horizon + place * apart) * DAY for place in range(number)]
    splits = tuple(split_at(target, start, origin) for origin in moments)
    return Origins(splits, apart, short if number < wanted else "")


def split_at(target: Target, start: int, origin: int) -> Split:
    """Return the split of a training at the origin.

    Raises:
        TooLittleHistory: no training cut-off is left.
    """
    return by_origin(start, origin, reach(target), _least_days(target))


def reach(target: Target) -> Reach:
    """Return how far a target looks from a cut-off."""
    return Reach(target.horizon_days, target.cohort().look_back)


def seasonal(target: Target, start: int, split: Split) -> set[int]:
    """Return the cut-offs of the same weeks a year before the origin, where they are known.

    A horizon of more than a year has none: what happened a year ago is not over.
    """
    (origin,), days = split.test, target.horizon_days
    earliest = start + reach(target).warm_up(start, origin) * DAY
    return references((origin,), days, earliest)


def _least_days(target: Target) -> int:
    """Return how much history a training at an origin needs."""
    own = reach(target)
    fixed = (own.tests + 1) * own.horizon
    return next(days for days in count(fixed) if fixed + own.warm_up(0, days * DAY) <= days)


def _fitting(start: int, end: int, horizon: int, apart: int, least: int) -> int:
    """Return how many origins fit at a distance."""
    return max(0, (whole_days(start, end) - horizon - least) // apart + 1)
