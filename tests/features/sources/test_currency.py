"""Currencies: amounts of a source in several are worth what its rates say, or the source is refused."""

from pathlib import Path

import pytest

from features.dataset import DatasetError
from features.sources import batch
from tests.features.shop import json_lines, read, rejects

NO_RATE = batch.REASONS[batch.NO_RATE]
TEXT = "client,at,paid,off,currency\na,2017-05-01,10.00,1,EUR\nb,2017-05-01,10.00,0, usd\nc,2017-05-01,1250,0,JPY\n"
SALES = {"path": "s.csv", "columns": {"amount": "paid", "discount": "off"}}


def test_amounts_are_worth_what_the_rates_say(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(TEXT)
    rates = {"column": "currency", "rates": {"USD": 0.92, "EUR": 1, "JPY": 0.0061}}
    events = read(tmp_path, SALES | {"currency": rates}).events
    # 10.00 EUR, 10.00 USD * 0.92 = 9.20 and 1,250 JPY * 0.0061 = 7.625, in ten-thousandths.
    assert events["amount"].to_pylist() == [100_000, 92_000, 76_250]
    assert events["discount"].to_pylist() == [10_000, 0, 0]


def test_a_row_whose_currency_has_no_rate_is_kept_aside(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(TEXT + "d,2017-05-01,5,,\ne,2017-05-01,,,GBP\n")
    rates = {"column": "currency", "rates": {"EUR": 1, "USD": 0.92}}
    canonical = read(tmp_path, SALES | {"event": "contact", "currency": rates})
    assert rejects(canonical) == [(0, 3, NO_RATE), (0, 4, NO_RATE)]
    assert canonical.events["amount"].to_pylist() == [100_000, 92_000, 0]  # who paid nothing needs no rate


def test_several_currencies_without_rates_are_refused_with_the_line_to_add(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(TEXT)
    with pytest.raises(DatasetError) as caught:
        read(tmp_path, SALES)
    assert str(caught.value) == (
        "dataset 'shop': sources[0]: its amounts are in several currencies by 'currency': EUR, JPY, USD. Say what one"
        " of each is worth in the dataset's currency; add the line, with the rates that are right:"
        ' currency = { column = "currency", rates = { EUR = ..., JPY = ..., USD = ... } }'
    )


@pytest.mark.parametrize("name", ["Currency", "currency_code"])
def test_one_currency_needs_no_rate(tmp_path: Path, name: str) -> None:
    rows = "client,at,paid,off," + name + "\na,2017-05-01,1,0,EUR\nb,2017-05-01,2,0,\n"
    (tmp_path / "s.csv").write_text(rows)
    assert read(tmp_path, SALES).events["amount"].to_pylist() == [10_000, 20_000]
    (tmp_path / "s.csv").write_text(rows + "c,2017-05-01,2,0,USD\n")
    with pytest.raises(DatasetError, match=f"several currencies by '{name}': EUR, USD"):
        read(tmp_path, SALES)
    kept = read(tmp_path, SALES | {"where": f"{name} == 'USD'"})
    assert kept.events["amount"].to_pylist() == [20_000]


def test_a_currency_inside_a_column_is_found(tmp_path: Path) -> None:
    rows = [
        {"client": who, "at": "2017-05-01", "properties": {"paid": 2.5, "currency": code}}
        for who, code in (("a", "EUR"), ("b", "USD"))
    ]
    json_lines(tmp_path / "s.jsonl", *rows)
    sales = {"path": "s.jsonl", "columns": {"amount": "properties.paid"}}
    with pytest.raises(DatasetError, match=r"by 'properties.currency': EUR, USD"):
        read(tmp_path, sales)
    rates = {"column": "properties.currency", "rates": {"EUR": 1, "USD": 0.9}}
    assert read(tmp_path, sales | {"currency": rates}).events["amount"].to_pylist() == [25_000, 22_500]


def test_a_column_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(TEXT)
    with pytest.raises(DatasetError, match=r"currency.column: there is no column 'curency'. Did you mean 'currency'"):
        read(tmp_path, SALES | {"currency": {"column": "curency", "rates": {"USD": 1}}})


@pytest.mark.parametrize(
    ("currency", "message"),
    [
        ({"column": "currency", "rates": {}}, "sources[0].currency.rates: got none; at least one is needed"),
        ({"column": "currency", "rates": {"USD": 0}}, "`float` > 0.0"),
        ({"column": "currency", "rates": {"USD": 1, "usd": 1}}, "sources[0].currency.rates: got 'usd' again"),
        ({"column": "currency", "rate": {"USD": 1}, "rates": {"USD": 1}}, "unknown key 'rate'. Did you mean 'rates'?"),
    ],
)
def test_wrong_rates_are_told(tmp_path: Path, currency: dict[str, object], message: str) -> None:
    (tmp_path / "s.csv").write_text(TEXT)
    with pytest.raises(DatasetError) as caught:
        read(tmp_path, SALES | {"currency": currency})
    assert message in str(caught.value)


def test_rows_that_do_not_count_need_no_rate(tmp_path: Path) -> None:
    rows = TEXT.replace("currency\n", "currency,state\n").replace("EUR\n", "EUR,paid\n")
    rows = rows.replace("usd\n", "usd,draft\n").replace("JPY\n", "JPY,bot\n") + "d,2017-05-01,,,GBP,paid\n"
    (tmp_path / "s.csv").write_text(rows)
    by_value = {"column": "state", "values": {"paid": "contact"}, "ignored": ["draft", "bot"]}
    assert read(tmp_path, SALES | {"event": by_value}).events["amount"].to_pylist() == [100_000, 0]
    by_rule = {"when": [{"where": "state == 'draft'", "event": "ignored"}, {"event": "contact"}]}
    (tmp_path / "s.csv").write_text(rows)
    machine = SALES | {"event": by_rule, "machine": "state == 'bot'"}
    assert read(tmp_path, machine).events["amount"].to_pylist() == [100_000, 0]
    with pytest.raises(DatasetError, match="several currencies by 'currency': EUR, JPY"):
        read(tmp_path, SALES | {"event": by_rule})


def test_a_row_without_a_rate_names_the_currency(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(TEXT + "d,2017-05-01,5,,\n")
    rates = {"column": "currency", "rates": {"EUR": 1, "USD": 0.92}}
    found = read(tmp_path, SALES | {"currency": rates}).rejects.to_pylist()
    assert [(row["line"], row["column"], row["value"], row["reason"]) for row in found] == [
        (4, "currency", "JPY", NO_RATE),
        (5, "currency", None, NO_RATE),
    ]


def test_a_currency_in_a_map_of_very_many_names_is_found(tmp_path: Path) -> None:
    """Klaviyo's event properties become a map where events have hundreds of them."""
    more = [{f"k{3 * n + m}": n for m in range(3)} for n in range(400)]
    rows = [
        {
            "client": "a",
            "at": "2017-05-01",
            "attributes": {"event_properties": {"$value": 2.5, "currency": code} | names},
        }
        for code, names in zip(["USD", "EUR"] * 200, more, strict=True)
    ]
    json_lines(tmp_path / "s.jsonl", *rows)
    inside = "attributes.event_properties"
    sales = {"path": "s.jsonl", "columns": {"amount": f"{inside}.`$value`", "quantity": f"{inside}.k4"}}
    with pytest.raises(DatasetError, match=rf"by '{inside}.currency': EUR, USD"):
        read(tmp_path, sales)
    rates = {"column": f"{inside}.currency", "rates": {"EUR": 1, "USD": 0.9}}
    found = read(tmp_path, sales | {"currency": rates}).events
    assert found["amount"].to_pylist() == [22_500, 25_000] * 200
    assert found["quantity"].to_pylist() == [0, 1000] + [0] * 398


def test_an_expression_of_the_currency_that_no_file_has_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(TEXT)
    with pytest.raises(DatasetError, match=r"priced_in: there is no column 'money'"):
        read(tmp_path, SALES | {"priced_in": "lower(money)"})
