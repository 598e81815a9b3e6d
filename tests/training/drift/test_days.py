"""What a day brings otherwise: a lost source, a broken column, a moved price are told within a day."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import clock
from features.buckets import intake
from features.buckets.daily import Daily
from features.dataset import Dataset
from features.log.days import Days
from features.log.event import KINDS
from features.log.log import Log
from tests.features import shop
from training.drift import days
from training.drift.days import Change
from training.drift.volume import volume

DAYS = 200
VIEW = KINDS.index("page_view")
SHOP = Dataset(name="shop", sources=())
FIRST = 17_532  # 2018-01-01
_COLUMNS = {"amount": "paid", "quantity": "units", "product_id": "what", "category": "kind"}


def _shop(seed: int = 0) -> tuple[pa.Table, pa.Table]:
    """Make orders of 40 products at their prices, and twice as many page views."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(DAYS), rng.poisson(200 + 60 * (np.arange(DAYS) % 7 == 5)))
    at = (FIRST + day) * clock.DAY + rng.integers(8, 20, day.size) * clock.HOUR
    what = rng.integers(0, 40, day.size)
    units = rng.integers(1, 4, day.size).astype(float)
    prices = np.round(np.exp(rng.normal(2, 1, 40)), 2)
    orders = pa.table(
        {
            "client": [f"c{n}" for n in rng.integers(0, 400, day.size)],
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            "paid": units * prices[what],
            "units": units,
            "what": [f"p{n}" for n in what],
            "kind": [f"k{n % 5}" for n in what],
        }
    )
    twice = np.repeat(at, 2) + 60_000_000
    views = pa.table({"client": np.repeat(orders["client"], 2), "at": pa.array(twice, pa.timestamp("us", "UTC"))})
    return orders, views


def _read(folder: Path, orders: pa.Table, views: pa.Table) -> tuple[Dataset, Log, Daily]:
    folder.mkdir()
    pq.write_table(orders, folder / "orders.parquet")
    pq.write_table(views, folder / "views.parquet")
    sources = ({"path": "orders.parquet", "columns": _COLUMNS}, {"path": "views.parquet", "event": "page_view"})
    business, daily = shop.business(folder, *sources), Daily("UTC")
    return business, intake.take(business, daily=daily).log, daily


def _changes(folder: Path, orders: pa.Table, views: pa.Table) -> list[Change]:
    business, log, daily = _read(folder, orders, views)
    day = days.newest(business, log.days)
    assert day == FIRST + DAYS - 1 - 1  # the last day has only just ended
    return list(days.changes(daily.newest(), day))


def _on(table: pa.Table, day: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    moments = table["at"].cast(pa.int64()).to_numpy()
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = moments // clock.DAY == FIRST + day
    return found


def _last(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return _on(table, DAYS - 2) | _on(table, DAYS - 1)


def test_a_day_like_others_is_not_told_of(tmp_path: Path) -> None:
    assert _changes(tmp_path / "shop", *_shop()) == []


def test_a_lost_source_is_told_within_a_day_also_where_it_is_that_of_purchases(tmp_path: Path) -> None:
    orders, views = _shop()
    (lost,) = _changes(tmp_path / "views", orders, views.filter(pa.array(~_last(views))))
    assert (lost.about, lost.series.source, lost.moved) == ("volume", 1, 1.0)
    assert lost.said.startswith("0 rows, where ")
    (lost,) = _changes(tmp_path / "orders", orders.filter(pa.array(~_last(orders))), views)
    assert (lost.about, lost.series.source) == ("volume", 0)


def test_half_of_a_source_is_told_of_and_a_tenth_is_not(tmp_path: Path) -> None:
    orders, views = _shop()
    kept = np.random.default_rng(1).random(len(views))
    few = views.filter(pa.array(~_last(views) | (kept < 0.4)))
    (found,) = _changes(tmp_path / "few", orders, few)
    assert (found.about, found.series.source) == ("volume", 1)
    most = views.filter(pa.array(~_last(views) | (kept < 0.9)))
    assert _changes(tmp_path / "most", orders, most) == []


@pytest.mark.parametrize("column", ["what", "kind", "units"])
def test_a_column_that_is_empty_is_told_within_a_day(tmp_path: Path, column: str) -> None:
    orders, views = _shop()
    emptied = pa.array(orders[column].to_pylist(), orders[column].type, mask=_last(orders))
    found = _changes(tmp_path / "shop", orders.set_column(orders.column_names.index(column), column, emptied), views)
    canonical = {name: other for other, name in _COLUMNS.items()}[column]
    own = next(one for one in found if one.column == canonical)
    assert own.about == "column"
    assert own.said.endswith("; 100.0% are missing, 0.0% were")


def test_a_unit_that_changed_and_names_that_changed_are_told_within_a_day(tmp_path: Path) -> None:
    orders, views = _shop()
    last = _last(orders)
    thousands = np.where(last, orders["units"].to_numpy() * 1000, orders["units"].to_numpy())
    found = _changes(tmp_path / "units", orders.set_column(3, "units", pa.array(thousands)), views)
    assert ("column", "quantity") in {(one.about, one.column) for one in found}
    assert "price" in {one.about for one in found}
    renamed = [f"new {kind}" if new else kind for kind, new in zip(orders["kind"].to_pylist(), last, strict=True)]
    (found_one,) = _changes(tmp_path / "kinds", orders.set_column(5, "kind", pa.array(renamed)), views)
    assert (found_one.about, found_one.column) == ("column", "category")


@pytest.mark.parametrize("factor", [1.1, 0.9, 1.02])
def test_prices_that_moved_are_told_within_a_day(tmp_path: Path, factor: float) -> None:
    orders, views = _shop()
    paid = np.where(_last(orders), orders["paid"].to_numpy() * factor, orders["paid"].to_numpy())
    found = _changes(tmp_path / "shop", orders.set_column(2, "paid", pa.array(paid)), views)
    own = next(one for one in found if one.about == "price")
    assert own.said.startswith(f"the median line costs {factor - 1:+.1%} beside its product")
    assert own.moved > 0.9


def test_what_has_lasted_for_two_weeks_is_still_told(tmp_path: Path) -> None:
    orders, views = _shop()
    since = np.flatnonzero(_on(orders, DAYS - 14))[0]
    later = np.arange(len(orders)) >= since
    paid = np.where(later, orders["paid"].to_numpy() * 1.3, orders["paid"].to_numpy())
    kinds = pa.array(orders["kind"].to_pylist(), mask=later)
    table = orders.set_column(2, "paid", pa.array(paid)).set_column(5, "kind", kinds)
    assert {one.about for one in _changes(tmp_path / "dear", table, views)} == {"price", "column"}
    gone = orders.filter(pa.array(~later))
    (lost,) = _changes(tmp_path / "lost", gone, views)
    assert (lost.about, lost.series.source) == ("volume", 0)


def test_renamed_products_have_no_price_before(tmp_path: Path) -> None:
    orders, views = _shop()
    names = [f"n{what}" if new else what for what, new in zip(orders["what"].to_pylist(), _last(orders), strict=True)]
    found = _changes(tmp_path / "shop", orders.set_column(4, "what", pa.array(names)), views)
    assert {(one.about, one.column) for one in found} == {("column", "product_id")}


def test_discounts_that_come_each_day_are_no_moved_price(tmp_path: Path) -> None:
    orders, views = _shop()
    reduced = np.random.default_rng(2).random(len(orders)) < 0.2
    paid = np.where(reduced, orders["paid"].to_numpy() * 0.7, orders["paid"].to_numpy())
    assert _changes(tmp_path / "shop", orders.set_column(2, "paid", pa.array(paid)), views) == []


# Volumes, by hand


def _weeks(count: int, usual: int = 100) -> dict[int, int]:
    return {day: usual + day % 5 for day in range(7 * count)}


def test_a_closed_day_of_a_year_ago_is_no_change_on_the_weekday_or_the_date() -> None:
    rows = _weeks(70)
    day = 7 * 70 - 1
    rows.pop(day)
    assert volume(rows, day) is not None
    for back in (364, 365):
        closed = {one: count for one, count in rows.items() if one != day - back}
        assert volume(closed, day) is None


def test_a_day_that_stood_out_does_not_hide_the_next() -> None:
    rows = _weeks(20)
    day = 7 * 20 - 1
    for one in (day, day - 1, day - 2):
        rows.pop(one)
    assert volume(rows, day) is not None


def test_what_lasts_does_not_become_usual() -> None:
    rows = _weeks(40)
    for day in range(7 * 30, 7 * 40):
        rows.pop(day)
        assert volume(rows, day) is not None
    doubled = {day: count * (1 + 2 * (day >= 7 * 30)) for day, count in _weeks(40).items()}
    told = [volume({at: n for at, n in doubled.items() if at <= day}, day) is not None for day in range(210, 231)]
    assert all(told)


def test_a_holiday_on_the_weekday_does_not_hide_the_next_loss() -> None:
    rows = _weeks(20)
    day = 7 * 20 - 1
    for week in (1, 3):
        rows.pop(day - 7 * week)
    assert volume(rows, day) is None
    rows.pop(day)
    assert volume(rows, day) is not None


def test_a_handful_may_be_missing_by_chance() -> None:
    rows = dict.fromkeys(range(140), 6)
    assert volume({**rows, 139: 0}, 139) is None
    rows = dict.fromkeys(range(140), 60)
    assert volume({**rows, 139: 0}, 139) is not None


@pytest.mark.parametrize(("usual", "silent"), [(5, 3), (8, 3), (1, 12)])
def test_a_small_shop_is_missed_when_so_many_rows_were_to_come_that_chance_does_not_explain_it(
    usual: int, silent: int
) -> None:
    rows = dict.fromkeys(range(300), usual)
    told = [volume(rows, 299 + days) is not None for days in range(1, silent + 1)]
    assert told == [False] * (silent - 1) + [True]


def test_a_stray_row_of_long_ago_is_no_silence_of_the_year() -> None:
    rows = dict.fromkeys(range(20_000, 20_300), 100)
    assert volume({1: 1, **rows}, 20_330) is not None
    assert volume({1: 1, **rows}, 20_300) is not None


def test_days_to_come_are_not_complete_and_lost_purchases_do_not_hold_the_day_back() -> None:
    def newest(purchases: dict[int, int], others: dict[int, int]) -> int:
        known = Days("UTC")
        for which, rows in ((1, purchases), (0, others)):
            for day, count in rows.items():
                times = day * clock.DAY + np.arange(count, dtype=np.int64) * 1_000_000 + 1
                known.add(times, np.full(count, 0 if which else VIEW, np.uint8))
        return days.newest(SHOP, known)

    bought = dict.fromkeys(range(FIRST, FIRST + 100), 40)
    seen = dict.fromkeys(range(FIRST, FIRST + 100), 90)
    assert newest(bought, seen) == FIRST + 98
    assert newest(bought, seen | dict.fromkeys(range(FIRST + 100, FIRST + 170), 1)) == FIRST + 98
    lost = {day: count for day, count in bought.items() if day < FIRST + 70}
    assert newest(lost, seen) == FIRST + 98


def test_what_does_not_come_daily_is_missed_after_a_silence_without_example() -> None:
    rows = dict.fromkeys(range(0, 200, 9), 50)
    assert volume(rows, 198 + 18) is None
    found = volume(rows, 198 + 19)
    assert found == ("no rows for 19 days, where 9 were the longest of a year but for one time", 1.0)
    assert volume(dict.fromkeys(rows, 1), 198 + 27) is None  # so few may be missing by chance
    assert volume(dict.fromkeys(rows, 1), 198 + 28) is not None


def test_a_source_that_has_only_begun_is_not_judged() -> None:
    assert volume({100: 5}, 101) is None
    assert volume({}, 5) is None
