"""The report on a dataset before anything is trained, as a user runs it."""

from pathlib import Path

import pytest

from tests.conftest import run

ORDERS = (
    "\ufeffclient;date;total;facture\nAmélie;03/02/2021;12,50;A1\nBjörn;14/02/2021;1.234,00;A2\n\n;26/02/2021;3,00;A4\n"
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    toml = tmp_path / "shop.toml"
    toml.write_text(
        'name = "checked_shop"\nzone = "Europe/Paris"\n[[sources]]\npath = "orders.csv"\nevent = "purchase"\n'
        'columns = { customer_id = "client", occurred_at = "date", amount = "total", order_id = "facture" }\n',
        encoding="utf-8",
    )
    return toml


def test_it_says_what_the_sources_hold_and_what_will_be_possible(shop: Path) -> None:
    done = run("features.check", str(shop))
    assert done.returncode == 0, done.stderr
    for said in (
        "source orders.csv: 2 good rows (purchase)",
        "events: 2 of 2 customers",
        "rows kept aside: 1: customer_id is missing (such as orders.csv row 3)",
        "12 days (Europe/Paris)",
        "days without any event: 10; the longest runs: 10 after 2021-02-03",
        "missing values: amount 0.0%, order_id 0.0%",
        "left out for no column quantity: units_28d, units_84d, units_364d",
        "no target is declared",
        "target churn_180d: not possible: at least 180 days of events are needed; got 12.",
    ):
        assert said in done.stdout, done.stdout


def test_the_part_of_the_default_data_allows_every_target(part: Path) -> None:
    done = run("features.check", str(part))
    assert done.returncode == 0, done.stderr
    assert "rows kept aside" in done.stdout
    assert "at 2017-12-03, base rate" in done.stdout
    assert "not possible" not in done.stdout
    assert "364 days (UTC)" in done.stdout


def test_a_wrong_dataset_is_one_line_and_exit_code_2() -> None:
    done = run("features.check", "complete_jorney")
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no dataset 'complete_jorney'")
