"""Moved: a destination that is another place by now, or knows customers otherwise, cannot take out whom it had."""

import sqlite3
from collections.abc import Collection, Iterator

from activation import ledger
from activation.destinations.vendor import Vendor
from activation.outbox import acknowledged
from activation.plan.guard import MOVED

_LEFT = "the destination is another place by now, or knows customers otherwise"
_OTHER = f"destination = ? AND (place <> ? OR kind <> ?) AND {acknowledged.IN}"


class Moved(ValueError):
    """A destination has members where it can reach them no longer; the message says what changed."""


def require(connection: sqlite3.Connection, vendor: Vendor, allowed: Collection[str]) -> int:
    """Refuse a destination that has members elsewhere, or by another kind of identifier; return how many are allowed.

    Raises:
        Moved: it has.
    """
    sql = f"SELECT count(*), max(place <> ?), max(kind) FILTER (WHERE kind <> ?) FROM acknowledged WHERE {_OTHER}"
    given = (vendor.place, vendor.identifier, *_given(vendor))
    count, elsewhere, kind = connection.execute(sql, given).fetchone()
    if not count or MOVED in allowed:
        return int(count)
    changed = ["its kind, account, region or base_url is another than then"] if elsewhere else []
    if kind:
        changed.append(f"it knew them by {kind!r}, and knows customers by {vendor.identifier!r} now")
    raise Moved(
        f"destinations.{vendor.name}: {count:,} are in its audiences, or may be, whom it could not take out any more:"
        f" {'; '.join(changed)}. As it was, take them out first; or ALLOW={MOVED} begins anew, and they stay there."
    )


def leave(connection: sqlite3.Connection, vendor: Vendor) -> int:
    """Leave in one step whom a destination cannot reach where they are; return how many. Erasures tell of them."""
    with ledger.step(connection):
        count = connection.execute(
            f"UPDATE acknowledged SET member = 0, maybe = 0 WHERE {_OTHER}", _given(vendor)
        ).rowcount
        if count:
            connection.execute(
                "UPDATE outbox SET state = 'in doubt', reason = ? WHERE destination = ? AND source LIKE 'audience:%'"
                " AND state IN ('planned', 'sent', 'accepted')",
                (_LEFT, vendor.name),
            )
    return count


def undeclared(connection: sqlite3.Connection, declared: Collection[str]) -> Iterator[str]:
    """Yield what destinations still have that are declared no longer, a line each."""
    sql = f"SELECT destination, count(*) FROM acknowledged WHERE {acknowledged.IN} GROUP BY destination"
    for name, count in connection.execute(sql):
        if name not in declared:
            yield f"destinations.{name} is declared no longer: {count:,} stay in its audiences, who refuses included"


def _given(vendor: Vendor) -> tuple[str, str, str]:
    return vendor.name, vendor.place, vendor.identifier
