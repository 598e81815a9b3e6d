"""Moved: who is put elsewhere by a new bundle than by a former one, asked about the same customers.

Each bundle answers with its own features and predictions. Where there are many customers some are drawn, by what they
did and never by their names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.log.log import Log
from features.log.spine import Spine
from training.bundle.bundle import Bundle
from training.panel.sample import hashes
from training.panel.sample_size import SEED
from training.succession.kept import Former, Succession
from training.succession.moves import Moves, moves
from training.succession.parts import Parts, numbered, parts

DRAWN = 20_000
"""As many customers at most are asked about: a share of a tenth is known to within .4 of a hundredth."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Elsewhere:
    """How many customers two bundles put differently at one moment."""

    count: int
    asked: int
    known: int
    """Customers who could have been asked about."""

    @property
    def share(self) -> float:
        """Of those who were asked about."""
        return self.count / self.asked if self.asked else 0.0


def moved(log: Log, old: Bundle, new: Bundle, most: int = DRAWN) -> dict[str, Parts]:
    """Return the parts of each segmenter that both bundles have, of the customers whom both moments know.

    The former bundle answers for its own moment as it did then: with the levels that were told then.

    Args:
        log: the events of now.
        old: the former bundle; a is its answer as of its own moment, b as of the new one's.
        new: the new bundle, whose answer is c.
        most: how many customers are asked about at most.
    """
    return {name: own[0] for name, own in _compared(log, old, new, most).items()}


def counted(found: Mapping[str, Succession], log: Log, former: Former | None, bundle: Bundle) -> dict[str, Succession]:
    """Return what a training's segmenters are of the champion's, with who moved because of what."""
    every = _compared(log, former.bundle, bundle, DRAWN) if former else {}
    told = {name: every.get(name, (None, None)) for name in found}
    return {name: replace(one, parts=told[name][0], moves=told[name][1]) for name, one in found.items()}


def _compared(log: Log, old: Bundle, new: Bundle, most: int) -> dict[str, tuple[Parts, Moves]]:
    then = min(old.as_of, new.as_of)
    drawn = _drawn(log, np.flatnonzero(log.known(then) & log.known(new.as_of)), most)
    sides = [_segments(*asked) for asked in ((old, log, drawn, then), (old, log, drawn, new.as_of))]
    sides.append(_segments(new, log, drawn, new.as_of))
    former, fresh = ({one.name: one.segments for one in bundle.segmenters} for bundle in (old, new))
    return {
        name: (
            parts(*numbered(*(side[name] for side in sides))),
            moves((former[name], sides[0][name][1]), (fresh[name], sides[2][name][1]), then, new.as_of),
        )
        for name in sides[2]
        if name in sides[0]
    }


def elsewhere(log: Log, old: Bundle, new: Bundle, most: int = DRAWN) -> dict[str, Elsewhere]:
    """Return whom two bundles put differently at the new one's moment, by segmenter, of everybody known by then."""
    known = np.flatnonzero(log.known(new.as_of))
    drawn = _drawn(log, known, most)
    before, after = (_segments(bundle, log, drawn, new.as_of) for bundle in (old, new))
    found = {}
    for name in after.keys() & before.keys():
        b, c = numbered(before[name], after[name])
        found[name] = Elsewhere(int((b != c).sum()), drawn.size, known.size)
    return {name: found[name] for name in after if name in found}


def _drawn(log: Log, known: Ints, most: int) -> Ints:
    """Return so many of some customers at most, in the order of the log."""
    if known.size <= most:
        return known
    order = np.argsort(hashes(log, SEED)[known], kind="stable")
    return np.sort(known[order[:most]])


def _segments(bundle: Bundle, log: Log, customers: Ints, as_of: int) -> dict[str, tuple[list[str], NDArray[np.int32]]]:
    """Return, by segmenter, the names of its segments and the place of each customer among them."""
    scores = bundle.score(log, Spine.of(customers, as_of))
    return {one.name: ([segment.name for segment in one.segments], places) for one, places in scores.segments}
