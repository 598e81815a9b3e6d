"""The intake: a dataset in order, and a file of the rows that could not be used."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import clock, settings
from features.buckets import intake
from features.dataset import Dataset, DatasetError
from features.log.as_of import Base
from features.log.log import NoEvents
from features.sources import batch
from tests.features.shop import business

NO_CUSTOMER, NO_TIME = batch.REASONS[1:3]
GOOD = "ann,2017-05-01\nbob,2017-05-02\nann,2017-05-03\n"
BAD = ",2017-05-01\nann,soon\nx\nbob,later\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def shop(folder: Path, rows: str) -> Dataset:
    (folder / "s.csv").write_text(f"client,at\n{rows}")
    return business(folder, {"path": "s.csv"})


def test_the_good_rows_are_in_the_log_and_counted(tmp_path: Path) -> None:
    taken = intake.take(shop(tmp_path, GOOD + BAD))
    assert taken.tally.rows.tolist() == [3]
    assert (taken.log.customers.to_pylist(), len(taken.log)) == (["ann", "bob"], 3)


def test_the_rows_that_could_not_be_used_are_counted_and_kept_in_a_file(tmp_path: Path, home: Path) -> None:
    taken = intake.take(shop(tmp_path, GOOD + BAD))
    assert taken.rejects == {NO_CUSTOMER: 1, NO_TIME: 2, batch.NOT_A_ROW: 1}
    assert taken.kept_in == settings.rejects("shop")
    assert taken.kept_in.is_relative_to(home)
    kept = pq.read_table(taken.kept_in).to_pylist()
    assert [(row["path"], row["row"], row["line"], row["reason"]) for row in kept] == [
        ("s.csv", 4, 5, NO_CUSTOMER),
        ("s.csv", 5, 6, NO_TIME),
        ("s.csv", 6, 8, NO_TIME),
        ("s.csv", None, 7, batch.NOT_A_ROW),
    ]
    assert taken.said() == [
        f"kept aside: 1 rows: {NO_CUSTOMER} (such as s.csv line 5: client is missing)",
        f"kept aside: 2 rows: {NO_TIME} (such as s.csv line 6: at is 'soon'; s.csv line 8: at is 'later')",
        f"kept aside: 1 rows: {batch.NOT_A_ROW} (such as s.csv line 7)",
        f"all of them are in {taken.kept_in}",
    ]


def test_where_all_rows_are_good_no_file_is_left_and_nothing_said(tmp_path: Path) -> None:
    before = intake.take(shop(tmp_path, GOOD + BAD))
    assert before.kept_in.is_file()
    after = intake.take(shop(tmp_path, GOOD))
    assert (after.rejects, after.said()) == ({}, [])
    assert not after.kept_in.exists()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "The sources are empty."),
        (BAD, f"1 rows: {NO_CUSTOMER}; 2 rows: {NO_TIME}; 1 rows: {batch.NOT_A_ROW}"),
    ],
)
def test_where_no_row_is_good_it_is_said_why(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(NoEvents) as caught:
        intake.take(shop(tmp_path, rows))
    assert str(caught.value) == f"dataset 'shop': there is no event that can be used. {said}"
    assert settings.rejects("shop").exists() == bool(rows)


def test_a_source_that_cannot_be_read_leaves_the_file_of_the_time_before(tmp_path: Path) -> None:
    shelf = intake.take(shop(tmp_path, GOOD + BAD)).kept_in
    (tmp_path / "s.csv").unlink()
    with pytest.raises(DatasetError, match=r"sources\[0\]\.path: there is no file "):
        intake.take(business(tmp_path, {"path": "s.csv"}))
    assert isinstance(pq.read_table(shelf), pa.Table)


ROWS = "ann,2017-05-01T10:00\nann,2017-05-02T10:00\nbob,2017-05-03T10:00\n"
"""The last day may go on: the data end at its start."""


@pytest.mark.parametrize(
    ("keys", "end", "now"),
    [
        ({}, "2017-05-03", False),
        ({"end": "2017-05-02"}, "2017-05-02", False),
        ({"as_of": '"now"'}, "2017-05-03", True),
    ],
)
def test_the_base_is_the_end_of_the_data_unless_it_is_now(
    tmp_path: Path, keys: dict[str, str], end: str, now: bool
) -> None:
    (tmp_path / "s.csv").write_text(f"client,at\n{ROWS}")
    log = intake.take(business(tmp_path, {"path": "s.csv"}, **keys)).log
    assert log.base == Base(clock.parse(end, ZoneInfo("UTC")), now)


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        ("bob,2017-05-04T23:59\n", 4),  # the day after the last one: it may have begun
        ("bob,2017-08-05T10:00\n", 3),
        ("bob,2099-01-01\n", 3),
    ],
)
def test_rows_of_the_day_begun_stay_and_later_ones_are_kept_aside(tmp_path: Path, later: str, kept: int) -> None:
    hourly = "".join(f"cid,2017-05-0{day}T{hour:02}:00\n" for day in (1, 2, 3) for hour in range(24))
    taken = intake.take(shop(tmp_path, hourly + ROWS + later))
    assert len(taken.log) == 72 + kept
    assert sum(taken.rejects.values()) == 4 - kept
    assert set(taken.rejects) <= {"occurred_at is after the data's end"}
