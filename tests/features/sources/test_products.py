"""Products: what was known of which and when, what is kept aside, and the categories that events take."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import clock, dataset
from features.buckets import intake
from features.dataset import Dataset, DatasetError
from features.log.event import MONEY_UNITS
from features.log.store import mapped
from features.sources import products
from features.sources.products import NOT_A_ROW, REASONS

NO_PRODUCT, NO_DATE, NO_NUMBER, _, OTHER = REASONS[1:]
TABLE: dict[str, Any] = {
    "path": "p.csv",
    "columns": {
        "product_id": "sku",
        "valid_from": "since",
        "title": "title",
        "category": "Product Type",
        "price": "price",
        "in_stock": "stock",
        "parent": "parent",
    },
}
FILE = """sku,since,title,Product Type,price,stock,parent
7,2017-01-01,Tea,Drinks,12.34,true,1
7,2017-03-01,Green tea,Tea,13.5,false,1
8,2017-01-01,"1984",Books,0.005,true,
"""
SALES = "client,at,sku\nann,2017-01-01,7\nann,2017-02-28,7\nann,2017-03-01,7\nbob,2016-12-31,7\nbob,2017-01-02,9\n"
SALE: dict[str, Any] = {
    "path": "s.csv",
    "event": "purchase",
    "columns": {"customer_id": "client", "occurred_at": "at", "product_id": "sku"},
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def at(text: str) -> int:
    """Return an instant that is written in UTC."""
    return clock.parse(text, ZoneInfo("UTC"))


def declared(folder: Path, *tables: dict[str, Any], file: str = FILE, sales: str = SALES, **sale: Any) -> Dataset:
    """Write a dataset of some sales and of tables of products, and load it."""
    (folder / "p.csv").write_text(file, encoding="utf-8")
    (folder / "s.csv").write_text(sales, encoding="utf-8")
    lines = ['name = "shop"', "end = 2017-12-31"]
    for named, table in [("sources", SALE | sale), *(("products", table) for table in tables)]:
        lines += [f"[[{named}]]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    (folder / "shop.toml").write_text("\n".join(lines), encoding="utf-8")
    return dataset.load(str(folder / "shop.toml"))


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = [f"{json.dumps(key, ensure_ascii=False)} = {_toml(one)}" for key, one in value.items()]
        return f"{{ {', '.join(pairs)} }}"
    return json.dumps(value)


def test_what_was_known_of_a_product_is_looked_up_as_of_a_moment(tmp_path: Path) -> None:
    found, rejects = products.read(declared(tmp_path, TABLE))
    assert found.names == ("title", "category", "price", "in_stock", "parent")
    assert rejects.num_rows == 0
    asked = pa.array(["8", "7", "none", "7"])
    book = {"product_id": "8", "title": "1984", "category": "Books", "in_stock": True, "parent": None}
    tea = {"product_id": "7", "title": "Tea", "category": "Drinks", "in_stock": True, "parent": "1"}
    half_a_cent = MONEY_UNITS // 200
    assert found.at(asked, at("2017-03-01")).to_pylist() == [
        book | {"price": half_a_cent},
        tea | {"price": 1234 * MONEY_UNITS // 100},
        dict.fromkeys(tea) | {"product_id": "none", "price": None},
        tea | {"price": 1234 * MONEY_UNITS // 100},
    ]
    later = found.at(asked, at("2017-03-01") + 1).to_pylist()[1]
    assert (later["title"], later["price"]) == ("Green tea", 1350 * MONEY_UNITS // 100)


def test_rows_that_cannot_be_used_are_kept_aside_and_named(tmp_path: Path) -> None:
    file = FILE + ",2017-01-01,x,y,1,true,\n9,soon,x,y,1,true,\n"
    file += "9,2017-01-01,x,y,free,true,\n9,2017-01-01,x,y,2.5e11,true,\n"
    file += "8,2017-01-01,other,Books,0.005,true,\nshort\n"
    shop = declared(tmp_path, TABLE, file=file)
    _, rejects = products.read(shop)
    assert [(row["source"], row["row"], row["line"], row["reason"]) for row in rejects.to_pylist()] == [
        (1, 4, 5, NO_PRODUCT),
        (1, 5, 6, NO_DATE),
        (1, 6, 7, NO_NUMBER),
        (1, 7, 8, NO_NUMBER),
        (1, 8, 9, OTHER),
        (1, None, 10, NOT_A_ROW),
    ]
    taken = intake.take(shop)
    assert taken.rejects == {NO_PRODUCT: 1, NO_DATE: 1, NO_NUMBER: 2, OTHER: 1, NOT_A_ROW: 1}
    assert pq.read_table(taken.kept_in)["path"].to_pylist() == ["p.csv"] * 6


def test_how_prices_and_dates_are_written_is_told(tmp_path: Path) -> None:
    file = "sku;since;title;Product Type;price;stock;parent\n"
    file += "7;13.01.2017;Tea;Drinks;1.012,34;true;1\n8;02.01.2017;A;B;2,5;true;\n"
    found, _ = products.read(declared(tmp_path, TABLE, file=file))
    row = found.at(pa.array(["7"]), at("2017-01-13") + 1).to_pylist()[0]
    assert row["price"] == 101_234 * MONEY_UNITS // 100
    assert found.at(pa.array(["7"]), at("2017-01-13")).to_pylist()[0]["price"] is None


PRICED = {"path": "p.csv", "columns": {"product_id": "sku", "price": "price", "cost": "cost"}}
PRICES = "sku,price,cost,currency\n7,10,4.5,USD\n8,1250,,jpy\n9,3,1,EUR\n"


def test_prices_are_worth_what_the_rates_say(tmp_path: Path) -> None:
    rates = {"column": "currency", "rates": {"USD": 0.92, "JPY": 0.0061, "EUR": 1}}
    file = PRICES + "1,5,,GBP\n2,,,GBP\n3,5,,\n"
    found, rejects = products.read(declared(tmp_path, PRICED | {"currency": rates}, file=file))
    rows = found.at(pa.array(["7", "8", "9", "2"]), at("2017-03-01")).to_pylist()
    # 10 USD * 0.92 = 9.2 and 4.5 * 0.92 = 4.14; 1,250 JPY * 0.0061 = 7.625, in ten-thousandths. No price needs no rate.
    assert [(row["price"], row["cost"]) for row in rows] == [
        (92_000, 41_400),
        (76_250, None),
        (30_000, 10_000),
        (None, None),
    ]
    told = [(row["line"], row["column"], row["value"], row["reason"]) for row in rejects.to_pylist()]
    assert told == [(5, "currency", "GBP", NO_NUMBER), (7, "currency", None, NO_NUMBER)]


def test_prices_in_several_currencies_without_rates_are_refused_with_the_line_to_add(tmp_path: Path) -> None:
    said = (
        r"products\[0\]: its amounts are in several currencies by 'currency': EUR, JPY, USD\. .* add the line.* EUR = "
    )
    with pytest.raises(DatasetError, match=said):
        products.read(declared(tmp_path, PRICED, file=PRICES))
    kept, _ = products.read(declared(tmp_path, PRICED | {"where": "currency == 'USD'"}, file=PRICES))
    assert kept.at(pa.array(["7"]), at("2017-03-01"))["price"].to_pylist() == [100_000]
    titles = {"path": "p.csv", "columns": {"product_id": "sku", "title": "currency"}}
    assert products.read(declared(tmp_path, titles, file=PRICES))[1].num_rows == 0


def categories(shop: Dataset) -> list[tuple[str, str, str | None]]:
    """Return customer, day and category of each event of a dataset."""
    log = intake.take(shop).log
    counts = (log.offsets[1:] - log.offsets[:-1]).tolist()
    owner = [who for who, count in zip(log.customers.to_pylist(), counts, strict=True) for _ in range(count)]
    codes = log.columns["category"].tolist()
    names = [log.names["category"][code].as_py() if code >= 0 else None for code in codes] or [None] * len(log)
    return list(zip(owner, [clock.iso(time)[:10] for time in log.columns["time"].tolist()], names, strict=True))


def test_an_event_without_a_category_takes_that_of_its_product_when_it_happened(tmp_path: Path) -> None:
    assert categories(declared(tmp_path, TABLE)) == [
        ("ann", "2017-01-01", "Drinks"),  # from the very moment on
        ("ann", "2017-02-28", "Drinks"),
        ("ann", "2017-03-01", "Tea"),
        ("bob", "2016-12-31", None),  # nothing was known yet
        ("bob", "2017-01-02", None),  # a product that no table has
    ]


def test_a_table_without_dates_holds_since_ever(tmp_path: Path) -> None:
    table = {"path": "p.csv", "columns": {"product_id": "sku", "category": "kind"}}
    found = categories(declared(tmp_path, table, file="sku,kind\n7,5\n"))
    assert [category for *_, category in found] == ["5", "5", "5", "5", None]


def test_a_source_that_has_categories_keeps_its_own(tmp_path: Path) -> None:
    columns = SALE["columns"] | {"category": "kind"}
    sales = "client,at,sku,kind\nann,2017-01-02,7,mine\nbob,2017-01-02,7,\n"
    shop = declared(tmp_path, TABLE, sales=sales, columns=columns)
    assert [category for *_, category in categories(shop)] == ["mine", None]
    assert not intake.take(shop).log.products.fills


def test_a_dataset_without_products_is_as_it_was(tmp_path: Path) -> None:
    log = intake.take(declared(tmp_path)).log
    assert log.columns["category"].size == 0
    assert (log.products.histories, log.products.digest) == ((), "")


@pytest.mark.parametrize("kind", [pa.string(), pa.int64(), pa.float64()])
def test_products_of_any_type_are_found(tmp_path: Path, kind: pa.DataType) -> None:
    shop = declared(tmp_path, TABLE)
    days = pa.array(["2017-01-01", "2017-03-02"])
    ids = pa.array(["7", "8"]) if pa.types.is_string(kind) else pa.array([7, 8], kind)
    (tmp_path / "s.csv").unlink()
    pq.write_table(pa.table({"client": ["ann", "bob"], "at": days, "sku": ids}), tmp_path / "s.parquet")
    text = (tmp_path / "shop.toml").read_text().replace("s.csv", "s.parquet")
    (tmp_path / "shop.toml").write_text(text)
    shop = dataset.load(str(tmp_path / "shop.toml"))
    assert [category for *_, category in categories(shop)] == ["Drinks", "Books"]


def test_products_are_stored_with_the_log_and_fill_requests_as_files_are(tmp_path: Path) -> None:
    log = intake.take(declared(tmp_path, TABLE)).log
    folder = mapped.save(log, "shop")
    loaded = mapped.load("shop").products
    asked, moment = pa.array(["7", "8", "9"]), at("2017-05-01")
    assert loaded.at(asked, moment).to_pylist() == log.products.at(asked, moment).to_pylist()
    assert (loaded.digest, loaded.fills) == (log.products.digest, True)
    rows = [line.split(",") for line in SALES.splitlines()[1:]]
    columns: dict[str, list[Any]] = {
        "event": ["purchase"] * len(rows),
        "customer_id": [row[0] for row in rows],
        "occurred_at": [row[1] for row in rows],
        "product_id": [row[2] for row in rows],
    }
    few = intake.of_rows(columns, "UTC", products=loaded)
    assert few.log is not None
    assert few.log.digest == log.digest
    again = FILE.replace("Green", "Black")  # the same events, other products
    assert mapped.save(intake.take(declared(tmp_path, TABLE, file=again)).log, "shop") != folder


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": {"category": "kind"}}, "products[0].columns: 'product_id' is required; got ['category']."),
        ({"columns": {"product_id": "sku"}}, "products[0].columns: got no attribute; at least one is needed."),
        ({"colums": {}}, "products[0]: unknown key 'colums'. Did you mean 'columns'?"),
        ({"currency": {"column": "c", "rates": {}}}, "products[0].currency.rates: got none; at least one is needed"),
        ({"currency": {"colum": "c"}}, "products[0].currency: unknown key 'colum'. Did you mean 'column'?"),
        ({"text": ["price"]}, "products[0].text: got 'price', whose type is told by its name."),
        ({"columns": {"product_id": "sku", "ä": "x"}}, "products[0].columns: got 'ä'; letters, digits and '_' are"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError) as error:
        declared(tmp_path, TABLE | change)
    assert str(error.value).startswith(f"{tmp_path / 'shop.toml'}: {message}")


def test_a_column_that_the_file_lacks_is_named(tmp_path: Path) -> None:
    table = TABLE | {"columns": TABLE["columns"] | {"price": "prise"}}
    said = r"products\[0\].columns.price: there is no column 'prise'. Did you mean 'price'"
    with pytest.raises(DatasetError, match=said):
        products.read(declared(tmp_path, table))


def test_products_of_a_log_in_files_are_stored_anew_and_not_in_place(tmp_path: Path) -> None:
    folder = mapped.save(intake.take(declared(tmp_path, TABLE)).log, "shop")
    first = mapped.load("shop")
    before = (folder / "products-0.parquet").read_bytes()
    other = products.read(declared(tmp_path, TABLE, file=FILE.replace("Green", "Black")))[0]
    again = mapped.save(replace(first, products=other), "shop")
    assert again != folder
    assert (folder / "products-0.parquet").read_bytes() == before
    asked = pa.array(["7"]), at("2017-05-01")
    assert mapped.load("shop").products.at(*asked)["title"].to_pylist() == ["Black tea"]
    assert first.products.at(*asked)["title"].to_pylist() == ["Green tea"]
