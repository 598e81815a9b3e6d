"""Numbers: digits, signs, and what is not a number."""

import pytest

from training.charts import number


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (number.whole(1234567), "1,234,567"),
        (number.share(0.1234), "12.3\N{NO-BREAK SPACE}%"),
        (number.share(-0.00001), "0.0\N{NO-BREAK SPACE}%"),
        (number.decimal(-0.25), "\N{MINUS SIGN}0.250"),
        (number.decimal(float("nan")), number.MISSING),
        (number.share(float("inf")), number.MISSING),
        (number.amount(0), "0"),
        (number.amount(0.456), "0.46"),
        (number.amount(12.345), "12.3"),
        (number.amount(-54321.9), "\N{MINUS SIGN}54,322"),
        (number.money(1234.5, "EUR"), "1,234.50"),
        (number.money(-1249.6, "JPY"), "\N{MINUS SIGN}1,250"),
        (number.money(0.12345, "kwd"), "0.123"),
        (number.money(12.345, "units of currency"), "12.35"),
        (number.short(1234.5, "EUR"), "1,234"),
        (number.short(12.5, "EUR"), "12.50"),
        (number.short(12.5, "JPY"), "12"),
        (number.signed("0.1"), "+0.1"),
        (number.signed("\N{MINUS SIGN}0.1"), "\N{MINUS SIGN}0.1"),
        (number.signed(number.MISSING), number.MISSING),
    ],
)
def test_a_number_is_written_so(written: str, expected: str) -> None:
    assert written == expected
