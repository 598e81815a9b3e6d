"""About: what a dataset's own files say of one customer."""

import math
from typing import Any

from features import scratch
from features.arrow import literal
from features.clock import iso
from features.dataset import Dataset
from features.log.history import EVER
from features.sources import attributes
from features.sources.batch import MOMENTS, UNREADABLE
from features.sources.canonical import canonical, fetched, session
from features.sources.categories import NO_PRODUCTS

_FLOATS = ("FLOAT", "DOUBLE")
_TIMES = ("occurred_at", *MOMENTS)


def events(dataset: Dataset, customer: str) -> list[dict[str, Any]]:
    """Return all rows of a customer in a dataset's sources, in the order of the files, those too that are no good.

    Each says where it stands, then what it says by canonical columns; times are ISO 8601 in UTC, and what is missing or
    cannot be read is left out.

    Raises:
        DatasetError: the sources cannot be read as declared.
    """
    with scratch.folder() as folder, session(dataset.zone) as connection:
        found = canonical(connection, dataset, folder, NO_PRODUCTS)
        types = {name: kind for name, kind, *_ in connection.sql(f"DESCRIBE {found.sql}").fetchall()}
        text = "CAST(customer_id AS VARCHAR)"
        text = f"regexp_replace({text}, '\\.0$', '')" if types["customer_id"] in _FLOATS else text
        sql = f"SELECT * FROM ({found.sql}) WHERE {text} = {literal(customer)} ORDER BY source, row"
        rows = fetched(connection, sql, f"dataset {dataset.name!r}").to_pylist()
    return [_told(row, dataset) for row in rows]


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


def known(dataset: Dataset, customer: str) -> list[dict[str, Any]]:
    """Return what tables of attributes say of a customer: each row of a history, with the moment that it holds from.

    Raises:
        DatasetError: a table cannot be read as declared.
    """
    found, told = attributes.read(dataset)[0], []
    for history in found.histories:
        span = history.moments.size + 1
        place = history.ids.index(customer).as_py()
        for row in range(len(history.keys)) if place >= 0 else ():
            if history.keys[row] // span == place:
                since = int(history.moments[history.keys[row] % span])
                values = {name: column[row].as_py() for name, column in history.columns.items()}
                told.append(values if since == EVER else {"valid_from": iso(since), **values})
    return told
