"""Sizes: how many are in each segment, who joined and left in the week, and the months that `make segments` wrote."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from activation.weekly.facts import Expected, Flow, Month, Size
from activation.weekly.forecast import of_segment
from training.kpis.job import Kpis
from training.kpis.members import EVERYBODY, told
from training.kpis.moves import Moves
from training.migration.place import TRANSITIONS

MONTHS = 6
"""So many of the newest ends of months are told."""
FLOWS = 10
"""So many of the largest flows are told."""
RFM = "rfm"


def sizes(
    found: Kpis,
    titles: Mapping[tuple[str, str], str],
    smallest: int,
    before: Mapping[tuple[str, str], Expected],
) -> list[Size]:
    """Return the sizes of the segments of all segmenters; of what is of few, and would be told by the rest, nothing.

    Args:
        found: the KPIs of the week.
        titles: by segmenter and segment.
        smallest: customers of whom something is told at the least.
        before: what was forecast of the week's end, by segmenter and segment.
    """
    rows = []
    for name, segments in found.segments.items():
        if name == EVERYBODY:
            continue
        hidden = found.moves[name].hidden(smallest)
        for place, segment in enumerate(segments):
            if (whose := told(name, segment)) is None:
                continue
            own = Size(segmenter=whose[0], segment=segment, title=titles.get(whose, segment))
            if place not in hidden:
                own = _counted(own, found.moves[name], place)
                ahead = of_segment(found.moves[name], found.earlier[name], place, smallest)
                own = msgspec.structs.replace(own, next=ahead, forecast=before.get(whose))
            rows.append(own)
    return rows


def _counted(own: Size, moves: Moves, place: int) -> Size:
    began, left, joined, today = (int(one[place]) for one in (moves.began, moves.left, moves.joined, moves.today))
    return msgspec.structs.replace(own, began=began, left=left, joined=joined, today=today)


def history(
    folder: Path, until: str, titles: Mapping[tuple[str, str], str]
) -> tuple[list[str], list[Month], list[Flow]]:
    """Return the newest ends of months, the sizes at them, and the largest flows of RFM segments in the newest.

    Args:
        folder: as `make segments` leaves it.
        until: no month after this one, as YYYY-MM.
        titles: by segmenter and segment.

    Returns:
        Nothing where the folder is not there.
    """
    path = folder / TRANSITIONS
    if not path.is_file():
        return [], [], []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["month"] <= until]
    months = sorted({row["month"] for row in rows})[-MONTHS:]
    found = [
        Month(
            segmenter=name,
            segment=segment,
            title=titles.get((name, segment), segment),
            sizes=[_size(rows, name, segment, month) for month in months],
        )
        for name, segment in dict.fromkeys((row["segmenter"], row["to"]) for row in rows if row["to"])
    ]
    return months, found, _flows(rows, months, titles)


def _size(rows: Sequence[Mapping[str, str]], name: str, segment: str, month: str) -> int | None:
    counts = [row["count"] for row in rows if (row["segmenter"], row["to"], row["month"]) == (name, segment, month)]
    return None if "" in counts else sum(map(int, counts))


def _flows(
    rows: Sequence[Mapping[str, str]], months: Sequence[str], titles: Mapping[tuple[str, str], str]
) -> list[Flow]:
    def titled(segment: str) -> str:
        return titles.get((RFM, segment), segment)

    own = [row for row in rows if row["segmenter"] == RFM and row["month"] in months[-1:] and row["from"] != row["to"]]
    found = [
        Flow(before=titled(row["from"]), after=titled(row["to"]), count=int(row["count"]))
        for row in own
        if row["count"] and row["from"] and row["to"]
    ]
    return sorted(found, key=lambda one: -(one.count or 0))[:FLOWS]
