"""Refusal: reading without the erased is reading data that never held them, whatever rows they had."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from features import dataset as datasets
from features import settings
from features.buckets import intake, refusal
from features.buckets.daily import Daily
from features.consent import secret, suppression
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from features.log.log import Log
from tests.features import shop

GONE = "gone@example.org"
HEAD = "client,at,kind,amount,category,order,id,seen\n"
KEPT = """\
ann,2024-01-02T10:00:00,purchase,5,tea,1,e1,2024-01-02T10:00:00
bob,2024-01-03T10:00:00,purchase,7,tea,2,e2,2024-01-03T10:00:00
bob,2024-01-03T10:00:00,purchase,x,tea,2,e9,2024-01-03T10:00:00
ann,2024-03-01T10:00:00,page_view,,cake,,e3,2024-03-02T10:00:00
ann,2024-03-01T10:00:00,purchase,3,cake,3,e4,2024-03-01T10:00:00
"""
THEIRS = f"""\
{GONE},2023-11-01T10:00:00,purchase,5,aardvark,1,e1,2023-11-01T10:00:00
{GONE.upper()},2024-02-03T10:00:00,purchase,-7,tea,2,e2,2024-01-03T10:00:00
 "{GONE}" ,2024-02-03T10:00:00,purchase,bad,tea,2,e7,2024-01-03T10:00:00
{GONE},when,purchase,7,tea,2,e8,2024-01-03T10:00:00
{GONE},2024-05-01T10:00:00,heartbeat,1,zebra,9,e5,2024-05-01T10:00:00
{GONE},2031-05-01T10:00:00,purchase,1,zebra,9,e6,2031-05-01T10:00:00
"""
COLUMNS = {
    "client": "client",
    "amount": "amount",
    "category": "category",
    "order_id": "order",
    "event_id": "id",
    "recorded_at": "seen",
}


def _shop(folder: Path, rows: str, people: str = "", more: str = "") -> Dataset:
    folder.mkdir(exist_ok=True)
    (folder / "events.csv").write_text(HEAD + rows, encoding="utf-8")
    (folder / "people.csv").write_text(f"who,since,city\nann,2024-01-01,Ulm\n{people}", encoding="utf-8")
    columns = {name: column for name, column in COLUMNS.items() if name != "client"}
    kinds = {"column": "kind", "values": {"purchase": "purchase", "page_view": "page_view"}}
    shop.business(folder, {"path": "events.csv", "event": kinds, "columns": columns})
    toml = folder / "shop.toml"
    table = (
        '[[attributes]]\npath = "people.csv"\ncolumns = { customer_id = "who", valid_from = "since", city = "city" }\n'
    )
    toml.write_text(f"{toml.read_text(encoding='utf-8')}\n{table}{more}", encoding="utf-8")
    return datasets.load(str(toml))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(secret.KEY, "a key of the tests that is long")
    return tmp_path


PEOPLE = f"{GONE},2024-01-01,Bonn\n{GONE},2024-01-01,Köln\n{GONE},never,Köln\n"


def _equal(one: Log, other: Log) -> None:
    assert one.digest == other.digest
    assert one.customers.equals(other.customers)
    assert one.names.keys() == other.names.keys()
    assert all(one.names[key].equals(other.names[key]) for key in one.names)
    for name, column in one.columns.items():
        np.testing.assert_array_equal(column, other.columns[name], name)
    assert one.days.plain() == other.days.plain()
    assert one.base == other.base


@pytest.mark.parametrize("by_file", [False, True])
def test_it_equals_data_that_never_held_them(home: Path, by_file: bool) -> None:
    never = intake.take(_shop(home / "never", KEPT), daily=Daily("UTC"))
    rejects = pa.table(duckdb.sql(f"SELECT * EXCLUDE (row, line) FROM '{settings.rejects('shop')}'").to_arrow_table())
    lines = KEPT.splitlines(keepends=True)
    mixed = "".join(
        [*THEIRS.splitlines(keepends=True)[:3], *lines[:2], *THEIRS.splitlines(keepends=True)[3:], *lines[2:]]
    )
    if by_file:
        (home / "erasures.csv").write_text(
            f"customer_id,asked\n{GONE},2024-06-01\nnobody,2024-06-02\n", encoding="utf-8"
        )
        consent = f'[consent]\npurposes = {{ profiling = "contract" }}\nerasures = "{home}/erasures.csv"\n'
        read = _shop(home / "held", mixed, PEOPLE, consent)
    else:
        suppression.suppress("shop", [(CUSTOMER, GONE)], 0, 0)
        read = _shop(home / "held", mixed, PEOPLE)
    taken = intake.take(read, daily=Daily("UTC"))
    _equal(taken.log, never.log)
    assert taken.rejects == never.rejects
    assert rejects.equals(
        duckdb.sql(f"SELECT * EXCLUDE (row, line) FROM '{settings.rejects('shop')}'").to_arrow_table()
    )
    np.testing.assert_array_equal(taken.tally.rows, never.tally.rows)
    assert {name: of.tolist() for name, of in taken.tally.missing.items()} == {
        name: of.tolist() for name, of in never.tally.missing.items()
    }
    assert taken.attributes.at(["ann", GONE], 2**60).equals(never.attributes.at(["ann", GONE], 2**60))
    said = taken.said()
    if by_file:
        assert "2 identifiers of people in" in said.pop(0)
    assert said[0] == "refused: 9 rows of erased people"
    assert [line for line in said[1:] if not any(word in line for word in ("rejects", "line", "not profiled"))] == [
        line for line in never.said() if "rejects" not in line and "line" not in line
    ]
    assert GONE not in "".join(taken.said()).lower()


def test_without_a_list_nothing_is_looked_up(home: Path) -> None:
    taken = intake.take(_shop(home / "shop", THEIRS + KEPT))
    assert GONE in taken.log.customers.to_pylist()
    assert taken.erasures == 0
    assert not [line for line in taken.said() if "refused" in line]


def test_whoever_is_erased_is_excluded_without_a_word(home: Path) -> None:
    suppression.suppress("shop", [(CUSTOMER, GONE)], 0, 0)
    taken = intake.take(_shop(home / "shop", KEPT + THEIRS, "", f'[exclude]\nids = ["{GONE}", "ann"]\n'))
    assert taken.log.excluded == {"ann"}
    assert taken.log.customers.to_pylist() == ["bob"]
    assert GONE not in "".join(taken.said())


def test_numbers_that_are_ids_are_refused_too(home: Path) -> None:
    suppression.suppress("shop", [(CUSTOMER, "7")], 0, 0)
    rows = "".join(f"{who},2024-01-0{day}T10:00:00,purchase,5,tea,1,{who}{day},\n" for who in (7, 8) for day in (1, 2))
    taken = intake.take(_shop(home / "shop", rows))
    assert taken.log.customers.to_pylist() == ["8"]
    assert len(taken.log) == 2


def test_an_erasure_file_without_a_head_names_ids(home: Path) -> None:
    (home / "erasures.txt").write_text(f"{GONE}\nbob\n", encoding="utf-8")
    consent = f'[consent]\npurposes = {{ profiling = "contract" }}\nerasures = "{home}/erasures.txt"\n'
    taken = intake.take(_shop(home / "shop", KEPT + THEIRS, "", consent))
    assert taken.log.customers.to_pylist() == ["ann"]


def test_the_rows_of_somebody_are_counted_by_file(home: Path) -> None:
    read = _shop(home / "shop", KEPT + THEIRS, PEOPLE)
    assert list(refusal.held(read, [(CUSTOMER, GONE)], 10**9)) == [("people.csv", 3), ("events.csv", 6)]
    assert list(refusal.held(read, [(CUSTOMER, "nobody")], 10**9)) == []


def test_a_list_whose_key_is_lost_stops_the_reading(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suppression.suppress("shop", [(CUSTOMER, GONE)], 0, 0)
    monkeypatch.setenv(secret.KEY, "another key that is also long")
    with pytest.raises(datasets.DatasetError, match="without it they would come back"):
        intake.take(_shop(home / "shop", KEPT))


def test_a_line_of_json_that_names_the_erased_twice_is_not_kept_aside(home: Path) -> None:
    suppression.suppress("shop", [(CUSTOMER, GONE)], 0, 0)
    good = {"client": "ann", "at": "2024-01-02T10:00:00"}
    (home / "events.jsonl").write_text(
        f'{json.dumps(good)}\n{{"client": "{GONE}", "client": "{GONE}", "at": "2024-01-02T10:00:00"}}\n',
        encoding="utf-8",
    )
    taken = intake.take(shop.business(home, {"path": "events.jsonl"}))
    assert GONE not in str(taken.said())
    assert taken.log.customers.to_pylist() == ["ann"]
