"""Products: the tables of what is known of them, read as attributes are."""

from collections.abc import Mapping

import pyarrow as pa

from features.arrow import known, whole
from features.dataset import Dataset
from features.log.history import History
from features.log.products import Products
from features.sources import attributes, batch
from features.sources.batch import Column

REASONS = (
    "good",
    "products: product_id is missing",
    "products: valid_from is unreadable, or not in the years 1900 to 2199",
    "products: price or cost is not a finite number below 2.5e11 in a currency with a rate, or a number is infinite",
    "products: whether `where` holds cannot be told: a value that it asks for is unreadable",
    "products: an earlier row of the product has the same valid_from and other values",
)
"""Why a row is kept aside; the position is the code, and of several reasons the first counts."""

NOT_A_ROW = f"products: {batch.NOT_A_ROW}"

assert len(REASONS) == len(attributes.REASONS)


def read(dataset: Dataset) -> tuple[Products, pa.Table]:
    """Read the tables of products; return them, and the rejects.

    In the rejects, `source` goes on counting after the sources of events and the tables of attributes.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    before = len(dataset.sources) + len(dataset.attributes)
    found, _, rejected = attributes.histories(dataset, "products", dataset.products, before, REASONS, NOT_A_ROW)
    ours = tuple(_in_our_units(one, table.fixed) for one, table in zip(found, dataset.products, strict=True))
    fills = any(map(dataset.of_products, dataset.sources))
    return Products(ours, fills), rejected


def _in_our_units(history: History, fixed: Mapping[str, str]) -> History:
    """Return a history whose money is in the unit of events' amounts."""
    columns = {
        name: batch.money(Column(whole(values), known(values))) if fixed.get(name) == "money" else values
        for name, values in history.columns.items()
    }
    return History(history.ids, history.moments, history.keys, columns)
