"""Tables of a database: whole or as they were, whenever a run dies, and for every reader."""

import datetime as dt
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.outputs import address, kept, output, table
from features.remote import copied, postgres
from features.remote.query import Query
from tests.features.outputs.test_output import TABLE
from tests.postgres import server

dying = pytest.importorskip("tests.features.outputs.dying", reason='make setup EXTRAS="postgres" installs the driver')


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with server() as own:
        yield f"{own}/postgres"


@pytest.fixture
def out(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Return the address of a table of this test's own, as commands are given it."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    return Path(f"{base}/t{abs(hash(request.node.name)) % 10**9}")


def asked(base: str, sql: str) -> list[tuple[Any, ...]]:
    with postgres.opened(base, "test") as cursor:
        return postgres.rows(cursor, sql)


def tables(base: str) -> list[str]:
    return [name for (name,) in asked(base, "SELECT relname::text FROM pg_class WHERE relname LIKE '% habitus %'")]


def test_types_and_what_is_unknown_come_back(base: str, out: Path) -> None:
    exact = pa.table({"money": pa.array(["1234567890123456.78", None, "0.01"]).cast(pa.decimal128(18, 2))})
    rows = TABLE.append_column("money", exact["money"]).append_column("many", pa.array([["a", "b"], [], None]))
    rows = rows.append_column("code", pa.array(["x", None, "x"]).dictionary_encode())
    rows = rows.append_column("small", pa.array([255, None, 0], pa.uint8()))
    output.write(rows, out)
    with postgres.opened(base, "test") as cursor:
        cursor.execute(f'SELECT *, money::text AS told FROM "{out.name}"')
        found = cursor.fetch_arrow_table()
    for name in ("customer_id", "as_of", "chance", "visits", "many", "code", "small"):
        assert found[name].to_pylist() == rows[name].to_pylist(), name
    assert found["spend"].to_pylist() == [pc.cast(pa.scalar(0.1), pa.float32()).as_py(), None, None]
    assert found["told"].to_pylist() == ["1234567890123456.78", None, "0.01"]


def test_what_was_written_is_read_as_a_source_as_it_was(
    base: str, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = dt.datetime(2024, 3, 31, 2, 30, 0, 1)  # noqa: DTZ001  as a column without a zone has it
    rows = TABLE.append_column("money", pa.array(["-0.01", None, "99999999.99"]).cast(pa.decimal128(10, 2)))
    rows = rows.append_column("naive", pa.array([day, None, day], pa.timestamp("us")))
    rows = rows.append_column("day", pa.array([day.date(), None, day.date()]))
    rows = rows.append_column("valid_to", pa.array([day, None, day], pa.timestamp("us", "UTC")))
    rows = rows.append_column("yes", pa.array([True, None, False]))
    output.write(rows, out)
    monkeypatch.setenv("SHOP", base)
    (path,) = copied.snapshot({"t": Query("SHOP", table=out.name)}, tmp_path).values()
    found = pq.read_table(path)
    assert found.column_names == rows.column_names
    for name in rows.column_names:
        nan = pa.types.is_floating(rows[name].type)  # which a database has as nothing
        told = pc.if_else(pc.is_nan(rows[name]), None, rows[name]) if nan else rows[name]
        assert found[name].to_pylist() == told.to_pylist(), name
    assert found["valid_to"].type == pa.timestamp("us", "UTC")
    assert found["money"].type == pa.decimal128(10, 2)


def test_a_second_run_replaces_the_first_and_leaves_to_others_what_they_may(base: str, out: Path) -> None:
    output.write(pa.table({"n": [1, 2]}), out)
    with postgres.opened(base, "test") as cursor:
        cursor.execute("CREATE ROLE reader")
        cursor.execute(f'GRANT SELECT ON "{out.name}" TO reader')
    output.write(pa.table({"m": [3]}), out)
    assert asked(base, f"SELECT m, has_table_privilege('reader', '\"{out.name}\"', 'SELECT') FROM \"{out.name}\"") == [
        (3, True)
    ]
    assert not tables(base)


def test_killed_at_any_step_a_reader_sees_the_old_rows_or_the_new(base: str, out: Path) -> None:
    output.write(pa.table({"customer_id": ["old"] * 3, "n": range(3)}), out)
    forks = get_context("forkserver")
    forks.set_forkserver_preload(["tests.features.outputs.dying"])
    for steps in range(100):
        run = forks.Process(target=dying.write, args=(os.environ["HABITUS_HOME"], str(out), steps))
        run.start()
        run.join()
        found = asked(base, f'SELECT customer_id, count(*) FROM "{out.name}" GROUP BY 1')
        if run.exitcode == 0:
            break
        assert run.exitcode == -signal.SIGKILL
        assert found == [("old", 3)], steps  # COMMIT is the last step
    assert found == [("new", 5)]
    assert steps > 20
    assert not tables(base)  # what the dead have left, the last run removed


def test_who_began_to_read_before_never_finds_a_table_empty(base: str, out: Path) -> None:
    output.write(pa.table({"n": [1]}), out)
    with postgres.opened(base, "test") as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        postgres.rows(reader, "SELECT 1")
        writing = threading.Thread(target=output.write, args=(pa.table({"n": [2]}), out))
        writing.start()
        writing.join(1.5)
        assert writing.is_alive()
        assert postgres.rows(reader, f'SELECT n FROM "{out.name}"') == [(1,)]
        reader.execute("COMMIT")
        writing.join(30)
        assert postgres.rows(reader, f'SELECT n FROM "{out.name}"') == [(2,)]


def test_a_reader_who_does_not_end_keeps_the_old_rows(base: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "PATIENCE", 0)
    output.write(pa.table({"n": [1]}), out)
    with postgres.opened(base, "test") as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        postgres.rows(reader, "SELECT 1")
        with pytest.raises(postgres.Unreachable, match="has read for 0 s; the old rows stay"):
            output.write(pa.table({"n": [2]}), out)
        assert postgres.rows(reader, f'SELECT n FROM "{out.name}"') == [(1,)]
    assert not tables(base)


def test_a_table_of_others_is_not_replaced(base: str, out: Path) -> None:
    with postgres.opened(base, "test") as cursor:
        cursor.execute(f'CREATE TABLE "{out.name}" (n int)')
    with pytest.raises(postgres.Unreachable, match="was not written by us"):
        output.write(pa.table({"n": [2]}), out)
    assert asked(base, f'SELECT count(*) FROM "{out.name}"') == [(0,)]
    assert not tables(base)


def test_erased_people_leave_tables_too(base: str, out: Path) -> None:
    ids = [str(n) for n in range(1000)]
    output.write(pa.table({"customer_id": ids, "n": range(1000)}), out)
    (far,) = kept.addresses()
    assert far == address.of(out)
    assert output.found_far(far, "customer_id", ["7", "x"]) == [{"customer_id": "7", "n": 7}]

    def holds(_: str, values: Any) -> Any:
        return np.array([one in {"7", "9"} for one in values.to_pylist()])

    assert output.forget_far(far, ["customer_id", "mail"], holds) == 2
    assert output.found_far(far, "customer_id", ["7", "9"]) == []
    assert asked(base, f'SELECT count(*) FROM "{out.name}"') == [(998,)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("postgresql://u:secret@h/d/t", "got a password, which others could read"),
        ("postgresql://h/d/t?password=secret", "got a password"),
        ("postgresql://h/d", "postgresql://user@host/database/table is allowed"),
        ("postgresql://h/d/a/b", "is allowed"),
        ("s3://bucket/scores.xls", "a name that ends in .csv or .parquet is allowed"),
    ],
)
def test_an_address_that_names_no_table_is_refused_before_anything_is_computed(given: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        output.require(Path(given))
    assert "secret" not in str(error.value)


def test_rows_go_where_the_address_says(base: str, out: Path) -> None:
    asked(base, "SELECT 1")
    with postgres.opened(base, "test") as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS told")
    output.write(pa.table({"n": [1]}), out.with_name(f"told.{out.name}"))
    assert asked(base, f'SELECT n FROM told."{out.name}"') == [(1,)]
