"""Topics: what surveys of each segment were about, and the mean score of each."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from features.consent.groups import hidden
from features.log.event import SCORE_UNITS
from training.kpis.measure import Piece, answers
from training.kpis.things import Ints
from training.kpis.window import Window

UNTOLD = "(no topic)"


@dataclass
class Topics:
    """Of one segmenter, by segment and topic: answers, customers and the sum of scores. The topic is the `category`."""

    counts: dict[tuple[int, str], list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0, 0.0]))

    def add(self, piece: Piece, window: Window, places: Ints) -> None:
        """Add the answers of a window, by the segments of their customers."""
        rows = answers(piece, window)
        owner, log = piece.log.owners[rows], piece.log
        category = log.columns["category"][rows] if log.columns["category"].size else np.full(rows.size, -1)
        for segment, topic in {*zip(places[owner].tolist(), category.tolist(), strict=True)}:
            own = (places[owner] == segment) & (category == topic)
            if segment < 0:
                continue
            name = log.names["category"][topic].as_py() if topic >= 0 else UNTOLD
            sums = self.counts[segment, name]
            sums[0] += int(own.sum())
            sums[1] += np.unique(owner[own]).size
            sums[2] += float(log.columns["score"][rows[own]].sum()) / SCORE_UNITS

    def of(self, segment: int, smallest: int) -> list[tuple[str, int, float]]:
        """Return topics, how many answers each has, and their mean score; none by which few could be told."""
        own = [
            (name, sums)
            for (place, name), sums in self.counts.items()
            if place == segment and segment not in self._hidden(name, smallest)
        ]
        return sorted(
            ((name, int(sums[0]), sums[2] / sums[0]) for name, sums in own), key=lambda one: (-one[1], one[0])
        )

    def _hidden(self, topic: str, smallest: int) -> set[int]:
        """Return the segments of which a topic is not told."""
        places = sorted(place for place, name in self.counts if name == topic)
        found = hidden([(int(self.counts[place, topic][1]),) for place in places], smallest)
        return {places[one] for one in found}
