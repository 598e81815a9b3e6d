"""Buckets: where chance puts a customer, told from a salt and from nothing else; the same in batch, live and again."""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

_DIGITS = 13
"""Hexadecimal ones of the hash that count: as many as a float64 holds exactly."""
_WHOLE = float(16**_DIGITS)


def bucket(salt: str, customer: str) -> float:
    """Return where a customer stands in [0, 1): `sha256("salt:customer")`, its first 13 digits as a share of all."""
    return int(sha256(f"{salt}:{customer}".encode()).hexdigest()[:_DIGITS], 16) / _WHOLE


def buckets(salt: str, customers: Iterable[str]) -> NDArray[np.float64]:
    """Return where each customer stands, shape (customers,): as `bucket` says, one by one."""
    begun = sha256(f"{salt}:".encode())

    def digits(customer: str) -> int:
        own = begun.copy()
        own.update(customer.encode())
        return int(own.hexdigest()[:_DIGITS], 16)

    return np.fromiter((digits(one) for one in customers), np.float64) / _WHOLE


def quarter(now: int, zone: str) -> str:
    """Return the quarter of a year that a moment lies in, such as 2026Q4.

    Args:
        now: microseconds UTC.
        zone: whose calendar counts.
    """
    own = datetime.fromtimestamp(now // 1_000_000, UTC).astimezone(ZoneInfo(zone))
    return f"{own.year}Q{(own.month + 2) // 3}"
