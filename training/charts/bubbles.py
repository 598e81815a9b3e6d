"""Bubbles: groups on growth and value, as large as they have customers, the darker the more of them are at risk."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from training.charts import axis
from training.charts.number import signed
from training.charts.reader import ENGLISH, Reader
from training.charts.svg import element, frame, text, titled

WIDTH, HEIGHT = 560.0, 340.0
_LEFT, _RIGHT, _TOP, _FLOOR = 70.0, 536.0, 30.0, 286.0
_LARGEST = 34.0
"""The radius of the largest, in pixels."""
_PALE, _DARK = 0.2, 0.85
_LETTER, _LINE, _GAP = 6.6, 14.0, 3.0
"""About as wide is a letter and as high a line of 12 pixels, and so far is a name from its circle."""
_MARGIN = 0.12
"""Of the span, as much is free beyond the outermost."""


@dataclass(frozen=True)
class Bubble:
    """One group."""

    name: str
    customers: int
    value: float
    """Not finite where it is not known: the group stands on the floor."""
    growth: float
    """Not finite where it is not known: the group stands where nothing grows."""
    risk: float
    """From 0 to 1; not finite where it is not known: the group is drawn without a filling."""


@dataclass(frozen=True)
class _Place:
    """Where a group's circle is, in pixels."""

    x: float
    y: float
    radius: float

    def names(self, width: float) -> Iterator[tuple[float, float]]:
        """Yield the middles of where its name may stand, the best first: beside it, above, below, and farther off."""
        beside = self.radius + _GAP + width / 2
        yield self.x + beside, self.y
        yield self.x - beside, self.y
        for lines in (0.5, 1.5, 2.5):
            away = self.radius + lines * _LINE
            yield from ((self.x, self.y - away), (self.x, self.y + away))
            yield from ((self.x + width / 2, self.y - away), (self.x + width / 2, self.y + away))


def bubbles(found: Sequence[Bubble], label: str, value: str, currency: str = "", reader: Reader = ENGLISH) -> Markup:
    """Draw a map of groups.

    Args:
        found: the groups.
        label: what the drawing shows, in words.
        value: what stands on the axis of value.
        currency: of the value.
        reader: who reads it.
    """
    x = axis.Scale(*_span([one.growth for one in found]), _LEFT, _RIGHT)
    y = axis.Scale(*_span([one.value for one in found]), _FLOOR, _TOP)
    drawn: list[Markup] = [*axis.left(y, _LEFT, _RIGHT, value, lambda mark: reader.short(mark, currency))]
    drawn += axis.bottom(x, _FLOOR, reader("change of customers"), lambda mark: _change(mark, reader))
    worst = max((one.risk for one in found if math.isfinite(one.risk)), default=0.0)
    most = max((one.customers for one in found), default=1) or 1
    taken: list[tuple[float, float, float]] = []
    for one in sorted(found, key=lambda one: -one.customers):  # the small ones lie on the large
        at = x(one.growth if math.isfinite(one.growth) else 0.0)
        high = y(one.value) if math.isfinite(one.value) else _FLOOR
        place = _Place(at, high, max(_LARGEST * math.sqrt(one.customers / most), 2.0))
        drawn.append(_bubble(one, place, worst, taken, reader))
    return frame(WIDTH, HEIGHT, label, *drawn, class_="chart bubbles")


def _bubble(
    one: Bubble, place: _Place, worst: float, taken: list[tuple[float, float, float]], reader: Reader
) -> Markup:
    """Return a circle and its name, which stands where no other does; `taken` grows by it."""
    filled = _PALE + (_DARK - _PALE) * one.risk / worst if math.isfinite(one.risk) and worst else 0.0
    said = reader(
        "{name}: {count} customers, value {value}, change {change}, risk {risk}",
        name=one.name,
        count=reader.whole(one.customers),
        value=reader.amount(one.value),
        change=_change(one.growth, reader),
        risk=reader.share(one.risk),
    )
    colour = {"fill": "currentColor", "fill_opacity": f"{filled:.2f}", "stroke": "currentColor"}
    circle = element("circle", cx=place.x, cy=place.y, r=place.radius, class_="bubble", **colour)
    width = _LETTER * len(one.name)
    free = (spot for spot in place.names(width) if _free(*spot, width, taken))
    x, y = next(free, next(place.names(width)))
    taken.append((x, y, width))
    return titled(said, circle, text(x, y + _LINE / 3, one.name, text_anchor="middle", class_="name"))


def _free(x: float, y: float, width: float, taken: Sequence[tuple[float, float, float]]) -> bool:
    """Return whether a name fits into the drawing there, and no other is in its way."""
    inside = x - width / 2 >= 0 and x + width / 2 <= WIDTH and _LINE <= y <= _FLOOR - _LINE / 2
    return inside and all(abs(y - v) >= _LINE or abs(x - u) >= (width + w) / 2 for u, v, w in taken)


def _change(growth: float, reader: Reader) -> str:
    told = reader.share(growth, 0)
    return signed(told) if math.isfinite(growth) and round(100 * growth) else told


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Return from where to where an axis goes: zero is on it, and there is room beyond the outermost."""
    known = [value for value in values if math.isfinite(value)]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    room = _MARGIN * ((high - low) or 1.0)
    return low - room, high + room
