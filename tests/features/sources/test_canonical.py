"""Sources: files of a business's own shape, read exactly, with the rows that are no good kept aside and explained."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from features import clock, dataset
from features.dataset import DatasetError
from features.log.event import GIVES_BACK, KINDS
from features.sources import batch
from tests.features.shop import customers, events, json_lines, lines, parquet, read, read_csv, rejects, times

JOIN = {"path": "products.csv", "on": "sku"}
NO_CUSTOMER, NO_TIME, AFTER, NO_NUMBER, NOT_RECORDED, NO_KIND, REPEATED, CHANGED = batch.REASONS[1:9]
PAYMENTS = ("purchase", "refund", "cancellation")

BY_HAND = """\
Kunde;Datum;Betrag;Menge;Straße

Zoë;03/05/2017;1.234,50;2;"Rue de l'Été; 5"
Zoë;13/05/2017;0,29;0,5;Allée

Änn;14/05/2017 18:30;12;;
;15/05/2017;3,00;1;Weg
Bob;31/02/2017;3,00;1;Weg
Bob;16/05/2017;gratis;1;Weg
Bob;16/05/2017
Ōe;17/05/2017;-5,5;-1;"Der ""Hof\"\""
"""


def test_a_file_made_by_hand_gives_its_good_rows_and_tells_of_the_others(tmp_path: Path) -> None:
    columns = {"customer_id": "Kunde", "occurred_at": "Datum", "amount": "Betrag", "quantity": "Menge"}
    canonical = read_csv(tmp_path, "\ufeff" + BY_HAND, columns | {"store_id": "Straße"}, zone="Europe/Berlin")
    assert customers(canonical) == ["Zoë", "Zoë", "Änn", "Ōe"]
    assert times(canonical) == [
        "2017-05-02T22:00:00Z",
        "2017-05-12T22:00:00Z",
        "2017-05-14T16:30:00Z",
        "2017-05-16T22:00:00Z",
    ]
    assert canonical.events["amount"].to_pylist() == [12_345_000, 2_900, 120_000, -55_000]
    assert canonical.events["quantity"].to_pylist() == [2000, 500, 0, -1000]
    assert canonical.events["store_id"].to_pylist() == ["Rue de l'Été; 5", "Allée", None, 'Der "Hof"']
    assert rejects(canonical) == [(0, 4, NO_CUSTOMER), (0, 5, NO_TIME), (0, 6, NO_NUMBER)]
    assert lines(canonical) == [("s.csv", 10)]


def test_rejects_say_where_they_were_and_why(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at\nann,2017-05-01\nx\n,2017-05-02\n")
    (tmp_path / "mail.csv").write_text("client,at\nann,soon\n")
    canonical = read(tmp_path, {"path": "sales.csv"}, {"path": "./mail.csv", "event": "contact"})
    assert canonical.rejects.to_pylist() == [
        {"source": 0, "path": "sales.csv", "file": "sales.csv", "row": 2, "line": 4}
        | {"column": "client", "value": None, "reason": NO_CUSTOMER},
        {"source": 1, "path": "./mail.csv", "file": "mail.csv", "row": 1, "line": 2}
        | {"column": "at", "value": "soon", "reason": NO_TIME},
        {"source": 0, "path": "sales.csv", "file": "sales.csv", "row": None, "line": 3}
        | {"column": None, "value": None, "reason": batch.NOT_A_ROW},
    ]
    assert canonical.reject_counts() == {NO_CUSTOMER: 1, NO_TIME: 1, batch.NOT_A_ROW: 1}


def test_rejects_have_the_same_columns_where_there_are_none(tmp_path: Path) -> None:
    some = read_csv(tmp_path, "client,at\n,2017-05-01\n").rejects
    none = read_csv(tmp_path, "client,at\na,2017-05-01\n").rejects
    assert none.schema == some.schema
    assert (some.num_rows, none.num_rows) == (1, 0)


def test_the_lines_that_are_no_rows_are_told_for_each_source(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("client,at\nx\na,2017-05-01\n")
    (tmp_path / "b.csv").write_text("client,at\nb,2017-05-01\n\nx,y,z\nx\n")
    canonical = read(tmp_path, {"path": "a.csv"}, {"path": "b.csv"})
    assert sorted(lines(canonical)) == [("a.csv", 2), ("b.csv", 4), ("b.csv", 5)]
    assert customers(canonical) == ["a", "b"]


def test_sources_follow_each_other_with_their_kinds_and_their_columns(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,paid\nann,2017-05-01,2\nbob,2017-05-02,3\n")
    (tmp_path / "mail.csv").write_text("at,client,name\n2017-04-01,ann,spring\n")
    sales = {"path": "sales.csv", "columns": {"amount": "paid"}}
    mail = {"path": "mail.csv", "event": "contact", "columns": {"campaign_id": "name"}}
    events = read(tmp_path, sales, mail).events
    assert events["source"].to_pylist() == [0, 0, 1]
    assert events["kind"].to_pylist() == [0, 0, 3]
    assert events["customer_id"].to_pylist() == ["ann", "bob", "ann"]
    assert events["amount"].to_pylist() == [20_000, 30_000, 0]
    assert events["campaign_id"].to_pylist() == [None, None, "spring"]


def test_sources_may_have_ids_of_other_types(tmp_path: Path) -> None:
    parquet(tmp_path / "sales.parquet", client=[1, 2], at=["2017-05-01"] * 2)
    (tmp_path / "mail.csv").write_text("client,at\n1,2017-05-01\n01,2017-05-01\nx,2017-05-01\n")
    canonical = read(tmp_path, {"path": "sales.parquet"}, {"path": "mail.csv"})
    assert customers(canonical) == ["1", "2", "1", "01", "x"]


def test_an_amount_may_be_computed_from_columns(tmp_path: Path) -> None:
    text = "client,at,units,unit price\nann,2017-05-01,3,0.1\n"
    events = read_csv(tmp_path, text, {"amount": "units * 0.33 - 1", "quantity": "unit price"}).events
    assert (events["amount"].to_pylist(), events["quantity"].to_pylist()) == ([-100], [100])


@pytest.mark.parametrize("bad", ["two", "", "nan", "1e300"])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_an_amount_computed_from_what_is_no_number_is_kept_aside(tmp_path: Path, bad: str, suffix: str) -> None:
    units = ["2", bad, "3"]
    parquet(tmp_path / "s.parquet", client=["a"] * 3, at=["2017-05-01"] * 3, units=units, price=["1.5"] * 3)
    (tmp_path / "s.csv").write_text("client,at,units,price\n" + "".join(f"a,2017-05-01,{u},1.5\n" for u in units))
    canonical = read(tmp_path, {"path": f"s.{suffix}", "columns": {"amount": "units * price"}})
    assert canonical.events["amount"].to_pylist() == [30_000, 45_000]
    assert rejects(canonical) == [(0, 2, NO_NUMBER)]


def test_an_amount_divided_by_nothing_is_kept_aside(tmp_path: Path) -> None:
    canonical = read_csv(tmp_path, "client,at,a,b\nx,2017-05-01,1,2\nx,2017-05-01,1,0\n", {"amount": "a / b"})
    assert canonical.events["amount"].to_pylist() == [5_000]
    assert rejects(canonical) == [(0, 2, NO_NUMBER)]


@pytest.mark.parametrize("sku", ["sku", "skus"])
def test_a_join_looks_columns_up_and_leaves_empty_what_is_not_there(tmp_path: Path, sku: str) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku\nann,2017-05-01,p1\nbob,2017-05-02,p9\ncid,2017-05-03,p2\n")
    (tmp_path / "products.csv").write_text("sku,shelf\np2,milk\np1,bread\np3,soap\n")
    sales = {"path": "sales.csv", "join": {"path": "products.csv", "on": sku}, "columns": {"category": "shelf"}}
    if sku == "skus":
        with pytest.raises(
            DatasetError, match=r"sources\[0\]\.join\.on: products\.csv has no column 'skus'\. Did you mean 'sku'\?"
        ):
            read(tmp_path, sales)
    else:
        assert read(tmp_path, sales).events["category"].to_pylist() == ["bread", None, "milk"]


def test_a_key_that_the_joined_file_lacks_is_told_with_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku\nann,2017-05-01,p1\n")
    (tmp_path / "products.csv").write_text("code,shelf\np1,bread\n")
    with pytest.raises(
        DatasetError, match=r"sources\[0\]\.join\.on: products\.csv has no column 'sku'\. Allowed: code, shelf\."
    ):
        read(tmp_path, {"path": "sales.csv", "join": JOIN})


def test_a_repeated_key_is_refused_for_it_would_multiply_events(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku\nann,2017-05-01,p1\n")
    (tmp_path / "products.csv").write_text("sku,shelf\np1,bread\np2,milk\np1,toast\n")
    with pytest.raises(DatasetError, match=r"sources\[0\]\.join: sku = 'p1' occurs twice in products\.csv"):
        read(tmp_path, {"path": "sales.csv", "join": JOIN})


def test_missing_keys_of_a_joined_file_are_no_repetition_and_match_nothing(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku\nann,2017-05-01,\nbob,2017-05-02,p1\ncid,2017-05-03,\n")
    (tmp_path / "products.csv").write_text("sku,shelf\n,bread\n,milk\np1,soap\n")
    events = read(tmp_path, {"path": "sales.csv", "join": JOIN, "columns": {"category": "shelf"}}).events
    assert events["customer_id"].to_pylist() == ["ann", "bob", "cid"]
    assert events["category"].to_pylist() == [None, "soap", None]


def test_a_column_of_the_source_goes_before_the_same_of_the_joined_file(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku,shelf\nann,2017-05-01,p1,own\n")
    (tmp_path / "products.csv").write_text("sku,shelf,client\np1,other,nobody\n")
    events = read(tmp_path, {"path": "sales.csv", "join": JOIN, "columns": {"category": "shelf"}}).events
    assert events.select(["customer_id", "category"]).to_pylist() == [{"customer_id": "ann", "category": "own"}]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_order_and_numbers_of_rows_survive_a_join_with_a_larger_file(tmp_path: Path, suffix: str) -> None:
    n = 5000
    clients = [f"c{i}" if i % 1000 else "" for i in range(n)]
    sales = pa.table({"client": clients, "at": ["2017-05-01"] * n, "sku": [f"p{i * 7919 % 100}" for i in range(n)]})
    products = pa.table({"sku": [f"p{i}" for i in range(100_000)], "shelf": [f"s{i}" for i in range(100_000)]})
    for name, table in (("sales", sales), ("products", products)):
        pq.write_table(table, tmp_path / f"{name}.parquet")
        csv.write_csv(table, tmp_path / f"{name}.csv")
    join = {"path": f"products.{suffix}", "on": "sku"}
    canonical = read(tmp_path, {"path": f"sales.{suffix}", "join": join, "columns": {"category": "shelf"}})
    assert customers(canonical) == [client for client in clients if client]
    assert canonical.events["category"].to_pylist() == [f"s{i * 7919 % 100}" for i in range(n) if clients[i]]
    assert rejects(canonical) == [(0, row, NO_CUSTOMER) for row in range(1, n + 1, 1000)]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"columns": {"customer_id": "cleint"}},
            "columns.customer_id: there is no column 'cleint'. Did you mean 'client'?",
        ),
        ({"columns": {"occurred_at": "zzz"}}, "columns.occurred_at: there is no column 'zzz'. Allowed: at, client, "),
        ({"columns": {"recorded_at": "at + 1"}}, "columns.recorded_at: there is no column 'at + 1'."),
        ({"columns": {"amount": "paid * unts"}}, "columns.amount: there is no column 'unts'. Did you mean 'units'?"),
        (
            {"columns": {"amount": "paid ** 2"}},
            "columns.amount: 'paid ** 2' in 'paid ** 2' is not allowed: use columns",
        ),
        ({"columns": {"quantity": "paid # units"}}, "columns.quantity: 'paid # units' is neither a column nor"),
        ({"where": "pad > 1"}, "where: there is no column 'pad'. Did you mean 'paid'?"),
        ({"where": "paid"}, "where: 'paid' in 'paid' is not allowed: compare columns with numbers or quoted text"),
        ({"where": "paid >"}, "where: 'paid >' is neither a column nor an expression of columns."),
        (
            {"event": {"column": "knd", "values": {"S": "purchase"}}},
            "event.column: there is no column 'knd'. Did you mean 'kind'?",
        ),
        ({"columns": {"amount": "habitus row"}}, "columns.amount: 'habitus row' is neither a column nor"),
    ],
)
def test_a_mapping_that_the_file_cannot_fill_is_told(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    (tmp_path / "sales.csv").write_text("client,at,paid,units,kind\nann,2017-05-01,1,1,S\n")
    with pytest.raises(DatasetError) as caught:
        read(tmp_path, {"path": "sales.csv"}, {"path": "sales.csv"} | keys)
    assert str(caught.value).startswith(f"dataset 'shop': sources[1].{message}")


def test_a_hundred_thousand_prices_become_whole_numbers_without_error(tmp_path: Path) -> None:
    cents = list(range(-50_000, 50_000))
    n = len(cents)
    parquet(tmp_path / "s.parquet", client=["a"] * n, at=["2017-05-01"] * n, paid=[cent / 100 for cent in cents])
    events = read(tmp_path, {"path": "s.parquet", "columns": {"amount": "paid", "discount": "-paid"}}).events
    assert events["amount"].to_pylist() == [100 * cent for cent in cents]
    assert events["discount"].to_pylist() == [-100 * cent for cent in cents]


@pytest.mark.parametrize(
    ("paid", "kept"),
    [
        ("0.29", 2_900),
        ("19.99", 199_900),
        ("-19.99", -199_900),
        ("4.35", 43_500),
        ("1.005", 10_050),
        ("1.23454", 12_345),
        ("1.23456", 12_346),
        ("-1.23456", -12_346),
        ("0", 0),
        ("249999999999.9999", 2_499_999_999_999_999),
    ],
)
def test_money_is_rounded_to_the_nearest_ten_thousandth_from_any_type(tmp_path: Path, paid: str, kept: int) -> None:
    one = {"client": ["a"], "at": ["2017-05-01"]}
    parquet(tmp_path / "double.parquet", **one, paid=[float(paid)])
    parquet(tmp_path / "decimal.parquet", **one, paid=[Decimal(paid)])
    parquet(tmp_path / "text.parquet", **one, paid=[paid])
    (tmp_path / "text.csv").write_text(f"client,at,paid\na,2017-05-01,{paid}\n")
    json_lines(tmp_path / "number.jsonl", {"client": "a", "at": "2017-05-01", "paid": float(paid)})
    names = ("double.parquet", "decimal.parquet", "text.parquet", "text.csv", "number.jsonl")
    canonical = read(tmp_path, *({"path": name, "decimal": ".", "columns": {"amount": "paid"}} for name in names))
    assert canonical.events["amount"].to_pylist() == [kept] * 5


def test_quantity_is_in_thousandths(tmp_path: Path) -> None:
    units = [1, 2.5, 0.001, 0.0004, -3, 1.1]
    parquet(tmp_path / "s.parquet", client=["a"] * 6, at=["2017-05-01"] * 6, units=units)
    events = read(tmp_path, {"path": "s.parquet", "columns": {"quantity": "units"}}).events
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
    json_lines(tmp_path / "texts.jsonl", *({"client": "a", "at": text} for text in texts))
    canonical = read(tmp_path, {"path": name, "columns": {"recorded_at": "at"}}, zone=f'"{zone}"')
    assert times(canonical) == [winter, summer, day]
    assert canonical.events["recorded_at"].equals(canonical.events["occurred_at"])


@pytest.mark.parametrize(
    ("kind", "utc"),
    [
        *((pa.timestamp(unit), "2017-07-05T14:00:00Z") for unit in ("s", "ms", "us", "ns")),
        *((pa.timestamp(unit, "UTC"), "2017-07-05T10:00:00Z") for unit in ("s", "ms", "us", "ns")),
        *((pa.timestamp(unit, "Asia/Tokyo"), "2017-07-05T10:00:00Z") for unit in ("s", "ms", "us", "ns")),
        (pa.timestamp("us", "+05:30"), "2017-07-05T10:00:00Z"),
        (pa.date32(), "2017-07-05T04:00:00Z"),
        (pa.date64(), "2017-07-05T04:00:00Z"),
    ],
    ids=str,
)
def test_times_of_every_type_are_read_right(tmp_path: Path, kind: pa.DataType, utc: str) -> None:
    naive = pa.array([datetime.datetime(2017, 7, 5, 10)], pa.timestamp("s"))  # noqa: DTZ001
    at = naive.cast(kind) if pa.types.is_date(kind) else naive.cast(pa.timestamp(kind.unit)).cast(pa.int64()).cast(kind)
    parquet(tmp_path / "s.parquet", client=["a"], at=at)
    canonical = read(tmp_path, {"path": "s.parquet"}, zone='"America/New_York"')
    assert times(canonical) == [utc]


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_nanoseconds_are_kept_to_the_microsecond(tmp_path: Path, zone: str | None) -> None:
    moments = pa.array([1_500_000_000_123_456_100, 0, None], pa.timestamp("ns", zone))
    parquet(tmp_path / "s.parquet", client=["a", "b", "c"], at=moments)
    canonical = read(tmp_path, {"path": "s.parquet"})
    assert canonical.events["occurred_at"].to_pylist() == [1_500_000_000_123_456, 0]
    assert rejects(canonical) == [(0, 3, NO_TIME)]


@pytest.mark.parametrize(
    ("column", "bad", "reason"),
    [
        ("client", None, NO_CUSTOMER),
        ("client", "", NO_CUSTOMER),
        ("client", "   ", NO_CUSTOMER),
        ("client", "\t\n", NO_CUSTOMER),
        ("at", None, NO_TIME),
        ("at", "", NO_TIME),
        ("at", "soon", NO_TIME),
        ("at", "2017-02-29", NO_TIME),
        ("at", "infinity", NO_TIME),
        ("at", "1899-12-31 23:59:59.999999", NO_TIME),
        ("at", "2200-01-01", NO_TIME),
        ("at", "9999-12-31", NO_TIME),
        ("at", "290000-01-01", NO_TIME),
        ("at", "0001-01-01", NO_TIME),
        ("paid", None, NO_NUMBER),
        ("paid", "", NO_NUMBER),
        ("paid", "free", NO_NUMBER),
        ("paid", "nan", NO_NUMBER),
        ("paid", "inf", NO_NUMBER),
        ("paid", "-inf", NO_NUMBER),
        ("paid", "2.5e11", NO_NUMBER),
        ("units", "9e12", NO_NUMBER),
        ("paid", "-1e300", NO_NUMBER),
        ("units", "many", NO_NUMBER),
        ("off", "1e13", NO_NUMBER),
        ("known", "later", NOT_RECORDED),
        ("known", "infinity", NOT_RECORDED),
    ],
)
def test_a_bad_row_is_kept_aside_with_its_place_and_reason(
    tmp_path: Path, column: str, bad: str | None, reason: str
) -> None:
    good: dict[str, str | None] = {"client": "ann", "at": "2017-05-01", "paid": "1", "units": "1", "off": "0"}
    good["known"] = "2017-05-02"
    rows = [good, good | {column: bad}, good | {"client": "bob"}]
    parquet(tmp_path / "s.parquet", **{name: [row[name] for row in rows] for name in good})
    columns = {"amount": "paid", "quantity": "units", "discount": "off", "recorded_at": "known"}
    canonical = read(tmp_path, {"path": "s.parquet", "columns": columns})
    assert rejects(canonical) == [(0, 2, reason)]
    assert canonical.reject_counts() == {reason: 1}
    assert customers(canonical) == ["ann", "bob"]


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), float("-inf"), 2.5e11, -2e13])
def test_a_number_that_is_no_number_is_kept_aside(tmp_path: Path, bad: float | None) -> None:
    parquet(tmp_path / "s.parquet", client=["a", "b"], at=["2017-05-01"] * 2, paid=pa.array([bad, 1.5]))
    canonical = read(tmp_path, {"path": "s.parquet", "columns": {"amount": "paid"}})
    assert rejects(canonical) == [(0, 1, NO_NUMBER)]
    assert canonical.events["amount"].to_pylist() == [15_000]


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_a_time_too_far_for_a_calendar_is_kept_aside(tmp_path: Path, zone: str | None) -> None:
    far = pa.array([2**62, -(2**62), 0], pa.timestamp("us", zone))
    parquet(tmp_path / "s.parquet", client=["a"] * 3, at=far)
    canonical = read(tmp_path, {"path": "s.parquet"})
    assert rejects(canonical) == [(0, 1, NO_TIME), (0, 2, NO_TIME)]
    assert times(canonical) == ["1970-01-01T00:00:00Z"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1899-12-31 23:59:59.999999", False),
        ("1900-01-01", True),
        ("2199-12-31 23:59:59", True),
        ("2200-01-01", False),
    ],
)
def test_times_from_1900_to_2199_are_believed(tmp_path: Path, text: str, kept: bool) -> None:
    assert read_csv(tmp_path, f"client,at\na,{text}\n").events.num_rows == kept


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("computed", ["paid", "paid * 1"])
def test_only_a_payment_must_have_an_amount(tmp_path: Path, kind: str, computed: str) -> None:
    (tmp_path / "s.csv").write_text("client,at,paid\na,2017-05-01,\nb,2017-05-01,2\n")
    canonical = read(tmp_path, {"path": "s.csv", "event": kind, "columns": {"amount": computed}})
    assert rejects(canonical) == ([(0, 1, NO_NUMBER)] if kind in PAYMENTS else [])
    paid = -20_000 if kind in GIVES_BACK else 20_000
    assert canonical.events["amount"].to_pylist() == ([paid] if kind in PAYMENTS else [0, paid])


def test_an_amount_that_is_there_must_be_a_number_whatever_the_kind(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,at,paid\na,2017-05-01,free\nb,2017-05-01,2\n")
    canonical = read(tmp_path, {"path": "s.csv", "event": "contact", "columns": {"amount": "paid"}})
    assert rejects(canonical) == [(0, 1, NO_NUMBER)]


def test_what_is_missing_beside_the_amount_is_nothing(tmp_path: Path) -> None:
    parquet(tmp_path / "s.parquet", client=["a"], at=["2017-05-01"], paid=[1.0], units=pa.nulls(1, pa.float64()))
    columns = {"amount": "paid", "quantity": "units", "discount": "units", "recorded_at": "units"}
    canonical = read(tmp_path, {"path": "s.parquet", "columns": columns})
    assert canonical.rejects.num_rows == 0
    assert canonical.events.select(["amount", "quantity", "discount", "recorded_at"]).to_pylist() == [
        {"amount": 10_000, "quantity": 0, "discount": 0, "recorded_at": 0}
    ]


def test_a_row_with_two_faults_is_counted_once(tmp_path: Path) -> None:
    parquet(tmp_path / "s.parquet", client=["", "a", ""], at=["soon", "soon", "2017-05-01"], paid=["x", "x", "1"])
    canonical = read(tmp_path, {"path": "s.parquet", "columns": {"amount": "paid"}})
    assert canonical.reject_counts() == {NO_CUSTOMER: 2, NO_TIME: 1}
    assert canonical.events.num_rows == 0


@pytest.mark.parametrize(
    ("zone", "last"), [("UTC", "2017-12-31T23:59:59Z"), ("America/New_York", "2018-01-01T04:59:59Z")]
)
def test_what_happens_after_the_day_behind_the_end_of_the_data_is_kept_aside(
    tmp_path: Path, zone: str, last: str
) -> None:
    (tmp_path / "s.csv").write_text("client,at\na,2017-12-31 23:59:59\nb,2018-01-01\nc,2018-05-01\nd,soon\n")
    canonical = read(tmp_path, {"path": "s.csv"}, zone=f'"{zone}"', end="2017-12-31")
    assert times(canonical) == [last]
    assert rejects(canonical) == [(0, 2, AFTER), (0, 3, AFTER), (0, 4, NO_TIME)]


@pytest.mark.parametrize("separator", [",", ";"])
def test_the_kind_may_come_from_a_column(tmp_path: Path, separator: str) -> None:
    values = ("Sale", "Back", " Sale ", "sale", "?", "", "it's")
    rows = "".join(f"c{n}{separator}2017-05-01{separator}{value}\n" for n, value in enumerate(values))
    (tmp_path / "s.csv").write_text(f"client,at,what\n{rows}".replace(",", separator))
    event = {"column": "what", "values": {"Sale": "purchase", "Back": "refund", "it's": "contact"}}
    canonical = read(tmp_path, {"path": "s.csv", "event": event})
    found = dict(zip(customers(canonical), canonical.events["kind"].to_pylist(), strict=True))
    assert found == {"c0": 0, "c1": 1, "c2": 0, "c6": 3}
    assert rejects(canonical) == [(0, 4, NO_KIND), (0, 5, NO_KIND), (0, 6, NO_KIND)]


def test_the_kind_may_come_from_a_number(tmp_path: Path) -> None:
    parquet(tmp_path / "s.parquet", client=["a", "b", "c"], at=["2017-05-01"] * 3, what=[2, 1, 3])
    event = {"column": "what", "values": {"1": "purchase", "2": "refund"}}
    canonical = read(tmp_path, {"path": "s.parquet", "event": event})
    assert canonical.events["kind"].to_pylist() == [1, 0]
    assert rejects(canonical) == [(0, 3, NO_KIND)]


def test_the_kind_of_each_row_says_whether_it_needs_an_amount(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,at,what,paid\na,2017-05-01,S,\nb,2017-05-01,C,\nc,2017-05-01,S,2\n")
    event = {"column": "what", "values": {"S": "purchase", "C": "contact"}}
    canonical = read(tmp_path, {"path": "s.csv", "event": event, "columns": {"amount": "paid"}})
    assert customers(canonical) == ["b", "c"]
    assert rejects(canonical) == [(0, 1, NO_NUMBER)]


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("country == 'DE'", "abe"),
        ("country != 'DE'", "c"),
        ('country == "it\'s"', ""),
        ("units > 1", "bce"),
        ("units * 2 - 1 >= 3", "bce"),
        ("country == 'DE' and units > 1", "be"),
        ("country == 'FR' or units == 1", "ac"),
        ("not (country == 'DE' and units == 1)", "bce"),
        ("shelf == 'milk'", "be"),
        ("country == 'DE' and shelf == 'milk' or units == 1", "abe"),
    ],
)
def test_a_source_may_keep_only_some_rows(tmp_path: Path, where: str, kept: str) -> None:
    rows = [("a", "DE", 1, "p1"), ("b", "DE", 2, "p2"), ("c", "FR", 3, "p1"), ("e", "DE", 4, "p2")]
    (tmp_path / "s.csv").write_text(
        "client,at,country,units,sku\n" + "".join(f"{c},2017-05-01,{land},{n},{sku}\n" for c, land, n, sku in rows)
    )
    (tmp_path / "products.csv").write_text("sku,shelf\np1,bread\np2,milk\n")
    assert customers(read(tmp_path, {"path": "s.csv", "where": where, "join": JOIN})) == list(kept)


def test_what_a_source_does_not_keep_is_no_reject_and_changes_no_number(tmp_path: Path) -> None:
    text = "client,at,country\n,2017-05-01,FR\n,2017-05-01,DE\na,soon,FR\na,soon,DE\nb,2017-05-01,DE\n"
    canonical = read_csv(tmp_path, text, where="country == 'DE'")
    assert rejects(canonical) == [(0, 2, NO_CUSTOMER), (0, 4, NO_TIME)]
    assert customers(canonical) == ["b"]


def test_text_in_a_filter_is_only_text(tmp_path: Path) -> None:
    evil = "x') OR ('1'='1"
    parquet(tmp_path / "s.parquet", client=["a", "b"], at=["2017-05-01"] * 2, country=["DE", evil])
    assert customers(read(tmp_path, {"path": "s.parquet", "where": f'country == "{evil}"'})) == ["b"]


def test_one_file_may_be_two_sources(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,at,units,price\na,2017-05-01,2,3\na,2017-05-02,-1,3\nb,2017-05-03,0,1\n")
    columns = {"amount": "units * price"}
    bought = {"path": "s.csv", "where": "units > 0", "columns": columns}
    canonical = read(tmp_path, bought, bought | {"event": "refund", "where": "units < 0"})
    assert canonical.events["kind"].to_pylist() == [0, 1]
    assert canonical.events["amount"].to_pylist() == [60_000, -30_000]


def test_an_event_that_was_read_before_is_kept_aside(tmp_path: Path) -> None:
    text = "client,at,id\na,2017-05-01,e1\nb,2017-05-01,e2\nc,2017-05-01,e1\nd,2017-05-01,\ne,2017-05-01,\n"
    canonical = read_csv(tmp_path, text, {"event_id": "id"})
    assert customers(canonical) == ["a", "b", "d", "e"]
    assert rejects(canonical) == [(0, 3, CHANGED)]


def test_an_id_counts_in_all_files_of_a_source_and_its_reason_says_whether_the_content_differs(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("client,at,id,paid\na,2017-05-01,e1,1\na,2017-05-02,e2,2\n")
    (tmp_path / "b.csv").write_text("client,at,id,paid\na,2017-05-01,e1,1\na,2017-05-02,e2,3\na,2017-05-03,e3,4\n")
    canonical = read(tmp_path, {"path": "?.csv", "columns": {"event_id": "id", "amount": "paid"}})
    assert canonical.events["amount"].to_pylist() == [10_000, 20_000, 40_000]
    assert rejects(canonical) == [(0, 3, REPEATED), (0, 4, CHANGED)]


def test_ids_of_two_sources_are_never_the_same(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,at,id\na,2017-05-01,1\nb,2017-05-01,2\n")
    sales = {"path": "s.csv", "columns": {"event_id": "id"}}
    canonical = read(tmp_path, sales, sales)
    assert customers(canonical) == ["a", "b", "a", "b"]
    assert rejects(canonical) == []


def test_identical_rows_without_an_id_are_all_kept(tmp_path: Path) -> None:
    assert customers(read_csv(tmp_path, "client,at\n" + "a,2017-05-01\n" * 3)) == ["a"] * 3


def test_real_events_after_the_end_are_kept_aside(part: Path) -> None:
    shop = dataset.load(str(part))
    canonical = events(shop)
    assert shop.end == datetime.date(2017, 12, 31)
    assert set(canonical.reject_counts()) == {AFTER}
    assert clock.iso(max(canonical.events["occurred_at"].to_pylist())) < "2018-01-01"


@pytest.mark.parametrize(
    "written", ["2026-05-01T10:00:00.000Z", "2026-05-01T12:00:00.000+02:00", "2026-05-01 12:00:00"]
)
def test_a_time_in_json_is_the_moment_that_it_says(written: str, tmp_path: Path) -> None:
    json_lines(tmp_path / "s.jsonl", {"client": "ann", "at": written, "inside": {"at": written}})
    for column in ("at", "inside.at"):
        source = {"path": "s.jsonl", "columns": {"occurred_at": column}}
        assert times(read(tmp_path, source, zone='"Europe/Paris"')) == ["2026-05-01T10:00:00Z"]


def test_an_id_in_json_is_written_as_it_is(tmp_path: Path) -> None:
    written = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
    json_lines(tmp_path / "s.jsonl", *({"client": one, "at": "2026-05-01"} for one in (written, written.lower())))
    assert customers(read(tmp_path, {"path": "s.jsonl"})) == [written, written.lower()]


def test_what_stands_on_an_orders_first_line_counts_for_all_of_them(tmp_path: Path) -> None:
    text = "order,client,at,price\n1,ann,2026-05-01,1\n1,,,2\n2,bob,2026-05-02,3\n1,,,4\n"
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    fill = {"by": "order", "columns": ["client", "at"]}
    found = read(tmp_path, {"path": "s.csv", "fill": fill, "columns": {"amount": "price"}})
    assert customers(found) == ["ann", "ann", "bob", "ann"]
    with pytest.raises(DatasetError, match=r"fill: there is no column 'ordr'\. Did you mean 'order'"):
        read(tmp_path, {"path": "s.csv", "fill": fill | {"by": "ordr"}})


def test_a_column_that_the_files_may_lack_is_empty(tmp_path: Path) -> None:
    json_lines(tmp_path / "s.jsonl", {"client": "ann", "at": "2026-05-01", "order": {"id": 7}})
    columns = {"order_id": "coalesce(order.ref, order.id)", "store_id": "shop"}
    found = read(tmp_path, {"path": "s.jsonl", "optional": ["order.ref", "shop"], "columns": columns})
    assert found.events["order_id"].to_pylist() == ["7"]
    assert found.events["store_id"].to_pylist() == [None]
    with pytest.raises(DatasetError, match=r"there is no field 'ref' in order"):
        read(tmp_path, {"path": "s.jsonl", "optional": ["shop"], "columns": columns})


def test_a_date_without_its_time_of_day_is_not_midnight(tmp_path: Path) -> None:
    text = "client,day,hour\nann,2026-05-01,10:30\nbob,2026-05-01,\n"
    found = read_csv(tmp_path, text, {"customer_id": "client", "occurred_at": "concat(day, ' ', hour)"})
    assert times(found) == ["2026-05-01T10:30:00Z"]
    assert rejects(found) == [(0, 2, NO_TIME)]


def test_lines_of_json_in_a_file_that_calls_itself_a_document(tmp_path: Path) -> None:
    json_lines(tmp_path / "s.json", *({"client": one, "at": "2026-05-01"} for one in ("ann", "bob")))
    assert customers(read(tmp_path, {"path": "s.json"})) == ["ann", "bob"]


def test_rows_without_an_order_are_not_filled_from_each_other(tmp_path: Path) -> None:
    text = "order,client,at\no1,ann,2017-05-01\n,bob,2017-05-02\n,,2017-05-03\no1,,2017-05-04\n"
    (tmp_path / "s.csv").write_text(text)
    found = read(tmp_path, {"path": "s.csv", "fill": {"by": "order", "columns": ["client"]}})
    assert customers(found) == ["ann", "bob", "ann"]
    assert rejects(found) == [(0, 3, NO_CUSTOMER)]


def test_an_order_of_one_file_fills_none_of_another(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.csv").write_text("order,client,at\n1,ann,2026-05-01\n", encoding="utf-8")
    (tmp_path / "d" / "b.csv").write_text("order,client,at\n1,,2026-05-01\n", encoding="utf-8")
    found = read(tmp_path, {"path": "d", "fill": {"by": "order", "columns": ["client"]}})
    assert customers(found) == ["ann"]
    assert rejects(found) == [(0, 2, NO_CUSTOMER)]


def test_the_sum_of_an_order_stands_on_each_of_its_lines(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    head = "order;client;at;price;n;paid\n"
    (tmp_path / "d" / "a.csv").write_text(
        f"{head}1;ann;2026-05-01;10,00;2;27\n;bob;2026-05-01;4,50;1;4\n1;ann;2026-05-01;10,00;1;\n;cy;2026-05-01;9,50;1;9\n"
    )
    (tmp_path / "d" / "b.csv").write_text(f"{head}1;dee;2026-05-01;8,00;1;6\n")  # another order of that number
    source = {
        "path": "d",
        "fill": {"by": "order", "columns": ["paid"], "sums": {"all lines": "price * n"}},
        "columns": {"amount": "price * n * paid / `all lines`"},
    }
    found = read(tmp_path, source)
    assert customers(found) == ["ann", "bob", "ann", "cy", "dee"]
    assert found.events["amount"].to_pylist() == [180_000, 40_000, 90_000, 90_000, 60_000]
    with pytest.raises(DatasetError, match=r"fill\.sums\.all lines: there is no column 'prise'\. Did you mean 'price'"):
        read(tmp_path, source | {"fill": {"by": "order", "sums": {"all lines": "prise"}}})


def test_a_mark_before_json_is_no_part_of_it(tmp_path: Path) -> None:
    row = '{"client": "ann", "at": "2026-05-01"}'
    for name, text in (("a.jsonl", f"{row}\n{row}\n"), ("b.json", f"[{row}]"), ("c.json", f"{row}\n{row}\n")):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert set(customers(read(tmp_path, {"path": name}))) == {"ann"}
    (tmp_path / "d.jsonl").write_text(f"{row}\n{row}\n", encoding="utf-16")
    assert customers(read(tmp_path, {"path": "d.jsonl"})) == ["ann"] * 2


def test_what_is_joined_of_parts_is_missing_where_one_is_blank(tmp_path: Path) -> None:
    json_lines(tmp_path / "s.jsonl", *({"client": "x", "at": "2026-05-01", "h": h} for h in ("1", "", " ")))
    found = read(tmp_path, {"path": "s.jsonl", "columns": {"order_id": "concat(client, '-', h)"}})
    assert found.events["order_id"].to_pylist() == ["x-1", None, None]
