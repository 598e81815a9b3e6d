"""A row: one customer, or one event of a customer, as it is told to a destination."""

from typing import Any

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told of one customer. It is kept as JSON until the other side has it."""

    id: str
    """Of the row in the outbox: what a vendor is given to know a row again, where it has a field for that."""
    customer: str
    identifiers: dict[str, str]
    """By kind: `customer_id`, `email`, `phone`, a key of `[identity]`, or `vendor`, the id that the vendor returned."""
    fields: dict[str, Any] = {}
    """What is told, by our names: text, numbers, booleans, None, lists of text."""
    audience: str = ""
    """Our name of the audience that the row is about."""
    key: str = ""
    """The vendor's key of that audience."""
    member: bool = True
    """Whether the customer is in it."""
    event: str = ""
    """The name of the event that is sent; empty for a profile."""
    at: int = 0
    """When that happened, microseconds UTC."""
