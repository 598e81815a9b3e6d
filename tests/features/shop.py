"""A business of a test: its dataset file is written and loaded, its files are read, and what was read is told."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import clock, dataset
from features.sources import canonical as source

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


def _toml(value: str | dict[str, Any]) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_toml(key)} = {_toml(one)}' for key, one in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)


def read(folder: Path, *sources: dict[str, Any], **keys: str) -> source.Canonical:
    """Read a business whose files lie in a folder."""
    return source.read(business(folder, *sources, **keys))


def read_csv(folder: Path, text: str, columns: dict[str, str] | None = None, **keys: Any) -> source.Canonical:
    """Read one CSV file of a text as a source with some columns and keys."""
    (folder / "s.csv").write_text(text, encoding="utf-8")
    zone = keys.pop("zone", "UTC")
    return read(folder, {"path": "s.csv", "columns": columns or {}} | keys, zone=f'"{zone}"')


def parquet(path: Path, **columns: list[Any] | pa.Array) -> None:
    """Write a Parquet file."""
    pq.write_table(pa.table(columns), path)


def json_lines(path: Path, *rows: dict[str, Any]) -> None:
    """Write a file of JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def customers(canonical: source.Canonical) -> list[str]:
    """Return who did each of the good events."""
    found: list[str] = canonical.events["customer_id"].to_pylist()
    return found


def times(canonical: source.Canonical) -> list[str]:
    """Return when each of the good events happened, in UTC."""
    return [clock.iso(instant) for instant in canonical.events["occurred_at"].to_pylist()]


def rejects(canonical: source.Canonical) -> list[tuple[int, int, str]]:
    """Return the source, row and reason of each row that was kept aside."""
    kept = [row for row in canonical.rejects.to_pylist() if row["row"] is not None]
    assert all(row["line"] is None for row in kept)
    return [(row["source"], row["row"], row["reason"]) for row in kept]


def lines(canonical: source.Canonical) -> list[tuple[str, int]]:
    """Return the path and the line of each line that was no row."""
    kept = [row for row in canonical.rejects.to_pylist() if row["row"] is None]
    assert all(row["reason"] == source.NOT_A_ROW for row in kept)
    return [(row["path"], row["line"]) for row in kept]
