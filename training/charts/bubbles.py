"""Bubbles: groups on growth and value, as large as they have customers, the darker the more of them are at risk."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from training.charts import axis
from training.charts.number import amount, share, short, signed, whole
from training.charts.svg import element, frame, text, titled

WIDTH, HEIGHT = 560.0, 340.0
_LEFT, _RIGHT, _TOP, _FLOOR = 70.0, 536.0, 30.0, 286.0
_LARGEST = 34.0
"""The radius of the largest, in pixels."""
_PALE, _DARK = 0.2, 0.85
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


def bubbles(found: Sequence[Bubble], label: str, value: str, currency: str = "") -> Markup:
    """Draw a map of groups.

    Args:
        found: the groups.
        label: what the drawing shows, in words.
        value: what stands on the axis of value.
        currency: of the value.
    """
    x = axis.Scale(*_span([one.growth for one in found]), _LEFT, _RIGHT)
    y = axis.Scale(*_span([one.value for one in found]), _FLOOR, _TOP)
    drawn: list[Markup] = [*axis.left(y, _LEFT, _RIGHT, value, lambda mark: short(mark, currency))]
    drawn += axis.bottom(x, _FLOOR, "change of customers", lambda mark: signed(share(mark, 0)))
    risks = [one.risk for one in found if math.isfinite(one.risk)]
    most = max((one.customers for one in found), default=1) or 1
    for one in sorted(found, key=lambda one: -one.customers):  # the small ones lie on the large
        drawn.append(_bubble(one, x, y, most, max(risks, default=0.0)))
    return frame(WIDTH, HEIGHT, label, *drawn, class_="chart bubbles")


def _bubble(one: Bubble, x: axis.Scale, y: axis.Scale, most: int, worst: float) -> Markup:
    at = x(one.growth if math.isfinite(one.growth) else 0.0)
    high = y(one.value) if math.isfinite(one.value) else _FLOOR
    radius = max(_LARGEST * math.sqrt(one.customers / most), 2.0)
    filled = _PALE + (_DARK - _PALE) * one.risk / worst if math.isfinite(one.risk) and worst else 0.0
    said = f"{one.name}: {whole(one.customers)} customers, value {amount(one.value)}"
    said += f", change {signed(share(one.growth))}, risk {share(one.risk)}"
    opacity = f"{filled:.2f}"
    circle = element(
        "circle",
        cx=at,
        cy=high,
        r=radius,
        class_="bubble",
        fill="currentColor",
        fill_opacity=opacity,
        stroke="currentColor",
    )
    beside = at + radius + 4
    end = beside > _RIGHT - 6 * len(one.name)  # about as wide are its letters
    name = text(
        at - radius - 4 if end else beside, high + 4, one.name, text_anchor="end" if end else "start", class_="name"
    )
    return titled(said, circle, name)


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Return from where to where an axis goes: zero is on it, and there is room beyond the outermost."""
    known = [value for value in values if math.isfinite(value)]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    room = _MARGIN * ((high - low) or 1.0)
    return low - (room if low < 0 else 0.0), high + room
