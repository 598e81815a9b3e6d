"""The shelf: what a dataset declares in `[recommend]`, read and checked: by it products may be offered or not."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import joined
from features.dataset import Dataset, DatasetError
from features.log.event import MONEY_UNITS
from features.log.log import PRODUCT, Log
from features.log.products import Products
from training.recommenders.declared import Recommend, declared
from training.recommenders.rules import Where, check
from training.rules import truth
from training.rules.lines import Lines, read
from training.rules.seen import Seen
from training.rules.things import EVENT, KEYS, OF_PRODUCT, Things
from training.segmenters.facts import Facts


@dataclass(frozen=True)
class Shelf:
    """What a dataset declares of what is offered, read and checked against its products."""

    said: Recommend
    products: Products
    """What is known of them."""
    where: Where | None = None
    """Its condition."""

    @classmethod
    def read(cls, dataset: Dataset, log: Log) -> Self:
        """Read what a dataset declares, by all its events, with what is known of products; raises as `of` does."""
        return cls.of(dataset, log.products, log.names["product"], log.names["category"])

    @classmethod
    def of(
        cls, dataset: Dataset, products: Products, sold: pa.Array, kinds: pa.Array, known: pa.Array | None = None
    ) -> Self:
        """Read what a dataset declares.

        Args:
            dataset: the declaration.
            products: what is known of products.
            sold: the products of all events, as text.
            kinds: the categories of products, as text.
            known: products that a bundle knows; they may be named, too, though no event of now has them.

        Raises:
            DatasetError: a key, a type, a column, a product, a category or the condition is wrong.
        """
        said = declared(dataset)
        check(dataset, said, products, sold if known is None else pa.concat_arrays([sold, known]), kinds)
        return cls(said, products, condition(dataset, said.exclude_where, products, sold))


def condition(dataset: Dataset, text: str, products: Products, sold: pa.Array) -> Where | None:
    """Return what tells of products whether `exclude_where` of `[recommend]` holds; None where there is no condition.

    It is given rows of what is known of products, as `Products.at` gives them. Where it cannot be told, since what it
    asks for is not known of a product, it does not hold.

    Args:
        dataset: the declaration.
        text: the condition; empty where there is none.
        products: what is known of products.
        sold: the products of all events, as text.

    Raises:
        DatasetError: it is no condition, asks for what no column of `[[products]]` says, or for a value that no product
            has.
    """
    if not text:
        return None
    where = f"dataset {dataset.name!r}: recommend.exclude_where"
    try:
        asked = read(text, Things(dataset, products))
    except ValueError as error:
        raise DatasetError(f"{where}: {error}") from None
    except (RecursionError, OverflowError):
        raise DatasetError(f"{where}: {text[:80]!r} is too long, too deep, or holds a number too large.") from None
    for thing in asked.things:
        if thing.startswith(EVENT) and thing != EVENT + PRODUCT:
            raise DatasetError(f"{where}: {thing!r} is said of purchased lines; of products write product.NAME.")
    for said in asked.strangers({KEYS[PRODUCT]: sold}).values():
        raise DatasetError(f"{where}: {said}")
    return lambda table: _holds(asked, table)


def _holds(asked: Lines, table: pa.Table) -> NDArray[np.bool_]:
    columns = {
        thing: _told(joined(table[thing.removeprefix(OF_PRODUCT).removeprefix(EVENT)])) for thing in asked.things
    }
    seen = Seen(Facts(np.empty((len(table), 0), np.float32), ()), attributes=pa.table(columns))
    assert asked.where is not None
    found: NDArray[np.bool_] = asked.where.holds(seen) == truth.TRUE
    return found


def _told(values: pa.Array) -> pa.Array:
    """Return values as conditions look at them: of money the units of currency."""
    return pc.divide(values.cast(pa.float64()), float(MONEY_UNITS)) if pa.types.is_integer(values.type) else values
