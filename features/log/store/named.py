"""Named: whom stored events name beside their customers, and the same events without those who are forgotten."""

import msgspec
import pyarrow as pa

from features.consent.suppression import Holds

_IDENTIFIERS = "identifiers"


def without(event: bytes, holds: Holds) -> bytes | None:
    """Return an event that names its person by several identifiers without those that are to be forgotten.

    None is returned where it names nobody of those.
    """
    told = msgspec.json.decode(event, type=dict[str, msgspec.Raw])
    given = msgspec.json.decode(told.get(_IDENTIFIERS, b"{}"), type=dict[str, str])
    left = {kind: value for kind, value in given.items() if not holds(kind, pa.array([value], pa.string()))[0]}
    if len(left) == len(given):
        return None
    return msgspec.json.encode({**told, _IDENTIFIERS: msgspec.Raw(msgspec.json.encode(left))})
