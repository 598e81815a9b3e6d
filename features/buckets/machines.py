"""Machines: opens and clicks that came so soon after the delivery of their mail that no person made them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.buckets import packing
from features.clock import SECOND
from features.compiled import compiled
from features.dataset import Dataset, Source
from features.log.event import DELIVERING, FOLLOWING, KINDS
from features.sources.batch import ROW_BITS, Ints

_LAYOUT = (packing.PLACE, packing.TIME, packing.WHO, packing.KIND, ROW_BITS)
"""Where a row has its place, time and kind; given to what is compiled, which must hold nothing of other files."""
_CODES = packing.KIND + 1
_DELIVERS = np.isin(np.arange(_CODES), [KINDS.index(kind) for kind in DELIVERING])


@dataclass(frozen=True)
class Machines:
    """How soon after the delivery of a mail it is machines that open and click it."""

    within: Ints
    """Microseconds by source and code of a kind, 0 where nothing is said; shape (sources, codes)."""

    def __bool__(self) -> bool:
        """Return whether anything is said."""
        return bool(self.within.any())

    def too_soon(self, rows: Ints, offsets: Ints, campaign: int, none: int) -> NDArray[np.bool_]:
        """Return which rows machines made.

        A row is too soon where a mail was on its way to the same customer, or arrived, at most so long before it. Where
        both name a campaign it must be the same, and the delivery may also be noted so long after: a scanner looks at a
        mail before it hands it over.

        Args:
            rows: in the order of customer and time.
            offsets: where each customer's rows begin.
            campaign: which word of a row holds its campaign, -1 where none does.
            none: what that word is where there is no campaign.
        """
        out = np.zeros(len(rows), np.bool_)
        _look(rows, offsets, self.within, _DELIVERS, (campaign, none), _LAYOUT, out)
        return out


NOBODY = Machines(np.zeros((1, _CODES), np.int64))
"""Where no source says that machines are told by the delivery."""


def of_sources(dataset: Dataset, since: bool = False) -> Machines:
    """Return what the sources of a dataset say, and where rows came in since, what holds for those behind them."""
    rows = [_row(dict.fromkeys(FOLLOWING, one.by_machine.seconds)) for one in dataset.sources]
    return Machines(np.stack([*rows, *([_row(dataset.by_machine)] if since else [])]))


def of_request(seconds: Mapping[str, float]) -> Machines:
    """Return what holds for events of which nobody knows the source, by kind."""
    return Machines(_row(seconds)[None, :])


def _row(seconds: Mapping[str, float]) -> Ints:
    found = np.zeros(_CODES, np.int64)
    for kind, most in seconds.items():
        found[KINDS.index(kind)] = round(most * SECOND)
    return found


def said(sources: Sequence[Source], places: Ints) -> Iterator[str]:
    """Yield how many rows of each source were too soon, by their places."""
    counts = np.bincount(places >> ROW_BITS, minlength=len(sources)).tolist()
    for source, count in zip(sources, counts, strict=True):
        if count:
            yield (
                f"by machines, kept apart: {count:,} opens and clicks of {source.path}"
                f" within {_seconds(source.by_machine.seconds)} of the delivery of their mail"
            )


@compiled
def _look(
    rows: Ints,
    offsets: Ints,
    within: Ints,
    delivers: NDArray[np.bool_],
    named: tuple[int, int],
    layout: tuple[int, int, int, int, int],
    out: NDArray[np.bool_],
) -> None:
    """Set `out` where a row is too soon; `named` is the word of the campaign, and what it is where there is none."""
    place, time, who, kind, bits = layout
    word, none = named
    mails = np.empty(8, np.int64)
    for g in range(offsets.size - 1):
        count = 0
        for i in range(offsets[g], offsets[g + 1]):
            if delivers[rows[i, who] & kind]:
                if count == mails.size:
                    larger = np.empty(2 * count, np.int64)
                    larger[:count] = mails
                    mails = larger
                mails[count] = i
                count += 1
        if not count:
            continue
        for i in range(offsets[g], offsets[g + 1]):
            most = within[rows[i, place] >> bits, rows[i, who] & kind]
            if most > 0:
                out[i] = _near(rows, mails[:count], i, most, time, word, none)


@compiled
def _near(rows: Ints, mails: Ints, i: int, most: int, time: int, word: int, none: int) -> bool:
    """Return whether one of some mails, in the order of time, was delivered near enough to row i."""
    low, high = 0, mails.size
    while low < high:  # the first mail that is not too long before
        middle = (low + high) // 2
        if rows[mails[middle], time] < rows[i, time] - most:
            low = middle + 1
        else:
            high = middle
    while low < mails.size and rows[mails[low], time] <= rows[i, time] + most:
        mail = mails[low]
        own, other = (rows[i, word], rows[mail, word]) if word >= 0 else (none, none)
        named = own != none and other != none  # noqa: PLR1714  a tuple is slower when compiled
        if (own == other) if named else rows[mail, time] <= rows[i, time]:
            return True
        low += 1
    return False


def _seconds(count: float) -> str:
    return f"{count:g} second{'' if count == 1 else 's'}"
