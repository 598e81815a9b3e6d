"""What came in on each day, counted by hand."""

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.buckets import daily as dailies
from features.buckets import intake
from features.buckets.daily import BINS, Daily, Series
from tests.features import shop

_COLUMNS = {"amount": "paid", "quantity": "units", "product_id": "what", "category": "kind", "order_id": "basket"}
_FIRST = 17_532  # 2018-01-01
PURCHASES, VIEWS = Series(0, 0), Series(1, 5)


def _counted(folder: Path, days: int = 3, *, descending: bool = False) -> Daily:
    at = [f"{datetime.date(2018, 1, 1) + datetime.timedelta(n)} 12:00:00" for n in range(days)]
    rows = {
        "client": ["a", "b"] * days,
        "at": [one for one in at for _ in range(2)],
        "paid": [8.0, 0.0] * days,
        "units": [2.0, 1.0] * days,
        "what": ["cup", None] * days,
        "kind": ["kitchen", "kitchen"] * days,
        "basket": [str(n) for n in range(2 * days)],
    }
    table = pa.table(rows)
    pq.write_table(table.take(np.arange(len(table))[::-1]) if descending else table, folder / "orders.parquet")
    views = {"client": ["a", None], "at": [at[0], at[0]]}
    pq.write_table(pa.table(views), folder / "views.parquet")
    read = Daily("UTC")
    sources = ({"path": "orders.parquet", "columns": _COLUMNS}, {"path": "views.parquet", "event": "page_view"})
    intake.take(shop.business(folder, *sources), daily=read)
    return read


def test_rows_are_counted_by_source_kind_and_day_but_for_those_kept_aside(tmp_path: Path) -> None:
    read = _counted(tmp_path)
    assert read.rows == {PURCHASES: {_FIRST: 2, _FIRST + 1: 2, _FIRST + 2: 2}, VIEWS: {_FIRST: 1}}


def test_columns_have_bins_for_what_is_missing_for_zero_and_for_powers_of_two(tmp_path: Path) -> None:
    read = _counted(tmp_path)
    amounts = read.columns[PURCHASES, "amount"][_FIRST]
    assert amounts.shape == (BINS,)
    assert dict(zip(np.flatnonzero(amounts).tolist(), amounts[amounts > 0].tolist(), strict=True)) == {1: 1, 2 + 16: 1}
    products = read.columns[PURCHASES, "product_id"][_FIRST]
    assert products[0] == 1
    assert products.sum() == 2
    categories = read.columns[PURCHASES, "category"][_FIRST]
    assert categories.max() == 2
    assert categories[0] == 0
    orders = read.columns[PURCHASES, "order_id"][_FIRST]
    assert orders.tolist()[:2] == [0, 2]  # a new one each time: only whether it is there


def test_a_unit_price_is_what_was_paid_over_the_units(tmp_path: Path) -> None:
    (price,) = (_counted(tmp_path).prices[0][_FIRST],)
    assert price.lines.sum() == 1  # a line without product, or without a price, says nothing
    expected = np.log(80_000 / 2_000)
    np.testing.assert_allclose(price.logarithms[price.lines > 0], [expected])


def test_of_long_histories_the_newest_days_are_kept(tmp_path: Path) -> None:
    read = _counted(tmp_path, days=250)
    kept = read.columns[PURCHASES, "amount"]
    assert len(read.rows[PURCHASES]) == 250
    assert len(kept) <= 2 * dailies.KEPT
    assert {_FIRST + 249 - back for back in range(dailies.KEPT)} <= kept.keys()


def test_which_days_are_newest_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    up = _counted(tmp_path / "up", days=500).newest()
    down = _counted(tmp_path / "down", days=500, descending=True).newest()
    assert up.rows == down.rows
    days = up.columns[PURCHASES, "amount"]
    assert len(days) == dailies.KEPT
    assert days.keys() == down.columns[PURCHASES, "amount"].keys()
    for key, own in up.columns.items():
        assert all((own[day] == down.columns[key][day]).all() for day in own)
    for day, price in up.prices[0].items():
        np.testing.assert_allclose(price.logarithms, down.prices[0][day].logarithms)
