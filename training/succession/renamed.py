"""Renamed: a segmenter whose segments are called as those that they go on with."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Any, cast

from training.segmenters import Segment, Segmenter
from training.succession.matching import OUTSIDE, Matching

_SINCE = re.compile(r"_\d{8}$")


def by_definition(segmenter: Segmenter) -> bool:
    """Return whether a segmenter's family, or the dataset file, says what its segments are called: no fit changes it.

    Those whose segments are fitted can be `called` otherwise; those that can be declared say by `alike` whether another
    is declared alike.
    """
    return not hasattr(segmenter, "called")


def renamed(segmenter: Segmenter, segments: Sequence[Segment]) -> Segmenter:
    """Return a segmenter that puts customers where it did, into segments of other names.

    Args:
        segmenter: any but one whose segments are called by definition.
        segments: what they are called, in their order.

    Raises:
        ValueError: the segmenter's segments are called by definition, or are not as many.
    """
    if by_definition(segmenter):
        raise ValueError(f"{segmenter.name}: its segments are called by definition; only what is fitted is renamed.")
    if len(segments) != len(segmenter.segments):
        raise ValueError(f"{segmenter.name}: got {len(segments)} names for {len(segmenter.segments)} segments.")
    other: Segmenter = cast("Any", segmenter).called(tuple(segments))
    return other


def called(matching: Matching, old: Sequence[Segment], new: Sequence[Segment], day: str) -> tuple[Segment, ...]:
    """Return the new segments under the names, titles and colours of those that they go on with.

    The others are called by the day from which they are on, so that a name that once was another segment's never comes
    back, however many champions ago that was.

    Args:
        matching: of the two.
        old: the former segments.
        new: the segments as they were fitted.
        day: of the fit, as YYYYMMDD.
    """
    kept = matching.kept()
    outside = {place: segment for place, segment in enumerate(new) if segment.name in OUTSIDE}
    names, titles = {segment.name for segment in old}, {old[place].title for place in kept.values()}
    colours = {_colour(old, place) for place in kept.values()} | {_colour(new, place) for place in outside}
    found = []
    for place, segment in enumerate(new):
        if place in outside:  # it means the same everywhere, and is called so
            found.append(segment)
            continue
        if place in kept:
            former = old[kept[place]]
            colour = _colour(old, kept[place])
            found.append(dataclasses.replace(segment, name=former.name, title=former.title, colour=colour))
            continue
        name = _unused(f"{_SINCE.sub('', segment.name)}_{day}", names)
        title = segment.title if segment.title not in titles else f"{segment.title} ({_shown(day)})"
        colour = next(one for one in range(len(old) + len(new)) if one not in colours)
        names, titles, colours = names | {name}, titles | {title}, colours | {colour}
        found.append(dataclasses.replace(segment, name=name, title=title, colour=colour))
    return tuple(found)


def _colour(segments: Sequence[Segment], place: int) -> int:
    """Return the place of a segment in the palette."""
    own = segments[place].colour
    return place if own is None else own


def _unused(name: str, taken: set[str]) -> str:
    """Return a name, with a number behind it where it is taken: by a segment of a fit of the same day."""
    return next(one for one in (name, *(f"{name}_{n}" for n in range(2, len(taken) + 3))) if one not in taken)


def _shown(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
