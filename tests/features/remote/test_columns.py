"""Columns of PostgreSQL: each type comes out of Parquet as what it was, or is refused in one line."""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from features.remote import copied, postgres
from features.remote.query import Query
from tests.postgres import server

UTC = datetime.UTC
NAIVE = datetime.datetime(1, 1, 1)  # noqa: DTZ001  as a column without a zone is told


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server() as own:
        yield f"{own}/postgres"


@pytest.fixture
def asked(address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SHOP", address)
    return "SHOP"


def values(database: str, sql: str, folder: Path) -> list[Any]:
    """Return the only column of a query, by way of Parquet."""
    copied.snapshot({"t": Query(database, query=sql)}, folder)
    table = pq.read_table(folder / "t.parquet")
    return [table.schema.field(0).type, *table.column(0).to_pylist()]


@pytest.mark.parametrize(
    ("sql", "kind", "told"),
    [
        ("1::smallint", "int16", 1),
        ("9007199254740993::bigint", "int64", 9007199254740993),
        ("'x'::varchar(9)", "string", "x"),
        ("'x'::char(9)", "string", "x"),
        ("true", "bool", True),
        ("1234567890123456.78::numeric(18,2)", "decimal128(18, 2)", Decimal("1234567890123456.78")),
        ("12345678901234567890.1234::numeric", "decimal128(24, 4)", Decimal("12345678901234567890.1234")),
        (
            "1234567890123456789012345678.1234567891::numeric(38,10)",
            "decimal128(38, 10)",
            Decimal("1234567890123456789012345678.1234567891"),
        ),
        ("0.5::numeric(39,10)", "string", "0.5000000000"),
        ("1500::numeric(5,-2)", "decimal128(7, 0)", Decimal(1500)),
        ("1.5::numeric", "decimal128(2, 1)", Decimal("1.5")),
        ("'NaN'::numeric", "string", "NaN"),
        ("1e40::numeric", "string", "1" + "0" * 40),
        ("timestamp '2024-02-29 10:00'", "timestamp[us]", NAIVE.replace(year=2024, month=2, day=29, hour=10)),
        ("timestamptz '2024-02-29 10:00+02'", "timestamp[us, tz=UTC]", datetime.datetime(2024, 2, 29, 8, tzinfo=UTC)),
        ("timestamptz 'infinity'", "timestamp[us, tz=UTC]", datetime.datetime(9999, 12, 31, tzinfo=UTC)),
        ("timestamp '-infinity'", "timestamp[us]", NAIVE),
        ("date '294000-01-01'", "date32[day]", datetime.date(9999, 12, 31)),
        ("'5b3f6ac0-0000-4000-8000-000000000001'::uuid", "string", "5b3f6ac0-0000-4000-8000-000000000001"),
        ("'{\"a\": 1}'::jsonb", "string", '{"a": 1}'),
        ("array['a','b']", "list<element: string>", ["a", "b"]),
        ("interval '1 day'", "string", "1 day"),
        ("inet '10.0.0.1'", "string", "10.0.0.1/32"),
    ],
)
def test_a_type_comes_as_what_it_was(asked: str, tmp_path: Path, sql: str, kind: str, told: Any) -> None:
    found = values(asked, f"SELECT {sql} AS c UNION ALL SELECT NULL", tmp_path)
    if sql.endswith(")") and "::numeric(" in sql:  # a union forgets how wide a number is
        found = [*values(asked, f"SELECT {sql} AS c", tmp_path), None]
    assert [str(found[0]), *found[1:]] == [kind, told, None]


def test_an_enum_comes_as_its_label(asked: str, address: str, tmp_path: Path) -> None:
    with postgres.opened(address, "test") as cursor:
        cursor.execute("CREATE TYPE mood AS ENUM ('well', 'ill')")
    assert values(asked, "SELECT 'ill'::mood AS c", tmp_path)[1:] == ["ill"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1::money AS c", "column 'c' is money: read it by a query that casts it, or not."),
        ("SELECT '{1.5}'::numeric[] AS c", "column 'c' is numeric[]"),
        ("SELECT point '(1,2)' AS c", "column 'c' is point"),
        ("SELECT 1 AS c, 2 AS c", "two columns are called 'c'"),
        ("SELECT 'NaN'::numeric(5,2) AS c", "column 'c' holds NaN"),
        ("SELECT nope", 'column "nope" does not exist'),
        ("SELECT 1/0 AS c", "division by zero"),
        ("DELETE FROM pg_class", "syntax error"),
    ],
)
def test_what_has_no_place_is_refused_in_one_line(asked: str, tmp_path: Path, sql: str, said: str) -> None:
    with pytest.raises(postgres.Unreachable) as error:
        values(asked, sql, tmp_path)
    assert said in str(error.value)
    assert str(error.value).startswith("tables.t: ")
    assert "\n" not in str(error.value)
