"""The declaration of consent: what its types cannot say is checked here."""

import re
from collections.abc import Collection, Sequence

from features.consent.answers import folded
from features.consent.consent import ADS, DEFAULT, IGNORED, PROFILING, AnswerTable, Consent
from features.nearest import nearest

_NAME = "[a-z][a-z0-9_]*"
_COLUMNS = ("purpose", "answer", "valid_from")


def check(consent: Consent, kinds: Sequence[str], attributes: Collection[str]) -> None:
    """Check what is declared.

    Args:
        consent: the declaration.
        kinds: the kinds of identifiers that the dataset has.
        attributes: the names of the dataset's attributes.

    Raises:
        ValueError: something is not allowed; the message begins with the place.
    """
    _check_purposes(consent)
    for key, by_purpose in (("unknown", consent.unknown), ("valid_days", consent.valid_days)):
        for name in by_purpose:
            if not (key == "unknown" and name == DEFAULT):
                _one_of(f"{key}", name, consent.purposes)
    if consent.gpc and ADS not in consent.purposes:
        raise ValueError(f"gpc: got {consent.gpc!r}, which opts out of {ADS!r}: purposes must have it.")
    if bool(consent.minimum_age) != bool(consent.age):
        raise ValueError(
            "minimum_age and age: got one of them; the one needs the other, an attribute that tells the age."
        )
    if consent.age:
        _one_of("age", consent.age, attributes)
    for place, table in enumerate(consent.sources):
        _check_table(table, consent, kinds, f"sources[{place}]")


def _check_purposes(consent: Consent) -> None:
    for name in consent.purposes:
        if not re.fullmatch(_NAME, name) or name in {DEFAULT, IGNORED}:
            raise ValueError(f"purposes: got {name!r}; small letters, digits and '_' are allowed, but no word of ours.")
    if PROFILING not in consent.purposes:
        raise ValueError(
            f"purposes: got {', '.join(consent.purposes) or 'none'}; {PROFILING!r} is needed with its basis, such as"
            f' purposes = {{ {PROFILING} = "legitimate_interest" }}: whatever is learned or answered rests on it.'
        )


def _check_table(table: AnswerTable, consent: Consent, kinds: Sequence[str], where: str) -> None:
    for column in table.columns:
        _one_of(f"{where}.columns", column, (*kinds, *_COLUMNS))
    if not any(kind in table.columns for kind in kinds):
        needed = f"{kinds[0]!r} is required" if len(kinds) == 1 else f"one of {', '.join(kinds)} is needed"
        raise ValueError(f"{where}.columns: {needed}; got {', '.join(sorted(table.columns)) or 'none'}.")
    if "answer" not in table.columns:
        raise ValueError(f"{where}.columns: 'answer' is required; got {', '.join(sorted(table.columns))}.")
    if bool(table.purpose) == ("purpose" in table.columns):
        got = "both" if table.purpose else "neither"
        raise ValueError(f"{where}: got {got}; either a column `purpose` or `purpose` of all rows is allowed.")
    if table.purpose:
        _one_of(f"{where}.purpose", table.purpose, consent.purposes)
    for word, name in table.purposes.items():
        _one_of(f"{where}.purposes.{word}", name, (*consent.purposes, IGNORED))
    for key, words in (("purposes", table.purposes), ("answers", table.answers)):
        seen: set[str] = set()
        for word in words:
            if folded(word) in seen:
                raise ValueError(f"{where}.{key}: got {word!r} again; each word is allowed once, however it is spelt.")
            seen.add(folded(word))


def _one_of(where: str, got: str, allowed: Collection[str]) -> None:
    if got not in allowed:
        raise ValueError(f"{where}: got {got!r}.{nearest(got, allowed)}")
