"""`python -m benchmarks.features.peers.duckdb_sql PLAN OUT`: the shared features as a good SQL user writes them.

The events are prepared once in a temporary table, then one query for each moment: 1M events read anew for each moment
cost 1.2 times as much. Windows that end at one moment are nested, so a day, a basket or a product was seen in a window
where its newest event is: two levels of GROUP BY replace `count(DISTINCT ...) FILTER (...)`, which costs three times as
much.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.features import plan as plans
from benchmarks.features.plan import DAY, Plan
from benchmarks.features.shared import COUNTED, DISTINCT, EVER, NAMES, WINDOWS

_PREPARED = """
CREATE TEMPORARY TABLE events AS SELECT
    customer_id, event, order_id, product_id, category, store_id,
    epoch_us(occurred_at) AS time,
    epoch_us(recorded_at) AS recorded,
    CAST(timezone('{zone}', occurred_at) AS DATE) AS day,
    CAST(round(amount * 100) AS BIGINT) AS cents,
    CAST(round(quantity * 1000) AS BIGINT) AS units,
    CAST(round(discount * 100) AS BIGINT) AS discount
FROM (SELECT {columns} FROM read_parquet({files}))
"""

_QUERY = """
WITH known AS (
    SELECT *, recorded < {as_of} AS seen FROM events WHERE time < {as_of}
), purchases AS (
    SELECT * FROM known WHERE event = 'purchase' AND seen
), sums AS (
    SELECT customer_id, {sums} FROM known GROUP BY customer_id
), days AS (
    SELECT customer_id, day, max(time) AS newest FROM purchases GROUP BY customer_id, day
), gaps AS (
    SELECT *, lag(day) OVER before AS earlier, lag(newest) OVER before AS earlier_newest
    FROM days WINDOW before AS (PARTITION BY customer_id ORDER BY day)
), rhythm AS (
    SELECT customer_id, {rhythm} FROM gaps GROUP BY customer_id
), {distinct}
SELECT CAST(customer_id AS VARCHAR) AS customer_id, make_timestamptz({as_of}) AS as_of, {features}
FROM sums LEFT JOIN rhythm USING (customer_id) {joins}
"""


def prepared(plan: Plan) -> str:
    """Return the statement that prepares the events, with local days, and with money and quantity as integers."""
    columns = ", ".join(f'"{own}" AS {canonical}' for canonical, own in plan.columns.items())
    return _PREPARED.format(columns=columns, files=plan.files, zone=plan.zone)


def query(as_of: int) -> str:
    """Return the SELECT of the shared features of every customer with an event before a moment."""
    distinct = (
        f"{name} AS (SELECT customer_id, {', '.join(_since(name, as_of))} FROM (SELECT customer_id, {column},"
        f" max(time) AS newest FROM purchases WHERE {column} IS NOT NULL GROUP BY ALL) GROUP BY customer_id)"
        for name, column in DISTINCT.items()
    )
    return _QUERY.format(
        as_of=as_of,
        sums=", ".join(_sums(as_of)),
        rhythm=", ".join(_rhythm(as_of)),
        distinct=", ".join(distinct),
        joins=" ".join(f"LEFT JOIN {name} USING (customer_id)" for name in DISTINCT),
        features=", ".join(_features()),
    )


def _sums(as_of: int) -> Iterator[str]:
    for name, kind in COUNTED.items():
        for window, edge in _edges(name, as_of):
            yield f"count(*) FILTER (seen AND event = '{kind}' AND time >= {edge}) AS {name}_{window}d"
    for window, edge in _edges("spend", as_of):
        yield f"sum(cents) FILTER (seen AND event = 'purchase' AND time >= {edge}) AS bought_{window}d"
        back = f"seen AND event IN ('refund', 'cancellation') AND time >= {edge}"
        yield f"sum(abs(cents)) FILTER ({back}) AS given_back_{window}d"
    for name, value in (("units", "sum(units)"), ("discount", "sum(discount)"), ("largest_line", "max(cents)")):
        for window, edge in _edges(name, as_of):
            yield f"{value} FILTER (seen AND event = 'purchase' AND time >= {edge}) AS {name}_{window}d"
    for name in EVER:
        kind, _, what = name.rpartition("_")
        moment = "max(time)" if what == "recency" else "min(time)"
        kinds = "('refund', 'cancellation')" if kind == "refund" else f"('{kind}')"
        yield f"({as_of} - {moment} FILTER (seen AND event IN {kinds})) / {DAY}.0::DOUBLE AS {name}"


def _rhythm(as_of: int) -> Iterator[str]:
    yield from _since("purchase_days", as_of)
    for window, edge in _edges("gap_mean", as_of):
        inside = f"FILTER (newest >= {edge})"
        yield f"(max(day) {inside} - min(day) {inside}) / nullif(count(*) {inside} - 1, 0) AS gap_mean_{window}d"
    for window, edge in _edges("gap_longest", as_of):
        yield f"max(day - earlier) FILTER (earlier_newest >= {edge}) AS gap_longest_{window}d"


def _since(name: str, as_of: int) -> Iterator[str]:
    for window, edge in _edges(name, as_of):
        yield f"count(*) FILTER (newest >= {edge}) AS {name}_{window}d"


def _edges(name: str, as_of: int) -> Iterator[tuple[int, int]]:
    return ((window, as_of - window * DAY) for window in WINDOWS[name])


def _features() -> Iterator[str]:
    for feature in NAMES:
        name, _, window = feature.rpartition("_")
        value = feature
        if name == "spend":
            value = _spend(window)
        elif name == "spend_per_visit":
            value = f"{_spend(window)} / nullif(visits_{window}, 0)"
        elif name in {"units", "discount", "purchase_days", *DISTINCT}:
            value = f"coalesce({feature}, 0)"
        yield f"CAST({value} AS FLOAT) AS {feature}"


def _spend(window: str) -> str:
    return f"(coalesce(bought_{window}, 0) - coalesce(given_back_{window}, 0))"


def compute(plan: Plan, out: Path) -> None:
    """Write one Parquet file for each moment."""
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{plan.zone}'")
        connection.execute(prepared(plan))
        for as_of in plan.as_of:
            connection.execute(f"COPY ({query(as_of)}) TO '{out / str(as_of)}.parquet' (FORMAT parquet)")


if __name__ == "__main__":
    compute(plans.read(Path(sys.argv[1])), Path(sys.argv[2]))
