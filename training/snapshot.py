"""The snapshot: what a batch found of all customers, as counts and sums, for pages that compute nothing themselves."""

import zlib
from collections.abc import Sequence

import msgspec

from features import scratch, settings
from features.consent.groups import enough, merged, together

FORMAT = 1
_MOST = 16 << 20
"""Bytes of a file; a larger one is none of ours."""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A segment, or several of few customers each."""

    title: str
    customers: int


class Prediction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is predicted of everybody together."""

    name: str
    unit: str
    """`probability`: the sum is how many customers are expected to; else what the sum is in."""
    customers: int
    """Of whom there is a value."""
    sum: float


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All customers of a dataset at one moment."""

    format: int
    dataset: str
    bundle_version: str
    written_by: str
    """The command."""
    written_at: int
    """What its clock showed when it began, in microseconds UTC."""
    as_of: int
    """The moment that it speaks of, in microseconds UTC."""
    customers: int | None
    """None: fewer than may be told of."""
    predictions: tuple[Prediction, ...]
    segments: dict[str, tuple[Group, ...]]
    """By segmenter."""


class Damaged(ValueError):
    """The file is no snapshot of its dataset as it was written; the message says what to do."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    crc32: int
    snapshot: msgspec.Raw


def grouped(groups: Sequence[Group], smallest: int) -> tuple[Group, ...]:
    """Return segments, those of few customers told as one; none where all together are too few.

    Example:
        >>> [one.title for one in grouped([Group("a", 3), Group("b", 30), Group("c", 9)], 10)]
        ['a, b (merged: few customers)', 'c']
    """
    found = merged([one.customers for one in groups], smallest)
    return tuple(
        Group(together([groups[place].title for place in own]), sum(groups[place].customers for place in own))
        for own in found
    )


def cut(one: Snapshot, smallest: int) -> Snapshot:
    """Return a snapshot without what it tells of fewer customers than may be told of."""
    return msgspec.structs.replace(
        one,
        customers=one.customers if one.customers is not None and enough(one.customers, smallest) else None,
        predictions=tuple(own for own in one.predictions if own.customers and enough(own.customers, smallest)),
        segments={name: grouped(own, smallest) for name, own in one.segments.items()},
    )


def write(one: Snapshot) -> None:
    """Write a dataset's snapshot in place of the one before, whole or not at all."""
    told = msgspec.json.encode(one)
    with scratch.draft(settings.snapshot(one.dataset)) as draft:
        draft.write_bytes(msgspec.json.encode(_File(zlib.crc32(told), msgspec.Raw(told))) + b"\n")


def read(dataset: str) -> Snapshot | None:
    """Return the newest snapshot of a dataset; None where none was written.

    Raises:
        Damaged: there is a file, and it is none.
    """
    path = settings.snapshot(dataset)
    try:
        with path.open("rb") as opened:
            file = msgspec.json.decode(opened.read(_MOST), type=_File)
        found = msgspec.json.decode(file.snapshot, type=Snapshot)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise Damaged(f"this is no snapshot as it was written: {error}") from None
    if zlib.crc32(file.snapshot) != file.crc32:
        raise Damaged("this is no snapshot as it was written: it has another checksum")
    if (found.dataset, found.format) != (dataset, FORMAT):
        got = f"of {found.dataset!r} in the form {found.format}"
        raise Damaged(f"got a snapshot {got}; allowed is one of {dataset!r} in the form {FORMAT}")
    return found
