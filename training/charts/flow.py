"""Flow: how many went from each group to each other, from one moment to the next: a column for each moment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from training.charts.reader import ENGLISH, Reader
from training.charts.svg import element, frame, text, titled

WIDTH = 860.0
_LEFT, _RIGHT, _TOP, _HEIGHT = 225.0, 635.0, 26.0, 380.0
_BAR, _GAP, _LEAST = 14.0, 6.0, 0.6
_ROOM = 11.0
"""Pixels that a name needs."""
_LETTER = 6.9
"""About as wide is one of its letters, on paper, where they are largest."""


@dataclass(frozen=True)
class Group:
    """What a group is called, and the place of its colour in the palette; None for who is outside all."""

    name: str
    colour: int | None


@dataclass(frozen=True)
class _Bar:
    """A group at one moment: where it begins, and how many pixels its customers take."""

    top: float
    height: float


def flow(
    moments: Sequence[str],
    groups: Sequence[Group],
    counts: NDArray[np.int64],
    label: str,
    reader: Reader = ENGLISH,
) -> Markup:
    """Draw who went where.

    Args:
        moments: what the columns are called.
        groups: from the top.
        counts: from each group to each other, shape (moments - 1, groups, groups).
        label: what the drawing shows, in words.
        reader: who reads it.
    """
    sizes = np.zeros((len(moments), len(groups)), np.int64)
    sizes[:-1] = counts.sum(2)
    sizes[1:] = np.maximum(sizes[1:], counts.sum(1))
    shown = int((sizes > 0).sum(1).max(initial=1))
    most = int(sizes.sum(1).max(initial=1)) or 1
    scale = (_HEIGHT - _GAP * shown) / most
    bars = [_bars(own, scale) for own in sizes.tolist()]
    xs = [_LEFT + place * (_RIGHT - _LEFT - _BAR) / max(len(moments) - 1, 1) for place in range(len(moments))]
    drawn = [
        text(x + _BAR / 2, 14.0, name, text_anchor="middle", class_="title")
        for x, name in zip(xs, moments, strict=True)
    ]
    for place, moves in enumerate(counts):
        drawn += _ribbons(
            groups, moves, bars[place : place + 2], xs[place : place + 2], scale, moments[place + 1], reader
        )
    for place, own in enumerate(bars):
        drawn += _column(groups, own, sizes[place].tolist(), xs[place], moments[place], reader)
    for place, side in ((0, -1), (len(moments) - 1, 1)):
        drawn += _names(groups, bars[place], sizes[place].tolist(), xs[place], side, reader)
    return frame(WIDTH, _TOP + _HEIGHT + 10, label, *drawn, class_="chart wide flow")


def _bars(sizes: Sequence[int], scale: float) -> list[_Bar]:
    found, top = [], _TOP
    for size in sizes:
        found.append(_Bar(top, size * scale))
        top += size * scale + (_GAP if size else 0)
    return found


def _ribbons(
    groups: Sequence[Group],
    moves: NDArray[np.int64],
    bars: Sequence[Sequence[_Bar]],
    xs: Sequence[float],
    scale: float,
    moment: str,
    reader: Reader,
) -> list[Markup]:
    """Return a band for each move, in the colour of the group that it comes from."""
    start, end = ([bar.top for bar in own] for own in bars)
    drawn = []
    for before, after in np.argwhere(moves > 0).tolist():
        count = int(moves[before, after])
        height = count * scale
        shape = _band(xs[0] + _BAR, start[before], xs[1], end[after], height)
        start[before] += height
        end[after] += height
        said = reader(
            "{moment}: {count} from {before} to {after}",
            moment=moment,
            count=reader.whole(count),
            before=groups[before].name,
            after=groups[after].name,
        )
        stays = " stays" if before == after else ""
        drawn.append(titled(said, element("path", d=shape), class_=f"band {_class(groups[before])}{stays}"))
    return drawn


def _band(x1: float, y1: float, x2: float, y2: float, height: float) -> str:
    """Return the outline of a band between two heights, its curves level at both ends."""
    middle, tall = (x1 + x2) / 2, max(height, _LEAST)
    return (
        f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}V{y2 + tall:.1f}"
        f"C{middle:.1f} {y2 + tall:.1f} {middle:.1f} {y1 + tall:.1f} {x1:.1f} {y1 + tall:.1f}Z"
    )


def _column(
    groups: Sequence[Group], bars: Sequence[_Bar], sizes: Sequence[int], x: float, moment: str, reader: Reader
) -> list[Markup]:
    return [
        titled(
            f"{moment}: {group.name}, {reader.whole(size)}",
            element("rect", x=x, y=bar.top, width=_BAR, height=max(bar.height, _LEAST)),
            class_=f"bar {_class(group)}",
        )
        for group, bar, size in zip(groups, bars, sizes, strict=True)
        if size
    ]


def _names(
    groups: Sequence[Group], bars: Sequence[_Bar], sizes: Sequence[int], x: float, side: int, reader: Reader
) -> list[Markup]:
    """Return the names beside a column, none over another."""
    drawn, free = [], 0.0
    at, anchor = (x - 8, "end") if side < 0 else (x + _BAR + 8, "start")
    for group, bar, size in zip(groups, bars, sizes, strict=True):
        if size:
            y = max(bar.top + bar.height / 2 + 4, free)
            free = y + _ROOM
            count = reader.whole(size)
            name = _short(group.name, int((_LEFT - 8) / _LETTER) - len(count) - 1)
            drawn.append(text(at, y, f"{name} {count}", text_anchor=anchor, class_="name"))
    return drawn


def _short(name: str, most: int) -> str:
    """Return a name of so many letters at most: its beginning and its end, by which long ones differ.

    Example:
        >>> _short("Now and then, higher spend", 15)
        'Now and…r spend'
    """
    half = (most - 1) // 2
    return name if len(name) <= most else f"{name[:half].rstrip()}…{name[-half:]}"


def _class(group: Group) -> str:
    return "outside" if group.colour is None else f"s{group.colour}"
