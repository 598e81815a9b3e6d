"""Similar: products of the same kind at about the same price, which are bought by the same customers."""

from dataclasses import replace

import numpy as np

from training.recommenders.bought import Bought, Codes, Floats
from training.recommenders.paired import MOST, SUPPORT, Weighing, paired
from training.recommenders.pairs import Pairs

STEP = 1.1
"""Two prices are on one step where neither is more than so many times the other."""
SHRINKAGE = 20.0


def similar(
    buyers: Bought, kinds: Codes, prices: Floats, support: int = SUPPORT, most: int = MOST, step: float = STEP
) -> Pairs:
    """Return what is similar to each product, by the shrunken cosine of their buyers.

    Its evidence is `p`, the share of the product's buyers who bought the other, too, and `price`, the other's price
    over the product's; `support` are customers with both. Products of no kind, or without a price, are similar to none.

    Args:
        buyers: the different products of each customer.
        kinds: of each product, -1 of those without one; shape (products,).
        prices: what is usually paid for a unit, NaN where that is not known; shape (products,).
        support: customers with both at the least.
        most: so many others of each product.
        step: how many times one price may be the other.
    """
    ratios, weighing = (float(np.nextafter(1 / step, 0.0)), step), Weighing(0.5, 0.5, SHRINKAGE)
    found = paired(buyers.within(kinds), weighing, prices, ratios, support=support, most=most)
    evidence = {"p": found.support / buyers.sizes[found.owners], "price": prices[found.index] / prices[found.owners]}
    return replace(found, evidence=evidence)
