"""Texts: everything that the page says, in English and in other languages, in one table, `texts.toml`.

Templates and code hold the English, by which the table is looked up. A text without words in a language stays English.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

import msgspec

from training.charts.reader import Reader
from training.reasons.wording import ENGLISH, first

FILE = "texts.toml"
FRENCH = "fr"


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text, with `{name}` where a value stands."""

    en: str
    fr: str = ""


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table."""

    texts: tuple[Text, ...]
    """What the page itself says."""
    phrases: tuple[Text, ...]
    """What comes with the data, in English: what targets mean, why rows were kept aside."""


@cache
def table() -> Texts:
    """Return the table."""
    stored = tomllib.loads((Path(__file__).parent / FILE).read_text(encoding="utf-8"))
    return msgspec.convert(stored, Texts)


@cache
def reader(language: str) -> Reader:
    """Return who reads the page in a language; where the table has none of its words, in English."""
    every = table()
    words, phrases = (_words(own, language) for own in (every.texts, every.phrases))
    if not words:
        return Reader(ENGLISH)
    return Reader(language, words, phrases, first(language, "thousands"), first(language, "decimal point"))


def _words(texts: tuple[Text, ...], language: str) -> dict[str, str]:
    return {
        text.en: typeset(own, language)
        for text in texts
        if (own := getattr(text, language, "")) and language != ENGLISH
    }


def typeset(text: str, language: str) -> str:
    """Return text as its language sets it: French has apostrophes, and spaces before marks at which no line breaks."""
    if language != FRENCH:
        return text
    text = re.sub(r" (?=[;!?%])", "\N{NARROW NO-BREAK SPACE}", text)
    text = re.sub(r" (?=:)", "\N{NO-BREAK SPACE}", text)
    return re.sub(r"(?<=\w)'(?=[\w{<])", "\N{RIGHT SINGLE QUOTATION MARK}", text)
