"""Who moved: history and counts of made-up memberships, which say the same and depend on no order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.succession.cuts import Cuts
from training.migration import folder, page, transitions
from training.migration.history import history, stretches
from training.migration.membership import Membership
from training.migration.months import Month
from training.migration.table import left_out, table
from training.migration.transitions import Transitions

MONTHS = tuple(Month(f"2017-{n:02}", n * 10**6) for n in range(1, 5))
VALUE = Cuts.at(1, 2)
ROWS = st.lists(st.lists(st.integers(-1, 2), min_size=4, max_size=4), max_size=12)


def _of(rows: list[list[int]], first: int = 0) -> Membership:
    places = np.array(rows, np.int16).reshape(-1, 4)
    ids = pa.array([f"c{first + n:03}" for n in range(len(rows))], pa.string())
    return Membership(ids, MONTHS, {VALUE.name: places})


def _moves(rows: list[list[int]]) -> Transitions:
    counts = transitions.nothing([VALUE], MONTHS)[VALUE.name]
    transitions.add(counts, _of(rows).places[VALUE.name])
    return transitions.of(VALUE, MONTHS, counts)


@settings(deadline=None)
@given(ROWS)
def test_the_history_says_every_month_again(rows: list[list[int]]) -> None:
    places = np.full((len(rows), 4), -1, np.int16)
    for row, begin, until in zip(*stretches(np.array(rows, np.int16).reshape(-1, 4)), strict=True):
        assert (places[row, begin:until] == -1).all()
        places[row, begin:until] = rows[row][begin]
    assert places.tolist() == rows


@settings(deadline=None)
@given(ROWS)
def test_everybody_is_counted_once_a_month(rows: list[list[int]]) -> None:
    found = _moves(rows)
    for month in range(3):
        before, after = ([row[at] for row in rows] for at in (month, month + 1))
        for place in range(3):
            assert found.counts[month, place].sum() == before.count(place)
            assert found.counts[month, :, place].sum() == after.count(place)
    assert found.counts[:, -1, -1].sum() == 0
    told = found.told(3)
    assert not ((told.counts > 0) & (told.counts < 3)).any()
    assert told.counts.sum() <= found.counts.sum()


def test_the_tables_say_who_entered_left_and_stayed() -> None:
    rows = list(_moves([[0, 0, 1, 1], [-1, -1, 2, 0], [1, 1, 1, -1]]).rows())
    told = [(one["month"], one["from"], one["to"], one["count"]) for one in rows]
    assert told == [
        ("2017-02", "v0", "v0", 1),
        ("2017-02", "v1", "v1", 1),
        ("2017-03", "v0", "v1", 1),
        ("2017-03", "v1", "v1", 1),
        ("2017-03", "", "v2", 1),
        ("2017-04", "v1", "v1", 1),
        ("2017-04", "v1", "", 1),
        ("2017-04", "v2", "v0", 1),
    ]
    found = history(_of([[0, 0, 1, 1], [-1, -1, 2, -1]]), [VALUE]).to_pylist()
    assert [(one["customer_id"], one["segment"]) for one in found] == [("c000", "v0"), ("c000", "v1"), ("c001", "v2")]
    assert [one["valid_from"].microsecond + one["valid_from"].second for one in found] == [1, 3, 3]
    assert [one["valid_to"] and one["valid_to"].second for one in found] == [3, None, 4]


def test_the_files_do_not_tell_how_customers_were_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    rows = np.random.default_rng(0).integers(-1, 3, (60, 4)).tolist()
    cut = [_of(rows[30:45], 30), _of(rows[:30]), _of(rows[45:], 45)]
    found: dict[str, bytes] = {}
    for name, parts in (("whole", [_of(rows)]), ("parts", cut), ("whole", [_of(rows)])):
        moves = folder.write(iter(parts), [VALUE], MONTHS, tmp_path / name, 10**8, "shop")
        told = [one.told(0) for one in moves]
        folder.finish(told, page.page(told, "Segments", ["Of today."]), {"dataset": "shop"}, tmp_path / name)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        assert not found or {path.name: path.read_bytes() for path in files} == found
        found = {path.name: path.read_bytes() for path in files}
    assert set(found) == {
        *(f"{month.name}.parquet" for month in MONTHS),
        "history.parquet", "transitions.csv", "flows.html", "about.json",
    }  # fmt: skip
    first = pq.read_table(tmp_path / "whole" / "membership" / "2017-01.parquet")
    assert first.column_names == ["customer_id", "as_of", "value"]
    assert first["customer_id"].to_pylist() == sorted(first["customer_id"].to_pylist())
    assert first.num_rows == sum(row[0] >= 0 for row in rows)
    folder.write(iter([_of(rows)]), [VALUE], MONTHS, tmp_path / "whole", 10**8, "shop")
    (tmp_path / "whole" / "membership" / "2016-01.parquet").touch()
    (tmp_path / "whole" / "membership" / "mine.parquet").touch()
    folder.write(iter([_of(rows)]), [VALUE], MONTHS, tmp_path / "whole", 10**8, "bakery")
    assert (tmp_path / "whole" / "membership" / "2016-01.parquet").exists()  # another's
    folder.write(iter([_of(rows)]), [VALUE], MONTHS, tmp_path / "whole", 10**8, "shop")
    left = {path.name for path in (tmp_path / "whole" / "membership").iterdir()}
    assert left == {"mine.parquet", *(f"{month.name}.parquet" for month in MONTHS)}


def test_people_are_forgotten_and_what_a_killed_run_left_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    folder.write(iter([_of([[0, 0, 1, 1], [1, 1, 1, 1]])]), [VALUE], MONTHS, tmp_path, 10**8, "shop")
    (tmp_path / "membership" / ".2017-01.parquet.ab.draft").write_text("c000")
    paths = [path for path in tmp_path.rglob("*.parquet*") if path.is_file()]
    assert (
        folder.forget(paths, ["customer_id"], lambda _, ids: np.array([one == "c000" for one in ids.to_pylist()])) == 7
    )
    assert pq.read_table(tmp_path / "history.parquet")["customer_id"].to_pylist() == ["c001"]
    assert not list((tmp_path / "membership").glob(".*"))


def test_what_is_older_than_is_kept_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    assert folder.older(tmp_path, 3 * 10**6) == 0
    folder.write(iter([_of([[0, 1, 2, 2], [1, 1, 1, 1]])]), [VALUE], MONTHS, tmp_path, 10**8, "shop")
    assert folder.older(tmp_path, 3 * 10**6) == 2 + 2 + 1  # two months of two customers, one stretch
    assert folder.older(tmp_path, 3 * 10**6) == 0
    assert sorted(path.stem for path in (tmp_path / "membership").iterdir()) == ["2017-03", "2017-04"]
    assert pq.read_table(tmp_path / "history.parquet")["segment"].to_pylist() == ["v1", "v2", "v1"]


def test_the_newest_month_is_printed() -> None:
    said = table(_moves([[0, 0, 1, 1], [-1, -1, 2, 0], [1, 1, 1, -1], [-1, -1, -1, 2]]))
    assert [str(column.header) for column in said.columns] == ["from \\ to", "v0", "v1", "v2", "left", "stayed"]
    assert [list(column.cells) for column in said.columns[3:]] == [
        ["", "", "", "1"],
        ["", "1", "", ""],
        ["", "50%", "0%", ""],
    ]


def test_a_page_of_one_month_and_of_hidden_cells_says_so() -> None:
    one = transitions.of(VALUE, MONTHS[:1], np.zeros((0, 4, 4), np.int64))
    assert "There is one month alone" in page.page([one], "x", [])
    hidden = _moves([[0, 0, 1, 1], [-1, -1, 2, 0]]).told(5)
    assert "moves are not shown: some are of few customers" in page.page([hidden], "<x>", ["a & b"])
    assert "<title>&lt;x&gt;</title>" in page.page([hidden], "<x>", ["a & b"])


def test_a_move_of_few_does_not_follow_from_the_months_beside_it() -> None:
    rows = [[0, 0, 0, 1]] * 30 + [[0, 0, 1, 1]] * 3 + [[1, 1, 1, 1]] * 40
    told = _moves(rows).told(20)
    assert [one["count"] for one in told.rows()] == [33, 40, None, None, None, None, 30, 43]
    last = replace(told, months=MONTHS[:3], counts=told.counts[:2], hidden=told.hidden[:2])
    said = table(last)
    assert [list(column.cells) for column in said.columns[1:]] == [
        ["?", "?", ""], ["?", "?", ""], ["", "", ""], ["?", "?", ""],
    ]  # fmt: skip
    assert left_out(last, 20).startswith("4 cells (?) are not told: some are of fewer than 20 customers")
    assert left_out(told, 20) == ""  # the month that is shown hides nothing


def test_segments_of_few_are_told_as_one() -> None:
    told = _moves([[0, 0, 0, 0]] * 30 + [[1, 1, 1, 1]] * 3 + [[2, 2, 2, 2]] * 25).told(20)
    assert [segment.name for segment in told.segments] == ["v0", "v1+v2"]
    assert told.counts[0].tolist() == [[30, 0, 0], [0, 28, 0], [0, 0, 0]]
    nothing = _moves([[0, 0, 0, 0]] * 3).told(20)
    assert nothing.hidden.sum() == 3 * (16 - 1)
    assert all(one["count"] is None and (one["from"] or one["to"]) for one in nothing.rows())
