"""About: what a dataset's own files say of one customer."""

import datetime
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import scratch
from features.arrow import literal, quoted, to_numpy
from features.clock import iso
from features.consent import loop
from features.consent.loop import DENY, EVERYTHING, GRANT, OBJECT, UNDATED
from features.consent.suppression import Identifier
from features.dataset import Dataset
from features.identity.blocked import blocked
from features.identity.links import FOREVER
from features.log.history import EVER
from features.sources import attributes
from features.sources import consents as consents_of
from features.sources.batch import MOMENTS, UNREADABLE
from features.sources.canonical import canonical, fetched, session
from features.sources.categories import NO_PRODUCTS

_SAID = {GRANT: "grant", DENY: "deny", OBJECT: "object", loop.UNREADABLE: "not known: it denies"}
_EPOCH = datetime.date(1970, 1, 1)
_FLOATS = ("FLOAT", "DOUBLE")
_TIMES = ("occurred_at", *MOMENTS)


def events(
    dataset: Dataset, identifiers: Sequence[Identifier], shared: Mapping[Identifier, int] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """Return all rows that are a customer's own, in the order of the files, those too that are no good.

    Each says where it stands, then what it says by canonical columns; times are ISO 8601 in UTC, and what is missing or
    cannot be read is left out.

    Args:
        dataset: whose sources are read.
        identifiers: those of the customer.
        shared: from when on some are of several people, in microseconds UTC.

    Raises:
        DatasetError: the sources cannot be read as declared.
    """
    with scratch.folder() as folder, session(dataset.zone) as connection:
        found = canonical(connection, dataset, folder, NO_PRODUCTS)
        types = {name: kind for name, kind, *_ in connection.sql(f"DESCRIBE {found.sql}").fetchall()}
        own = " OR ".join(_is(one, types) for one in identifiers if one[0] in types) or "false"
        sql = f"SELECT * FROM ({found.sql}) WHERE {own} ORDER BY source, row"
        rows = fetched(connection, sql, f"dataset {dataset.name!r}").to_pylist()
    return [_told(row, dataset) for row in rows if _is_own(row, dataset, frozenset(identifiers), shared)]


def _is_own(
    row: Mapping[str, Any], dataset: Dataset, identifiers: frozenset[Identifier], shared: Mapping[Identifier, int]
) -> bool:
    """Return whether a row is the customer's own: by its strongest identifier, before that was of several people."""
    if dataset.identified is None:
        return True
    for kind, key in dataset.identified.keys.items():
        value = row.get(kind)
        if value is None or blocked(pa.array([str(value)], pa.string()), key.block)[0]:
            continue
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        known = max(row["occurred_at"] or 0, row.get("recorded_at") or 0)
        return (kind, text) in identifiers and known < shared.get((kind, text), FOREVER)
    return False


def _is(identifier: Identifier, types: Mapping[str, str]) -> str:
    """Return SQL of whether a row has an identifier."""
    kind, value = identifier
    text = f"CAST({quoted(kind)} AS VARCHAR)"
    text = f"regexp_replace({text}, '\\.0$', '')" if types[kind] in _FLOATS else text
    return f"({text} = {literal(value)})"


def _told(row: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    kinds, kind = dataset.every_kind, row["kind"]
    told = {"from": dataset.sources[row["source"]].path, "row": row["row"]}
    told["event"] = kinds[kind] if kind < len(kinds) else "not read as an event"
    for name, value in row.items():
        if name in {"source", "row", "kind"} or value is None or (isinstance(value, float) and math.isnan(value)):
            continue
        if name in _TIMES and isinstance(value, int):
            if value != UNREADABLE:
                told[name] = iso(value)
        else:
            told[name] = value if isinstance(value, int | float | str | bool) else str(value)
    return told


def answers(dataset: Dataset, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return what a customer answered of consent, in the order of its moments.

    Args:
        dataset: the declaration.
        names: what the customer's identifiers are called.

    Raises:
        DatasetError: a table cannot be read as declared.
    """
    consents, told = consents_of.read(dataset)[0], list[dict[str, Any]]()
    if consents is None:
        return []
    if dataset.identified:
        consents = consents.called(dataset.identified.names)
    purposes, tables = list(consents.consent.purposes), consents.consent.sources
    for one in consents.answers:
        own = to_numpy(pc.is_in(one.values, pa.array(names, pa.string())).cast(pa.uint8()))
        for row in np.flatnonzero(own).tolist():
            moment, purpose = int(one.moment[row]), int(one.purpose[row])
            told.append(
                {
                    "purpose": "all" if purpose == EVERYTHING else purposes[purpose],
                    "answer": _SAID[int(one.said[row])],
                    **({} if moment == UNDATED else {"valid_from": iso(moment)}),
                    "from": tables[int(one.source[row])].path,
                }
            )
    return sorted(told, key=lambda answer: str(answer.get("valid_from", "")))


def known(dataset: Dataset, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return what tables of attributes say of a customer: each row of a history, with the moment that it holds from.

    Raises:
        DatasetError: a table cannot be read as declared.
    """
    found, told = attributes.read(dataset)[0], []
    born = found.born
    for history in found.histories:
        span = history.moments.size + 1
        places = [place for name in names if (place := history.ids.index(name).as_py()) >= 0]
        for row in np.flatnonzero(np.isin(history.keys // span, places)).tolist():
            since = int(history.moments[history.keys[row] % span])
            values = {name: column[row].as_py() for name, column in history.columns.items()}
            for name in born & values.keys():
                days = values[name]
                values[name] = None if days is None else (_EPOCH + datetime.timedelta(days=int(days))).isoformat()
            told.append(values if since == EVER else {"valid_from": iso(since), **values})
    return told
