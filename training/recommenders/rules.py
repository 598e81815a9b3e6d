"""Rules: which products may be offered at all, and what they are counted by: category, parent, cap."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrow import joined, known, to_numpy
from features.dataset import Dataset, DatasetError
from features.log.event import MONEY_UNITS
from features.log.products import Products
from features.nearest import close
from training.recommenders.bought import Bools, Codes, Floats, Ints
from training.recommenders.declared import CATEGORY, COST, PARENT, Recommend

Where = Callable[[pa.Table], Bools]
"""Of rows of what is known of products, as `Products.at` gives it, whether `exclude_where` holds."""
NO_CAP = np.iinfo(np.int64).max
"""The cap of a category that has none."""
_LOOKED_AT = 10_000
"""Among up to so many names the nearest is looked for."""


def allowed(
    said: Recommend, products: Products, ids: pa.Array, as_of: int, where: Where | None = None
) -> tuple[Bools, dict[str, int]]:
    """Return which products may be offered at a moment, and of the others how many are left out, by reason.

    Of several reasons the first counts: the reasons' counts and those that may be offered make up all.

    Args:
        said: what the dataset declares.
        products: what was known of them and when.
        ids: the products, as text.
        as_of: microseconds UTC.
        where: the condition `exclude_where`, read.

    Returns:
        shape (products,), and the counts of those reasons that occur.

    Raises:
        ValueError: `exclude_where` is declared and was not read, or a column does not hold what its rule needs.
    """
    if said.exclude_where and where is None:
        raise ValueError("exclude_where: it is declared, and was not read.")
    table = products.at(ids, as_of)
    mask, left_out = np.ones(len(ids), np.bool_), dict[str, int]()
    for reason, out in _reasons(said, table, where):
        if count := int((mask & out).sum()):
            left_out[reason] = count
        mask &= ~out
    return mask, left_out


def _reasons(said: Recommend, table: pa.Table, where: Where | None) -> Iterator[tuple[str, Bools]]:
    """Yield each reason with the products that it leaves out."""
    ids = joined(table["product_id"])
    yield "trigger", _among(ids, said.trigger)
    yield "exclude", _among(ids, said.exclude)
    if where is not None:
        yield "exclude_where", where(table)
    if said.in_stock:
        stock = numbers(table, said.in_stock, "in_stock")
        yield "in_stock: not known", np.isnan(stock)
        yield "in_stock", ~(stock > 0)
    if said.min_price is not None:
        price = numbers(table, said.priced, "min_price")
        yield "min_price: not known", np.isnan(price)
        yield "min_price", price < said.min_price
    if said.min_margin is not None:
        price, cost = (numbers(table, name, "min_margin") for name in (said.priced, COST))
        margin = (price - cost) / np.where(price > 0, price, np.nan)
        yield "min_margin: not known", np.isnan(margin)
        yield "min_margin", margin < said.min_margin


def _among(ids: pa.Array, some: Sequence[str]) -> Bools:
    return to_numpy(pc.is_in(ids, pa.array(some, pa.string())).cast(pa.uint8())).astype(np.bool_)


def numbers(table: pa.Table, column: str, key: str) -> Floats:
    """Return a column of numbers, NaN where nothing is known: money in units of currency, yes as 1 and no as 0.

    Raises:
        ValueError: it is not there, or text.
    """
    if column not in table.column_names:
        raise ValueError(f"{key}: {_unknown(column)}")
    values = joined(table[column])
    kind = values.type
    if not (pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise ValueError(f"{key}: got {column!r}, which is text; numbers, or yes and no, are allowed.")
    told = values.cast(pa.uint8()) if pa.types.is_boolean(kind) else values
    found = to_numpy(told.fill_null(0)).astype(np.float64)
    return np.where(known(values), found / (MONEY_UNITS if pa.types.is_int64(kind) else 1), np.nan)


def categories(said: Recommend, products: Products, ids: pa.Array, as_of: int) -> pa.Array | None:
    """Return the category of each product as text, null where none is known; None where no column says it.

    Without a column in `[recommend]`, that is the products' own category; of datasets whose events alone have one, the
    caller takes it from them.
    """
    name = said.category or CATEGORY
    if name not in products.names:
        return None
    return joined(products.at(ids, as_of)[name]).cast(pa.string())


def parents(said: Recommend, products: Products, ids: pa.Array, as_of: int) -> Codes:
    """Return a number for each product that its variants share: two of one number are variants of one parent.

    A product without a parent is its own, and so a variant of those that name it; the variant of a variant is one of
    all of them.
    """
    name = said.parent or PARENT
    if name not in products.names:
        return np.arange(len(ids), dtype=np.int32)
    from scipy.sparse import coo_array  # few datasets have parents
    from scipy.sparse.csgraph import connected_components

    parent = joined(products.at(ids, as_of)[name]).cast(pa.string())
    own = pc.if_else(pc.not_equal(parent.fill_null(""), ""), parent, ids)
    every = pa.concat_arrays([ids, own]).dictionary_encode()
    child, its = np.split(to_numpy(every.indices), 2)
    count = len(every.dictionary)
    links = coo_array((np.ones(its.size), (child, its)), (count, count))
    root: Codes = connected_components(links, directed=False)[1][child].astype(np.int32)
    return root


def caps(said: Recommend, names: Sequence[str]) -> Ints:
    """Return how many products of each category a list may have, shape (categories,)."""
    every = said.cap if isinstance(said.cap, int) else NO_CAP
    by_name = {} if isinstance(said.cap, int) else said.cap
    return np.array([by_name.get(name, every) for name in names], np.int64)


def check(dataset: Dataset, said: Recommend, products: Products, sold: pa.Array, kinds: pa.Array) -> None:
    """Refuse rules of what is nowhere, and columns that do not hold what their rules need.

    Args:
        dataset: the declaration, for messages.
        said: what it declares.
        products: what is known of them.
        sold: the products of all events, as text.
        kinds: the categories of events, as text; they count where no column of products says the category.

    Raises:
        DatasetError: a product is neither known nor in any event, no product is of a category, or a column is of
            another type, or not known of the products that were stored.
    """
    where = f"dataset {dataset.name!r}: recommend"
    for key in ("category", "parent"):
        if (column := getattr(said, key)) and column not in products.names:
            raise DatasetError(f"{where}.{key}: {_unknown(column)}")
    name = said.category or CATEGORY
    kinds = next((one.columns[name].cast(pa.string()) for one in products.histories if name in one.columns), kinds)
    tables = [sold, *(one.ids for one in products.histories)]
    for key in ("exclude", "trigger"):
        for place, name in enumerate(getattr(said, key)):
            if not any(_holds(every, name) for every in tables):
                raise DatasetError(f"{where}.{key}[{place}]: {_nowhere('product', name, sold)}")
    for name in said.cap if isinstance(said.cap, dict) else ():
        if not _holds(kinds, name):
            raise DatasetError(f"{where}.cap: {_nowhere('category', name, kinds)}")
    try:
        list(_reasons(said, products.at(pa.array([], pa.string()), 0), None))
    except ValueError as error:
        raise DatasetError(f"{where}.{error}") from None


def _unknown(column: str) -> str:
    return f"got {column!r}, which is not known of the products that were stored."


def _holds(every: pa.Array, name: str) -> bool:
    return bool(pc.index(every, pa.scalar(name, pa.string())).as_py() >= 0)


def _nowhere(what: str, got: str, every: pa.Array) -> str:
    near = close(got, every.drop_null().unique().to_pylist()) if len(every) <= _LOOKED_AT else ""
    return f"got {got!r}, and there is no such {what}.{near}"
