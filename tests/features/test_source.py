"""Sources: files of a business's own shape, read exactly, with the rows that are no good kept aside and explained."""

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import clock, dataset, log, source
from features.dataset import DatasetError

COLUMNS = {"customer_id": "client", "occurred_at": "at"}
JOIN = {"path": "products.csv", "on": "sku"}
NO_CUSTOMER, NO_TIME, NO_NUMBER, NO_KIND = source.REASONS[1:]


def business(folder: Path, *sources: dict[str, Any], zone: str = "UTC") -> dataset.Dataset:
    """Write a dataset file and load it; a source that does not say otherwise holds purchases."""
    lines = ['name = "shop"', f'zone = "{zone}"']
    for declared in sources:
        lines += ["[[sources]]", f"path = {json.dumps(declared['path'])}"]
        lines += [f'event = "{declared.get("event", "purchase")}"']
        if "join" in declared:
            lines += [f'join = {{ path = "{declared["join"]["path"]}", on = "{declared["join"]["on"]}" }}']
        lines += ["[sources.columns]"]
        lines += [f"{ours} = {json.dumps(own)}" for ours, own in (COLUMNS | declared.get("columns", {})).items()]
    toml = folder / "shop.toml"
    toml.write_text("\n".join(lines), encoding="utf-8")
    return dataset.load(str(toml))


def parquet(path: Path, **columns: list[Any] | pa.Array) -> None:
    pq.write_table(pa.table(columns), path)


def times(canonical: source.Canonical) -> list[str]:
    return [clock.iso(instant) for instant in canonical.events["occurred_at"].to_pylist()]


def rejects(canonical: source.Canonical) -> list[tuple[int, int, str]]:
    return [(row["source"], row["row"], row["reason"]) for row in canonical.rejects.to_pylist()]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("sales.parquet", "(FORMAT parquet)"),
        ("sales.csv", "(FORMAT csv, HEADER)"),
        ("sales.jsonl", "(FORMAT json)"),
        ("sales.ndjson", "(FORMAT json)"),
        ("it's 50% [new] sales.csv", "(FORMAT csv, HEADER)"),
    ],
)
def test_a_file_of_every_format_gives_the_same_events(tmp_path: Path, name: str, command: str) -> None:
    rows = "('ann', TIMESTAMP '2017-05-01 10:00:00', 12.5, 2), ('bob', TIMESTAMP '2017-05-02 11:30:00', 0.29, 1)"
    target = str(tmp_path / name).replace("'", "''")
    duckdb.sql(f"COPY (FROM (VALUES {rows}) AS t(client, \"at\", paid, units)) TO '{target}' {command}")
    shop = business(tmp_path, {"path": name, "columns": {"amount": "paid", "quantity": "units"}})
    canonical = source.read(shop)
    first = clock.to_us(datetime.datetime(2017, 5, 1, 10, tzinfo=datetime.UTC))
    second = clock.to_us(datetime.datetime(2017, 5, 2, 11, 30, tzinfo=datetime.UTC))
    here = {"source": 0, "kind": 0}
    assert canonical.events.to_pylist() == [
        here | {"customer_id": "ann", "occurred_at": first, "amount": 1250, "quantity": 2000},
        here | {"customer_id": "bob", "occurred_at": second, "amount": 29, "quantity": 1000},
    ]
    assert canonical.rejects.num_rows == 0


def test_sources_follow_each_other_with_their_kinds_and_their_columns(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,paid\nann,2017-05-01,2\nbob,2017-05-02,3\n")
    (tmp_path / "mail.csv").write_text("at,client,name\n2017-04-01,ann,spring\n")
    sales = {"path": "sales.csv", "columns": {"amount": "paid"}}
    mail = {"path": "mail.csv", "event": "contact", "columns": {"campaign_id": "name"}}
    events = source.read(business(tmp_path, sales, mail)).events
    assert events["source"].to_pylist() == [0, 0, 1]
    assert events["kind"].to_pylist() == [0, 0, 3]
    assert events["customer_id"].to_pylist() == ["ann", "bob", "ann"]
    assert events["amount"].to_pylist() == [200, 300, None]
    assert events["campaign_id"].to_pylist() == [None, None, "spring"]


def test_an_amount_may_be_computed_from_columns(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,units,unit price\nann,2017-05-01,3,0.1\n")
    columns = {"amount": "units * 0.33 - 1", "quantity": "unit price"}
    events = source.read(business(tmp_path, {"path": "sales.csv", "columns": columns})).events
    assert (events["amount"].to_pylist(), events["quantity"].to_pylist()) == ([-1], [100])


@pytest.mark.parametrize("sku", ["sku", "other"])
def test_a_join_looks_columns_up_and_leaves_empty_what_is_not_there(tmp_path: Path, sku: str) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku\nann,2017-05-01,p1\nbob,2017-05-02,p9\ncid,2017-05-03,p2\n")
    (tmp_path / "products.csv").write_text("sku,shelf\np2,milk\np1,bread\np3,soap\n")
    sales = {"path": "sales.csv", "join": {"path": "products.csv", "on": sku}, "columns": {"category": "shelf"}}
    if sku == "other":
        with pytest.raises(DatasetError, match=r"sources\[0\]\.join\.on: got 'other'; the file has at, client, sku\."):
            source.read(business(tmp_path, sales))
    else:
        events = source.read(business(tmp_path, sales)).events.sort_by("customer_id")
        assert events["category"].to_pylist() == ["bread", None, "milk"]


def test_a_key_that_the_joined_file_lacks_is_told_with_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku\nann,2017-05-01,p1\n")
    (tmp_path / "products.csv").write_text("code,shelf\np1,bread\n")
    with pytest.raises(DatasetError, match=r"sources\[0\]\.join\.on: got 'sku'; the file has code, shelf\."):
        source.read(business(tmp_path, {"path": "sales.csv", "join": JOIN}))


def test_a_repeated_key_is_refused_for_it_would_multiply_events(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku\nann,2017-05-01,p1\n")
    (tmp_path / "products.csv").write_text("sku,shelf\np1,bread\np2,milk\np1,toast\n")
    with pytest.raises(DatasetError, match=r"sources\[0\]\.join: sku = 'p1' occurs twice in products\.csv"):
        source.read(business(tmp_path, {"path": "sales.csv", "join": JOIN}))


def test_a_missing_file_is_told_with_the_place_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku\nann,2017-05-01,p1\n")
    with pytest.raises(DatasetError, match=r"dataset 'shop': sources\[1\]\.path: there is no file .*back\.csv"):
        source.read(business(tmp_path, {"path": "sales.csv"}, {"path": "back.csv"}))
    with pytest.raises(DatasetError, match=r"sources\[0\]\.join\.path: there is no file .*products\.csv"):
        source.read(business(tmp_path, {"path": "sales.csv", "join": JOIN}))


def test_a_file_of_another_format_is_told_what_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "sales.xlsx").touch()
    with pytest.raises(
        DatasetError, match=r"path: got 'sales\.xlsx'; files may end in \.parquet, \.csv, \.jsonl, \.ndjson"
    ):
        source.read(business(tmp_path, {"path": "sales.xlsx"}))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"customer_id": "cleint"}, r"sources\[0\]\.columns\.customer_id: .*'cleint'. Did you mean 'client'\?"),
        ({"amount": "paid * unts"}, r"sources\[0\]\.columns\.amount: .*'unts'. Did you mean 'units'\?"),
        ({"amount": "abs(paid)"}, r"sources\[0\]\.columns\.amount: 'abs\(paid\)' .* is not allowed"),
    ],
)
def test_a_mapping_that_the_file_cannot_fill_is_told(tmp_path: Path, columns: dict[str, str], message: str) -> None:
    (tmp_path / "sales.csv").write_text("client,at,paid,units\nann,2017-05-01,1,1\n")
    with pytest.raises(DatasetError, match=message):
        source.read(business(tmp_path, {"path": "sales.csv", "columns": columns}))


def test_a_hundred_thousand_prices_become_cents_without_error(tmp_path: Path) -> None:
    cents = list(range(-50_000, 50_000))
    n = len(cents)
    parquet(tmp_path / "s.parquet", client=["a"] * n, at=["2017-05-01"] * n, paid=[cent / 100 for cent in cents])
    shop = business(tmp_path, {"path": "s.parquet", "columns": {"amount": "paid", "discount": "-paid"}})
    events = source.read(shop).events
    assert events["amount"].to_pylist() == cents
    assert events["discount"].to_pylist() == [-cent for cent in cents]


@pytest.mark.parametrize(
    ("paid", "cents"),
    [
        ("0.29", 29),
        ("19.99", 1999),
        ("-19.99", -1999),
        ("4.35", 435),
        ("1.004", 100),
        ("1.006", 101),
        ("-1.006", -101),
        ("0", 0),
        ("9999999999999.99", 999_999_999_999_999),
    ],
)
def test_money_is_rounded_to_the_nearest_cent_from_any_type(tmp_path: Path, paid: str, cents: int) -> None:
    one = {"client": ["a"], "at": ["2017-05-01"]}
    parquet(tmp_path / "double.parquet", **one, paid=[float(paid)])
    parquet(tmp_path / "decimal.parquet", **one, paid=[Decimal(paid)])
    parquet(tmp_path / "text.parquet", **one, paid=[paid])
    (tmp_path / "text.csv").write_text(f"client,at,paid\na,2017-05-01,{paid}\n")
    names = ("double.parquet", "decimal.parquet", "text.parquet", "text.csv")
    shop = business(tmp_path, *({"path": name, "columns": {"amount": "paid"}} for name in names))
    assert source.read(shop).events["amount"].to_pylist() == [cents] * 4


def test_quantity_is_in_thousandths(tmp_path: Path) -> None:
    units = [1, 2.5, 0.001, 0.0004, -3, 1.1]
    parquet(tmp_path / "s.parquet", client=["a"] * 6, at=["2017-05-01"] * 6, units=units)
    events = source.read(business(tmp_path, {"path": "s.parquet", "columns": {"quantity": "units"}})).events
    assert events["quantity"].to_pylist() == [1000, 2500, 1, 0, -3000, 1100]


@pytest.mark.parametrize(
    ("zone", "winter", "summer", "day"),
    [
        ("UTC", "2017-01-05T10:00:00.000001Z", "2017-07-05T10:00:00Z", "2017-07-05T00:00:00Z"),
        ("America/New_York", "2017-01-05T15:00:00.000001Z", "2017-07-05T14:00:00Z", "2017-07-05T04:00:00Z"),
        ("Asia/Kolkata", "2017-01-05T04:30:00.000001Z", "2017-07-05T04:30:00Z", "2017-07-04T18:30:00Z"),
    ],
)
@pytest.mark.parametrize("name", ["timestamps.parquet", "texts.parquet", "texts.csv", "texts.jsonl"])
def test_naive_times_are_in_the_zone_of_the_dataset(
    tmp_path: Path, name: str, zone: str, winter: str, summer: str, day: str
) -> None:
    texts = ["2017-01-05 10:00:00.000001", "2017-07-05 10:00:00", "2017-07-05"]
    moments = [datetime.datetime.fromisoformat(text) for text in texts]
    parquet(tmp_path / "timestamps.parquet", client=["a"] * 3, at=pa.array(moments, pa.timestamp("us")))
    parquet(tmp_path / "texts.parquet", client=["a"] * 3, at=texts)
    (tmp_path / "texts.csv").write_text("client,at\n" + "".join(f"a,{text}\n" for text in texts))
    lines = [json.dumps({"client": "a", "at": text}) for text in texts]
    (tmp_path / "texts.jsonl").write_text("\n".join(lines))
    shop = business(tmp_path, {"path": name, "columns": {"recorded_at": "at"}}, zone=zone)
    canonical = source.read(shop)
    assert times(canonical) == [winter, summer, day]
    assert canonical.events["recorded_at"].equals(canonical.events["occurred_at"])


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_times_that_know_their_zone_keep_it(tmp_path: Path, unit: str) -> None:
    moment = datetime.datetime(2017, 7, 5, 10, tzinfo=datetime.UTC)
    parquet(tmp_path / "s.parquet", client=["a"], at=pa.array([moment], pa.timestamp(unit, "Asia/Tokyo")))
    assert times(source.read(business(tmp_path, {"path": "s.parquet"}, zone="America/New_York"))) == [
        "2017-07-05T10:00:00Z"
    ]


@pytest.mark.parametrize("name", ["s.csv", "s.jsonl"])
def test_texts_with_an_offset_keep_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "s.csv").write_text("client,at\na,2017-07-05T10:00:00Z\na,2017-07-05T10:00:00+02:00\n")
    lines = [{"client": "a", "at": "2017-07-05T10:00:00Z"}, {"client": "a", "at": "2017-07-05T10:00:00+02:00"}]
    (tmp_path / "s.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    assert times(source.read(business(tmp_path, {"path": name}, zone="America/New_York"))) == [
        "2017-07-05T10:00:00Z",
        "2017-07-05T08:00:00Z",
    ]


def test_a_file_of_dates_holds_midnights_of_the_zone(tmp_path: Path) -> None:
    parquet(tmp_path / "s.parquet", client=["a"], at=[datetime.date(2017, 7, 5)])
    assert times(source.read(business(tmp_path, {"path": "s.parquet"}, zone="Asia/Kolkata"))) == [
        "2017-07-04T18:30:00Z"
    ]


@pytest.mark.parametrize(
    ("column", "bad", "reason"),
    [
        ("client", None, NO_CUSTOMER),
        ("client", "", NO_CUSTOMER),
        ("client", "   ", NO_CUSTOMER),
        ("at", None, NO_TIME),
        ("at", "", NO_TIME),
        ("at", "soon", NO_TIME),
        ("at", "2017-02-29", NO_TIME),
        ("at", "infinity", NO_TIME),
        ("paid", None, NO_NUMBER),
        ("paid", "", NO_NUMBER),
        ("paid", "free", NO_NUMBER),
        ("paid", "1,50", NO_NUMBER),
        ("paid", "nan", NO_NUMBER),
        ("paid", "inf", NO_NUMBER),
        ("paid", "-inf", NO_NUMBER),
        ("paid", "1e13", NO_NUMBER),
        ("paid", "-1e300", NO_NUMBER),
        ("units", "many", NO_NUMBER),
        ("units", "nan", NO_NUMBER),
        ("off", "1e13", NO_NUMBER),
    ],
)
def test_a_bad_row_is_kept_aside_with_its_place_and_reason(
    tmp_path: Path, column: str, bad: str | None, reason: str
) -> None:
    good: dict[str, str | None] = {"client": "ann", "at": "2017-05-01", "paid": "1", "units": "1", "off": "0"}
    rows = [good, good | {column: bad}, good | {"client": "bob"}]
    parquet(tmp_path / "s.parquet", **{name: [row[name] for row in rows] for name in good})
    columns = {"amount": "paid", "quantity": "units", "discount": "off"}
    canonical = source.read(business(tmp_path, {"path": "s.parquet", "columns": columns}))
    assert rejects(canonical) == [(0, 1, reason)]
    assert canonical.reject_counts() == {reason: 1}
    assert canonical.events["customer_id"].to_pylist() == ["ann", "bob"]


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), float("-inf"), 1e13, -2e13])
def test_a_number_that_is_no_number_is_kept_aside(tmp_path: Path, bad: float | None) -> None:
    parquet(tmp_path / "s.parquet", client=["a", "b"], at=["2017-05-01"] * 2, paid=pa.array([bad, 1.5]))
    canonical = source.read(business(tmp_path, {"path": "s.parquet", "columns": {"amount": "paid"}}))
    assert rejects(canonical) == [(0, 0, NO_NUMBER)]
    assert canonical.events["amount"].to_pylist() == [150]


def test_what_is_missing_beside_the_amount_is_nothing(tmp_path: Path) -> None:
    nothing = pa.nulls(1, pa.float64())
    parquet(tmp_path / "s.parquet", client=["a"], at=["2017-05-01"], paid=[1.0], units=nothing)
    columns = {"amount": "paid", "quantity": "units", "discount": "units"}
    canonical = source.read(business(tmp_path, {"path": "s.parquet", "columns": columns}))
    assert canonical.rejects.num_rows == 0
    assert canonical.events.select(["amount", "quantity", "discount"]).to_pylist() == [
        {"amount": 100, "quantity": 0, "discount": 0}
    ]


def test_rows_are_numbered_from_0_in_each_file_however_many_there_are(tmp_path: Path) -> None:
    bad = {0: [7, 150_000, 299_999], 1: [0, 1, 123_456]}
    for position, rows in bad.items():
        clients = ["ann"] * 300_000
        for row in rows:
            clients[row] = ""
        pq.write_table(
            pa.table({"client": clients, "at": pa.array([0] * 300_000, pa.timestamp("us"))}),
            tmp_path / f"s{position}.parquet",
            row_group_size=20_000,
        )
    canonical = source.read(business(tmp_path, {"path": "s0.parquet"}, {"path": "s1.parquet"}))
    assert rejects(canonical) == [(position, row, NO_CUSTOMER) for position, rows in bad.items() for row in rows]
    assert canonical.events.num_rows == 600_000 - 6


def test_a_row_with_two_faults_is_counted_once(tmp_path: Path) -> None:
    parquet(tmp_path / "s.parquet", client=["", "a", ""], at=["soon", "soon", "2017-05-01"], paid=["x", "x", "1"])
    canonical = source.read(business(tmp_path, {"path": "s.parquet", "columns": {"amount": "paid"}}))
    assert canonical.reject_counts() == {NO_CUSTOMER: 2, NO_TIME: 1}
    assert canonical.events.num_rows == 0


def test_a_file_without_rows_gives_no_events(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,at\n")
    canonical = source.read(business(tmp_path, {"path": "s.csv"}))
    assert (canonical.events.num_rows, canonical.rejects.num_rows, canonical.reject_counts()) == (0, 0, {})


def table(**columns: list[Any]) -> pa.Table:
    """Return a table that `conform` takes."""
    n = max([len(column) for column in columns.values()], default=1)
    required = {"customer_id": ["ann"] * n, "occurred_at": ["2017-05-01 10:00:00"] * n, "event": ["purchase"] * n}
    return pa.table(required | columns)


def test_a_table_of_canonical_columns_conforms() -> None:
    given = table(event=["purchase", "refund"], amount=[1.5, 2], order_id=["o1", None], colour=["red", "blue"])
    canonical = source.conform(given, "America/New_York")
    assert times(canonical) == ["2017-05-01T14:00:00Z"] * 2
    assert canonical.events.drop_columns(["occurred_at"]).to_pylist() == [
        {"source": 0, "kind": 0, "customer_id": "ann", "order_id": "o1", "amount": 150},
        {"source": 0, "kind": 1, "customer_id": "ann", "order_id": None, "amount": 200},
    ]


@pytest.mark.parametrize("kind", ["page_view", "Purchase", "", None])
def test_an_event_of_unknown_kind_is_kept_aside(kind: str | None) -> None:
    canonical = source.conform(table(event=["refund", kind, "purchase"]), "UTC")
    assert rejects(canonical) == [(0, 1, NO_KIND)]
    assert canonical.events["kind"].to_pylist() == [1, 0]


@pytest.mark.parametrize("column", ["customer_id", "occurred_at", "event"])
def test_a_table_without_a_required_column_is_refused(column: str) -> None:
    given = table().drop_columns([column])
    with pytest.raises(
        DatasetError, match=f"events: got '{column}'; the file has {', '.join(sorted(given.column_names))}"
    ):
        source.conform(given, "UTC")


def test_what_is_exported_conforms_to_the_same_events() -> None:
    given = table(
        customer_id=["ann", "bob", "ann"],
        occurred_at=["2017-05-01 10:00:00.000001", "1969-12-31", "2017-11-05 01:30:00"],
        event=["purchase", "refund", "contact"],
        event_id=["e1", None, "e2"],
        amount=[0.29, -1e12 - 0.01, 19.99],
        quantity=[1.001, 3, -2],
        discount=[0, 0.07, 1],
        order_id=["o", None, "o"],
        product_id=["p", "q", None],
        category=["c", None, "d"],
        store_id=["s", "s", "t"],
        channel=["web", "shop", None],
        campaign_id=[None, None, "spring"],
        recorded_at=["2017-05-02", "1970-01-02", "2017-11-06"],
    )
    canonical = source.conform(given, "America/New_York")
    assert canonical.events.num_rows == 3
    again = source.conform(source.export(canonical.events), "UTC")
    assert again.rejects.num_rows == 0
    assert again.events.equals(canonical.events)


def test_real_events_survive_export_to_the_bit(part: Path) -> None:
    shop = dataset.load(str(part))
    events = source.read(shop).events
    again = source.conform(source.export(events), "UTC")
    assert again.rejects.num_rows == 0
    assert log.build(again.events, shop.zone).digest == log.build(events, shop.zone).digest
