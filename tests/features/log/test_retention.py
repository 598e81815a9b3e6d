"""What is older than the retention is seen by no feature, in no log, and its customers are not known."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock, dataset
from features.buckets import intake
from features.buckets.daily import Daily
from features.clock import DAY
from features.kernel import matrix
from features.kernel.scan import source
from features.log import ends
from features.log.log import NoEvents
from features.log.spine import everyone
from tests.conftest import run_here
from tests.features.kernel.test_kernel import AS_OF, KERNEL, delays, events, log_of
from tests.features.shop import business

UTC = ZoneInfo("UTC")


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(events, delays), min_size=1, max_size=40),
    days=st.one_of(st.integers(1, 400), st.sampled_from([28, 84, 364])),
    late=st.booleans(),
)
def test_the_whole_catalogue_is_as_if_older_rows_had_never_been(
    rows: list[tuple[dict[str, Any], int]], days: int, late: bool
) -> None:
    every = [row | ({"recorded_at": row["occurred_at"] + max(delay, 0)} if late else {}) for row, delay in rows]
    whole = replace(log_of(every), retention=days * DAY)
    customers = np.arange(len(whole.customers), dtype=np.int64)
    got = KERNEL.exact(whole, customers, np.full(customers.size, AS_OF))
    kept = [row for row in every if row["occurred_at"] >= AS_OF - days * DAY]
    young = log_of(kept) if kept else None
    known = whole.known(AS_OF, customers)
    for customer in customers.tolist():
        place = None if young is None else young.positions.get(whole.customers[customer].as_py())
        if young is None or place is None:
            assert not known[customer]
            continue
        one = np.array([place])
        expected = KERNEL.exact(young, one, np.full(1, AS_OF))[0]
        assert known[customer] == young.known(AS_OF, one)[0]
        for name, value, other in zip(KERNEL.names, got[customer], expected, strict=True):
            assert value == other or (math.isnan(value) and math.isnan(other)), name


def test_who_is_known_has_an_event_that_is_young_enough_and_had_arrived() -> None:
    nothing = {"kind": 0, "amount": 100, "quantity": 1, "discount": 0}
    rows = [
        nothing | {"customer_id": who, "occurred_at": AS_OF - days * DAY, "recorded_at": AS_OF - arrived * DAY}
        for who, days, arrived in (("edge", 10, 10), ("late", 3, -1), ("late", 20, 20), ("old", 11, 2))
    ]
    log = log_of(rows)
    bounded, asked = replace(log, retention=10 * DAY), np.arange(3)
    assert log.customers.to_pylist() == ["edge", "late", "old"]
    assert bounded.known(AS_OF, asked).tolist() == [True, False, False]
    assert bounded.known(AS_OF + 1, asked).tolist() == [False, False, False]
    assert bounded.known(AS_OF + DAY + 1, asked).tolist() == [False, True, False]
    assert bounded.known(np.full(3, AS_OF - 2 * DAY + 1), asked).tolist() == [True, False, True]
    assert log.known(AS_OF, asked).tolist() == [True, True, True]
    assert bounded.known_before(AS_OF).tolist() == [0]
    assert bounded.known(np.array([[AS_OF, AS_OF + DAY + 1]])).tolist() == [
        [True, False],
        [False, True],
        [False, False],
    ]
    assert everyone(bounded, [AS_OF, AS_OF - 2 * DAY + 1]).customers.tolist() == [0, 0, 2]
    assert matrix.spine(bounded, [AS_OF])[0].tolist() == [0]
    assert bounded.all_known().retention is None


def test_a_text_without_retention_is_that_of_before() -> None:
    plain = source(KERNEL.features)
    bounded = source(KERNEL.features, bounded=True)
    line = "        first = before(time, first, stop, as_of - retention)  # what is older is not seen\n"
    assert bounded.count(line) == bounded.count(", out, retention):") == 1
    assert bounded.replace(line, "").replace(", out, retention):", ", out):") == plain
    assert "retention" not in plain


def shop(folder: Path, consent: str = "", old: bool = True) -> dataset.Dataset:
    """Return a shop of 40 days that ends on 2026-06-01, and what came a year before it, good and bad."""
    rows = [f"c{day % 7},{np.datetime64('2026-06-01') - day},{day},{day}\n" for day in range(1, 41)]
    before = ["c1,2025-06-01,x,5\n", "c1,2025-06-02,y,6\n", "gone,2025-06-02,z,7\n", "c1,2025-06-02,y,6\n"]
    before += ["c1,2025-06-03,n,broken\n", ",2025-06-03,m,5\n"]
    bad = ["c2,2026-05-20,b,broken\n", "c2,never,v,4\n", "c3,2026-05-30,2,2\n"]
    (folder / "s.csv").write_text("client,at,id,paid\n" + "".join([*(before if old else []), *rows, *bad]))
    business(folder, {"path": "s.csv", "columns": {"event_id": "id", "amount": "paid"}})
    with (folder / "shop.toml").open("a", encoding="utf-8") as toml:
        toml.write(f"\n{consent}\n")
    return dataset.load(str(folder / "shop.toml"))


def consent(days: int) -> str:
    return f'[consent]\npurposes = {{ profiling = "legitimate_interest" }}\nretention_days = {days}'


def test_older_rows_are_in_no_log_and_not_kept_aside(tmp_path: Path) -> None:
    (tmp_path / "young").mkdir()
    young = intake.take(shop(tmp_path / "young", old=False))
    found = intake.take(shop(tmp_path, consent(100)))
    assert "older than retention: 6 rows" in found.said()
    assert found.log.digest == young.log.digest
    assert found.rejects == young.rejects
    kept = pq.read_table(found.kept_in)
    assert sorted(kept["value"].to_pylist()) == ["2", "broken", "never"]
    assert found.tally.rows.tolist() == [40]
    assert found.log.base == young.log.base
    assert ends.start(found.log.days) == clock.parse("2026-06-01", UTC) - 100 * DAY
    assert found.log.retention == 100 * DAY


def test_without_retention_all_of_them_are_there(tmp_path: Path) -> None:
    found = intake.take(shop(tmp_path, '[consent]\npurposes = { profiling = "contract" }'))
    assert len(found.log) == 43
    assert found.log.retention is None
    assert not [line for line in found.said() if "retention" in line]


def test_the_edge_is_kept(tmp_path: Path) -> None:
    found = intake.take(shop(tmp_path, consent(40)))
    assert len(found.log) == 40  # the first happened 40 days before the end
    assert len(intake.take(shop(tmp_path, consent(39))).log) == 39


def test_what_came_in_on_older_days_is_forgotten(tmp_path: Path) -> None:
    declared = shop(tmp_path, consent(30))
    daily = Daily("UTC")
    intake.take(declared, daily=daily)
    (rows,) = daily.rows.values()
    assert len(rows) == 30


def test_where_all_is_older_it_is_said(tmp_path: Path) -> None:
    shop(tmp_path, consent(30))
    toml = tmp_path / "shop.toml"
    toml.write_text("end = 2027-01-01\n" + toml.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(NoEvents, match="rows: older than retention"):
        intake.take(dataset.load(str(toml)))


def test_the_command_writes_only_who_is_known(tmp_path: Path) -> None:
    shop(tmp_path, consent(20))
    out = tmp_path / "features.csv"
    moments = "2026-06-01,2026-06-18"
    asked = ("--dataset", str(tmp_path / "shop.toml"), "--as-of", moments, "--out", str(out))
    done = run_here("features.build", *asked)
    assert done.returncode == 0, done.stderr
    rows = [line.split(",")[:2] for line in out.read_text(encoding="utf-8").splitlines()[1:]]
    assert len([one for one in rows if "2026-06-01" in one[1]]) == 7
    later = [one[0].strip('"') for one in rows if "2026-06-18" in one[1]]
    assert later == ["c1", "c2", "c3"]  # who bought within 20 days of it: 3, 2 and 1 days before June
