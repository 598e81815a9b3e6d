"""Groups, one below the other: what is predicted of each over what happened, with its interval, on a log scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from training.charts import axis
from training.charts.reader import ENGLISH, Reader
from training.charts.svg import element, frame, line, text, titled

WIDTH = 560.0
_LEFT, _RIGHT, _ROW, _TOP = 168.0, 546.0, 22.0, 14.0
_MARKS = (0.25, 0.5, 0.67, 1.0, 1.5, 2.0, 4.0)
_FARTHEST = 4.0


@dataclass(frozen=True)
class Row:
    """One group: predicted over observed, with its interval."""

    name: str
    rows: int
    ratio: float
    """Not finite where nothing was observed."""
    lo: float
    hi: float
    class_: str
    """How it is drawn: `few` where it says little, `off` where it is off beyond noise, else `fine`."""


def groups(found: Sequence[Row], label: str, reader: Reader = ENGLISH) -> Markup:
    """Draw predicted over observed for each group: right of 1 too much is predicted, left of it too little."""
    x = axis.Scale(-math.log(_FARTHEST), math.log(_FARTHEST), _LEFT, _RIGHT)
    floor = _TOP + _ROW * len(found)
    drawn = [line(x(0), _TOP - 6, x(0), floor, "even")]
    for mark in _MARKS:
        drawn.append(line(x(math.log(mark)), floor, x(math.log(mark)), floor + 4, "axis"))
        drawn.append(text(x(math.log(mark)), floor + 16, reader.signs(f"{mark:g}"), text_anchor="middle"))
    drawn.append(line(_LEFT, floor, _RIGHT, floor, "axis"))
    drawn.append(
        text((_LEFT + _RIGHT) / 2, floor + 34, reader("predicted over observed"), text_anchor="middle", class_="title")
    )
    drawn += [_group(group, x, _TOP + _ROW * (place + 0.5), reader) for place, group in enumerate(found)]
    return frame(WIDTH, floor + 42, label, *drawn)


def _group(group: Row, x: axis.Scale, y: float, reader: Reader) -> Markup:
    name = text(_LEFT - 10, y + 4, group.name, text_anchor="end", class_="name")
    if not math.isfinite(group.ratio):
        said = reader("{name}: {rows} rows, no outcome", name=group.name, rows=reader.whole(group.rows))
        return titled(said, name)
    low, at, high = (x(_log(value)) for value in (group.lo, group.ratio, group.hi))
    ratio, lo, hi = (reader.decimal(value, 2) for value in (group.ratio, group.lo, group.hi))
    rows = reader.whole(group.rows)
    said = reader("{name}, {rows} rows: {ratio}, {lo} to {hi}", name=group.name, rows=rows, ratio=ratio, lo=lo, hi=hi)
    dot = element("circle", cx=at, cy=y, r=4, class_="dot")
    return titled(said, name, line(low, y, high, y, "whisker"), dot, class_=group.class_)


def _log(ratio: float) -> float:
    """Return the logarithm, no farther than the drawing reaches."""
    if math.isnan(ratio):
        return math.log(_FARTHEST)
    return math.log(min(max(ratio, 1 / _FARTHEST), _FARTHEST))
