"""Copies: a dataset's tables of a database, as one moment had them, on the road that files take."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from features import dataset as datasets
from features import settings
from features.buckets import intake
from features.outputs import table
from features.remote import copied, postgres
from features.remote.copied import Copies
from features.remote.query import Query
from tests.postgres import server

SALES = """\
CREATE SCHEMA shop;
CREATE TABLE shop.sales (id bigint PRIMARY KEY, client text, at timestamp, paid numeric(12, 2), kind text);
INSERT INTO shop.sales VALUES
  (3, 'b', '2024-01-03 10:00', 7.10, 'S'), (1, 'a', '2024-01-01 10:00', 12345.67, 'S'), (2, 'a', NULL, 1, 'S'),
  (4, 'b', '2024-01-04 10:00', NULL, 'X'), (5, 'c', 'infinity', 3.3, 'S'), (6, NULL, '2024-01-04 10:00', 3.3, 'S');
CREATE TABLE shop.people (client text, town text);
INSERT INTO shop.people VALUES ('a', 'Graz'), ('b', 'Bern');
"""
TOML = """\
name = "shop"
zone = "Europe/Vienna"
[tables.sales]
database = "SHOP"
table = "shop.sales"
[tables.people]
database = "SHOP"
query = "SELECT client, upper(town) AS town FROM shop.people ORDER BY client;"
[[sources]]
path = "{sales}"
event = "purchase"
where = "kind == 'S'"
[sources.columns]
customer_id = "client"
occurred_at = "at"
amount = "paid"
[[attributes]]
path = "{people}"
columns = {{ customer_id = "client", region = "town" }}
"""
CSV = """\
id,client,at,paid,kind
1,a,2024-01-01 10:00,12345.67,S
2,a,,1,S
3,b,2024-01-03 10:00,7.10,S
4,b,2024-01-04 10:00,,X
5,c,9999-12-31 00:00,3.3,S
6,,2024-01-04 10:00,3.3,S
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server() as own, postgres.opened(f"{own}/postgres", "test") as cursor:
        for one in SALES.split(";\n"):
            if one.strip():
                cursor.execute(one)
        yield f"{own}/postgres"


@pytest.fixture
def shop(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOP", address)
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    path = tmp_path / "shop.toml"
    path.write_text(TOML.format(sales="table:sales", people="table:people"), encoding="utf-8")
    return path


def test_a_table_gives_the_events_the_attributes_and_the_rejects_of_the_same_rows_in_files(shop: Path) -> None:
    of_tables = intake.take(datasets.load(str(shop)))
    (shop.parent / "sales.csv").write_text(CSV, encoding="utf-8")
    (shop.parent / "people.csv").write_text("client,town\na,GRAZ\nb,BERN\n", encoding="utf-8")
    shop.write_text(TOML.format(sales="sales.csv", people="people.csv"), encoding="utf-8")
    of_files = intake.take(datasets.load(str(shop)))
    assert of_tables.log.counts == of_files.log.counts == (2, 2)
    for name, column in of_files.log.columns.items():
        assert of_tables.log.columns[name].tolist() == column.tolist(), name
    assert of_tables.aside.rejects == of_files.aside.rejects
    (told,), as_files = of_tables.attributes.histories, of_files.attributes.histories[0]
    assert told.columns["region"].to_pylist() == as_files.columns["region"].to_pylist() == ["GRAZ", "BERN"]


def test_all_tables_of_a_reading_tell_of_one_moment(shop: Path, address: str) -> None:
    business = datasets.load(str(shop))
    before = business.path("table:sales").stat().st_size
    with postgres.opened(address, "test") as cursor:
        cursor.execute("INSERT INTO shop.people VALUES ('c', 'Wien')")
        try:
            held = business.path("table:people"), datasets.load(str(shop)).path("table:people")
            rows = [pq.read_metadata(path).num_rows for path in held[:1]]
        finally:
            cursor.execute("DELETE FROM shop.people WHERE client = 'c'")
    assert rows == [2]
    assert business.path("table:sales").stat().st_size == before


def emptied(address: str) -> None:
    with postgres.opened(address, "other") as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
        cursor.execute("TRUNCATE shop.people, shop.sales")


def test_a_table_that_is_emptied_behind_the_snapshot_is_still_whole_in_it(
    shop: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, said = copied.write, []

    def slowly(*given: Any) -> None:
        try:
            emptied(address)
        except postgres.Unreachable as error:
            said.append(str(error))
        write(*given)

    monkeypatch.setattr(copied, "write", slowly)
    business = datasets.load(str(shop))
    assert pq.read_metadata(business.path("table:people")).num_rows == 2
    assert said == ["other: canceling statement due to lock timeout"] * 2


def test_names_views_and_queries_are_found_as_the_database_has_them(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP", address)
    with postgres.opened(address, "test") as cursor:
        for one in (
            """CREATE TABLE shop."My ""Own"" Sales" ("given" text, "a ""b"" %s" int)""",
            """INSERT INTO shop."My ""Own"" Sales" VALUES ('x', 1)""",
            """CREATE VIEW shop.seen AS SELECT * FROM shop."My ""Own"" Sales" """,
        ):
            cursor.execute(one)
        queries = {
            "t": Query("SHOP", table='shop.My "Own" Sales'),
            "v": Query("SHOP", table="shop.seen"),
            "q": Query("SHOP", query="""SELECT * FROM shop.seen JOIN shop.people ON client <> "given" LIMIT 1"""),
        }
        assert copied.lockable(cursor, queries["t"]) == ['shop."My ""Own"" Sales"']
        assert copied.lockable(cursor, queries["v"]) == ["shop.seen"]
        assert set(copied.lockable(cursor, queries["q"])) == {"shop.people", 'shop."My ""Own"" Sales"'}
    for name, path in copied.snapshot(queries, tmp_path).items():
        assert pq.read_table(path).slice(0, 1).to_pylist()[0]['a "b" %s'] == 1, name


def test_copies_are_gone_when_nobody_reads_them_any_more(shop: Path) -> None:
    business = datasets.load(str(shop))
    assert business.path("table:sales").is_file()
    business.let_go()
    assert not list((settings.cache() / "scratch").glob("*/*.parquet"))
    assert business.path("table:sales").is_file()
    del business
    gc.collect()
    assert not list((settings.cache() / "scratch").glob("*/*.parquet"))


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ("", "SHOP is to hold an address, postgresql://host/database; got no such variable."),
        ("mysql://x", "got something else."),
        ("postgresql://habitus:secret@127.0.0.1:1/x", "Connection refused"),
        ("postgresql://habitus:secret@127.0.0.1:port/x", "its address cannot be read"),
        ("postgresql://habitus:sec/ret@127.0.0.1:1/x", "its address cannot be read"),
        ("postgresql://habitus@127.0.0.1:port/x", "its address cannot be read"),
    ],
)
def test_a_database_that_is_not_there_is_told_in_one_line_without_its_password(
    shop: Path, monkeypatch: pytest.MonkeyPatch, database: str, said: str
) -> None:
    monkeypatch.setenv("SHOP", database)
    with pytest.raises(datasets.DatasetError) as error:
        datasets.load(str(shop)).path("table:sales")
    assert said in str(error.value)
    assert "secret" not in str(error.value)
    assert "ret@" not in str(error.value)


def test_a_table_that_is_not_declared_is_refused_with_the_nearest_name(shop: Path) -> None:
    with pytest.raises(datasets.DatasetError, match=r"tables: there is no table 'sale'.*sales"):
        datasets.load(str(shop)).path("table:sale")


def test_a_query_that_asks_nothing_or_twice_is_refused(shop: Path) -> None:
    shop.write_text(shop.read_text().replace('table = "shop.sales"', ""), encoding="utf-8")
    with pytest.raises(datasets.DatasetError, match="one of table and query is needed; got neither"):
        datasets.load(str(shop))
    assert Query("X", "a", "b").wrong("a").endswith("got both.")


def test_a_path_of_this_machine_is_not_far() -> None:
    assert [copied.is_far(one) for one in ("a.csv", "table:x", "s3://b/x.csv", "C:/x")] == [False, True, True, False]
    assert Copies({})


@pytest.mark.parametrize("told", ["se%zzcret", "secret/x", "se@cret", "secret#x", "secret@[::1]x", "1?cret"])
def test_an_address_that_a_password_makes_unreadable_is_refused_without_a_part_of_it(told: str) -> None:
    address = f"postgresql://u:{told}@127.0.0.1:1/x"
    with (
        pytest.raises(postgres.Unreachable, match="its address cannot be read") as error,
        postgres.opened(address, "w"),
    ):
        pass
    assert "cret" not in str(error.value)
    with pytest.raises(ValueError, match="OUT: got an address that cannot be read") as refused:
        table.target(f"{address}/t")
    assert "cret" not in str(refused.value)


def test_what_a_server_says_of_a_row_is_told_without_what_stands_in_it(address: str) -> None:
    cast = "SELECT 'ann@shop.example'::text::integer"
    with pytest.raises(postgres.Unreachable) as error, postgres.opened(address, "w") as cursor:
        postgres.rows(cursor, cast)
    assert str(error.value) == "w: invalid input syntax for type integer"


@pytest.mark.parametrize("rest", ["", "h/d", "u@h,i:5/d", "u:p%40@[::1]:5432/d", "%2Frun/d", "/d?host=/run&user=a@b"])
def test_an_address_as_libpq_has_it_is_readable(rest: str) -> None:
    assert postgres.is_readable(f"postgresql://{rest}") is (rest != "/d?host=/run&user=a@b")
