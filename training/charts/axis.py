"""Axes: from numbers to pixels, and where the marks go."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from training.charts.svg import line, text

MARKS = 5


@dataclass(frozen=True)
class Scale:
    """A straight scale from numbers to pixels."""

    low: float
    high: float
    begin: float
    """The pixel of `low`."""
    end: float
    """The pixel of `high`."""

    def __call__(self, value: float) -> float:
        """Return the pixel of a number."""
        return self.begin + (value - self.low) / ((self.high - self.low) or 1.0) * (self.end - self.begin)

    def marks(self) -> list[float]:
        """Return a handful of round numbers within the scale."""
        return marks(self.low, self.high)


def marks(low: float, high: float, about: int = MARKS) -> list[float]:
    """Return about so many round numbers from `low` to `high`: steps of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def bottom(scale: Scale, y: float, title: str, written: Callable[[float], str]) -> Sequence[Markup]:
    """Return a horizontal axis at a height, with marks, their text below, and a title."""
    drawn = [line(scale.begin, y, scale.end, y, "axis")]
    for mark in scale.marks():
        drawn.append(line(scale(mark), y, scale(mark), y + 4, "axis"))
        drawn.append(text(scale(mark), y + 16, written(mark), text_anchor="middle"))
    drawn.append(text((scale.begin + scale.end) / 2, y + 34, title, text_anchor="middle", class_="title"))
    return drawn


def left(scale: Scale, x: float, right: float, title: str, written: Callable[[float], str]) -> Sequence[Markup]:
    """Return faint lines across at round numbers, their text at the left, and a title above."""
    drawn = [text(0.0, 12.0, title, class_="title")]
    for mark in scale.marks():
        drawn.append(line(x, scale(mark), right, scale(mark), "grid"))
        drawn.append(text(x - 6, scale(mark) + 4, written(mark), text_anchor="end"))
    return drawn
