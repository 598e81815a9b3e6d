"""`python -m benchmarks.features.peers.polars_lazy PLAN OUT`: the shared features as a good Polars user writes them.

Lazy frames on the streaming engine: the events prepared once in memory, then one query for each moment. Measured on 1M
events: reading anew for each moment costs 1.5 times as much, all moments collected together the same with a third more
memory. As in SQL, a day, a basket or a product was seen in a window where its newest event is, so that two levels of
`group_by` replace `n_unique` of filtered columns.
"""

import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import polars as pl

from benchmarks.features import plan as plans
from benchmarks.features.plan import DAY, Plan
from benchmarks.features.shared import COUNTED, DISTINCT, EVER, NAMES, WINDOWS

_time, _newest, _event, _seen = pl.col("time"), pl.col("newest"), pl.col("event"), pl.col("seen")


def query(events: pl.LazyFrame, as_of: int) -> pl.LazyFrame:
    """Return the shared features of every customer with an event before a moment."""
    known = events.filter(_time < as_of).with_columns(seen=pl.col("recorded") < as_of)
    purchases = known.filter((_event == "purchase") & _seen)
    parts = [
        known.group_by("customer_id").agg(*_sums(as_of)),
        _rhythm(purchases, as_of),
        *(_distinct(purchases, name, column, as_of) for name, column in DISTINCT.items()),
    ]
    joined = reduce(lambda left, right: left.join(right, on="customer_id", how="left"), parts)
    return joined.select(
        pl.col("customer_id").cast(pl.String),
        pl.lit(as_of).cast(pl.Datetime("us", "UTC")).alias("as_of"),
        *_features(),
    )


def prepared(plan: Plan) -> pl.LazyFrame:
    """Return the events with local days, and with money and quantity as integers."""

    def minor(name: str, units: int) -> pl.Expr:
        return (pl.col(plan.columns[name]) * units).round().cast(pl.Int64)

    moment = pl.col(plan.columns["occurred_at"])
    return pl.scan_parquet(plan.files).select(
        *(pl.col(plan.columns[name]).alias(name) for name in ("customer_id", *DISTINCT.values())),
        pl.col(plan.columns["event"]).cast(pl.String).alias("event"),
        moment.cast(pl.Int64).alias("time"),
        pl.col(plan.columns["recorded_at"]).cast(pl.Int64).alias("recorded"),
        moment.dt.convert_time_zone(plan.zone).dt.date().cast(pl.Int32).alias("day"),
        minor("amount", 100).alias("cents"),
        minor("quantity", 1000).alias("units"),
        minor("discount", 100).alias("discount"),
    )


def _sums(as_of: int) -> Iterator[pl.Expr]:
    bought = (_event == "purchase") & _seen
    gives_back = _event.is_in(["refund", "cancellation"]) & _seen
    cents = pl.col("cents")
    for name, kind in COUNTED.items():
        for window, edge in _edges(name, as_of):
            yield (_seen & (_event == kind) & (_time >= edge)).sum().alias(f"{name}_{window}d")
    for window, edge in _edges("spend", as_of):
        given_back = cents.abs().filter(gives_back & (_time >= edge)).sum()
        yield (cents.filter(bought & (_time >= edge)).sum() - given_back).alias(f"spend_{window}d")
    for name in ("units", "discount"):
        for window, edge in _edges(name, as_of):
            yield pl.col(name).filter(bought & (_time >= edge)).sum().alias(f"{name}_{window}d")
    for window, edge in _edges("largest_line", as_of):
        yield cents.filter(bought & (_time >= edge)).max().alias(f"largest_line_{window}d")
    for name in EVER:
        kind, _, what = name.rpartition("_")
        moments = _time.filter(gives_back if kind == "refund" else _seen & (_event == kind))
        yield ((as_of - (moments.max() if what == "recency" else moments.min())) / DAY).alias(name)


def _rhythm(purchases: pl.LazyFrame, as_of: int) -> pl.LazyFrame:
    days = purchases.group_by("customer_id", "day").agg(_time.max().alias("newest")).sort("customer_id", "day")
    day, same = pl.col("day"), pl.col("customer_id") == pl.col("customer_id").shift()
    gaps = days.with_columns(
        gap=pl.when(same).then(day - day.shift()), earlier_newest=pl.when(same).then(_newest.shift())
    )
    within = {window: day.filter(_newest >= edge) for window, edge in _edges("gap_mean", as_of)}
    return gaps.group_by("customer_id").agg(
        *_since("purchase_days", as_of),
        *(_mean_gap(days_).alias(f"gap_mean_{window}d") for window, days_ in within.items()),
        *(
            pl.col("gap").filter(pl.col("earlier_newest") >= edge).max().alias(f"gap_longest_{window}d")
            for window, edge in _edges("gap_longest", as_of)
        ),
    )


def _mean_gap(days: pl.Expr) -> pl.Expr:
    gaps = days.len().cast(pl.Int64) - 1
    return pl.when(gaps > 0).then((days.max() - days.min()) / gaps)


def _distinct(purchases: pl.LazyFrame, name: str, column: str, as_of: int) -> pl.LazyFrame:
    newest = purchases.filter(pl.col(column).is_not_null()).group_by("customer_id", column)
    return newest.agg(_time.max().alias("newest")).group_by("customer_id").agg(*_since(name, as_of))


def _since(name: str, as_of: int) -> Iterator[pl.Expr]:
    for window, edge in _edges(name, as_of):
        yield (_newest >= edge).sum().alias(f"{name}_{window}d")


def _edges(name: str, as_of: int) -> Iterator[tuple[int, int]]:
    return ((window, as_of - window * DAY) for window in WINDOWS[name])


def _features() -> Iterator[pl.Expr]:
    for feature in NAMES:
        name, _, window = feature.rpartition("_")
        if name == "spend_per_visit":
            visits = pl.col(f"visits_{window}")
            value = pl.when(visits > 0).then(pl.col(f"spend_{window}") / visits)
        elif name in {"purchase_days", *DISTINCT}:
            value = pl.col(feature).fill_null(0)
        else:
            value = pl.col(feature)
        yield value.cast(pl.Float32).alias(feature)


def compute(plan: Plan, out: Path) -> None:
    """Write one Parquet file for each moment."""
    events = prepared(plan).collect(engine="streaming").lazy()
    for as_of in plan.as_of:
        query(events, as_of).sink_parquet(out / f"{as_of}.parquet", engine="streaming")


if __name__ == "__main__":
    compute(plans.read(Path(sys.argv[1])), Path(sys.argv[2]))
