"""Ids: one rule for files of every form, for what is known of customers, and for requests."""

import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from features import clock, dataset
from features.buckets import intake
from features.sources import excluded, rows
from tests.features.shop import business, json_lines, parquet

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Ann@Shop.Example", "ann@shop.example"),
        (" 'Ann@Shop.Example' ", "ann@shop.example"),
        ("Ann", "Ann"),
        ("@Ann", "@Ann"),
        ("Ann@home", "Ann@home"),
        ("Zoë@Shop.Example", "Zoë@Shop.Example"),  # what its small letters are is not the same everywhere
        ("a@B@c.d", "a@B@c.d"),
        ("NaN", None),
        ("nan", None),
        ("Nan", "Nan"),
        ("NULL", "NULL"),
        (float("nan"), None),
        (7.0, "7"),
    ],
)
def test_a_customer_has_one_id(given: Any, expected: str | None, tmp_path: Path) -> None:
    assert rows.customer(given) == expected
    if isinstance(given, str):
        (tmp_path / "s.csv").write_text(f"client,at\n{given},2026-05-04\nbob,2026-05-04\n", encoding="utf-8")
        json_lines(tmp_path / "s.jsonl", {"client": given, "at": "2026-05-04"}, {"client": "bob", "at": "2026-05-04"})
        parquet(tmp_path / "s.parquet", client=[given, "bob"], at=["2026-05-04"] * 2)
        for file in ("s.csv", "s.jsonl", "s.parquet"):
            taken = intake.take(business(tmp_path, {"path": file}))
            assert set(taken.log.customers.to_pylist()) == {expected, "bob"} - {None}
            assert sum(taken.rejects.values()) == (expected is None)


def test_mail_addresses_in_small_letters_are_told_of(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,at\nAnn@X.example,2026-05-04\nann@x.example,2026-05-04\nB,2026-05-04\n")
    (tmp_path / "c.csv").write_text("id,region\nANN@X.EXAMPLE,north\n")
    business(tmp_path, {"path": "s.csv"})
    with (tmp_path / "shop.toml").open("a") as toml:
        toml.write('\n[exclude]\nids = ["b@x.example", "B@X.Example"]\n[[attributes]]\npath = "c.csv"\n')
        toml.write('columns = { customer_id = "id", region = "region" }\n')
    shop = dataset.load(str(tmp_path / "shop.toml"))
    taken = intake.take(shop)
    assert taken.log.customers.to_pylist() == ["B", "ann@x.example"]
    assert "ids that are mail addresses are read in small letters: 1 customers" in taken.said()
    assert taken.attributes.at(["ann@x.example"], taken.log.newest)["region"].to_pylist() == ["north"]
    assert excluded.read(shop).ids == {"b@x.example"}


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["12.0", " 13.0", ""], ["12", "13"]),
        (["12.0", "x.0"], ["12.0", "x.0"]),
        (["12.0", "13"], ["12.0", "13"]),
        (["1.00", "2.00"], ["1.00", "2.00"]),
    ],
)
def test_a_needless_point_goes_where_all_ids_of_the_file_have_one(
    ids: list[str], expected: list[str], tmp_path: Path
) -> None:
    (tmp_path / "s.csv").write_text("client,at\n" + "".join(f"{one},2026-05-04\n" for one in ids))
    assert intake.take(business(tmp_path, {"path": "s.csv"})).log.customers.to_pylist() == expected


def test_each_file_says_for_itself_whether_its_ids_were_floats(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a.csv").write_text("client,at\n12.0,2026-05-04\n")
    (tmp_path / "d/b.csv").write_text("client,at\n12,2026-05-04\nx.0,2026-05-04\n")
    parquet(tmp_path / "d/c.parquet", client=[12.0, None], at=["2026-05-04"] * 2)
    json_lines(tmp_path / "d/d.jsonl", {"client": 12, "at": "2026-05-04"})
    taken = intake.take(business(tmp_path, {"path": "d"}))
    assert taken.log.customers.to_pylist() == ["12", "x.0"]
    assert taken.log.offsets.tolist() == [0, 4, 5]


def test_a_column_that_some_files_lack_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a.csv").write_text("client,at,n\nann,2026-05-04,2\n")
    (tmp_path / "d/b.csv").write_text("client,at\nbob,2026-05-04\n")
    source = {"path": "d", "columns": {"quantity": "n"}}
    assert intake.take(business(tmp_path, source)).aside.notes == (
        "empty where a file of d lacks the column: 'n', in b.csv",
    )
    assert intake.take(business(tmp_path, source | {"optional": ["n"]})).aside.notes == ()


def test_what_is_mapped_and_empty_on_every_row_is_told_of(tmp_path: Path) -> None:
    line = '{"client": "ann", "at": "2026-05-04", "more": {"shop": "north", "id": 7}}'
    (tmp_path / "s.jsonl").write_text(line + "\n" + line.replace("04", "05"))
    source = {"path": "s.jsonl", "columns": {"store_id": "more.shopp", "product_id": "more.id"}}
    wrong = "there is no field 'shopp' in more"
    with pytest.raises(dataset.DatasetError, match=wrong):
        intake.take(business(tmp_path, source))
    pairs = '{"client": "ann", "at": "2026-05-04", "more": [{"key": "shop", "value": "north"}]}'
    (tmp_path / "s.jsonl").write_text(pairs)
    source = {"path": "s.jsonl", "columns": {"store_id": "more['shopp']"}}
    expected = ("empty on every row of s.jsonl: store_id (more['shopp'])",)
    assert intake.take(business(tmp_path, source)).aside.notes == expected
    source = {"path": "s.jsonl", "columns": {"store_id": "more['shop']"}}
    assert intake.take(business(tmp_path, source)).aside.notes == ()


def test_what_other_files_decide_and_what_numbers_are_taken_for_is_told(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a.csv").write_text("client,at\nann,04/05/2026\n")
    (tmp_path / "d/b.csv").write_text("client;at\nbob;13/05/2026\n")
    notes = intake.take(business(tmp_path, {"path": "d"})).aside.notes
    assert notes == ("read like the other files of d: 'at' by time_format = \"%d/%m/%Y\", in a.csv",)
    (tmp_path / "d/b.csv").write_text("client,at\nbob,13/05/2026\n")  # written alike, so that both are read in one go
    assert intake.take(business(tmp_path, {"path": "d"})).aside.notes == notes
    (tmp_path / "s.csv").write_text("client,at\nann,1777852800\n")
    notes = intake.take(business(tmp_path, {"path": "s.csv"})).aside.notes
    assert notes == ("numbers read as times in s.csv: 'at' by time_format = \"epoch_s\"",)
    told = intake.take(business(tmp_path, {"path": "s.csv", "time_format": "epoch_s"})).aside
    assert told.notes == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (1777852800, "2026-05-04T00:00:00Z"),
        (1777852800.25, "2026-05-04T00:00:00.250000Z"),
        (1777852800123, "2026-05-04T00:00:00.123000Z"),
        (1777852800123456, "2026-05-04T00:00:00.123456Z"),
        (1777852800123456789, "2026-05-04T00:00:00.123456Z"),
        (99_999_999_999, "5138-11-16T09:46:39Z"),
        (100_000_000_000, "1973-03-03T09:46:40Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
    ],
)
def test_a_number_in_a_request_is_an_epoch_whose_unit_it_tells_itself(given: float, expected: str) -> None:
    found = rows.instant(given, UTC)
    assert found is not None
    seconds, rest = divmod(found, clock.SECOND)
    shown = (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds, microseconds=rest)).isoformat()  # noqa: DTZ001
    assert f"{shown}Z" == expected


@pytest.mark.parametrize(
    "given", [True, float("nan"), float("inf"), 1e308, 10**400, -(10**400), 10**21, "1777852800", "04/05/2026"]
)
def test_another_form_is_no_time_of_a_request(given: Any) -> None:
    assert rows.instant(given, UTC) is None
