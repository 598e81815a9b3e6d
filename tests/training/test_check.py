"""The report on a dataset before anything is trained, as a user runs it."""

from pathlib import Path

import pytest

from tests.conftest import run_here

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
    done = run_here("training.check", str(shop))
    assert done.returncode == 0, done.stderr
    for said in (
        "source orders.csv: 2 good rows (purchase)",
        "events: 2 of 2 customers",
        "rows kept aside: 1: customer_id is missing (such as orders.csv line 5: client is missing)",
        "12 days (Europe/Paris)",
        "days without any event: 10; the longest runs: 10 after 2021-02-03",
        "missing values: amount 0.0%, order_id 0.0%",
        "127 features left out: 14 for no event of kind page_view, 13 for no column discount",
        "no target is declared",
        "target churn_180d: not possible: a horizon of 180 days needs 236 days of events for one period, 416 for two",
    ):
        assert said in done.stdout, done.stdout


def test_it_says_what_is_known_of_customers(shop: Path) -> None:
    people = (
        "client,since,area,age,mail,later\nAmélie,,Nord,31,true,\nBjörn,2021-02-01,Sud,42,true,\nEve,,Nord,99,false,\n"
    )
    (shop.parent / "people.csv").write_text(
        f"{people}Björn,2021-02-01,Nord,42,true,\nAmélie,2030-01-01,Sud,31,false,x\n"
    )
    columns = (
        'customer_id = "client", valid_from = "since", region = "area", age = "age", mail = "mail", later = "later"'
    )
    with shop.open("a") as toml:
        toml.write(f'[[attributes]]\npath = "people.csv"\ncolumns = {{ {columns} }}\n')
    done = run_here("training.check", str(shop))
    assert done.returncode == 0, done.stderr
    for said in (
        "the customer has the same valid_from and other values (such as people.csv line 5: client is 'Björn')",
        "attribute region: text, known of 100.0% of customers; most often Nord 50%, Sud 50%",
        "attribute age: number, known of 100.0% of customers; median 36.5, from 31 to 42",
        "attribute mail: yes or no, known of 100.0% of customers; most often yes 100%",
        "attribute later: text, known of 0.0% of customers\n",
    ):
        assert said in done.stdout, done.stdout


def test_the_part_of_the_default_data_allows_every_target(part: Path) -> None:
    done = run_here("training.check", str(part))
    assert done.returncode == 0, done.stderr
    assert "rows kept aside" in done.stdout
    assert "2017-11-05 and 2017-12-03; base rate" in done.stdout
    assert "not possible" not in done.stdout
    assert "364 days (UTC)" in done.stdout


def test_a_wrong_dataset_is_one_line_and_exit_code_2() -> None:
    done = run_here("training.check", "complete_jorney")
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no dataset 'complete_jorney'")


def test_rules_are_told_with_their_sizes_and_a_wrong_one_is_one_line(shop: Path) -> None:
    text = shop.read_text(encoding="utf-8")
    shop.write_text(f'{text}[rules.rich]\nwhere = "spend(45) > 100"\n[rules.likely]\nwhere = "predicted.x > 3"\n')
    done = run_here("training.check", str(shop))
    assert done.returncode == 0, done.stderr
    assert "rule rich: 1 customer (50.0%) on 2021-02-15; fewer than 100 are too few to judge" in done.stdout
    assert "rule likely is not told: predictions need a trained bundle, and there is none" in done.stdout
    shop.write_text(f'{text}[rules.rich]\nwhere = "spend(45) = 100"\n')
    wrong = run_here("training.check", str(shop))
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: dataset 'checked_shop': rules.rich.where: 'spend(45) = 100' is no condition")
