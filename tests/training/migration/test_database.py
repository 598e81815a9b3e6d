"""A migration in a database: its tables change all at once, and the history has its spans."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from features.outputs import kept, output
from features.remote import postgres
from features.remote.postgres import Unreachable
from tests.postgres import server
from training.migration import database
from training.migration.place import HISTORY, MEMBERSHIP, TRANSITIONS

JAN, FEB = (dt.datetime(2024, month, 1, tzinfo=dt.UTC) for month in (1, 2))
MOMENT = pa.timestamp("us", "UTC")


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with server() as own:
        yield f"{own}/postgres"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    spans = {"valid_from": pa.array([JAN, FEB], MOMENT), "valid_to": pa.array([FEB, None], MOMENT)}
    output.write(pa.table({"customer_id": ["a", "a"], **spans}), tmp_path / HISTORY)
    for month, segment in (("2024-01", "new"), ("2024-02", "loyal")):
        output.write(pa.table({"customer_id": ["a"], "value": [segment]}), tmp_path / MEMBERSHIP / f"{month}.parquet")
    output.write(pa.table({"month": ["2024-02"], "moved": [1]}), tmp_path / TRANSITIONS)
    return tmp_path


def test_the_history_has_its_spans_and_the_others_stand_beside_it(base: str, folder: Path) -> None:
    for _ in range(2):
        database.write(folder, f"{base}/segments")
    with postgres.opened(base, "test") as cursor:
        spans = postgres.rows(cursor, "SELECT valid_from, valid_to FROM segments ORDER BY valid_from")
        assert [(one.timestamp(), two and two.timestamp()) for one, two in spans] == [
            (JAN.timestamp(), FEB.timestamp()),
            (FEB.timestamp(), None),
        ]
        assert postgres.rows(cursor, "SELECT value FROM segments_membership ORDER BY 1") == [("loyal",), ("new",)]
        assert postgres.rows(cursor, "SELECT moved FROM segments_transitions") == [(1,)]
    assert kept.addresses() == [f"{base}/segments", f"{base}/segments_membership"]


def test_where_one_of_them_is_of_others_none_is_replaced(base: str, folder: Path) -> None:
    with postgres.opened(base, "test") as cursor:
        cursor.execute("CREATE TABLE mine_transitions (n int)")
    with pytest.raises(Unreachable, match=r"public\.mine_transitions was not written by us"):
        database.write(folder, f"{base}/mine")
    with postgres.opened(base, "test") as cursor:
        assert postgres.rows(cursor, "SELECT to_regclass('mine')::text") == [(None,)]


def test_what_names_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="a folder of this machine, or postgresql://"):
        database.require("s3://bucket/segments")
    with pytest.raises(ValueError, match=r"beside it stands a{40}_transitions: 34 bytes are allowed"):
        database.require(f"postgresql://h/d/{'a' * 40}")
