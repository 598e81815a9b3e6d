"""Bought together: which products are in a basket with another, more often than chance puts them there.

Lift alone picks rarities, and the share of baskets alone picks what is in every basket: the root of their product is
what finds the product that was taken out of a basket most often (`python -m benchmarks.together`).
"""

from dataclasses import replace
from math import sqrt

import numpy as np

from training.recommenders.bought import Bought
from training.recommenders.paired import MOST, SUPPORT, Weighing, paired
from training.recommenders.pairs import Pairs


def together(baskets: Bought, support: int = SUPPORT, most: int = MOST) -> Pairs:
    """Return what goes with each product, by the root of P(other | product) x lift.

    Its evidence is `p`, the share of the product's baskets that have the other, and `lift`, how many times the usual
    share that is; `support` are baskets with both.

    Args:
        baskets: the different products of each order.
        support: baskets with both at the least.
        most: so many others of each product.
    """
    found = paired(baskets, Weighing(1.0, 0.5, scale=sqrt(len(baskets))), support=support, most=most)
    p = found.support / baskets.sizes[found.owners]
    lift = p / (baskets.sizes[found.index] / max(len(baskets), 1))
    return replace(found, evidence={"p": p, "lift": np.asarray(lift)})
