"""What was spent by day: read as other tables are, and what cannot be read is told."""

from pathlib import Path

import pytest

from features.dataset import Dataset, DatasetError, load
from features.sources import costs

TEXT = """name = "shop"
currency = "EUR"
[[sources]]
path = "sales.csv"
event = "purchase"
columns = { customer_id = "client", occurred_at = "at", amount = "paid" }
"""


def shop(folder: Path, table: str, rows: str, encoding: str = "utf-8") -> Dataset:
    (folder / "spend.csv").write_text(rows, encoding=encoding)
    toml = folder / "shop.toml"
    toml.write_text(f'{TEXT}\n[[costs]]\npath = "spend.csv"\n{table}', encoding="utf-8")
    return load(str(toml))


COLUMNS = 'columns = { day = "date", amount = "cost", campaign_id = "campaign", channel = "via" }\n'


def test_rows_are_read_with_their_decimals_currencies_and_what_they_are_for(tmp_path: Path) -> None:
    rows = (
        "date;cost;campaign;via;why;cur\n"
        "2026-01-02;1.200,50;;search;won;EUR\n"
        "2026-01-03;100,00;größer;;mail;USD\n"
        "2026-01-03;7,00;;post;mail;EUR\n"
    )
    table = (
        COLUMNS
        + "acquisition = \"why == 'won'\"\ndecimal = ','\nencoding = 'cp1252'\n"
        + 'currency = { column = "cur", rates = { USD = 0.5 } }\n'
    )
    found = costs.read(shop(tmp_path, table, rows, "cp1252"))
    assert found.amount.tolist() == [1200.5, 50.0, 7.0]
    assert found.acquisition.tolist() == [True, False, False]
    assert found.campaign == (None, "größer", None)
    assert found.channel == ("search", None, "post")
    assert found.notes == ()


def test_what_cannot_be_read_is_told_and_stops_no_good_row(tmp_path: Path) -> None:
    rows = "date,cost,campaign,via\n2026-01-02,12,a,\nsoon,5,a,\n2026-01-04,much,a,\n2026-01-05,,a,\n"
    found = costs.read(shop(tmp_path, COLUMNS, rows))
    assert found.amount.tolist() == [12.0]
    assert [note.split(": ")[2].split(" (")[0] for note in found.notes] == list(costs.REASONS[1:3])
    assert "2 rows" in found.notes[1]
    assert "'soon 5'" in found.notes[0]


def test_several_currencies_without_rates_are_refused(tmp_path: Path) -> None:
    rows = "date,cost,campaign,via,currency\n2026-01-02,12,a,,EUR\n2026-01-02,12,a,,USD\n"
    with pytest.raises(DatasetError, match=r"costs\[0\]: its amounts are in several currencies"):
        costs.read(shop(tmp_path, COLUMNS, rows))


def test_days_are_of_the_datasets_zone(tmp_path: Path) -> None:
    shop_of = shop(tmp_path, 'columns = { day = "date", amount = "cost" }\n', "date,cost\n2026-07-01,3\n")
    (tmp_path / "shop.toml").write_text(
        (tmp_path / "shop.toml").read_text().replace('currency = "EUR"', 'currency = "EUR"\nzone = "Europe/Paris"')
    )
    utc, paris = costs.read(shop_of), costs.read(load(str(tmp_path / "shop.toml")))
    assert utc.day[0] - paris.day[0] == 2 * 3600 * 1_000_000


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('columns = { day = "date" }', "'amount' is required"),
        ('columns = { day = "date", amount = "cost", canal = "via" }', "got 'canal'"),
        (COLUMNS + 'for = "all"', "unknown key 'for'"),
        (COLUMNS + 'decimal = ";"', "decimal: got ';'"),
        (COLUMNS + "acquisition = 3", "acquisition"),
        ('columns = { day = "dat", amount = "cost" }', "there is no column 'dat'"),
    ],
)
def test_a_table_that_is_declared_wrongly_is_refused(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        costs.read(shop(tmp_path, table, "date,cost,campaign,via\n2026-01-02,12,a,\n"))
