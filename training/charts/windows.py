"""The time line: for each part of a split its cut-offs, with the look-back before and the horizon after each."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from features.clock import DAY, iso, to_us
from training.charts import axis
from training.charts.reader import ENGLISH, Reader
from training.charts.svg import element, frame, line, text, titled

WIDTH = 780.0
_LEFT, _RIGHT, _TOP = 170.0, 768.0, 26.0
_ROW, _LANE, _GAP = 7.0, 30.0, 14.0
_TALLEST = 110.0
"""Pixels of a lane: with more cut-offs than fit, their rows are thinner."""
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_LABELS = 12
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Part:
    """The cut-offs of one part of a split."""

    name: str
    purpose: str
    cut_offs: tuple[int, ...]
    """The oldest first, microseconds UTC."""


@dataclass(frozen=True)
class TimeLine:
    """What is drawn; moments are microseconds UTC, lengths microseconds."""

    begin: int
    """The first moment that events are complete from."""
    end: int
    """The moment that labels are complete up to."""
    look_back: int
    """Before a cut-off, where the cohort is looked for; features look back over all there is."""
    horizon: int
    """After a cut-off, where the outcome is measured."""
    parts: tuple[Part, ...]
    zone: ZoneInfo
    """Whose calendar the drawing shows."""


@dataclass(frozen=True)
class Lane:
    """Where a part is drawn."""

    part: Part
    top: float
    height: float
    row: float
    """The height of one cut-off's row."""


def windows(found: TimeLine, label: str, reader: Reader = ENGLISH) -> Markup:
    """Draw the parts one below the other over a common time axis."""
    x = axis.Scale(found.begin, found.end, _LEFT, _RIGHT)
    lanes = _lanes(found.parts)
    floor = lanes[-1].top + lanes[-1].height + _GAP / 2
    drawn: list[Markup] = []
    for moment, name in months(found.begin, found.end, found.zone):
        drawn.append(line(x(moment), _TOP - 8, x(moment), floor, "grid"))
        drawn.append(text(x(moment) + 3, _TOP - 12, name))
    for lane in lanes:
        drawn += _lane(lane, found, x, reader)
    drawn.append(line(x(found.end), _TOP - 8, x(found.end), floor, "end"))
    return frame(WIDTH, floor + 4, label, *drawn, class_="chart wide")


def _lanes(parts: Sequence[Part]) -> list[Lane]:
    lanes, top = [], _TOP
    for part in parts:
        row = min(_ROW, _TALLEST / len(part.cut_offs))
        height = max(_LANE, row * len(part.cut_offs))
        lanes.append(Lane(part, top, height, row))
        top += height + _GAP
    return lanes


def _lane(lane: Lane, found: TimeLine, x: axis.Scale, reader: Reader) -> list[Markup]:
    drawn = [
        text(0.0, lane.top + 12, lane.part.name, class_="name"),
        text(0.0, lane.top + 27, f"{len(lane.part.cut_offs)} · {reader.phrase(lane.part.purpose)}"),
    ]
    start = lane.top + (lane.height - lane.row * len(lane.part.cut_offs)) / 2
    for place, cut_off in enumerate(lane.part.cut_offs):
        top, height = start + lane.row * place, max(lane.row - 2, 0.8)
        begin, end = x(max(cut_off - found.look_back, found.begin)), x(min(cut_off + found.horizon, found.end))
        at = x(cut_off)
        drawn.append(
            titled(
                reader(
                    "{part}: cut-off {day}, outcome until {until}",
                    part=lane.part.name,
                    day=iso(cut_off, found.zone)[:10],
                    until=iso(cut_off + found.horizon, found.zone)[:10],
                ),
                element("rect", x=begin, y=top, width=at - begin, height=height, class_="back"),
                element("rect", x=at, y=top, width=end - at, height=height, class_=f"ahead {lane.part.name}"),
                element("rect", x=at - 1, y=top - 1, width=2.0, height=height + 2, class_="cut"),
            )
        )
    return drawn


def months(begin: int, end: int, zone: ZoneInfo) -> list[tuple[int, str]]:
    """Return the starts of some months from `begin` to `end` with their names; the first and Januaries have a year."""
    first, last = iso(begin, zone), iso(end, zone)
    month = int(first[:4]) * _MONTHS_A_YEAR + int(first[5:7]) - 1
    until = int(last[:4]) * _MONTHS_A_YEAR + int(last[5:7]) - 1
    step = next((step for step in _MONTHS if (until - month) / step <= _LABELS), _MONTHS[-1])
    found: list[tuple[int, str]] = []
    for number in range(-(-month // step) * step, until + 1, step):
        moment = _start(number // _MONTHS_A_YEAR, number % _MONTHS_A_YEAR + 1, zone)
        if begin <= moment < end - 10 * DAY:
            name = iso(moment, zone)[:7]
            found.append((moment, name if not found or name.endswith("-01") else name[-2:]))
    return found


def _start(year: int, month: int, zone: ZoneInfo) -> int:
    return to_us(datetime.datetime(year, month, 1, tzinfo=zone))
