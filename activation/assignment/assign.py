"""Assignment: who is left alone, who was reached often enough, and who gets which arm; by chance, and kept.

The hold-out is cut first, then the cap, then come the arms. Each has a salt of its own, so that a share that is changed
moves nobody between arms. Who was put somewhere once stays there whatever the shares are later.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from activation import ledger
from activation.assignment import kept
from activation.assignment.bucket import buckets, quarter
from activation.assignment.kept import Kept
from features.clock import DAY

HELD = "hold-out"
"""The arm of those who are left alone."""
FREE = "free"
"""Of who is not held out: it is logged, too, since without its probability nothing can be weighed later."""
EVERYWHERE = "everywhere"
"""The unit of the hold-out of everything, with the quarter behind it."""
_TOLERANCE = 1e-9

Contacts = Callable[[Sequence[str], int], Mapping[str, int]]
"""How often each of some customers was, or is about to be, reached since a moment, whatever for."""


@dataclass(frozen=True)
class Cap:
    """How often a customer may be reached, over audiences, workflows and experiments together."""

    contacts: int
    days: float


@dataclass(frozen=True)
class Split:
    """How people are parted for one thing that is done."""

    unit: str
    """What it is, such as `audience:win_back`; its salt, too."""
    arms: Mapping[str, float] = field(default_factory=lambda: {"": 1.0})
    """Their weights, which sum up to 1."""
    holdout: float = 0.0
    """The share that is left alone for it."""
    everywhere: float = 0.0
    """The share that is left alone by everything, for a quarter."""
    cap: Cap | None = None

    def __post_init__(self) -> None:
        """Check the shares.

        Raises:
            ValueError: they are none.
        """
        for name, share in (("holdout", self.holdout), ("the hold-out of everything", self.everywhere)):
            if not 0 <= share < 1:
                raise ValueError(f"{self.unit}: {name}: got {share:g}; a share from 0 to less than 1 is allowed.")
        if HELD in self.arms or not self.arms or any(weight < 0 for weight in self.arms.values()):
            raise ValueError(f"{self.unit}: arms: got {dict(self.arms)}; weights from 0 of names but {HELD!r} are.")
        if abs(sum(self.arms.values()) - 1) > _TOLERANCE:
            raise ValueError(f"{self.unit}: arms: got weights of {sum(self.arms.values()):g} together; 1 is needed.")


@dataclass(frozen=True)
class Assigned:
    """What was decided of some customers; arrays of shape (customers,)."""

    arm: NDArray[np.object_]
    """The name of the arm; HELD of who is left alone, None of who was reached often enough."""
    probability: NDArray[np.float64]
    """How likely that was when it was drawn: of the unit's own draw, among those that the hold-out of everything left.
    Of who is held out by that, its share; NaN of the capped."""
    everywhere: NDArray[np.bool_]
    """Who is left alone by everything."""
    held: NDArray[np.bool_]
    """Who is left alone for this alone."""
    capped: NDArray[np.bool_]
    """Who was reached often enough: they are drawn another time, and nothing is logged of an arm."""

    @property
    def goes(self) -> NDArray[np.bool_]:
        """Who is in an arm."""
        return np.asarray(~(self.everywhere | self.held | self.capped))


def assign(
    connection: sqlite3.Connection,
    split: Split,
    customers: Sequence[str],
    now: int,
    zone: str = "UTC",
    contacts: Contacts | None = None,
    *,
    log: bool = True,
) -> Assigned:
    """Draw for customers, and keep what was drawn in one step of the ledger.

    Args:
        connection: the ledger, opened with `kept.TABLES`.
        split: how they are parted.
        customers: who, each once.
        now: microseconds UTC.
        zone: whose calendar the quarter is of.
        contacts: counts what a cap looks at; needed where there is one.
        log: False only looks: what is drawn is the same, and nothing is kept.

    Raises:
        ValueError: there is a cap, and nothing that counts.
    """
    unit, term = split.unit, f"{EVERYWHERE}:{quarter(now, zone)}"
    everywhere = _drawn(connection, term, customers, {HELD: split.everywhere, FREE: 1 - split.everywhere})
    own = _drawn(connection, f"{unit}:holdout", customers, {HELD: split.holdout, FREE: 1 - split.holdout})
    out = _is(everywhere, HELD)
    held = _is(own, HELD) & ~out
    capped = _capped(split.cap, customers, now, contacts) & ~out & ~held
    arms = _drawn(connection, unit, customers, split.arms)
    goes = ~(out | held | capped)
    if log:
        with ledger.step(connection):
            _keep(connection, term, customers, everywhere, np.ones(len(customers), np.bool_), now)
            _keep(connection, f"{unit}:holdout", customers, own, ~out, now)
            _keep(connection, unit, customers, arms, goes, now)
    return _told(everywhere, own, arms, (out, held, capped))


def _drawn(
    connection: sqlite3.Connection, unit: str, customers: Sequence[str], shares: Mapping[str, float]
) -> list[Kept]:
    return drawn(unit, customers, shares, kept.of(connection, unit, customers))


def drawn(unit: str, customers: Sequence[str], shares: Mapping[str, float], before: Mapping[str, Kept]) -> list[Kept]:
    """Return where each customer was put before, or is put now; the names in their order stand from 0 to 1."""
    fresh = [one for one in customers if one not in before]
    edges = np.cumsum(list(shares.values()))
    places = np.minimum(np.searchsorted(edges, buckets(unit, fresh), side="right"), _last(shares))
    told = [Kept(name, float(share)) for name, share in shares.items()]
    every = {**before, **{one: told[place] for one, place in zip(fresh, places.tolist(), strict=True)}}
    return [every[one] for one in customers]


def _last(shares: Mapping[str, float]) -> int:
    """Return the place of the last name that has a share: what rounding leaves over is its."""
    return max(place for place, share in enumerate(shares.values()) if share > 0)


def _capped(cap: Cap | None, customers: Sequence[str], now: int, contacts: Contacts | None) -> NDArray[np.bool_]:
    if cap is None:
        return np.zeros(len(customers), np.bool_)
    if contacts is None:
        raise ValueError("a cap needs what counts contacts.")
    counts = contacts(customers, now - round(cap.days * DAY))
    return np.array([counts.get(one, 0) >= cap.contacts for one in customers], np.bool_)


def _is(drawn: Sequence[Kept], arm: str) -> NDArray[np.bool_]:
    return np.array([one.arm == arm for one in drawn], np.bool_)


def _keep(
    connection: sqlite3.Connection,
    unit: str,
    customers: Sequence[str],
    drawn: Sequence[Kept],
    which: NDArray[np.bool_],
    now: int,
) -> None:
    """Keep what was drawn; of what was not left to chance there is nothing to keep."""
    rows = ((customers[place], drawn[place]) for place in np.flatnonzero(which).tolist())
    kept.put(connection, unit, unit, (one for one in rows if one[1].probability < 1), now)


def _told(
    everywhere: Sequence[Kept],
    own: Sequence[Kept],
    arms: Sequence[Kept],
    which: tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]],
) -> Assigned:
    """Return what was decided, with the probability of each one's own draw."""
    out, held, capped = which
    arm = np.array([one.arm for one in arms], np.object_)
    arm[out | held], arm[capped] = HELD, None
    share = np.array([one.probability for one in arms]) * np.array([1 - _held(one) for one in own])
    share = np.where(held, [_held(one) for one in own], share)
    share = np.where(out, [_held(one) for one in everywhere], share)
    return Assigned(arm, np.where(capped, np.nan, share), out, held, capped)


def _held(drawn: Kept) -> float:
    """Return how likely it was to be held out in a draw."""
    return drawn.probability if drawn.arm == HELD else 1 - drawn.probability
