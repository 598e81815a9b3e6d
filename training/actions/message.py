"""A message: what customers are told, in their language, by templates whose fields are typed; nothing is evaluated."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from features.dataset import Dataset, DatasetError
from features.nearest import explained, nearest

_NAME = r"[A-Za-z][A-Za-z0-9_]*"
MAIN = "main"
"""The variant that the message itself is."""
PRODUCTS = "products"
OFFER = ("offer_code", "offer_value", "offer_until", "offer_title")
OWN = ("customer_id", PRODUCTS, *OFFER)
"""Fields that every message may have, beside attributes."""
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}|]*)(\|[^{}]*)?\}|[{}]")
"""A brace that is meant, a field, perhaps with what stands in its place where it is not known, or a brace alone."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is told, by language."""

    body: dict[str, str]
    subject: dict[str, str] = {}


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table `[messages.NAME]`."""

    body: dict[str, str]
    subject: dict[str, str] = {}
    channel: Literal["mail", "sms", "push"] = "mail"
    """How values are escaped: in the body of a mail as HTML."""
    tone: str = ""
    """For whoever reads the file."""
    variants: dict[str, Text] = {}
    """Other texts, which chance gives to as many each."""

    @property
    def texts(self) -> dict[str, Text]:
        """All variants by name, the message itself first."""
        return {MAIN: Text(self.body, self.subject), **self.variants}


@dataclass(frozen=True)
class Filled:
    """A message for one customer."""

    subject: str
    body: str
    missing: tuple[str, ...] = ()
    """Fields that are not known and have nothing in their place: such a message is not sent."""
    language: str = ""


def declared(dataset: Dataset, name: str) -> Message:
    """Return a message of a dataset.

    Raises:
        DatasetError: there is none, or a key, a language or a field is not allowed.
    """
    where = f"dataset {dataset.name!r}: messages.{name}"
    if name not in dataset.messages:
        raise DatasetError(f"{where}: there is none.{nearest(name, dataset.messages)}")
    try:
        message = msgspec.convert(dataset.messages[name], Message)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {explained(error, Message.__struct_fields__)}") from None
    for variant, text in message.texts.items():
        own = where if variant == MAIN else f"{where}.variants.{variant}"
        if not re.fullmatch(_NAME, variant) or (variant == MAIN and MAIN in message.variants):
            raise DatasetError(f"{own}: letters, digits and '_' are allowed, and {MAIN!r} is the message itself.")
        for part, by in (("body", text.body), ("subject", text.subject)):
            _check(dataset, f"{own}.{part}", by, part == "body" or bool(message.subject))
        if (message.subject or text.subject) and (apart := sorted(set(text.body) ^ set(text.subject))):
            listed = ", ".join(map(repr, apart))
            raise DatasetError(f"{own}: body and subject are needed in the same languages; {listed}: got one of them.")
    return message


def _check(dataset: Dataset, where: str, by: Mapping[str, str], needed: bool) -> None:
    """Check that there is a text in the dataset's language, and that all fields are known."""
    for language in by:
        if not re.fullmatch("[a-z]{2}", language):
            raise DatasetError(f"{where}: got the language {language!r}; two small letters are allowed, such as 'de'.")
    if needed and dataset.language not in by:
        raise DatasetError(f"{where}: there is nothing in {dataset.language!r}, the language of the dataset.")
    allowed = [*OWN, *attributes(dataset)]
    for language, text in by.items():
        for found in _FIELD.finditer(text):
            if found[0] in {"{", "}"}:
                raise DatasetError(f"{where}.{language}: got a {found[0]} alone; write {found[0] * 2} for one.")
            if found[1] is not None and found[1] not in allowed:
                raise DatasetError(f"{where}.{language}: there is no field {found[1]!r}.{nearest(found[1], allowed)}")


def attributes(dataset: Dataset) -> list[str]:
    """Return the attributes that a message may tell: none that is sensitive."""
    sensitive = dataset.consent.sensitive if dataset.consent else ()
    return [name for table in dataset.attributes for name in table.attributes if name not in sensitive]


def fields(message: Message) -> set[str]:
    """Return the fields of a message, in any of its texts."""
    every = (one for text in message.texts.values() for by in (text.body, text.subject) for one in by.values())
    return {found[1] for text in every for found in _FIELD.finditer(text) if found[1] is not None}


def spoken(own: Any, dataset: Dataset, text: Text) -> str:
    """Return the language that a customer is told in: their own where there is a text in it, else the dataset's."""
    code = str(own or "").strip().replace("_", "-").partition("-")[0].lower()
    return code if code in text.body else dataset.language


def filled(message: Message, variant: str, language: str, values: Mapping[str, Any]) -> Filled:
    """Return a message with the values of one customer; no value is read as a template again.

    Args:
        message: what is told.
        variant: one of its texts.
        language: one that it has.
        values: by field; None, and an empty text or list, is not known.
    """
    text, missing = message.texts[variant], list[str]()
    plain = _told(text.subject.get(language, ""), values, _line, missing)
    body = _told(text.body[language], values, _html if message.channel == "mail" else _line, missing)
    return Filled(plain, body, tuple(dict.fromkeys(missing)), language)


def _told(template: str, values: Mapping[str, Any], escaped: Callable[[str], str], missing: list[str]) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][0]
        value = _text(values.get(found[1]))
        if value:
            return escaped(value)
        if found[2] is None:
            missing.append(found[1])
            return ""
        return found[2][1:]  # what its author wrote

    return _FIELD.sub(one, template)


def _text(value: Any) -> str:
    """Return a value as people read it; empty where it is not known."""
    if value is None or value != value:  # noqa: PLR0124  # NaN is not itself
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(filter(None, map(_text, value)))
    return str(value).strip()


def _line(value: str) -> str:
    """Return a value on one line: a line's end would begin another header, or another message."""
    return _CONTROL.sub(" ", value)


def _html(value: str) -> str:
    return html.escape(_line(value))
