"""The reader: in which language the words of a drawing or page stand, and by which signs its numbers are written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from string import Formatter

from markupsafe import Markup

from training.charts import number

_NUMBER = re.compile(r"[-+\N{MINUS SIGN}]?[\d,]*\d(\.\d+)?( [A-Z]{3})?")
"""A number that stands in a phrase, with its currency."""


@dataclass(frozen=True)
class Reader:
    """Puts English texts and numbers into somebody's language; what it has no words of stays English."""

    language: str = "en"
    words: Mapping[str, str] = field(default_factory=dict)
    """By English text; `{name}` is the place of a value, in both. They may hold simple elements of HTML."""
    phrases: Mapping[str, str] = field(default_factory=dict)
    """The same of texts that come with the data, whose values are told from them."""
    thousands: str = ","
    point: str = "."

    def __call__(self, text: str, **values: object) -> Markup:
        """Return a text with its values, which are escaped."""
        return Markup(self.template(text)).format(**values)  # noqa: S704  texts are of this package

    def filled(self, text: str, **values: object) -> str:
        """Return the same as plain text, which whoever shows it has to escape."""
        return self.template(text).format(**values)

    def template(self, text: str) -> str:
        """Return a text with the places of its values."""
        return self.words.get(text, text)

    def phrase(self, text: str) -> str:
        """Return a text that came with the data, such as what a target means; one that is not known as it is.

        Example:
            >>> Reader(phrases={"in {n} days": "en {n} jours", "low": "bas"}).phrase("in 28 days")
            'en 28 jours'
        """
        if text in self.phrases:
            return self.phrases[text]
        if _NUMBER.fullmatch(text):
            return self.signs(text)
        for pattern, words in self._patterns:
            if found := pattern.fullmatch(text):
                return words.format(**{name: self.phrase(value) for name, value in found.groupdict().items()})
        return text

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """What recognises a phrase, the longest first."""
        longest = sorted((text for text in self.phrases if "{" in text), key=len, reverse=True)
        return tuple((_pattern(text), self.phrases[text]) for text in longest)

    def signs(self, written: str) -> str:
        """Return a number that is written as in English by the reader's signs."""
        return written.translate({ord(","): self.thousands, ord("."): self.point})

    def whole(self, value: float) -> str:
        """Return a count, with its thousands set apart."""
        return self.signs(number.whole(value))

    def share(self, value: float, decimals: int = 1) -> str:
        """Return a share or probability in per cent."""
        return self.signs(number.share(value, decimals))

    def decimal(self, value: float, decimals: int = 3) -> str:
        """Return a figure without a unit."""
        return self.signs(number.decimal(value, decimals))

    def amount(self, value: float) -> str:
        """Return a quantity of any size."""
        return self.signs(number.amount(value))

    def money(self, value: float, currency: str) -> str:
        """Return an amount without its currency."""
        return self.signs(number.money(value, currency))

    def short(self, value: float, currency: str) -> str:
        """Return an amount as an axis has room for it."""
        return self.signs(number.short(value, currency))


def _pattern(text: str) -> re.Pattern[str]:
    parts = ((re.escape(before), name) for before, name, _, _ in Formatter().parse(text))
    return re.compile("".join(before + (f"(?P<{name}>.+?)" if name else "") for before, name in parts))


ENGLISH = Reader()
