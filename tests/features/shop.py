"""A business of a test: its dataset file is written and loaded, its files are read, and what was read is told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features import clock, dataset
from features.buckets import intake
from features.buckets.buckets import Buckets
from features.buckets.shelf import Shelves
from features.dataset import Dataset
from features.log import content
from features.log.event import COLUMNS as CANONICAL
from features.log.event import GIVES_BACK, KINDS
from features.log.history import EVER, History
from features.log.log import ABSENT, KEYS, Log
from features.log.products import Products
from features.sources import rows as of_rows
from features.sources import stream
from features.sources.batch import NOT_A_ROW, NOTHING, NUMBERS, ROW_BITS, Batch, Key

COLUMNS = {"customer_id": "client", "occurred_at": "at"}


def business(folder: Path, *sources: dict[str, Any], **keys: str) -> dataset.Dataset:
    """Write a dataset file and load it; a source that does not say otherwise holds purchases."""
    lines = [f"{key} = {value}" for key, value in ({"name": '"shop"'} | keys).items()]
    for declared in sources:
        whole = {"event": "purchase"} | declared | {"columns": COLUMNS | declared.get("columns", {})}
        lines += ["[[sources]]", *(f"{key} = {_toml(value)}" for key, value in whole.items())]
    toml = folder / "shop.toml"
    toml.write_text("\n".join(lines), encoding="utf-8")
    return dataset.load(str(toml))


def _toml(value: str | list[Any] | dict[str, Any]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_toml(key)} = {_toml(one)}' for key, one in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Read:
    """What the stream gave of a dataset."""

    events: pa.Table
    """The good rows in the order of the sources: `source` and `kind` as numbers, keys as they came, our units."""
    rejects: pa.Table

    def reject_counts(self) -> dict[str, int]:
        """Return the number of rows kept aside, by reason."""
        return {row["values"]: row["counts"] for row in self.rejects["reason"].value_counts().to_pylist()}


def events(shop: Dataset, rows: int = stream.ROWS) -> Read:
    """Read a dataset through the stream, some rows at a time, and through buckets, which find what was read before."""
    tables: list[pa.Table] = []
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "ROWS", rows)
        with stream.opened(shop, [column.name for column in CANONICAL], 10**9, Path(folder)) as opened:
            buckets = Buckets(shop.zone, opened.columns, Shelves())
            for batch in opened.batches():
                buckets.add(batch)
                tables.append(_table(batch))
            buckets.close()
            rejects = opened.rejected(*buckets.aside())
    nothing = of_rows.batch({name: [] for name in ("event", "customer_id", "occurred_at")}, shop.zone)
    whole = pa.concat_tables(tables or [_table(nothing)], promote_options="permissive").sort_by("place")
    bad = pa.array(buckets.aside()[0])
    good = whole.filter(pc.invert(pc.is_in(whole["place"], bad)))
    source = pc.shift_right(good["place"], ROW_BITS).cast(pa.uint8())
    return Read(good.drop_columns(["place"]).add_column(0, "source", source), rejects)


def _table(batch: Batch) -> pa.Table:
    columns = {
        "place": batch.place,
        "kind": batch.kind,
        "customer_id": batch.customer.values,
        "occurred_at": batch.time,
    }
    keys = {name: key.values for name, key in batch.keys.items()}
    return pa.table(columns | batch.numbers | keys)


def read(folder: Path, *sources: dict[str, Any], **keys: str) -> Read:
    """Read a business whose files lie in a folder."""
    return events(business(folder, *sources, **keys))


def read_csv(folder: Path, text: str, columns: dict[str, str] | None = None, **keys: Any) -> Read:
    """Read one CSV file of a text as a source with some columns and keys."""
    (folder / "s.csv").write_text(text, encoding="utf-8")
    zone = keys.pop("zone", "UTC")
    return read(folder, {"path": "s.csv", "columns": columns or {}} | keys, zone=f'"{zone}"')


def made(zone: str = "UTC", /, **columns: Sequence[Any]) -> Log:
    """Return the log of events as a program hands them over; what is required and not given is the same for all."""
    n = max(len(column) for column in columns.values())
    required = {"customer_id": ["ann"] * n, "occurred_at": ["2017-03-01"] * n, "event": ["purchase"] * n}
    few = intake.of_rows(required | columns, zone)
    assert few.rejects == []
    assert few.log is not None
    return few.log


def known_of(ids: Sequence[str], since: Sequence[int | None] = (), /, **columns: Sequence[Any]) -> Products:
    """Return a table of what is known of products: rows in the order of their ids, then of `since`, else since ever."""
    when = [EVER if one is None else one for one in since] or [EVER] * len(ids)
    names, moments = sorted(set(ids)), sorted(set(when))
    keys = [names.index(one) * (len(moments) + 1) + moments.index(at) for one, at in zip(ids, when, strict=True)]
    values = {name: pa.array(own, None if own else pa.string()) for name, own in columns.items()}
    history = History(pa.array(names, pa.string()), np.array(moments, np.int64), np.array(keys, np.int64), values)
    return Products((history,))


def shown(good: pa.Table) -> dict[str, list[Any]]:
    """Return good rows as a program hands them over: kinds by name, aware times, money in units of the currency."""
    columns: dict[str, list[Any]] = {"event": [KINDS[kind] for kind in good["kind"].to_pylist()]}
    for name in good.column_names:
        if name in NUMBERS:
            columns[name] = [None if one is None else one / NUMBERS[name] for one in good[name].to_pylist()]
        elif name in {"occurred_at", "recorded_at"}:
            columns[name] = [clock.iso(instant) for instant in good[name].to_pylist()]
        elif name not in {"source", "kind"}:
            columns[name] = good[name].cast(pa.string()).to_pylist()
    return columns


def log(good: pa.Table, zone: str) -> Log:
    """Return the log of good rows, in our units; only `customer_id`, `occurred_at` and `kind` must be there."""
    n = good.num_rows
    kind = good["kind"].to_numpy().astype(np.uint8)
    numbers = {
        name: good[name].fill_null(0).cast(pa.int64()).to_numpy().copy()
        for name in ("recorded_at", *NUMBERS)
        if name in good.column_names
    }
    if "until" in good.column_names:
        numbers["until"] = good["until"].cast(pa.int64()).fill_null(ABSENT).to_numpy().copy()
    if "amount" in numbers:
        back = np.isin(kind, [KINDS.index(name) for name in GIVES_BACK])
        numbers["amount"][back] = -np.abs(numbers["amount"][back])
    keys = {name: _key(good[name]) for name in KEYS.values() if name in good.column_names}
    missing = {name: key.hashes == NOTHING for name, key in keys.items()}
    batch = Batch(
        np.arange(n),
        kind,
        np.zeros(n, np.uint8),
        _key(good["customer_id"]),
        good["occurred_at"].to_numpy().astype(np.int64),
        None,
        numbers,
        keys,
        missing,
    )
    buckets = Buckets(zone, [*numbers, *keys], Shelves())
    buckets.add(batch)
    buckets.close()
    (made,) = buckets.logs()
    return made


def _key(column: pa.ChunkedArray) -> Key:
    text = pa.concat_arrays([pa.array([], pa.string()), *column.cast(pa.string()).chunks])
    return Key(content.of_text(text).view(np.int64), text)


def parquet(path: Path, **columns: list[Any] | pa.Array) -> None:
    """Write a Parquet file."""
    pq.write_table(pa.table(columns), path)


def json_lines(path: Path, *rows: dict[str, Any]) -> None:
    """Write a file of JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def customers(canonical: Read) -> list[str]:
    """Return who did each of the good events."""
    found: list[str] = canonical.events["customer_id"].to_pylist()
    return found


def times(canonical: Read) -> list[str]:
    """Return when each of the good events happened, in UTC."""
    return [clock.iso(instant) for instant in canonical.events["occurred_at"].to_pylist()]


def rejects(canonical: Read) -> list[tuple[int, int, str]]:
    """Return the source, row and reason of each row that was kept aside."""
    kept = [row for row in canonical.rejects.to_pylist() if row["row"] is not None]
    return [(row["source"], row["row"], row["reason"]) for row in kept]


def lines(canonical: Read) -> list[tuple[str, int]]:
    """Return the path and the line of each line that was no row."""
    kept = [row for row in canonical.rejects.to_pylist() if row["row"] is None]
    assert all(row["reason"] == NOT_A_ROW for row in kept)
    return [(row["path"], row["line"]) for row in kept]
