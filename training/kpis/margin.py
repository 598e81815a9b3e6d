"""Margin: what a line of a purchase or a refund earns, in the units of events' money."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.arrow import to_numpy
from features.dataset import Dataset, Profit
from features.log.event import DISCOUNTED, GIVES_BACK, KINDS, QUANTITY_UNITS
from features.log.log import PRODUCT, Log
from features.log.products import Products
from training.kpis.things import Floats, Ints

COST = "cost"


@dataclass(frozen=True)
class Margin:
    """What is said of margins: `[profit]`, and what products cost."""

    products: Products
    profit: Profit | None

    @classmethod
    def of(cls, dataset: Dataset, products: Products) -> "Margin":
        """Return what a dataset says."""
        return cls(products, dataset.profit)

    def of_lines(self, log: Log, rows: Ints) -> Floats:
        """Return what some lines earn, shape (rows,): what was paid less the product's cost, where that is known then.

        Elsewhere it is the share of the category, else of all. What comes back takes its margin along.
        """
        paid = log.columns["amount"][rows].astype(np.float64)
        found = paid * self._share(log, rows)
        if COST not in self.products.names or not log.columns[PRODUCT].size:
            return found
        own = log.columns[PRODUCT][rows]
        named = np.flatnonzero(own >= 0)
        ids = log.names["product"].take(pa.array(own[named]))
        costs = self.products.at(ids, log.columns["time"][rows[named]] + 1)[COST].combine_chunks()
        known = to_numpy(costs.is_valid().cast(pa.uint8())) == 1
        each = to_numpy(costs.fill_null(0)).astype(np.float64)
        units, back = self._units(log, rows[named]), np.isin(_kinds(log, rows[named]), _BACK)
        earned = paid[named] - np.where(back, -1.0, 1.0) * each * units
        found[named] = np.where(known, earned, found[named])
        return found

    def _share(self, log: Log, rows: Ints) -> Floats:
        """Return the share of each line that is earned where nobody knows its cost; 0 where nothing is said."""
        if self.profit is None:
            return np.zeros(rows.size)
        margins: Mapping[str, float] = self.profit.margins
        if not margins or not log.columns["category"].size:
            return np.full(rows.size, self.profit.margin)
        by_name = [margins.get(name, self.profit.margin) for name in log.names["category"].to_pylist()]
        shares = np.array([*by_name, self.profit.margin])  # -1, no category, is the last
        taken: Floats = shares[log.columns["category"][rows]]
        return taken

    @staticmethod
    def _units(log: Log, rows: Ints) -> Floats:
        """Return how many units a line is of; one where no source says."""
        quantity = log.columns["quantity"]
        if not quantity.size:
            return np.ones(rows.size)
        units = np.abs(quantity[rows]) / QUANTITY_UNITS
        return np.where(units > 0, units, 1.0)


_BACK = [KINDS.index(kind) for kind in GIVES_BACK]


def _kinds(log: Log, rows: Ints) -> Ints:
    found: Ints = (log.columns["code"][rows] % DISCOUNTED).astype(np.int64)
    return found
