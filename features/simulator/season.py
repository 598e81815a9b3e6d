"""The season: how the activity of all customers varies over the year, the week and the day."""

import datetime
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.simulator.simulation import Simulation

Floats = NDArray[np.float64]

YEAR_DAYS = 365.25
PEAK = datetime.date(2023, 12, 1)
"""A day of the highest season, like that of every other year."""
_WEEKDAYS = np.array([0.85, 0.85, 0.9, 0.95, 1.15, 1.35, 0.95])
"""Activity from Monday to Sunday."""
_HOURS = np.array([1, 1, 1, 1, 1, 3, 6, 9, 10, 11, 12, 13, 12, 11, 11, 12, 14, 17, 19, 18, 14, 9, 5, 2], dtype=float)
"""Activity in each hour of the day, UTC."""


@dataclass(frozen=True)
class Season:
    """The intensity of a process with one event a day on average, integrated from the start of the simulation.

    `cumulative` (24 * days + 1,) holds the integral at each full hour; within an hour the intensity is constant.
    """

    cumulative: Floats

    def until(self, days: Floats) -> Floats:
        """Return the integral from the start to moments, in days since the start."""
        return np.interp(days * 24, np.arange(self.cumulative.size), self.cumulative)

    def when(self, integral: Floats) -> Floats:
        """Return the moments, in days since the start, at which the integral reaches some values."""
        return np.interp(integral, self.cumulative, np.arange(self.cumulative.size) / 24)


def season(simulation: Simulation, days: int) -> Season:
    """Return the season of a simulation for so many days from its start, which may be more than it has.

    The day d after PEAK has `1 + amplitude * cos(2 pi d / 365.25)` times its weekday's activity.
    """
    day = np.arange(days)
    since_peak = day + (simulation.start - PEAK).days
    yearly = 1 + simulation.season * np.cos(2 * np.pi * since_peak / YEAR_DAYS)
    weekly = (_WEEKDAYS / _WEEKDAYS.mean())[(simulation.start.weekday() + day) % 7]
    hourly = np.outer(yearly * weekly, _HOURS / _HOURS.sum()).ravel()
    return Season(np.concatenate([[0.0], np.cumsum(hourly)]))
