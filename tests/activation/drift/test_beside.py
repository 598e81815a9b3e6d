"""What drifts beside data and predictions, by hand: a KPI, a forecast, and who was assigned to what."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from activation import ledger
from activation.assignment import kept
from activation.assignment.kept import Kept
from activation.drift import assigned, kpis, sizes
from activation.weekly import publish
from activation.weekly.facts import Expected
from features import clock
from features.buckets import intake
from tests.activation.weekly import sample
from tests.training.kpis import small_shop
from training.kpis.figure import UNKNOWN, Figure
from training.metrics.bootstrap import Estimate


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with ledger.opened("shop", kept.TABLES, tmp_path / "shop.sqlite") as opened:
        yield opened


def _put(connection: sqlite3.Connection, unit: str, counts: dict[str, int], share: float, at: int = 0) -> None:
    for arm, count in counts.items():
        rows = [(f"{unit} {arm} {at} {number}", Kept(arm, share)) for number in range(count)]
        kept.put(connection, unit, "salt", rows, at)


def test_arms_that_are_not_as_large_as_chance_makes_them_alarm(connection: sqlite3.Connection) -> None:
    _put(connection, "experiment:fair", {"a": 510, "b": 490}, 0.5)
    _put(connection, "experiment:lost", {"a": 500, "b": 380}, 0.5)
    _put(connection, "experiment:gone", {"a": 500}, 0.5)  # the other arm lost everybody
    told = {one.name: one for one in assigned.alarms(connection, 0)}
    assert set(told) == {"experiment:lost", "experiment:gone"}
    assert told["experiment:lost"].said.startswith("a 500 (meant 50.0%), b 380 (meant 50.0%): p 5.2e-05, and from")
    assert told["experiment:gone"].said.startswith("a 500 (meant 50.0%), (no arm) 0 (meant 50.0%)")
    assert told["experiment:gone"].moved == pytest.approx(0.5)


def test_of_arms_of_few_no_size_is_told_and_weights_that_changed_are_two_phases(connection: sqlite3.Connection) -> None:
    _put(connection, "changed", {"a": 900}, 0.9)
    _put(connection, "changed", {"b": 100}, 0.1)
    _put(connection, "changed", {"a": 500, "b": 500}, 0.5, at=1)
    assert list(assigned.alarms(connection, 20)) == []
    _put(connection, "small", {"a": 60, "b": 3}, 0.5)
    (one,) = assigned.alarms(connection, 20)
    assert one.said.startswith("a 60 (meant 50.0%), b fewer than 20 (meant 50.0%)")


def test_a_size_that_came_far_from_its_forecast_alarms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    assert list(sizes.alarms(sizes.newest("shop"))) == []
    own = sample.weekly()
    publish.publish(own)
    assert list(sizes.alarms(sizes.newest("shop"))) == []  # outside the interval, and not by twice as much
    missed = msgspec.structs.replace(own.sizes[0], forecast=Expected(value=80.0, low=60.0, high=100.0))
    publish.publish(msgspec.structs.replace(own, sizes=[missed, own.sizes[1]]))
    (one,) = sizes.alarms(sizes.newest("shop"))
    assert (one.about, one.name) == ("forecast", "rfm.champions")
    assert one.said == "130 customers on 2026-03-08, where 80 were forecast (60 to 100)"


PAST = [10.0, 10.5, 9.5, 10.2, 9.8, 10.1]


@pytest.mark.parametrize(
    ("value", "past", "year_ago", "alarms"),
    [
        (14.0, PAST, np.nan, True),
        (6.0, PAST, np.nan, True),
        (12.0, PAST, np.nan, False),  # beyond how it varies, and not by much
        (14.0, [10.0, 16.0, 5.0, 12.0, 8.0, 9.0], np.nan, False),  # by much, as it varies
        (14.0, PAST, 13.0, False),  # as a year ago
        (14.0, PAST[:5], np.nan, False),  # too little is known
    ],
)
def test_a_kpi_alarms_where_it_is_off_by_much_and_by_more_than_it_varies(
    value: float, past: list[float], year_ago: float, alarms: bool
) -> None:
    then = Estimate(year_ago, year_ago, year_ago)
    now = Figure("everybody", "everybody", "revenue", "money", 9, Estimate(value, 0, 99), 1, 1, UNKNOWN, UNKNOWN, then)
    assert (kpis.judged(now, past, 0.05) is not None) == alarms


def test_the_newest_four_weeks_are_held_against_their_own_past(tmp_path: Path) -> None:
    rows = small_shop.ROWS
    for number in range(30):
        for day in range(0, 360, 14):
            at = clock.iso(clock.parse("2025-04-03", small_shop.UTC) + day * clock.DAY)[:10]
            paid = 90 if day > 340 else 10 + number % 3
            rows += f"c{number},,purchase,{at},{paid},1,O{number}-{day},,,,,,\n"
    dataset = small_shop.shop(tmp_path, rows)
    with intake.opened(dataset, 1 << 30) as read:
        (log,) = list(read.logs())
        start, end = clock.parse("2025-01-05", small_shop.UTC), clock.parse("2026-04-01", small_shop.UTC)
        told = {one.name: one.said for one in kpis.alarms(dataset, log, read.products, start, end)}
        quiet = {
            one.name
            for one in kpis.alarms(dataset, log, read.products, start, clock.parse("2026-02-03", small_shop.UTC))
        }
        read.aside()
    assert {"revenue", "average_order"} <= set(told)
    assert "12 times as long before had" in told["revenue"]
    assert not {"revenue", "average_order", "frequency", "buyers"} & quiet
