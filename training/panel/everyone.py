"""Everyone: rows of all customers who are known at a cut-off, and what happens to them within a horizon of it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Aggregate
from features.clock import DAY
from features.kernel.kernel import Kernel
from features.log.log import Log
from features.log.spine import Spine, everyone, pieces
from training.panel import split
from training.panel.campaign import Campaigns
from training.panel.ground import Ground
from training.panel.reach import Reach
from training.panel.split import Split

Floats = NDArray[np.float64]

EVERYONE = "everyone"
"""The key of their spine."""


@dataclass(frozen=True)
class Everyone:
    """The rows of a target of all customers, and its label: some aggregates over the horizon, beside others before it.

    What happens in `cut_off <= t < cut_off + horizon` is what a window of one horizon sees from one horizon later, when
    everything is known of it.
    """

    reach: Reach
    outcome: tuple[Aggregate, ...]
    """What is measured over the horizon."""
    label: Callable[[Floats, Floats], Floats]
    """Makes the label of the outcome, shape (rows, aggregates), and of the history."""
    history: tuple[Aggregate, ...] = ()
    """What the outcome is compared with, as of the cut-off."""
    seen_after: Callable[[Floats], NDArray[np.int64]] | None = None
    """Makes of the history after how many microseconds each row's outcome is seen, shape (rows,); the horizon at the
    latest, and None for all."""

    context: ClassVar[str] = ""
    regular: ClassVar[bool] = True

    @property
    def spine_key(self) -> str:
        """All such rows share a spine."""
        return EVERYONE

    @property
    def counted(self) -> tuple[Aggregate, ...]:
        """What the labels count."""
        return *self.outcome, *self.history

    def split(self, ground: Ground) -> Split:
        """Return the cut-offs of each part.

        Raises:
            TooLittleHistory: no training cut-off is left.
        """
        return split.by_horizon(ground.begin, ground.end, self.reach)

    def spine(self, ground: Ground, cut_offs: Collection[int], table: Campaigns | None = None) -> Spine:  # noqa: ARG002
        """Return everyone known at each cut-off."""
        return everyone(ground.log, cut_offs, ground.who(self.spine_key))

    def count(self, ground: Ground, cut_offs: Collection[int]) -> NDArray[np.int64]:
        """Return how many rows each customer has at some cut-offs, shape (customers,)."""
        log = ground.log
        count = np.zeros(len(log.customers), np.int64)
        for moment in cut_offs:
            count += log.known(moment)
        return count

    @classmethod
    def table(cls, ground: Ground, asked: Sequence[Self]) -> None:
        """Return nothing: these rows have no context."""

    @classmethod
    def labels(
        cls,
        ground: Ground,
        asked: Mapping[str, Self],
        spine: Spine,
        table: Campaigns | None = None,  # noqa: ARG003
    ) -> dict[str, Floats]:
        """Return, by name, what happened to the rows of a spine."""
        return labels(ground.log, asked, spine)


def labels(
    log: Log, asked: Mapping[str, Everyone], spine: Spine, of: Callable[[Log], Log] = Log.all_known
) -> dict[str, Floats]:
    """Return, by name, what happened to the rows of a spine, by the kernel itself; each of shape (rows,).

    Args:
        log: the events.
        asked: what says what the labels are.
        spine: the rows.
        of: which of the events of a piece of the log outcomes are told from; by default all, late rows too.
    """
    kernel = Kernel(tuple({one.name: one for rows in asked.values() for one in rows.counted}.values()))
    found = {name: np.empty(len(spine)) for name in asked}
    if not spine.person.size:
        for piece, rows, own in pieces(log, spine):
            before = kernel.exact(piece, own.customers, own.as_of)
            for name, values in _labels(kernel, before, of(piece), asked, own):
                found[name][rows] = values
        return found
    history = np.empty((len(spine), len(kernel.features)))
    for piece, rows, own in pieces(log, spine):
        history[rows] = kernel.exact(piece, own.customers, own.as_of)
    for piece, rows, own in pieces(log, spine.of_today):
        for name, values in _labels(kernel, history[rows], of(piece), asked, own):
            found[name][rows] = values
    return found


def _labels(
    kernel: Kernel, before: Floats, later: Log, asked: Mapping[str, Everyone], spine: Spine
) -> Iterator[tuple[str, Floats]]:
    """Yield each label, of what tells the history, and of the log that tells the outcome."""
    seen = {
        days: kernel.exact(later, spine.customers, spine.as_of + days * DAY)
        for days in {rows.reach.horizon for rows in asked.values()}
    }
    for name, rows in asked.items():
        outcome = [kernel.position[feature.name] for feature in rows.outcome]
        history = before[:, [kernel.position[feature.name] for feature in rows.history]]
        then = seen[rows.reach.horizon]
        if rows.seen_after:
            after = np.minimum(rows.seen_after(history), rows.reach.horizon * DAY)
            then = kernel.exact(later, spine.customers, spine.as_of + after)
        yield name, rows.label(then[:, outcome], history)
