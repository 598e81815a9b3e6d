"""Counted: all that is kept of the customers' logs while they come by, in one pass: sums, and nobody."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.dataset import Dataset
from features.log.log import Log
from features.sources.costs import Costs
from training.kpis import moments
from training.kpis.acquired import Acquired
from training.kpis.kpi import KPIS
from training.kpis.margin import Margin
from training.kpis.measure import Piece, measured
from training.kpis.members import Ask
from training.kpis.moments import Moments
from training.kpis.moves import Moves
from training.kpis.spent import Made, elsewhere, of_what
from training.kpis.things import Things
from training.kpis.topics import Topics
from training.kpis.window import Window

NOTHING: Mapping[str, Things] = {}


@dataclass(frozen=True)
class Kept:
    """What is kept of one segmenter."""

    moments: Moments
    moves: Moves
    earlier: Moves
    """Of the window before, up to the beginning of this one; of nobody where there is none."""
    topics: Topics
    made: tuple[Made | None, ...]
    """By window."""


class Counted:
    """Adds the customers of logs."""

    def __init__(
        self,
        dataset: Dataset,
        windows: Sequence[Window | None],
        segments: Mapping[str, Sequence[str]],
        ask: Ask,
        margin: Margin,
        costs: Costs,
    ) -> None:
        """Begin with nobody; `segments` names those of each segmenter, EVERYBODY among them."""
        assert windows[0] is not None
        self.windows, self._kinds, self._ask, self._margin = tuple(windows), dataset.kinds, ask, margin
        self._earned = dataset.profit.margin if dataset.profit else 0.0
        self.acquired = Acquired(self.windows)
        self.back, self.matched = 0, 0
        """Lines that came back in the window, and those of them whose order is known."""
        self.kept = {name: self._nothing(len(own), costs) for name, own in segments.items()}

    def _nothing(self, segments: int, costs: Costs) -> Kept:
        made = [Made(of_what(costs, one), segments, elsewhere(costs, one)) if one else None for one in self.windows]
        return Kept(
            Moments.nothing(segments, KPIS), Moves.nothing(segments), Moves.nothing(segments), Topics(), tuple(made)
        )

    def add(self, log: Log) -> None:
        """Add the customers of a log, each the person of today: who was found to be somebody else is left out."""
        for own in log.of_today():
            if len(own.customers):
                self._add(Piece(own, self._kinds, self._margin))

    def _add(self, piece: Piece) -> None:
        now = self.windows[0]
        assert now is not None
        members = self._ask(piece.log, [*(one.begin if one else None for one in self.windows), now.end])
        things = [
            measured(piece, one, members.spend[number] * self._earned) if one else NOTHING
            for number, one in enumerate(self.windows)
        ]
        seen = self._numbers(things, len(piece.log.customers))
        for name, kept in self.kept.items():
            places = members.places[name]
            kept.moments.add(places, seen)
            kept.moves.add(places[:, 0], places[:, -1])
            if self.windows[1] is not None:
                kept.earlier.add(places[:, 1], places[:, 0])
            kept.topics.add(piece, now, places[:, 0])
            for number, made in enumerate(kept.made):
                window = self.windows[number]
                if made is not None and window is not None:
                    within = (piece.made.time >= window.begin) & (piece.made.time < window.end)
                    made.add(piece.log, piece.made, within, places[:, number])
        self.acquired.add(piece)
        self._add_returned(piece, now)

    @staticmethod
    def _numbers(things: Sequence[Mapping[str, Things]], customers: int) -> list[list[tuple[np.ndarray, np.ndarray]]]:
        """Return numerators and denominators by KPI and slot: today's members did what happened in the window."""
        zeros = np.zeros(customers)
        found = []
        for kpi in KPIS:
            own = [moments.numbers(kpi, one, customers) if one else (zeros, zeros) for one in things]
            found.append([*own, own[0]])
        return found

    def _add_returned(self, piece: Piece, now: Window) -> None:
        own = piece.orders
        time = piece.log.columns["time"][own.lines[own.back]]
        within = (time >= now.begin) & (time < now.end)
        self.back += int(within.sum())
        self.matched += int((within & (own.of[own.back] >= 0)).sum())

    def more(self, name: str, number: int) -> Collection[float]:
        """Return what the contacts of each segment cost beside what each costs, in units of currency."""
        made = self.kept[name].made[number]
        return [] if made is None else made.more().tolist()
