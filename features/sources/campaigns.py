"""Campaigns: whom each contacted and when, who answered, and when it ended.

The log knows contacts and answers, a table of the dataset when a campaign ends.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features import scratch
from features.clock import start_of_day
from features.dataset import Dataset, DatasetError, Source
from features.log.event import DISCOUNTED, KINDS
from features.log.log import CAMPAIGN, Log
from features.sources.canonical import fetched, key, session
from features.sources.relation import column, opened

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

    def answered(self, contacts: Happened, until: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which contacts were answered from the contact on, before a moment for each; shape (contacts,)."""
        answers = self.answers
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
    """Return the contacts of some kind, and the answers to them; of the sources only the tables of campaigns are read.

    Args:
        dataset: the declaration.
        log: its events.
        contact: the kind of event by which a campaign begins.
        answer: the kind by which customers answer.

    Raises:
        DatasetError: a file is missing or cannot be read, or no source has the contacts' campaign.
    """
    for kind in (contact, answer):
        if not any(kind in one.kinds and "campaign_id" in one.columns for one in dataset.sources):
            raise DatasetError(f"dataset {dataset.name!r}: no source of {kind} events has the column campaign_id.")
    reached, back = _once(_events(log, contact), log), _events(log, answer)
    names = log.names["campaign"]
    known = np.array([place for place in np.unique(reached.campaign) if names[int(place)].as_py()], np.int64)
    ids = tuple(names.take(pa.array(known)).to_pylist())
    ends = _ends(dataset)
    return Campaigns(
        ids,
        _types(reached, known, log),
        np.array([ends.get(one, OPEN) for one in ids], np.int64),
        _happened(reached, known),
        _happened(back, known),
    )


@dataclass(frozen=True)
class _Events:
    """Events of one kind that are of a campaign, in the order of the log; all of shape (events,)."""

    customers: NDArray[np.int64]
    time: NDArray[np.int64]
    campaign: NDArray[np.int64]
    channel: NDArray[np.int64]
    recorded: NDArray[np.int64]
    """When each arrived in its log."""


def _once(events: _Events, log: Log) -> _Events:
    """Return each event where it was known first: links bring it into other logs of the same person, later."""
    if log.linked is None or not events.time.size:
        return events
    same = np.stack([log.person[events.customers], events.time, events.campaign, events.channel])
    order = np.lexsort((events.customers, events.recorded, *same))
    first = np.append(True, (np.diff(same[:, order], axis=1) != 0).any(axis=0))
    kept = np.sort(order[first])
    return _Events(*(column[kept] for column in vars(events).values()))


def _events(log: Log, kind: str) -> _Events:
    found = [np.empty((0, 5), np.int64)]
    for first, piece in log.pieces():
        columns = piece.columns
        if not columns[CAMPAIGN].size:
            continue
        rows = np.flatnonzero((columns["code"] % DISCOUNTED == KINDS.index(kind)) & (columns[CAMPAIGN] >= 0))
        customers = first + np.searchsorted(piece.offsets, rows, "right") - 1
        channel = columns["channel"][rows] if columns["channel"].size else np.full(rows.size, -1)
        recorded = columns["recorded"][rows] if columns["recorded"].size else np.zeros(rows.size, np.int64)
        of_piece = [customers, columns["time"][rows], columns[CAMPAIGN][rows], channel, recorded]
        found.append(np.column_stack(of_piece))
    return _Events(*np.concatenate(found).T)


def _types(contacts: _Events, known: NDArray[np.int64], log: Log) -> tuple[str, ...]:
    """Return the channel of each campaign's first contact that has one, empty where none has."""
    names = log.names["channel"].to_pylist()
    types = dict.fromkeys(known.tolist(), "")
    order = np.lexsort((contacts.channel, contacts.time))
    for campaign, channel in zip(contacts.campaign[order].tolist(), contacts.channel[order].tolist(), strict=True):
        if channel >= 0 and types.get(campaign) == "":
            types[campaign] = names[channel]
    return tuple(types.values())


def _happened(events: _Events, known: NDArray[np.int64]) -> Happened:
    """Return the events of the campaigns that are asked for, in order of time."""
    kept = np.flatnonzero(np.isin(events.campaign, known))
    kept = kept[np.lexsort((events.campaign[kept], events.customers[kept], events.time[kept]))]
    campaign = np.searchsorted(known, events.campaign[kept])
    return Happened(events.customers[kept], events.time[kept], campaign)


def _ends(dataset: Dataset) -> dict[str, int]:
    """Return the first moment after each campaign that the tables of campaigns know the last day of."""
    ends: dict[str, int] = {}
    zone = ZoneInfo(dataset.zone)
    with scratch.folder() as folder, session(dataset.zone) as connection:
        for position, table in enumerate(dataset.campaigns):
            where = f"dataset {dataset.name!r}: campaigns[{position}]"
            source = Source(table.path, "", table.columns, time_format=table.time_format)
            for relation in opened(connection, dataset, source, folder, where).each:
                for name, given in table.columns.items():
                    column(relation, given, f"{where}.columns.{name}")
                own = key(relation, table.columns["campaign_id"], (), where)
                last = relation.instant(table.columns["last_day"])
                select = f"SELECT CAST({own} AS VARCHAR) AS id, {last} AS last FROM {relation.sql}"
                for row in fetched(connection, select, where).to_pylist():
                    if row["last"] is not None:
                        ends[row["id"]] = start_of_day(row["last"], zone, days=1)
    return ends
