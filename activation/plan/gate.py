"""The gate: who may not be told of, and why. It is asked for a plan, and again at the moment of sending."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.destinations import normal
from activation.outbox.item import TAKING, Item
from features.consent import suppression
from features.consent.loop import DENIED
from features.consent.permissions import Permissions
from features.consent.suppression import CUSTOMER, Suppression

NO_PURPOSE = "none"
"""The purpose of what needs no consent, where a dataset does not ask for any."""
ERASED, REFUSED, CHANGED = "erased", "does not allow the purpose {}", "has another identifier by now"
TOGETHER = "somebody who has the same {} does not allow the purpose {}"
UNDECLARED = "the purpose {} is not declared"
FINE = ""
_AND = "\n"
"""Between purposes that are all needed: in no name of one."""

Suppressed = Callable[[], Suppression]
"""Returns who is erased by now."""
Current = Callable[[Sequence[str], str], Mapping[str, str]]
"""Returns the identifiers of a kind that customers have now, of those who have one."""


@dataclass(frozen=True)
class Gate:
    """Who may not be told of."""

    permissions: Permissions | None
    """None: the dataset does not ask for consent."""
    suppressed: Suppressed
    current: Current | None = None
    """Where it is known, an identifier that changed since is not sent to."""
    has: Current | None = None
    """Where it is known, what somebody refuses holds for everybody with the same identifier."""
    refusing: dict[tuple[str, str, int], set[str]] = field(default_factory=dict, repr=False)
    """Identifiers of those who refuse, by kind, purpose and who they are."""

    def __call__(self, items: Sequence[Item], now: int) -> dict[str, str]:
        """Return why items may not go, by their ids. What takes somebody out may always go."""
        asking = [item for item in items if item.change not in TAKING]
        found: dict[str, str] = {}
        for purpose in dict.fromkeys(item.purpose for item in asking):
            some = [item for item in asking if item.purpose == purpose]
            customers = pa.array([item.row.customer for item in some], pa.string())
            found.update(_told(some, self.allowed(customers, purpose, now)))
            for kind in sorted({kind for item in some for kind in item.row.identifiers}):
                own = [item for item in some if item.id not in found and kind in item.row.identifiers]
                found.update(
                    _told(own, self._together([item.row.identifiers[kind] for item in own], kind, purpose, now))
                )
        gone = self.suppressed()
        for item in asking:
            identifiers = {CUSTOMER: item.row.customer, **item.row.identifiers}
            if gone and any(gone.has(kind, value) for kind, value in identifiers.items()):
                found[item.id] = ERASED
        return found | self._changed([item for item in asking if item.id not in found])

    def reasons(
        self, customers: pa.Array, identifiers: pa.Array, kind: str, purpose: str, now: int
    ) -> NDArray[np.object_]:
        """Return why customers may not be told of, shape (customers,); empty where they may."""
        reasons = self.allowed(customers, purpose, now)
        shared = self._together(identifiers.to_pylist(), kind, purpose, now)
        reasons = np.where(reasons == FINE, shared, reasons)
        gone = self.suppressed()
        reasons[gone.holds(CUSTOMER, customers) | gone.holds(kind, identifiers)] = ERASED
        return reasons

    def allowed(self, customers: pa.Array, purpose: str, now: int) -> NDArray[np.object_]:
        """Return why customers may not be told of for a purpose, shape (customers,); unknown is no.

        Of several purposes, as `every` names them, each is needed, and the first that is not allowed is told.
        """
        reasons = np.full(len(customers), FINE, dtype=object)
        if self.permissions is None:
            return reasons
        for one in reversed(purpose.split(_AND)):
            if one not in self.permissions.consent.purposes:
                reasons[:] = UNDECLARED.format(one)
            else:
                reasons[~self.permissions.allowed(one, now, customers)] = REFUSED.format(one)
        return reasons

    def _together(self, identifiers: Sequence[str | None], kind: str, purpose: str, now: int) -> NDArray[np.object_]:
        """Return why identifiers may not be told of since somebody who has them refuses, shape (identifiers,)."""
        reasons = np.full(len(identifiers), FINE, dtype=object)
        if self.permissions is None or self.has is None or kind == CUSTOMER:
            return reasons
        form = normal.of(kind)
        for one in set(purpose.split(_AND)) & set(self.permissions.consent.purposes):
            refuses = self.permissions.standing(one, now).state == DENIED
            known = (kind, one, hash(refuses.tobytes()))
            if known not in self.refusing:  # one plan is sent in many calls
                who = self.permissions.ids.filter(pa.array(refuses)).to_pylist()
                self.refusing[known] = {form(own) for own in self.has(who, kind).values()} - {""}
            theirs = self.refusing[known]
            for place, value in enumerate(identifiers if theirs else ()):
                if value and form(value) in theirs:
                    reasons[place] = TOGETHER.format(kind, one)
        return reasons

    def _changed(self, items: Sequence[Item]) -> dict[str, str]:
        if self.current is None or not items:
            return {}
        found: dict[str, str] = {}
        for kind in {kind for item in items for kind in item.row.identifiers if kind != CUSTOMER}:
            now = self.current([item.row.customer for item in items], kind)
            for item in items:
                had = item.row.identifiers.get(kind, "")
                if had and now.get(item.row.customer, had) != had:
                    found[item.id] = CHANGED
        return found


def every(*purposes: str) -> str:
    """Return the purpose of what needs several, as an item keeps it; those that ask for nothing are left out."""
    asked = dict.fromkeys(one for one in purposes if one and one != NO_PURPOSE)
    return _AND.join(asked) or NO_PURPOSE


def gate(
    permissions: Permissions | None,
    suppressed: Suppressed | Suppression,
    current: Current | None = None,
    has: Current | None = None,
) -> Gate:
    """Return the gate of a dataset.

    Args:
        permissions: what customers allow; None where the dataset does not ask for consent.
        suppressed: who was erased, or what tells who is by now.
        current: what tells the identifiers that customers have by now, to hold back who has another one.
        has: what tells them, to hold back who shares one with somebody who refuses.
    """
    known = partial(_same, suppressed) if isinstance(suppressed, Suppression) else suppressed
    return Gate(permissions, known, current, has)


def fresh(dataset: str, read: Suppression) -> Suppressed:
    """Return what tells who is erased by now: who was when a dataset was read, and who was added to its list since.

    The list is read again where it has changed.
    """
    last: list[tuple[int, Suppression]] = [(-1, read)]

    def now() -> Suppression:
        file = suppression.path(dataset)
        size = file.stat().st_size if file.is_file() else 0
        if size != last[0][0]:
            newest = suppression.load(dataset)
            last[0] = (size, Suppression(newest.hashes | read.hashes, newest.keys or read.keys, read.listed))
        return last[0][1]

    return now


def _same(one: Suppression) -> Suppression:
    return one


def _told(items: Sequence[Item], reasons: NDArray[np.object_]) -> dict[str, str]:
    return {item.id: why for item, why in zip(items, reasons.tolist(), strict=True) if why}
