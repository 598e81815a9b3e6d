"""Categories: events whose source has none take the category that their product had when they happened."""

import duckdb
import numpy as np
import pyarrow as pa

from features.clock import LAST
from features.log.products import CATEGORY, Products

NO_PRODUCTS = Products()
_TABLE = "habitus_categories"


def categorised(connection: duckdb.DuckDBPyConnection, select: str, products: Products) -> str:
    """Return a SELECT of canonical events with the category of each one's product; null where none is known."""
    connection.register(_TABLE, _intervals(products))
    return (
        f"SELECT own.*, other.{CATEGORY} FROM ({select}) AS own LEFT JOIN {_TABLE} AS other"
        " ON CAST(own.product_id AS VARCHAR) = other.id"
        " AND own.occurred_at >= other.since AND own.occurred_at < other.until"
    )


def _intervals(products: Products) -> pa.Table:
    """Return from when to when each product has which category."""
    history = products.categories
    if history is None:
        return pa.table({name: pa.array([], kind) for name, kind in _SHAPE.items()})
    span = history.moments.size + 1
    owner, since = history.keys // span, history.moments[history.keys % span]
    until = np.full(owner.size, LAST + 1, np.int64)
    same = np.flatnonzero(owner[1:] == owner[:-1])
    until[same] = since[same + 1]
    ids = history.ids.take(pa.array(owner))
    return pa.table([ids, pa.array(since), pa.array(until), history.columns[CATEGORY]], list(_SHAPE))


_SHAPE = {"id": pa.string(), "since": pa.int64(), "until": pa.int64(), CATEGORY: pa.string()}
