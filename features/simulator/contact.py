"""Contacts: a file of who was sent what offer when, checked against the simulation that it shall change."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.clock import DAY
from features.simulator.offer import OFFERS

NEEDED = ("customer_id", "at", "offer")
CAMPAIGN = "campaign_id"
SCHEMA = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("at", pa.timestamp("us", "UTC")),
        ("offer", pa.string()),
        (CAMPAIGN, pa.string()),
    ]
)
"""What contacts are kept as."""
NAMES = [offer.name for offer in OFFERS]
_CAMPAIGNS = 1000
_UTC = "times with a zone, such as 2024-12-31T09:00:00Z"


class ContactError(ValueError):
    """Contacts that cannot be taken; the message says what is wrong, and what is allowed."""


@dataclass(frozen=True)
class Read:
    """Contacts by SCHEMA in the order of moments and customers, one for each customer."""

    table: pa.Table
    repeated: int
    """Rows that were there already, alike in all columns; they count once."""


def read(path: Path, customers: tuple[int, int], since: int, until: int, taken: set[str]) -> Read:
    """Read a Parquet file of contacts.

    Args:
        path: has columns `customer_id`, `at` (times with a zone), `offer` and, if wanted, `campaign_id`.
        customers: the first and the last id that there is.
        since: the first moment allowed, in microseconds UTC.
        until: the first moment that is too late.
        taken: names of campaigns that the business itself uses.

    Raises:
        ContactError: the file cannot be read, or anything in it cannot be taken.
    """
    try:
        raw = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise ContactError(f"{path}: {str(error).splitlines()[0]}; a Parquet file is allowed.") from None
    table = _typed(path, raw)
    distinct = table.group_by(SCHEMA.names).aggregate([]).select(SCHEMA.names)
    found = distinct.sort_by([("at", "ascending"), ("customer_id", "ascending")])
    ids, at = to_numpy(found["customer_id"]), to_numpy(found["at"].cast(pa.int64()))
    _refuse(path, found, (ids < customers[0]) | (ids > customers[1]), "of customers that there are not", "customer_id",
            f"{customers[0]} to {customers[1]}")  # fmt: skip
    allowed = f"{_said(since)} up to, but without {_said(until)}"
    _refuse(path, found, (at < since) | (at >= until), "at moments outside the days", "at", allowed)
    offers = found["offer"].to_pylist()
    _refuse(path, found, ~np.isin(offers, NAMES), "of offers that there are not", "offer", ", ".join(NAMES))
    names = found[CAMPAIGN].to_pylist()
    _refuse(
        path, found, np.isin(names, sorted(taken)), "of a campaign of the business itself", CAMPAIGN, "another name"
    )
    again = np.bincount(ids - customers[0])[ids - customers[0]] > 1
    _refuse(path, found, again, "of customers with more than one", "customer_id",
            "one contact of a customer; continue once more for the next")  # fmt: skip
    if len(set(names)) > _CAMPAIGNS:
        raise ContactError(f"{path}: {CAMPAIGN}: got {len(set(names))} names; up to {_CAMPAIGNS} are allowed.")
    return Read(found, table.num_rows - found.num_rows)


def _typed(path: Path, raw: pa.Table) -> pa.Table:
    """Return the columns by SCHEMA; where no campaign is named, it has the name of the offer."""
    allowed = f"{', '.join(NEEDED)} and {CAMPAIGN} are allowed"
    odd = sorted(set(raw.column_names) ^ set(NEEDED) - {CAMPAIGN})
    odd = [name for name in odd if name != CAMPAIGN]
    if odd or len(set(raw.column_names)) < raw.num_columns:
        said = ", ".join(raw.column_names) or "none"
        raise ContactError(f"{path}: got the columns {said}; {allowed}, the first three needed.")
    if not pa.types.is_timestamp(raw["at"].type) or raw["at"].type.tz is None:
        raise ContactError(f"{path}: at: got {raw['at'].type}; {_UTC} are allowed.")
    named = raw[CAMPAIGN] if CAMPAIGN in raw.column_names else raw["offer"]
    whole = pa.table({**{name: raw[name] for name in NEEDED}, CAMPAIGN: named})
    for name in whole.column_names:
        if whole[name].null_count:
            raise ContactError(f"{path}: {name}: got {whole[name].null_count} rows without one; none is allowed.")
    try:
        return whole.cast(SCHEMA)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ContactError(f"{path}: {str(error).splitlines()[0]}; {_types()} are allowed.") from None


def _types() -> str:
    return ", ".join(f"{field.name}: {field.type}" for field in SCHEMA)


def _refuse(path: Path, found: pa.Table, wrong: NDArray[np.generic], what: str, column: str, allowed: str) -> None:
    if wrong.any():
        one = found[column][int(np.flatnonzero(wrong)[0])].as_py()
        count = int(wrong.sum())
        raise ContactError(f"{path}: {column}: got {count} contacts {what}, such as {one}; {allowed} is allowed.")


def _said(moment: int) -> str:
    return np.datetime_as_string(np.datetime64(moment, "us"), unit="D" if moment % DAY == 0 else "us") + " UTC"


def spans(table: pa.Table, ids: NDArray[np.generic]) -> pa.Table:
    """Return the contacts of customers with some consecutive ids."""
    chosen = pc.and_(
        pc.greater_equal(table["customer_id"], int(ids[0])), pc.less_equal(table["customer_id"], int(ids[-1]))
    )
    return table.filter(chosen)
