"""Copies: rows of several files of one source, told of or dropped by the multiset union; twins of a file stay."""

from pathlib import Path
from typing import Any

import pytest

from features.buckets import intake
from features.buckets.intake import Intake
from features.dataset import DatasetError
from features.sources.batch import COPIED, REASONS
from tests.features.shop import business

HEAD = "client,at,order,item,paid\n"
MAY = "ann,2017-05-01,o1,tea,5\nann,2017-05-01,o1,tea,5\nann,2017-05-02,o2,tea,5\nbob,2017-05-02,o3,tea,7\n"
JUNE = "ann,2017-05-01,o1,tea,5\nann,2017-05-02,o2,tea,5\nann,2017-05-02,o2,tea,5\nann,2017-05-02,o2,tea,5\n"
COLUMNS = {"order_id": "order", "product_id": "item", "amount": "paid"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def taken(folder: Path, *files: str, **keys: Any) -> Intake:
    """Read files of a folder as one source."""
    (folder / "sales").mkdir()
    for number, text in enumerate(files):
        (folder / "sales" / f"{number}.csv").write_text(HEAD + text)
    return intake.take(business(folder, {"path": "sales", "columns": COLUMNS} | keys, end="2018-01-01"))


def test_copies_are_told_of_and_kept(tmp_path: Path) -> None:
    found = taken(tmp_path, MAY, JUNE)
    assert len(found.log) == 8
    # o1 stands twice in May and once in June: one too many. o2 once in May and three times in June: one too many.
    across, within = found.aside.notes
    assert across.startswith("2 rows of sales stand in another of its files, too, with the same customer, kind, time")
    assert across.endswith("(such as 0.csv line 3 and 1.csv line 2)")
    # Within May o1 is once too many, within June o2 twice.
    assert within.startswith("3 of 8 rows of sales are the same as another of their file")


def test_dropped_is_what_is_more_than_in_the_file_that_has_most(tmp_path: Path) -> None:
    found = taken(tmp_path, MAY, JUNE, duplicates="drop")
    assert found.rejects == {REASONS[COPIED]: 2}
    amounts = dict(zip(found.log.customers.to_pylist(), [5, 1], strict=True))  # o1 twice, o2 three times; o3 once
    assert amounts == {"ann": 5, "bob": 1}
    assert found.log.offsets.tolist() == [0, 5, 6]
    assert found.tally.rows.tolist() == [6]
    assert found.aside.notes == ()


def test_the_order_of_the_files_does_not_change_the_log(tmp_path: Path) -> None:
    logs = []
    for name, files in (("one", (MAY, JUNE)), ("other", (JUNE, MAY))):
        (tmp_path / name).mkdir()
        logs.append(taken(tmp_path / name, *files, duplicates="drop").log.digest)
    assert logs[0] == logs[1]


def test_what_differs_in_one_thing_is_no_copy(tmp_path: Path) -> None:
    other = (
        "bob,2017-05-01,o1,tea,5\nann,2017-05-03,o1,tea,5\nann,2017-05-01,o9,tea,5\nann,2017-05-01,o1,jam,5\n"
        "ann,2017-05-01,o1,tea,6\n"
    )
    found = taken(tmp_path, "ann,2017-05-01,o1,tea,5\n", other, duplicates="drop")
    assert (len(found.log), found.rejects) == (6, {})


def test_copies_of_two_sources_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + "ann,2017-05-01,o1,tea,5\n")
    source = {"path": "a.csv", "columns": COLUMNS, "duplicates": "drop"}
    found = intake.take(business(tmp_path, source, source, end="2018-01-01"))
    assert (len(found.log), found.aside.notes) == (2, ())


def test_rows_with_ids_are_told_apart_by_them(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"duplicates: got 'drop'; rows with an event_id are told apart by it"):
        taken(tmp_path, MAY, columns=COLUMNS | {"event_id": "order"}, duplicates="drop")
