"""Three businesses as their tools would export them, in few lines of TOML, against what pandas computes by hand."""

import csv
import datetime
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from features import clock, dataset
from features.buckets import intake
from features.catalogue import unit
from features.catalogue.catalogue import CATALOGUE
from features.kernel.kernel import Kernel

WANTED = ("purchase_recency", "spend_364d")
END = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


@dataclass
class Truth:
    """What the script made: a row for each purchase or refund that counts, money in cents."""

    rows: list[tuple[str, datetime.datetime, int]] = field(default_factory=list)

    def add(self, customer: str, at: datetime.datetime, cents: int) -> None:
        """Add a purchase or a refund."""
        self.rows.append((customer, at, cents))

    def table(self) -> pd.DataFrame:
        """Return each customer's days since the last purchase, and net spend in the 364 days before END."""
        rows = pd.DataFrame(self.rows, columns=["customer", "at", "cents"])
        bought = rows[rows.cents > 0].groupby("customer")["at"].max()
        recent = rows[rows["at"] > END - datetime.timedelta(days=364)].groupby("customer")["cents"].sum()
        spend = recent.reindex(bought.index, fill_value=0) / 100
        recency = (END - bought).dt.total_seconds() / 86_400
        return pd.DataFrame({"recency": recency, "spend": spend}).sort_index()


def moments(count: int, seed: int) -> Iterator[tuple[int, datetime.datetime]]:
    """Yield numbers of orders and their times, over 26 months, to the second, the newest in the hour before END."""
    draw = random.Random(seed)  # noqa: S311  nothing secret
    begin = datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)
    span = int((END - begin).total_seconds()) - 3600
    times = sorted(begin + datetime.timedelta(seconds=draw.randrange(span)) for _ in range(count))
    yield from enumerate([*times[:-1], END - datetime.timedelta(minutes=30)], start=1)


def shopify(folder: Path) -> Truth:
    draw, truth = random.Random(1), Truth()  # noqa: S311
    names = ["Name", "Email", "Financial Status", "Subtotal", "Total", "Discount Amount", "Created at"]
    names += ["Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku", "Cancelled at", "Refunded Amount"]
    with (folder / "orders_export_1.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, [*names, "Vendor"])
        out.writeheader()
        for number, at in moments(600, 1):
            customer = f"person{draw.randrange(150)}@Example.com"
            lines = [(draw.randrange(1, 4), 100 * draw.randrange(5, 60)) for _ in range(draw.randrange(1, 4))]
            gross = sum(quantity * cents for quantity, cents in lines)
            off = gross // 10 if number % 3 == 0 else 0
            back = gross - off if number % 11 == 0 else 0
            # A shop sees the clocks of Berlin, and writes the offset.
            shown = at.astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%d %H:%M:%S %z")
            for place, (quantity, cents) in enumerate(lines):
                line = {"Name": f"#{number}", "Lineitem quantity": quantity, "Lineitem price": f"{cents / 100:.2f}"}
                line |= {"Lineitem name": "Thing", "Lineitem sku": "", "Vendor": "Us"}
                if place == 0:
                    line |= {"Email": customer, "Financial Status": "paid", "Created at": shown}
                    line |= {"Subtotal": f"{(gross - off) / 100:.2f}", "Total": f"{(gross - off + 490) / 100:.2f}"}
                    line |= {"Discount Amount": f"{off / 100:.2f}", "Refunded Amount": f"{back / 100:.2f}"}
                out.writerow(line)
            truth.add(customer.lower(), at, gross - off)
            if back:
                truth.add(customer.lower(), at, -back)
    return truth


def ga4(folder: Path) -> Truth:
    draw, truth = random.Random(2), Truth()  # noqa: S311
    files: dict[str, list[str]] = {}
    for number, at in moments(800, 2):
        person = draw.randrange(120)
        cents = draw.randrange(500, 20_000)
        event = {
            "event_date": at.strftime("%Y%m%d"),
            "event_timestamp": str(int(at.timestamp()) * 1_000_000),
            "event_name": "purchase" if number % 2 or number == 800 else "page_view",
            "event_params": [{"key": "currency", "value": {"string_value": "EUR"}}],
            "user_id": f"u{person}" if person % 3 else None,
            "user_pseudo_id": f"{person}.{person}",
            "ecommerce": {"transaction_id": f"T{number}", "purchase_revenue": cents / 100},
        }
        if event["event_name"] == "page_view":
            event["ecommerce"] = {"transaction_id": "(not set)", "purchase_revenue": None}
        else:
            truth.add(f"u{person}" if person % 3 else f"{person}.{person}", at, cents)
        files.setdefault(at.strftime("%Y%m"), []).append(json.dumps(event))
    (folder / "ga4").mkdir()
    for month, lines in files.items():
        (folder / "ga4" / f"events_{month}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return truth


def erp(folder: Path) -> Truth:
    """Write 26 monthly files in Windows-1252, with German numbers and dates, negative lines and a line of totals."""
    draw, truth = random.Random(3), Truth()  # noqa: S311
    months: dict[str, list[list[str]]] = {}
    for number, moment in moments(1_000, 3):
        at = moment.replace(second=0)
        customer, pieces = f"Käufer {draw.randrange(90)}", draw.randrange(1, 5) * (-1 if number % 13 == 0 else 1)
        cents = draw.randrange(100, 200_000)
        price = f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}"
        row = [f"R{number}", customer, at.strftime("%d.%m.%Y %H:%M"), str(pieces), price, "Größe L"]
        months.setdefault(at.strftime("%Y-%m"), []).append(row)
        truth.add(customer, at, cents * pieces)
    (folder / "erp").mkdir()
    for place, (month, rows) in enumerate(sorted(months.items())):
        width = 5 if place == 7 else 6
        head = ["Beleg", "Kunde", "Datum", "Menge", "Preis", "Größe"]
        total = [["Summe", "", "", str(sum(int(row[3]) for row in rows)), "", ""]]
        lines = [";".join(row[:width]) for row in [head, *rows, *total]]
        (folder / "erp" / f"Umsatz {month}.CSV").write_bytes("\r\n".join(lines).encode("cp1252"))
    return truth


SHOPIFY = """\
name = "shopify"
zone = "Europe/Berlin"
currency = "EUR"
[[sources]]
path = "orders_export_*.csv"
format = "shopify_orders"
"""
GA4 = """\
name = "ga4"
currency = "EUR"
[[sources]]
path = "ga4"
format = "ga4_bigquery"
"""
ERP = """\
name = "erp"
currency = "EUR"
[[sources]]
path = "erp"
event = { when = [{ where = "Menge < 0", event = "refund" }, { event = "purchase" }] }
[sources.columns]
customer_id = "Kunde"
occurred_at = "Datum"
order_id = "Beleg"
quantity = "Menge"
amount = "Menge * Preis"
"""
BUSINESSES = {"shopify": (shopify, SHOPIFY, 8, {}), "ga4": (ga4, GA4, 8, {}), "erp": (erp, ERP, 16, {"customer": 26})}


@pytest.mark.parametrize("name", BUSINESSES)
def test_a_business_is_read_as_pandas_reads_it(name: str, tmp_path: Path) -> None:
    made, toml, most, aside = BUSINESSES[name]
    truth = made(tmp_path)
    assert toml.count("\n") <= most
    (tmp_path / "shop.toml").write_text(toml, encoding="utf-8")
    taken = intake.take(dataset.load(str(tmp_path / "shop.toml")))
    expected = truth.table()
    kept = {reason.split("_")[0]: count for reason, count in taken.rejects.items()}
    assert kept == aside
    kernel = Kernel(tuple(feature for feature in CATALOGUE if feature.name in WANTED))
    (spend,) = (feature for feature in kernel.features if feature.name == "spend_364d")
    end = clock.to_us(END)
    customers = taken.log.known_before(end)
    x = kernel(taken.log, customers, np.full(customers.size, end, np.int64))
    ids = taken.log.customers.take(customers).to_pylist()
    found = pd.DataFrame(x, ids, list(kernel.names)).dropna(subset=["purchase_recency"]).sort_index()
    assert list(found.index) == list(expected.index)
    np.testing.assert_allclose(found["purchase_recency"], expected["recency"], rtol=1e-6)
    np.testing.assert_allclose(found["spend_364d"] * unit.of(spend).scale, expected["spend"], rtol=1e-6, atol=0.005)
    assert len(taken.log) >= len(truth.rows)
