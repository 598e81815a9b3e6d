"""Words: how the report says things and figures in its reader's language; what has no words there stays English."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
from markupsafe import Markup

from training.charts import number
from training.charts.reader import Reader
from training.kpis import kpi
from training.report.texts import Text, typeset
from training.report.texts import reader as reader_of_report

FILE = "texts.toml"
_MEANINGS = {one.name: one.meaning for one in kpi.KPIS} | {name: meaning for name, meaning, *_ in kpi.ACQUIRING}


@dataclass(frozen=True)
class Words:
    """Puts texts and figures into a language."""

    reader: Reader
    words: dict[str, str]
    currency: str

    def __call__(self, text: str, **values: object) -> Markup:
        """Return a text with its values, which are escaped."""
        return Markup(self.words.get(text, text)).format(**values)  # noqa: S704  texts are of this package

    def filled(self, text: str, **values: object) -> str:
        """Return the same as plain text, which whoever shows it has to escape."""
        return self.words.get(text, text).format(**values)

    def whole(self, value: float | None) -> str:
        """Return a count; a dash for what is not told."""
        return number.MISSING if value is None else self.reader.whole(value)

    def share(self, value: float | None) -> str:
        """Return a share in per cent; a dash for what is not told."""
        return number.MISSING if value is None else self.reader.share(value, 0)

    def figure(self, value: float | None, unit: str) -> str:
        """Return a figure with its unit; a dash for what is not known."""
        if value is None:
            return number.MISSING
        if unit == kpi.SHARE:
            return self.reader.share(value, 1)
        if unit == kpi.MONEY:
            return f"{self.reader.money(value, self.currency)} {self.currency}".strip()
        return self.reader.whole(value) if unit == kpi.DAYS else self.reader.decimal(value, 2)

    def change(self, value: float | None, unit: str) -> str:
        """Return a change with its sign; that of a share in points."""
        if value is None:
            return number.MISSING
        if unit != kpi.SHARE:
            return number.signed(self.figure(value, unit))
        return self.filled("{points} points", points=number.signed(self.reader.decimal(100 * value, 1)))

    def kpi(self, name: str) -> str:
        """Return what a KPI means, as a sentence begins."""
        meaning = self.words.get(_MEANINGS[name], _MEANINGS[name])
        return meaning[0].upper() + meaning[1:]


@cache
def table() -> tuple[Text, ...]:
    """Return all texts."""
    stored = tomllib.loads((Path(__file__).parent / FILE).read_text(encoding="utf-8"))
    return msgspec.convert(stored["texts"], tuple[Text, ...])


def words(language: str, currency: str) -> Words:
    """Return how the report is said in a language, with amounts in a currency."""
    own = {
        one.en: typeset(said, language) for one in table() if (said := getattr(one, language, "")) and language != "en"
    }
    return Words(reader_of_report(language), own, currency)
