"""Moves: how many were in each segment when the window began, left and joined meanwhile, and are there now."""

from dataclasses import dataclass

import numpy as np

from features.consent.groups import hidden
from training.kpis.things import Ints


@dataclass(frozen=True)
class Moves:
    """Counts of one segmenter; all of shape (segments,)."""

    began: Ints
    left: Ints
    joined: Ints
    today: Ints
    """In the segment at the end of the window."""

    @classmethod
    def nothing(cls, segments: int) -> "Moves":
        """Return those of nobody."""
        return cls(*(np.zeros(segments, np.int64) for _ in range(4)))

    def add(self, began: Ints, ended: Ints) -> None:
        """Add customers, by the places of their segments at the beginning and at the end."""
        for segment in range(self.began.size):
            was, is_now = began == segment, ended == segment
            self.began[segment] += int(was.sum())
            self.left[segment] += int((was & ~is_now).sum())
            self.joined[segment] += int((is_now & ~was).sum())
            self.today[segment] += int(is_now.sum())

    def few(self, smallest: int) -> set[int]:
        """Return the segments of which is not told how many they were when the window began, so that none follows."""
        return hidden([(count,) for count in self.began.tolist()], smallest)

    def hidden(self, smallest: int) -> set[int]:
        """Return the segments whose moves are not told: one of the counts is of few, or the whole would tell one."""
        counts = (self.began, self.left, self.joined, self.today)
        return self.few(smallest) | hidden(list(zip(*(one.tolist() for one in counts), strict=True)), smallest)
