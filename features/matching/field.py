"""Fields: attributes by which people are told apart, and what is made of their values before they are compared."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from features.arrow import quoted
from features.dataset import Dataset, DatasetError
from features.identity.identity import Form
from features.nearest import nearest

LEAST = 3
"""With fewer fields nothing can be learned of how often each errs."""

OWN: frozenset[Form] = frozenset({"name", "email", "date", "id"})
"""Fields that are a person's own; what the others say may be true of all who live together."""

NAMED: Mapping[str, Form] = {
    r"((first|given|middle|full)_?)?name|forename|vorname": "name",
    r"(last|family|sur|maiden)_?name|nachname": "family",
    r"(e_?)?mail(_?address)?": "email",
    r"(mobile_?)?(phone|tel|telephone|telefon|mobile|handy)(_?number)?": "phone",
    r"(date_of_)?birth(_?da(y|te))?|born|dob|geburtsdatum": "date",
    r"ssn|soc_?sec(_?id)?|tax_?(id|number)|passport(_?number)?": "id",
    r"post_?code|postal_?code|zip(_?code)?|plz|(house|street)_?number|hausnummer": "code",
    r"street|strasse|address(_?(line_?)?\d)?|city|town|suburb|ort": "text",
    r"sex|gender|state|country": "exact",
}
"""What an attribute is whose whole name, in small letters, is like that."""

_TEXT = "regexp_replace(lower(strip_accents({x})), '[^\\w@]+', ' ', 'g')"
_LETTERS = "upper(regexp_replace({x}, '[^A-Za-z0-9]', '', 'g'))"
_DIGITS = "regexp_replace({x}, '[^0-9]', '', 'g')"
_CLEANED: Mapping[Form, str] = {
    "name": _TEXT,
    "family": _TEXT,
    "text": _TEXT,
    "exact": "lower({x})",
    "email": "lower({x})",
    "phone": f"right({_DIGITS}, 9)",  # with or without the country's code
    "date": _DIGITS,
    "id": _LETTERS,
    "code": _LETTERS,
}


@dataclass(frozen=True)
class Field:
    """An attribute by which people are told apart."""

    name: str
    form: Form

    @property
    def own(self) -> bool:
        """Whether it is a person's own."""
        return self.form in OWN

    def cleaned(self, number: bool) -> str:
        """Return SQL for its values without what is written now one way, now the other; NULL where nothing is left.

        Args:
            number: whether it is one, and no text.
        """
        text = quoted(self.name)
        if number:
            whole = f"CAST(CAST({text} AS HUGEINT) AS VARCHAR)"
            text = f"CASE WHEN {text} = floor({text}) THEN {whole} ELSE CAST({text} AS VARCHAR) END"
        return f"nullif(trim({_CLEANED[self.form].format(x=f'({text})')}), '')"


def fields(dataset: Dataset, names: Collection[str]) -> tuple[Field, ...]:
    """Return the fields of a dataset: those of `[identity.match]`, else the attributes whose names tell what they are.

    Args:
        dataset: whose they are.
        names: its attributes of text and numbers.

    Raises:
        DatasetError: an attribute is none or sensitive, or there are too few fields to tell people apart.
    """
    where = f"dataset {dataset.name!r}: identity.match"
    sensitive = dataset.consent.sensitive if dataset.consent else ()
    declared = dataset.identified.match if dataset.identified else {}
    for name in declared:
        if name not in names:
            raise DatasetError(
                f"{where}: got {name!r}, which is no attribute of text or numbers.{nearest(name, names)}"
            )
        if name in sensitive:
            raise DatasetError(f"{where}: got {name!r}, which consent.sensitive names: nothing is matched by it.")
    told = declared or {name: form for name in names if name not in sensitive and (form := _told(name))}
    found = tuple(Field(name, form) for name, form in told.items())
    if len(found) < LEAST or not any(field.own for field in found):
        got = ", ".join(f"{field.name} ({field.form})" for field in found) or "none"
        raise DatasetError(
            f"{where}: got {got}; at least {LEAST} attributes are needed, and one of them {', '.join(sorted(OWN))},"
            " such as match = { called = 'name', born = 'date', zip = 'code' }."
        )
    return found


def _told(name: str) -> Form | None:
    """Return what an attribute is by its name, None where that does not tell."""
    return next((form for pattern, form in NAMED.items() if re.fullmatch(pattern, name.lower())), None)
