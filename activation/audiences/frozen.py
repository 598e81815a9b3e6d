"""Frozen audiences: who was chosen for what, kept by an id, so that it can be sent and shown again, to the row.

A frozen audience is a folder with the members and what they are, whole or absent. Who was erased since is never shown.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from features import settings
from features.clock import iso
from features.consent.suppression import CUSTOMER, Holds
from features.dataset import Dataset
from features.nearest import nearest
from features.outputs import parquet
from features.sources import erased

MEMBERS, ABOUT = "members.parquet", "audience.json"
IDENTIFIER = "identifier"
_ID = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[0-9a-f]{12}")


class NoAudience(ValueError):
    """There is no such frozen audience; the message says which there are."""


class Step(msgspec.Struct, frozen=True):
    """A step of the waterfall."""

    name: str
    left: int
    """How many are left behind it."""
    why: str = ""
    """Why the others fell out."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a frozen audience is, beside its members."""

    name: str
    id: str = ""
    created: str
    """When it was frozen, ISO 8601."""
    purpose: str
    """What its customers allow; `none` where the dataset does not ask."""
    destination: str = ""
    kind: str = CUSTOMER
    """What the identifiers are: `customer_id`, `email`, `phone`, a key of `[identity]` or another attribute."""
    where: str = ""
    as_of: str = ""
    version: str = ""
    """Of the bundle that scored them."""
    rows: int = 0
    """How many there were."""
    tell: list[str] = []
    """The columns that a destination is told, beside who it is about."""
    waterfall: list[Step] = []
    experiment: str = ""
    """The experiment that decided what they are told, and whether it was stopped; empty: none."""
    policy: str = ""
    """The policy that decided it, with its version and how much it explored; empty: none."""
    policies: dict[str, str] = {}
    """By name, the versions of all policies that were asked, by the condition, too."""
    offers: dict[str, str] = {}
    """What they are sent, by arm; under "" where all are sent the same: the offer's name, else the message's."""


@dataclass(frozen=True)
class Frozen:
    """A frozen audience as it may be used now."""

    about: About
    members: pa.Table
    """`customer_id`, `identifier`, then the fields to be told."""
    rows: pa.Table
    """All that was written of them, such as predictions and why they are what they are."""
    lost: int
    """How many were erased since it was frozen."""

    @property
    def name(self) -> str:
        """What the dataset calls it."""
        return self.about.name

    @property
    def id(self) -> str:
        """Which freezing of it this is."""
        return self.about.id

    @property
    def purpose(self) -> str:
        """What its customers allow."""
        return self.about.purpose

    @property
    def destination(self) -> str:
        """Where it is to be told; empty: nowhere was said."""
        return self.about.destination

    @property
    def created(self) -> str:
        """When it was frozen, ISO 8601."""
        return self.about.created


def freeze(dataset: Dataset, members: pa.Table, about: About, now: int) -> Frozen:
    """Keep an audience; its id is the moment, and a hash of who is in it and what is told of them.

    Args:
        dataset: whose customers they are.
        members: `customer_id`, `identifier`, and what else there is of them, `about.tell` among it.
        about: the rest; the id and the number of rows are set.
        now: microseconds UTC.
    """
    shelf = settings.audiences(dataset.name) / about.name
    shelf.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = shelf / f".{os.getpid()}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        _private(draft / MEMBERS)
        pq.write_table(members, draft / MEMBERS, compression="zstd", store_schema=False)
        digest = hashlib.sha256((draft / MEMBERS).read_bytes()).hexdigest()[:12]
        moment = datetime.fromtimestamp(now // 1_000_000, UTC).strftime("%Y%m%dT%H%M%S")
        named = f"{moment}.{now % 1_000_000:06}Z-{digest}"
        about = msgspec.structs.replace(about, id=named, created=iso(now), rows=len(members))
        _private(draft / ABOUT)
        (draft / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=1))
        if not (shelf / named).exists():  # the same at the same moment is kept already
            draft.rename(shelf / named)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return load(dataset, about.name, named)


def _private(path: Path) -> None:
    """Make an empty file that its owner alone can read."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def names(dataset: str) -> list[str]:
    """Return the audiences of a dataset that were ever frozen."""
    shelf = settings.audiences(dataset)
    return sorted(one.name for one in shelf.iterdir() if ids(dataset, one.name)) if shelf.is_dir() else []


def ids(dataset: str, name: str) -> list[str]:
    """Return the frozen audiences of a name, oldest first."""
    shelf = settings.audiences(dataset) / name
    return sorted(one.name for one in shelf.iterdir() if _ID.fullmatch(one.name)) if shelf.is_dir() else []


def load(dataset: Dataset, name: str, id: str | None = None) -> Frozen:  # noqa: A002  # as it is called everywhere
    """Return a frozen audience, without those who were erased since.

    Args:
        dataset: whose it is.
        name: what it is called.
        id: which one; the newest by default.

    Raises:
        DatasetError: who was erased cannot be told.
        NoAudience: there is none.
    """
    there = ids(dataset.name, name)
    if not there:
        raise NoAudience(f"audience {name!r} of {dataset.name!r} was never frozen.{nearest(name, names(dataset.name))}")
    if id is not None and id not in there:
        raise NoAudience(f"audience {name!r}: got the id {id!r}.{nearest(id, there)}")
    folder = settings.audiences(dataset.name) / name / (id or there[-1])
    about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
    members = pq.read_table(folder / MEMBERS)
    suppressed = erased.read(dataset)
    gone = suppressed.holds(CUSTOMER, members[CUSTOMER])
    if about.kind in dataset.identifiers:
        gone |= suppressed.holds(about.kind, members[IDENTIFIER])
    rows = members.filter(pa.array(~gone))
    return Frozen(about, rows.select([CUSTOMER, IDENTIFIER, *about.tell]), rows, about.rows - len(rows))


def about(dataset: str, name: str, id: str) -> About:  # noqa: A002  # as it is called everywhere
    """Return what a frozen audience is, whoever was in it.

    Raises:
        NoAudience: there is none.
    """
    if id not in ids(dataset, name):
        raise NoAudience(f"audience {name!r}: got the id {id!r}.{nearest(id, ids(dataset, name))}")
    return msgspec.json.decode((settings.audiences(dataset) / name / id / ABOUT).read_bytes(), type=About)


def forget(paths: Sequence[Path], holds: Holds) -> int:
    """Take people out of frozen audiences, and remove what a killed run left of one; return in how many places.

    Args:
        paths: files of the folder of a dataset, drafts among them.
        holds: who is to be forgotten.
    """
    count = 0
    for path in paths:
        if _ID.fullmatch(path.parent.name) is None or path.suffix == ".draft":
            path.unlink(missing_ok=True)
            count += 1
        elif path.name == MEMBERS:
            gone = parquet.forget(path, [CUSTOMER], holds)
            path.chmod(0o600)
            count += gone
    return count
