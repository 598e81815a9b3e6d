"""Presets: each form of file gives the events that a person reads in it, with the traps of that form."""

import gzip
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from features import clock, dataset, preset
from features.buckets import intake
from features.dataset import DatasetError
from features.log.event import MONEY_UNITS
from features.proposal import propose
from features.sources import attributes
from tests.features.shop import events, times

FILES = Path(__file__).parent / "presets"
MAY_1, MAY_2 = "2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z"

Event = tuple[str, str, str, float | None, str | None]
"""Customer, time, kind, amount in units, order."""

EXPECTED: dict[str, tuple[str, list[Event]]] = {
    "shopify_orders": (
        "shopify_orders.csv",
        [
            ("ada@example.com", "2026-05-01T08:00:00Z", "purchase", 18.00, "#1001"),
            ("ada@example.com", "2026-05-01T08:00:00Z", "purchase", 9.00, "#1001"),
            ("ben@example.com", "2026-05-02T07:30:00Z", "purchase", 50.00, "#1002"),
            ("ben@example.com", "2026-05-04T08:00:00Z", "purchase", 10.00, "#1004"),  # the discount is on shipping
            ("ben@example.com", "2026-05-04T08:00:00Z", "purchase", 15.00, "#1004"),
            ("ben@example.com", "2026-05-02T07:30:00Z", "refund", -20.00, "#1002"),
        ],
    ),
    "woocommerce_orders": (
        "woocommerce_orders.json",
        [
            ("ada@example.com", MAY_1, "purchase", 19.00, "727"),
            ("ada@example.com", MAY_1, "purchase", 14.60, "727"),
            ("ada@example.com", "2026-05-04T08:00:00Z", "refund", -14.60, "727"),
        ],
    ),
    "stripe_charges": (
        "stripe_charges.json",
        [
            ("ada@example.com", MAY_1, "purchase", 25.99, "pi_1"),
            ("cus_7", MAY_2, "payment_failed", 12.50, "in_1"),
            ("ada@example.com", MAY_1, "refund", -5.99, "pi_1"),
        ],
    ),
    "paypal_activity": (
        "paypal_activity.csv",
        [
            ("ada@example.com", "2026-05-13T08:00:00Z", "purchase", 1234.56, "INV-1"),
            ("ada@example.com", "2026-05-14T09:30:00Z", "refund", -34.56, "TX1"),
        ],
    ),
    "ga4_bigquery": (
        "ga4_bigquery.jsonl",
        [
            ("ada", MAY_1, "purchase", 25.99, "T1"),
            ("33.44", "2026-05-01T10:00:01Z", "page_view", None, None),
            ("ada", MAY_2, "refund", -5.99, "T1"),
        ],
    ),
    "ga4_measurement": (
        "ga4_measurement.jsonl",
        [
            ("ada", MAY_1, "cart_add", 25.99, None),
            ("ada", MAY_1, "purchase", 25.99, "T1"),
            ("c2", MAY_2, "page_view", None, None),
        ],
    ),
    "segment_track": ("segment.jsonl", [("a2", "2026-05-01T09:59:00Z", "cart_add", None, None)]),
    "segment_page": ("segment.jsonl", [("a2", "2026-05-01T09:57:00Z", "page_view", None, None)]),
    "segment_orders": (
        "segment.jsonl",
        [("ada", MAY_1, "purchase", 20.00, "o1"), ("ada", MAY_2, "refund", -5.50, "o1")],
    ),
    "mparticle_batches": (
        "mparticle_batches.jsonl",
        [("ada", MAY_1, "purchase", 25.99, "T1"), ("ben@example.com", MAY_2, "app_session", None, None)],
    ),
    "mixpanel_events": (
        "mixpanel_events.jsonl",
        [("ada", MAY_1, "purchase", 25.99, "T1"), ("d2", MAY_2, "page_view", None, None)],
    ),
    "amplitude_events": (
        "amplitude_events.zip",
        [("ada", "2026-05-01T10:00:00.250000Z", "purchase", 25.00, None), ("d2", MAY_2, "app_session", None, None)],
    ),
    "klaviyo_events": (
        "klaviyo_events.json",
        [("01A", MAY_1, "purchase", 25.99, "T1"), ("01B", MAY_2, "mail_open", None, None)],
    ),
    "webhook_events": (
        "webhook_events.jsonl",
        [("ada", MAY_1, "purchase", 25.99, "o1"), ("ben", MAY_2, "subscription_renewed", None, "s1")],
    ),
    "putler_transactions": (
        "putler_transactions.csv",
        [
            ("ada@example.com", "2026-05-13T10:00:00Z", "purchase", 19.00, "T1"),
            ("ada@example.com", "2026-05-13T10:00:00Z", "purchase", 14.60, "T1"),
            ("ada@example.com", "2026-05-14T08:00:00Z", "refund", -14.60, "T1"),
        ],
    ),
    "canonical_table": (
        "canonical_table.csv",
        [
            ("ada", "2026-05-13T08:00:00Z", "purchase", 1234.50, "o1"),
            ("ben", "2026-05-14T08:00:00Z", "purchase", 9.50, "o2"),
        ],
    ),
}
ATTRIBUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "segment_identify": ("segment.jsonl", {"customer_id": "ada", "age": 36.0, "plan": "pro", "city": "Paris"}),
    "hubspot_contacts": (
        "hubspot_contacts.csv",
        {"customer_id": "ada@example.com", "lifecycle_stage": "Customer", "contact_owner": "7", "city": "Paris"},
    ),
}
METRICS = '{ column = "relationships.metric.data.id", values = { Vx3RyZ = "purchase", Qk2aBc = "mail_open" } }'


def declared(folder: Path, lines: str) -> dataset.Dataset:
    toml = folder / "shop.toml"
    toml.write_text(f'name = "shop"\nzone = "Europe/Paris"\ncurrency = "EUR"\n{lines}\n', encoding="utf-8")
    return dataset.load(str(toml))


def lines(name: str, file: str, *more: str) -> str:
    """Return a source of a dataset file: eight lines at the most make a business."""
    kind = "attributes" if name in ATTRIBUTES else "sources"
    own = (f"event = {METRICS}",) if name == "klaviyo_events" else ()
    return "\n".join([f"[[{kind}]]", f'path = "{FILES / file}"', f'format = "{name}"', *own, *more])


def happened(business: dataset.Dataset) -> list[Event]:
    table = events(business)
    rows = table.events.to_pylist()
    return [
        (
            str(row["customer_id"]),
            time,
            business.every_kind[row["kind"]],
            row["amount"] / MONEY_UNITS if row.get("amount") else None,
            None if row.get("order_id") is None else str(row["order_id"]),
        )
        for row, time in zip(rows, times(table), strict=True)
    ]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the files, with Amplitude's packed as it packs them."""
    folder = tmp_path / "files"
    shutil.copytree(FILES, folder)
    with zipfile.ZipFile(folder / "amplitude_events.zip", "w") as archive:
        packed = gzip.compress((FILES / "amplitude_events.jsonl").read_bytes())
        archive.writestr("123/123_2026-05-01_10#0.json.gz", packed)
    monkeypatch.setattr(f"{__name__}.FILES", folder)
    return folder


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_form_gives_the_events_that_stand_in_it(name: str, files: Path, tmp_path: Path) -> None:
    assert files.is_dir()
    file, expected = EXPECTED[name]
    assert happened(declared(tmp_path, lines(name, file))) == expected


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_a_form_gives_the_attributes_that_stand_in_it(name: str, tmp_path: Path) -> None:
    file, expected = ATTRIBUTES[name]
    business = declared(tmp_path, lines("canonical_table", "canonical_table.csv") + "\n" + lines(name, file))
    known, unusable = attributes.read(business)
    assert unusable.num_rows == 0
    (only,) = known.at(
        pa.array([expected["customer_id"]]), clock.parse("2026-06-01", ZoneInfo("UTC"), "as_of")
    ).to_pylist()
    assert {key: only[key] for key in expected} == expected


def test_every_preset_is_tried_and_known_by_its_own_file(files: Path) -> None:
    assert set(preset.presets()) == EXPECTED.keys() | ATTRIBUTES.keys()
    for name, file in {name: file for name, (file, _) in (*EXPECTED.items(), *ATTRIBUTES.items())}.items():
        assert f'format = "{name}"' in propose(files / file)


def test_rows_that_are_not_wanted_are_counted_apart(tmp_path: Path) -> None:
    taken = intake.take(declared(tmp_path, lines("ga4_bigquery", "ga4_bigquery.jsonl")))
    assert taken.aside.ignored == {str(FILES / "ga4_bigquery.jsonl"): 1}
    assert taken.rejects == {}
    assert any("ignored, as declared: 1 rows" in line for line in taken.said())


def test_what_the_dataset_file_says_goes_before_the_preset(tmp_path: Path) -> None:
    own = (
        "where = \"userId == 'ada'\"",
        'event = { when = [{ where = "event == \'Tooltip Shown\'", event = "feature_use" }] }',
        'columns = { category = "", channel = "\'web\'" }',
    )
    business = declared(tmp_path, lines("segment_track", "segment.jsonl", *own))
    assert business.sources[0].where == "(type == 'track') and (userId == 'ada')"
    assert "category" not in business.columns
    assert happened(business) == [("ada", "2026-05-01T09:58:00Z", "feature_use", None, None)]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            '[[sources]]\npath = "x"\nformat = "shopify"',
            "sources[0].format: got 'shopify'. Did you mean 'shopify_orders'",
        ),
        ('[[sources]]\npath = "x"\nformat = "hubspot_contacts"', "It holds attributes: name it there."),
        (
            '[[sources]]\npath = "x"\nformat = "klaviyo_events"',
            "'event' is required beside the format 'klaviyo_events'",
        ),
    ],
)
def test_a_format_that_cannot_be_taken_is_told(source: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=re.escape(said)):
        declared(tmp_path, source)


def test_what_is_said_of_purchases_is_not_said_of_refunds(tmp_path: Path) -> None:
    own = (
        'event = { when = [{ where = "Name in (\'#1001\', \'#1004\')", event = "ignored" }, { event = "purchase" }] }',
        'columns = { amount = "Subtotal", customer_id = "Name" }',
    )
    business = declared(tmp_path, lines("shopify_orders", "shopify_orders.csv", *own))
    assert happened(business) == [
        ("#1002", "2026-05-02T07:30:00Z", "purchase", 50.00, "#1002"),
        ("#1002", "2026-05-02T07:30:00Z", "refund", -20.00, "#1002"),
    ]


def test_events_of_several_currencies_inside_parameters_are_refused(tmp_path: Path) -> None:
    text = (FILES / "ga4_bigquery.jsonl").read_text(encoding="utf-8")
    (tmp_path / "ga4.jsonl").write_text(text.replace('"EUR"', '"USD"', 1), encoding="utf-8")
    business = declared(tmp_path, f'[[sources]]\npath = "{tmp_path / "ga4.jsonl"}"\nformat = "ga4_bigquery"')
    with pytest.raises(DatasetError, match=r"in several currencies by .*: EUR, USD"):
        events(business)


@pytest.mark.parametrize("wrong", ['format = ["x"]', 'columns = "x"', "event = { when = 5 }", "optional = 5"])
def test_what_has_the_wrong_type_is_told_in_words(wrong: str, tmp_path: Path) -> None:
    chosen = "" if wrong.startswith("format") else 'format = "ga4_bigquery"\n'
    with pytest.raises(DatasetError):
        declared(tmp_path, f'[[sources]]\npath = "x"\n{chosen}{wrong}')


def test_a_column_that_holds_several_values_is_no_customer_and_german_names_are_known(tmp_path: Path) -> None:
    (tmp_path / "web.jsonl").write_text('{"user": {"email": "ann@x.example"}, "ts": 1, "account_no": "7"}\n')
    assert 'customer_id = "account_no"\noccurred_at = "ts"' in propose(tmp_path / "web.jsonl")
    (tmp_path / "erp.csv").write_text("Belegnr;Belegdatum;Kundennr;Betrag\n1;01.05.2026;7;1,50\n")
    proposed = propose(tmp_path / "erp.csv")
    (tmp_path / "money.csv").write_text("customer,date,amount,Currency\n1,2026-05-01,1.5,EUR\n1,2026-05-01,1.5,\n")
    assert 'currency = "EUR"\n' in propose(tmp_path / "money.csv")
    (tmp_path / "money.csv").write_text("customer,date,amount,currency\n1,2026-05-01,1.5,EUR\n1,2026-05-01,1.5,usd\n")
    assert "# amounts are in EUR, USD: their source needs currency = {" in propose(tmp_path / "money.csv")
    assert 'customer_id = "Kundennr"\noccurred_at = "Belegdatum"\namount = "Betrag"\norder_id = "Belegnr"' in proposed
