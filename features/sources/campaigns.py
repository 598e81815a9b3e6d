"""Campaigns: whom each contacted and when, who answered, and when it ended.

They are read from the sources again: a log knows that two events of a customer are of the same campaign, not of which.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.clock import start_of_day
from features.dataset import Dataset, DatasetError, Source
from features.log.event import KINDS
from features.log.log import Log
from features.nearest import nearest
from features.sources import canonical as source
from features.sources.canonical import fetched, relation_of, session, to_numpy
from features.sources.expression import quoted
from features.sources.text import Writing

OPEN = int(np.iinfo(np.int64).max)
"""The end of a campaign that nothing is said of."""


@dataclass(frozen=True)
class Happened:
    """What happened to customers of a log by some campaigns, in order of time; all of shape (rows,)."""

    customers: NDArray[np.int64]
    """Places in the log."""
    time: NDArray[np.int64]
    """Microseconds UTC."""
    campaign: NDArray[np.int64]
    """Places in `Campaigns.ids`."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.time.size)


@dataclass(frozen=True)
class Campaigns:
    """The campaigns of a dataset that contacted somebody."""

    ids: tuple[str, ...]
    """Sorted."""
    types: tuple[str, ...]
    """The channel of each one's contacts; empty where they have none."""
    ends: NDArray[np.int64]
    """The first moment after each, shape (campaigns,); OPEN where nothing is said."""
    contacts: Happened
    answers: Happened

    def answered(self, until: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which contacts were answered from the contact on, before a moment for each; shape (contacts,)."""
        contacts, answers = self.contacts, self.answers
        if not len(answers):
            return np.zeros(len(contacts), np.bool_)
        whole = len(self.ids)
        asked, given = (rows.customers * whole + rows.campaign for rows in (contacts, answers))
        order = np.lexsort((answers.time, given))
        pairs, place = np.unique(np.concatenate([given, asked]), return_inverse=True)
        given, asked = place[: given.size][order], place[given.size :]
        # One sorted key for each answer: its pair, then its time among all times.
        times = np.unique(np.concatenate([answers.time, contacts.time]))
        keys = given * (times.size + 1) + np.searchsorted(times, answers.time[order])
        assert pairs.size * (times.size + 1) < OPEN
        first = np.searchsorted(keys, asked * (times.size + 1) + np.searchsorted(times, contacts.time))
        inside = first < keys.size
        at = np.where(inside, first, 0)
        found: NDArray[np.bool_] = inside & (given[at] == asked) & (answers.time[order][at] < until)
        return found


def read(dataset: Dataset, log: Log, contact: str, answer: str) -> Campaigns:
    """Read the contacts of some kind, and the answers to them.

    Args:
        dataset: the declaration.
        log: its events.
        contact: the kind of event by which a campaign begins.
        answer: the kind by which customers answer.

    Raises:
        DatasetError: a file is missing or cannot be read, or no source has the contacts' campaign.
    """
    kept = tuple(one for one in dataset.sources if {contact, answer} & one.kinds and "campaign_id" in one.columns)
    for kind in (contact, answer):
        if not any(kind in one.kinds for one in kept):
            raise DatasetError(f"dataset {dataset.name!r}: no source of {kind} events has the column campaign_id.")
    events = source.read(msgspec.structs.replace(dataset, sources=kept)).events
    reached, back = (
        events.filter(pa.array(to_numpy(events["kind"]) == KINDS.index(kind))) for kind in (contact, answer)
    )
    ids = sorted(set(pc.unique(_text(reached["campaign_id"])).to_pylist()) - {None, ""})
    ends = _ends(dataset)
    return Campaigns(
        tuple(ids),
        _types(reached, ids),
        np.array([ends.get(one, OPEN) for one in ids], np.int64),
        _happened(reached, ids, log),
        _happened(back, ids, log),
    )


def _types(contacts: pa.Table, ids: list[str]) -> tuple[str, ...]:
    """Return the channel of each campaign's first contact that has one, empty where none has."""
    if "channel" not in contacts.column_names:
        return ("",) * len(ids)
    pairs = pa.table({name: _text(contacts[name]) for name in ("campaign_id", "channel")})
    first: dict[str, str] = {}
    for row in pairs.group_by(["campaign_id", "channel"], use_threads=False).aggregate([]).to_pylist():
        if row["channel"]:
            first.setdefault(row["campaign_id"], row["channel"])
    return tuple(first.get(one, "") for one in ids)


def _happened(events: pa.Table, ids: list[str], log: Log) -> Happened:
    """Return the events of customers that the log has and campaigns that are asked for."""
    customers = _places(events["customer_id"], log.customers)
    campaign = _places(events["campaign_id"], pa.array(ids, pa.string()))
    time = to_numpy(events["occurred_at"]) if events.num_rows else np.empty(0, np.int64)
    kept = np.flatnonzero((customers >= 0) & (campaign >= 0))
    kept = kept[np.lexsort((campaign[kept], customers[kept], time[kept]))]
    return Happened(customers[kept], time[kept], campaign[kept])


def _places(column: pa.ChunkedArray, among: pa.Array) -> NDArray[np.int64]:
    """Return where each value of a column stands among others, -1 where it does not."""
    found = pc.index_in(_text(column), value_set=among).fill_null(-1)
    return to_numpy(found).astype(np.int64) if len(found) else np.empty(0, np.int64)


def _text(column: pa.ChunkedArray) -> pa.Array:
    text = column.cast(pa.string()).combine_chunks()
    return pa.concat_arrays(text.chunks) if isinstance(text, pa.ChunkedArray) else text


def _ends(dataset: Dataset) -> dict[str, int]:
    """Return the first moment after each campaign that the tables of campaigns know the last day of."""
    ends: dict[str, int] = {}
    zone = ZoneInfo(dataset.zone)
    with session(dataset.zone) as connection:
        for position, table in enumerate(dataset.campaigns):
            where = f"dataset {dataset.name!r}: campaigns[{position}]"
            relation = relation_of(connection, dataset, Source(table.path, "", table.columns), where)
            for name, column in table.columns.items():
                if column not in relation.names:
                    hint = nearest(column, relation.names)
                    raise DatasetError(f"{where}.columns.{name}: there is no column {column!r}.{hint}")
            writing = Writing(connection, relation.sql, relation.types, where, None, table.time_format)
            key, last = quoted(table.columns["campaign_id"]), writing.instant(table.columns["last_day"])
            select = f"SELECT CAST({key} AS VARCHAR) AS id, {last} AS last FROM {relation.sql}"
            for row in fetched(connection, select, where).to_pylist():
                if row["last"] is not None:
                    ends[row["id"]] = start_of_day(row["last"], zone, days=1)
    return ends
