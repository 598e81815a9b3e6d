"""Members of JSON objects: a key twice costs its row alone, and whole numbers keep every digit."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.buckets import intake
from features.sources.batch import KEY_TWICE
from features.sources.files import members
from tests.features.shop import business, customers, json_lines, lines, read

GOOD = '{"client": "ann", "at": "2026-05-04", "paid": 1}'
SALES: dict[str, Any] = {"path": "s.jsonl", "columns": {"amount": "paid"}}


@pytest.mark.parametrize(
    ("line", "suspicious"),
    [
        (GOOD, False),
        ('{"a": 1, "b": {"a": 1, "c": [{"a": 1}, {"a": 1}]}, "c": "\\"a\\": 1, {"}', False),
        ('{"a": 1, "b": 2, "a": 3}', True),
        ('{"b": {"a": 1, "a": 2}}', True),
        ('{"b": [1, {"a": 1, "a": 2}]}', True),
        ('{"a": 1, "\\u0061": 2}', True),
        ('{"a": 123456789012345}', False),
        ('{"a": -1234567890123456}', True),
        ('{"a": [[1234567890123456]]}', True),
        ('{"a": 0.1234567890123456789, "b": 1.5e-300, "c": "1234567890123456789"}', False),
        (json.dumps({f"k{n}": n for n in range(300)}), False),
        (json.dumps({f"k{n}": n for n in range(300)})[:-1] + ', "k7": 1}', True),
        ('{"a": "no end', False),
        ("}}]]", False),
    ],
)
def test_lines_are_found_that_need_a_second_look(line: str, suspicious: bool) -> None:
    text = f"{GOOD}\n{line}\n{GOOD}\n{line}".encode()
    assert members.suspicious(np.frombuffer(text, np.uint8)) == ({2, 4} if suspicious else set())


@pytest.mark.parametrize(
    ("kind", "long", "exact"),
    [
        ("DOUBLE", {()}, "VARCHAR"),
        ("BIGINT", {()}, "BIGINT"),
        ("DOUBLE", set(), "DOUBLE"),
        ("STRUCT(a DOUBLE, b DOUBLE)", {("b",)}, 'STRUCT("a" DOUBLE, "b" VARCHAR)'),
        ("STRUCT(a DOUBLE)[]", {(members.EACH, "a")}, 'STRUCT("a" VARCHAR)[]'),
        ("MAP(VARCHAR, DOUBLE)", {("x",)}, "MAP(VARCHAR, VARCHAR)"),
    ],
)
def test_text_takes_the_place_of_floats_where_long_numbers_stand(kind: str, long: set[Any], exact: str) -> None:
    assert members.exact(kind, long) == exact


@pytest.mark.parametrize(
    ("line", "key", "values"),
    [
        ('{"client": "bob", "at": "2026-05-04", "paid": 1, "paid": 2}', "paid", "1, 2"),
        ('{"client": "bob", "at": "2026-05-04", "paid": 1, "more": {"x": "a", "x": "b"}}', "x", '"a", "b"'),
        ('{"client": "bob", "client": "cy", "at": "2026-05-04", "paid": 1}', "client", '"bob", "cy"'),
        ('{"client": "bob", "at": "2026-05-04", "p\\u0061id": 1, "paid": 2}', "paid", "1, 2"),
    ],
)
def test_a_key_twice_costs_its_row_alone(line: str, key: str, values: str, tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(f"{GOOD}\nno row\n{line}\n\n{GOOD}\n")
    found = intake.take(business(tmp_path, SALES))
    assert (len(found.log), found.log.customers.to_pylist()) == (2, ["ann"])
    assert found.aside.examples[KEY_TWICE] == [f"s.jsonl line 3: {key} is {values!r}"]


def test_lines_behind_one_with_a_key_twice_are_told_rightly(tmp_path: Path) -> None:
    rows = [GOOD, '{"client": "bob", "client": "bob"}', '{"client": "cy", "at": "soon", "paid": 1}']
    (tmp_path / "s.jsonl").write_text("\n".join(rows))
    table = read(tmp_path, SALES).rejects.to_pylist()
    assert [(row["line"], row["column"]) for row in table] == [(3, "at"), (2, "client")]


def test_a_key_twice_in_a_document_costs_its_element(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(f'{{"data": [{GOOD},\n {{"client": "bob",\r\n "client": "bob"}},\n {GOOD}]}}')
    found = read(tmp_path, SALES | {"path": "s.json", "rows": "data"})
    assert customers(found) == ["ann", "ann"]
    assert [(row["line"], row["reason"]) for row in found.rejects.to_pylist()] == [(2, KEY_TWICE)]


LONG = 12345678901234567890123


@pytest.mark.parametrize("other", [7, 7.5, 10**44 + 1, "x-1"])
@pytest.mark.parametrize("file", ["s.jsonl", "s.json"])
def test_an_id_keeps_every_digit(other: Any, file: str, tmp_path: Path) -> None:
    rows = [{"client": {"id": who}, "at": "2026-05-04", "paid": 1.234} for who in (LONG, LONG + 1, other)]
    if file == "s.json":
        (tmp_path / file).write_text(json.dumps(rows, indent=1))
    else:
        json_lines(tmp_path / file, *rows)
    found = read(tmp_path, {"path": file, "columns": {"customer_id": "client.id", "amount": "paid"}})
    assert customers(found) == [str(LONG), str(LONG + 1), str(other)]
    assert found.events["amount"].to_pylist() == [12_340] * 3  # still a number, and never 1,234


def test_an_id_of_a_list_keeps_every_digit_and_meets_that_of_another_file(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    json_lines(tmp_path / "d/a.jsonl", {"client": "ann", "at": "2026-05-04", "lines": [{"sku": LONG}, {"sku": 7}]})
    json_lines(tmp_path / "d/b.jsonl", {"client": "ann", "at": "2026-05-04", "lines": [{"sku": 7}]})
    found = read(tmp_path, {"path": "d", "each": "lines", "columns": {"product_id": "lines.sku"}})
    assert found.events["product_id"].cast("string").to_pylist() == [str(LONG), "7", "7"]


def test_names_that_differ_in_capitals_alone_do_not_stop_a_source(tmp_path: Path) -> None:
    rows = [{"client": "ann", "at": "2026-05-04", "more": {name: 5}} for name in ("Email", "email")]
    json_lines(tmp_path / "s.jsonl", *rows)
    found = read(tmp_path, {"path": "s.jsonl", "columns": {"amount": "coalesce(more.email, more.Email)"}})
    assert found.events["amount"].to_pylist() == [50_000, 50_000]


def test_rows_of_very_many_names_are_rows(tmp_path: Path) -> None:
    rows = [{"client": "ann", "at": "2026-05-04", **{f"k{3 * n + m}": 1 for m in range(3)}} for n in range(300)]
    json_lines(tmp_path / "s.jsonl", *rows)
    assert len(customers(read(tmp_path, {"path": "s.jsonl", "columns": {"score": "k7"}}))) == 300
    assert lines(read(tmp_path, {"path": "s.jsonl"})) == []
