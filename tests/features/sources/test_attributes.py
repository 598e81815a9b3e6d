"""Attributes: what was known of whom and when, and what is kept aside."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock, dataset
from features.buckets import intake
from features.dataset import Dataset, DatasetError
from features.sources import attributes
from features.sources.attributes import NOT_A_ROW, REASONS, Attributes
from tests.features.shop import json_lines, parquet

NO_CUSTOMER, NO_DATE, INFINITE, UNTOLD, OTHER = REASONS[1:]
COLUMNS = {"customer_id": "client", "valid_from": "since", "region": "region"}
MOVES = "client,since,region\nann,2017-01-01,north\nann,2017-03-01,south\nbob,,east\n"


def at(text: str) -> int:
    """Return an instant that is written in UTC."""
    return clock.parse(text, ZoneInfo("UTC"))


def declared(folder: Path, *tables: dict[str, Any], zone: str = "UTC") -> Dataset:
    """Write a dataset of two events and some tables of attributes, and load it."""
    (folder / "sales.csv").write_text("client,at\nann,2017-01-05\nbob,2017-04-05\n")
    lines = ['name = "shop"', f'zone = "{zone}"', '[[sources]]\npath = "sales.csv"\nevent = "purchase"']
    lines.append('columns = { customer_id = "client", occurred_at = "at" }')
    for table in tables:
        lines.append("[[attributes]]")
        lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
    (folder / "shop.toml").write_text("\n".join(lines), encoding="utf-8")
    return dataset.load(str(folder / "shop.toml"))


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {json.dumps(one)}' for key, one in value.items())} }}"
    return json.dumps(value)


def read(folder: Path, *tables: dict[str, Any], zone: str = "UTC") -> tuple[Attributes, list[tuple[int, str]]]:
    """Return the attributes, and the row or line and the reason of each reject."""
    found, rejects = attributes.read(declared(folder, *tables, zone=zone))
    return found, [(row["row"] or row["line"], row["reason"]) for row in rejects.to_pylist()]


def read_csv(folder: Path, text: str, /, **keys: Any) -> tuple[Attributes, list[tuple[int, str]]]:
    """Read one table, which is a CSV file of a text."""
    (folder / "a.csv").write_text(text, encoding="utf-8")
    zone = keys.pop("zone", "UTC")
    return read(folder, {"path": "a.csv", "columns": COLUMNS} | keys, zone=zone)


def values(found: Attributes, name: str, customers: list[str], as_of: str) -> list[Any]:
    """Return what was known of customers."""
    known: list[Any] = found.at(customers, at(as_of))[name].to_pylist()
    return known


@pytest.mark.parametrize(
    ("as_of", "ann"),
    [
        ("2016-12-31", None),
        ("2017-01-01", None),
        ("2017-01-01T00:00:00.000001", "north"),
        ("2017-03-01", "north"),
        ("2017-03-01T00:00:01", "south"),
        ("2019-01-01", "south"),
    ],
)
def test_a_value_is_known_after_its_date_and_until_the_next(tmp_path: Path, as_of: str, ann: str | None) -> None:
    found, rejects = read_csv(tmp_path, MOVES)
    assert values(found, "region", ["bob", "ann", "eve", "ann"], as_of) == ["east", ann, None, ann]
    assert not rejects


def test_a_row_from_a_later_date_changes_nothing_before_it(tmp_path: Path) -> None:
    before, _ = read_csv(tmp_path, MOVES)
    after, _ = read_csv(tmp_path, f"{MOVES}bob,2017-02-01,west\neve,2017-02-01,west\nann,2017-02-01,\n")
    everyone = ["ann", "bob", "eve"]
    for early in ("2016-01-01", "2017-01-15", "2017-02-01"):
        assert before.at(everyone, at(early)).equals(after.at(everyone, at(early)))
    assert values(after, "region", everyone, "2017-02-02") == [None, "west", "west"]


def test_each_customer_may_have_a_moment_of_its_own(tmp_path: Path) -> None:
    found, _ = read_csv(tmp_path, MOVES)
    moments = np.array([at("2017-02-01"), at("2017-04-01"), at("2016-01-01")])
    assert found.at(["ann", "ann", "ann"], moments)["region"].to_pylist() == ["north", "south", None]


def test_a_date_without_an_offset_begins_in_the_dataset_s_zone(tmp_path: Path) -> None:
    found, _ = read_csv(tmp_path, MOVES, zone="America/New_York")
    assert values(found, "region", ["ann"], "2017-03-01T05:00:00") == ["north"]
    assert values(found, "region", ["ann"], "2017-03-01T05:00:01") == ["south"]


def test_without_valid_from_a_row_is_valid_since_ever(tmp_path: Path) -> None:
    columns = {"customer_id": "client", "region": "region"}
    found, rejects = read_csv(tmp_path, "client,region\nann,north\n", columns=columns)
    assert values(found, "region", ["ann", "bob"], "1900-01-02") == ["north", None]
    assert not rejects


def test_rows_that_cannot_be_used_are_kept_aside_with_the_reason(tmp_path: Path) -> None:
    bad = ",2017-01-01,x\nann,soon,x\n \t,soon,x\nann,0001-01-01,x\nann,2017-03-01,west\nbob,,east\nx,y\n"
    found, rejects = read_csv(tmp_path, MOVES + bad)
    assert rejects == [(4, NO_CUSTOMER), (5, NO_DATE), (6, NO_CUSTOMER), (7, NO_DATE), (8, OTHER), (11, NOT_A_ROW)]
    assert values(found, "region", ["ann", "bob"], "2018-01-01") == ["south", "east"]


def test_the_first_of_different_rows_of_one_date_counts_and_the_others_are_kept_aside(tmp_path: Path) -> None:
    rows = "ann,2017-01-01,a\nann,2017-01-01,\nann,2017-01-01,a\nann,2017-01-01,b\n"
    found, rejects = read_csv(tmp_path, f"client,since,region\n{rows}")
    assert rejects == [(2, OTHER), (4, OTHER)]
    assert values(found, "region", ["ann"], "2018-01-01") == ["a"]


def test_the_type_of_a_column_tells_what_it_is(tmp_path: Path) -> None:
    parquet(
        tmp_path / "a.parquet",
        client=pa.array([1, 2, 3]),
        age=pa.array([30, None, 41], pa.int32()),
        score=[0.5, float("nan"), float("inf")],
        consent=[True, None, False],
        interests=[["tea", "wine"], [], None],
        region=pa.array(["n", " ", "s"]).dictionary_encode(),
    )
    names = ("age", "score", "consent", "interests", "region")
    table = {"path": "a.parquet", "columns": {"customer_id": "client"} | {name: name for name in names}}
    found, rejects = read(tmp_path, table)
    known = found.at(["1", "2", "3"], 0)
    assert [known[name].type for name in names] == [pa.float64(), pa.float64(), pa.bool_(), pa.string(), pa.string()]
    assert known.drop_columns(["customer_id"]).to_pylist() == [
        {"age": 30.0, "score": 0.5, "consent": True, "interests": "tea, wine", "region": "n"},
        dict.fromkeys(names),
        dict.fromkeys(names),
    ]
    assert rejects == [(3, INFINITE)]


@pytest.mark.parametrize(
    ("texts", "read_as"),
    [
        (["true", "FALSE", ""], [True, False, None]),
        (["1", "-2.5", ""], [1.0, -2.5, None]),
        (["1234567,5", "2,25", "3"], [1234567.5, 2.25, 3.0]),
        (["01234", "2", "3"], ["01234", "2", "3"]),
        (["0", "1", "3+"], ["0", "1", "3+"]),
        (["yes", "no", "inf"], ["yes", "no", "inf"]),
        (["", "", ""], [None, None, None]),
    ],
)
def test_text_is_a_number_or_yes_or_no_where_all_of_it_is(tmp_path: Path, texts: list[str], read_as: list[Any]) -> None:
    rows = "".join(f"c{n};;{text}\n" for n, text in enumerate(texts))
    found, _ = read_csv(tmp_path, f"client;since;region\n{rows}")
    assert values(found, "region", ["c0", "c1", "c2"], "2017-01-01") == read_as


def test_a_code_of_digits_may_be_declared_as_text(tmp_path: Path) -> None:
    found, _ = read_csv(tmp_path, "client,since,region\nann,,75001\n", text=["region"])
    assert values(found, "region", ["ann"], "2017-01-01") == ["75001"]


def test_a_table_may_be_filtered_joined_and_written_in_its_own_way(tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text("town,area\nKyoto,west\nTokyo,east\n")
    keys = {
        "where": "state == 'live'",
        "join": {"path": "towns.csv", "on": "town"},
        "time_format": "%d/%m/%Y",
        "columns": COLUMNS | {"region": "area"},
    }
    text = "client,since,town,state\nann,02/01/2017,Kyoto,live\nann,03/01/2017,Tokyo,gone\nbob,01/02/2017,Oz,live\n"
    found, rejects = read_csv(tmp_path, text, **keys)
    assert values(found, "region", ["ann", "bob"], "2017-01-15") == ["west", None]
    assert values(found, "region", ["ann"], "2017-01-02") == [None]
    assert not rejects


def test_each_table_has_dates_of_its_own(tmp_path: Path) -> None:
    json_lines(tmp_path / "b.jsonl", {"id": "bob", "mail": True, "from": "2017-02-01"}, {"id": "ann", "mail": False})
    (tmp_path / "a.csv").write_text(MOVES)
    consent = {"customer_id": "id", "valid_from": "from", "consent_mail": "mail"}
    found, _ = read(tmp_path, {"path": "a.csv", "columns": COLUMNS}, {"path": "b.jsonl", "columns": consent})
    assert found.names == ("region", "consent_mail")
    assert found.at(["bob", "ann"], at("2017-01-15")).to_pylist() == [
        {"customer_id": "bob", "region": "east", "consent_mail": None},
        {"customer_id": "ann", "region": "north", "consent_mail": False},
    ]


def test_ids_are_written_as_those_of_events_are(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", client=pa.array([7.0, 8.0]), region=["n", "s"])
    found, _ = read(tmp_path, {"path": "a.parquet", "columns": {"customer_id": "client", "region": "region"}})
    asked = pa.array([7.0, 8.0]).cast(pa.string())
    assert found.at(asked, 0)["region"].to_pylist() == ["n", "s"]


def test_without_tables_nothing_is_known(tmp_path: Path) -> None:
    found, rejects = read(tmp_path)
    assert found.at(["ann"], 0).to_pylist() == [{"customer_id": "ann"}]
    assert (found.names, rejects) == ((), [])


@pytest.mark.parametrize("rows", ["", ",2017-01-01,x\n"])
def test_a_table_without_a_good_row_knows_nothing(tmp_path: Path, rows: str) -> None:
    found, _ = read_csv(tmp_path, f"client,since,region\n{rows}")
    assert values(found, "region", ["ann"], "2018-01-01") == [None]
    assert found.at([], 0).num_rows == 0


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"path": "gone.csv"}, r"attributes\[0\]\.path: there is no file "),
        (
            {"columns": COLUMNS | {"region": "regoin"}},
            r"attributes\[0\]\.columns\.region: there is no column 'regoin'\. Did",
        ),
        ({"columns": {"customer_id": "id", "region": "region"}}, r"columns\.customer_id: there is no column 'id'"),
        ({"where": "clint == 'x'"}, r"attributes\[0\]\.where: there is no column 'clint'\. Did you mean 'client'"),
        ({"join": {"path": "a.csv", "on": "cliente"}}, r"attributes\[0\]\.join\.on: a\.csv has no column 'cliente'"),
        ({"time_format": "%d/%m/%Y", "columns": {"customer_id": "client", "valid_from": "when"}}, "at least one"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_csv(tmp_path, MOVES, **keys)


def test_the_intake_has_them_and_keeps_their_rejects_beside_those_of_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    (tmp_path / "a.csv").write_text(f"{MOVES},,x\n")
    shop = declared(tmp_path, {"path": "a.csv", "columns": COLUMNS})
    (tmp_path / "sales.csv").write_text("client,at\nann,2017-01-05\n,2017-01-06\n")
    taken = intake.take(shop)
    assert taken.rejects == {"customer_id is missing": 1, NO_CUSTOMER: 1}
    kept = [(row["source"], row["path"], row["row"]) for row in pq.read_table(taken.kept_in).to_pylist()]
    assert kept == [(0, "sales.csv", 2), (1, "a.csv", 4)]
    assert values(taken.attributes, "region", ["ann"], "2018-01-01") == ["south"]
    assert taken.log.customers.to_pylist() == ["ann"]


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 9), st.integers(0, 2)), max_size=30),
    as_of=st.integers(-1, 11),
)
def test_it_is_what_a_walk_over_the_rows_finds(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int | None, int]], as_of: int
) -> None:
    first: dict[tuple[int, int | None], int] = {}
    aside = [n for n, (who, since, value) in enumerate(rows, 1) if first.setdefault((who, since), value) != value]
    known = []
    for who in range(7):
        valid = [(-1 if since is None else since, value) for (w, since), value in first.items() if w == who]
        known.append(max([one for one in valid if one[0] < as_of or one[0] == -1], default=(0, None))[1])
    text = "".join(
        f"c{who},{'' if s is None else f'2017-01-0{s + 1}' if s < 9 else '2017-01-10'},v{v}\n" for who, s, v in rows
    )
    found, rejects = read_csv(tmp_path_factory.mktemp("walk"), f"client,since,region\n{text}")
    asked = found.at([f"c{who}" for who in range(7)], at("2017-01-01") + as_of * clock.DAY)
    assert asked["region"].to_pylist() == [None if value is None else f"v{value}" for value in known]
    assert rejects == [(row, OTHER) for row in aside]


def test_rejects_of_attributes_say_what_is_at_fault(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(
        "id,since,age,score\n,2017-01-01,5,1\na,soon,5,1\nb,2017-01-01,5,x\nb,2017-01-01,6,2\n"
    )
    toml = """
name = "shop"
[[sources]]
path = "s.csv"
event = "purchase"
columns = { customer_id = "id", occurred_at = "since" }
[[attributes]]
path = "s.csv"
where = "score < 9"
columns = { customer_id = "id", valid_from = "since", age = "age" }
"""
    (tmp_path / "shop.toml").write_text(toml)
    _, rejects = attributes.read(dataset.load(str(tmp_path / "shop.toml")))
    assert [(one["line"], one["column"], one["value"], one["reason"]) for one in rejects.to_pylist()] == [
        (2, "id", None, NO_CUSTOMER),
        (3, "since", "soon", NO_DATE),
        (4, "score", "x", UNTOLD),
    ]


def sensitive(folder: Path, consent: str) -> Dataset:
    """Return a business with an attribute, and what is said of consent."""
    (folder / "who.csv").write_text(MOVES, encoding="utf-8")
    declared(folder, {"path": "who.csv", "columns": COLUMNS})
    toml = folder / "shop.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + f"\n[consent]\n{consent}\n", encoding="utf-8")
    return dataset.load(str(toml))


def test_a_sensitive_attribute_is_looked_at_only_of_who_allows_it(tmp_path: Path) -> None:
    whole = sensitive(tmp_path, 'purposes = { profiling = "contract", region = "consent" }\nsensitive = ["region"]')
    found, _ = attributes.read(whole)
    assert found.at(["ann", "bob"], at("2018-01-01"))["region"].to_pylist() == [None, None]

    def ann(purpose: str, customers: pa.Array) -> np.ndarray:
        assert purpose == "region"
        return np.array([one == "ann" for one in customers.to_pylist()])

    allowed = replace(found, allows=ann)
    assert allowed.at(["bob", "ann", "eve"], at("2018-01-01"))["region"].to_pylist() == [None, "south", None]
    plain, _ = attributes.read(sensitive(tmp_path, 'purposes = { profiling = "contract", region = "consent" }'))
    assert plain.at(["ann", "bob"], at("2018-01-01"))["region"].to_pylist() == ["south", "east"]


def test_only_attributes_may_be_sensitive(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"consent\.sensitive\[0\]: got 'regio'\. Did you mean 'region'"):
        sensitive(tmp_path, 'purposes = { profiling = "contract", regio = "consent" }\nsensitive = ["regio"]')
