"""A table of scores: what it was made of, and that it is whole, of this dataset and bundle, and as the sources are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features import clock
from features.buckets import intake
from features.buckets import since as all_since
from features.dataset import NOW, Dataset
from features.log.days import Days
from features.outputs import parts
from features.outputs.parts import NotWhole, Parts
from features.sources import state
from training import batch
from training.bundle.bundle import Bundle, Stored
from training.targets.column import AS_OF, CUSTOMER, SEGMENT

SCORES = "SCORES"
"""What names a table, in messages."""
OWN = "own"
"""The as-of of a table that asks about everybody at a moment of their own."""
_AGAIN = "make score again"
Option = Annotated[
    Path | None,
    typer.Option(help="A table that `make score` wrote with AS_OF=own, a Parquet file or folder: take scores from it."),
]


class Unfit(ValueError):
    """A table of scores is not what is asked for; the message says what it is, and what is allowed."""


@dataclass(frozen=True)
class Table:
    """A table that is whole, and of the dataset and the bundle that are asked about."""

    path: Path
    parts: Parts
    version: str
    as_of: str
    """OWN, else a moment in ISO 8601."""
    base: str
    """The moment where nothing newer was known, in ISO 8601."""
    state: str
    """Of the sources before they were read; empty where nobody could tell."""


def read(path: Path, dataset: Dataset, stored: Stored) -> Table:
    """Return a table of scores; its rows are not looked at.

    Raises:
        Unfit: it is not whole, or of another dataset or bundle, or lacks a column.
    """
    try:
        found = parts.read(path, SCORES)
    except NotWhole as error:
        raise Unfit(str(error)) from None
    told = batch.told(found.metadata)
    if missing := {"dataset", "bundle", "version", "as_of", "base", "state"} - told.keys():
        raise Unfit(f"{SCORES}: {path} does not tell its {min(missing)}: make score writes tables that do.")
    if told["dataset"] != dataset.name:
        raise _other(path, "dataset", told["dataset"], dataset.name)
    if told["bundle"] != stored.id:
        raise _other(path, "bundle", f"version {told['version']} ({told['bundle']})", f"({stored.id})")
    if lacking := [name for name in columns(stored.bundle) if name not in found.columns]:
        raise Unfit(f"{SCORES}: {path} lacks the column {lacking[0]!r}, which make score writes.")
    return Table(path, found, told["version"], told["as_of"], told["base"], told["state"])


def columns(bundle: Bundle) -> tuple[str, ...]:
    """Return the columns that tell whom a bundle was asked about, and all that it said but why."""
    targets = (one.target.name for one in bundle.predictors if not one.target.context)
    return (CUSTOMER, AS_OF, *targets, *(SEGMENT.format(one.name) for one in bundle.segmenters))


def _other(path: Path, what: str, got: str, wanted: str) -> Unfit:
    return Unfit(f"{SCORES}: {path} is of the {what} {got}; that of {wanted} is allowed: {_AGAIN}.")


def require_own(table: Table) -> None:
    """Refuse a table that does not ask about everybody at a moment of their own.

    Raises:
        Unfit: it asks about everybody at one.
    """
    if table.as_of != OWN:
        raise Unfit(f"{_where(table)} is as of {table.as_of} for everybody; {OWN} is allowed: {_AGAIN} with AS_OF=own.")


def require_current(table: Table, dataset: Dataset, now: int, *, live: bool) -> list[str]:
    """Refuse a table of other data than there are now; return what is to be said of it.

    Args:
        table: the table.
        dataset: its dataset.
        now: what the clock shows.
        live: whether events that a service accepted are to count.

    Raises:
        Unfit: the data ended elsewhere, sources have changed since, or it lacks events that are to count.
        DatasetError: the store of accepted events cannot be opened.
    """
    if dataset.as_of == NOW or dataset.end:
        wanted = intake.base(dataset, Days(dataset.zone)).moment(now).at
        late = abs(wanted - clock.parse(table.base, ZoneInfo("UTC")))
        if late > (clock.DAY if dataset.as_of == NOW else 0):
            raise Unfit(f"{_where(table)} speaks of {table.base}; it is to speak of {clock.iso(wanted)}: {_AGAIN}.")
    today = state.of(dataset)
    if today != table.state:
        raise Unfit(f"{_where(table)} was made of sources that changed since, or are declared otherwise: {_AGAIN}.")
    if live and all_since.found(dataset) is not None:
        raise Unfit(f"{_where(table)} may lack events that a service accepted; LIVE=0 leaves them out.")
    return [] if today else ["whether sources that are elsewhere changed since a table was written is not known"]


def _where(table: Table) -> str:
    return f"{SCORES}: {table.path}"
