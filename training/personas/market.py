"""The market map: how large each segment is, what it is worth, whether it grows, and how many of it may leave."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy
from features.consent.groups import enough
from features.dataset import Dataset, DatasetError
from features.nearest import nearest

OWN = "sizes are of our own customers: how large the market is, is not known ([[market]] says it)"
"""What the axis is without a table of the market."""

_NAMED = 20
"""So many values of an attribute are named at most, where one is sought."""


class Size(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of `[[market]]`: how many there are in the market who have a value of an attribute, and who says so."""

    attribute: str
    value: str
    size: Annotated[int, msgspec.Meta(ge=1)]
    source: str
    day: datetime.date


@dataclass(frozen=True)
class Point:
    """One segment on the map."""

    segment: str
    title: str
    customers: int
    share: float
    """Of all customers."""
    value: float
    """Of one customer, in the currency; NaN where there are no amounts."""
    growth: float
    """By how much more customers are in it than at the newest test cut-off; NaN where that is not known or of few."""
    risk: float
    """The mean probability to buy nothing within the horizon, of those of whom it is predicted; NaN of nobody."""


@dataclass(frozen=True)
class Reach:
    """How many of those in the market who have a value are our customers, and in which segments."""

    attribute: str
    value: str
    size: int
    """In the market."""
    source: str
    day: datetime.date
    customers: int
    """Ours."""
    reach: float
    """Ours over the market's."""
    segments: dict[str, float]
    """By segment, its customers over the market's; none where that would tell of few."""


@dataclass(frozen=True)
class MarketMap:
    """The segments of one segmenter on size, value, growth and risk."""

    points: tuple[Point, ...]
    currency: str
    worth: str
    """What value is: a target's name, or the spend of 364 days."""
    days: float
    """Over how many days they grew; 0 where that is not known."""
    axis: str
    """Whose sizes are told, in words."""
    reaches: tuple[Reach, ...] = ()
    notes: tuple[str, ...] = ()
    """What of the market cannot be right, in words."""


def sizes(dataset: Dataset) -> tuple[Size, ...]:
    """Return what a dataset says of its market.

    Raises:
        DatasetError: a key or value is not allowed, or there is no such attribute.
    """
    try:
        found = msgspec.convert(dataset.market, tuple[Size, ...])
    except msgspec.ValidationError as error:
        raise DatasetError(f"dataset {dataset.name!r}: market: {error}") from None
    known = [name for table in dataset.attributes for name in table.attributes]
    for place, one in enumerate(found):
        if one.attribute not in known:
            hint = nearest(one.attribute, known) if known else " There are no attributes."
            raise DatasetError(f"dataset {dataset.name!r}: market[{place}].attribute: got {one.attribute!r}.{hint}")
    return found


def reaches(
    market: Sequence[Size], attributes: pa.Table, assigned: NDArray[np.int32], names: Sequence[str], smallest: int = 0
) -> tuple[Reach, ...]:
    """Return how far our customers reach into the market.

    Args:
        market: what is known of it.
        attributes: of each customer.
        assigned: the place of each customer's segment, shape (customers,).
        names: of the segments.
        smallest: customers that any figure is of at the least.
    """
    every = np.bincount(assigned, minlength=len(names))
    found = []
    for one in market:
        if one.attribute not in attributes.column_names:
            continue
        column = attributes[one.attribute].combine_chunks().cast(pa.string())
        has = to_numpy(pc.equal(column, one.value).fill_null(False).cast(pa.uint8())) == 1
        inside = np.bincount(assigned[has], minlength=len(names))
        counts = [int(has.sum()), int((~has).sum())]
        if not all(enough(count, smallest) for count in counts):
            continue
        told = all(enough(count, smallest) for count in [*inside.tolist(), *(every - inside).tolist()])
        own = {name: count / one.size for name, count in zip(names, inside.tolist(), strict=True)} if told else {}
        of_market = one.attribute, one.value, one.size, one.source, one.day
        found.append(Reach(*of_market, counts[0], counts[0] / one.size, own))
    return tuple(found)


def doubts(reached: Sequence[Reach], attributes: pa.Table, smallest: int = 0) -> tuple[str, ...]:
    """Return what cannot be right of what is said of a market: a value that nobody has, a size below that of our own.

    Args:
        reached: how far our customers reach into it.
        attributes: of each customer.
        smallest: customers who have a value that is named at the least.
    """
    found = []
    for one in reached:
        said = f"[[market]] {one.attribute} = {one.value!r}"
        if not one.customers:
            found.append(f"{said}: no customer has it.{nearest(one.value, _common(attributes, one, smallest))}")
        elif one.reach > 1:
            found.append(
                f"{said}: size = {one.size:,} of the market ({one.source}, {one.day}), but {one.customers:,} customers"
                f" have it: a reach of {one.reach:.0%} cannot be"
            )
    return tuple(found)


def _common(attributes: pa.Table, one: Reach, smallest: int) -> list[str]:
    """Return the values of an attribute that most customers have, of not too few."""
    counted = pc.value_counts(attributes[one.attribute].combine_chunks().cast(pa.string()).drop_null())
    counts = sorted(((-row["counts"], row["values"]) for row in counted.to_pylist()), key=lambda pair: pair)
    return [value for count, value in counts if enough(-count, smallest)][:_NAMED]


def axis(market: Sequence[Size]) -> str:
    """Return whose sizes a map tells of."""
    if not market:
        return OWN
    sources = ", ".join(dict.fromkeys(f"{one.source} ({one.day})" for one in market))
    return f"sizes are of our own customers; reach and share are of the market by {sources}"
