"""The reader: words and numbers of a language, English where it has none, values escaped."""

from training.charts.reader import ENGLISH, Reader

FRENCH = Reader(
    "fr",
    {"{count} rows": "{count} lignes"},
    {"in {n} days": "en {n} jours", "low": "bas", "{a} of {b}": "{a} de {b}", "by {a} of {b}": "par {a} de {b}"},
    " ",
    ",",
)


def test_a_text_has_its_words_and_its_values_escaped() -> None:
    assert FRENCH("{count} rows", count="<b>") == "&lt;b&gt; lignes"
    assert FRENCH.filled("{count} rows", count="<b>") == "<b> lignes"
    assert FRENCH("{count} columns", count=3) == "3 columns"
    assert ENGLISH("{count} rows", count=3) == "3 rows"


def test_numbers_have_the_readers_signs() -> None:
    assert [FRENCH.whole(1234), FRENCH.decimal(1234.5, 1), FRENCH.amount(0.125)] == ["1 234", "1 234,5", "0,12"]
    assert [FRENCH.money(1234.5, "EUR"), FRENCH.short(1234.5, "EUR")] == ["1 234,50", "1 234"]
    assert FRENCH.share(float("nan")) == ENGLISH.share(float("nan"))
    assert ENGLISH.decimal(1234.5, 1) == "1,234.5"


def test_a_phrase_is_recognised_with_what_stands_in_it() -> None:
    assert FRENCH.phrase("low") == "bas"
    assert FRENCH.phrase("in 28 days") == "en 28 jours"
    assert FRENCH.phrase("low of in 7 days") == "bas de en 7 jours"
    assert FRENCH.phrase("by low of wine") == "par bas de wine"
    assert FRENCH.phrase("in 28 days or so") == "in 28 days or so"
    assert ENGLISH.phrase("in {n} days") == "in {n} days"
