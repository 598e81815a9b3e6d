"""Up-sell: what customers of a product moved up to: the same kind, one step dearer, first bought after it.

That something is dearer is no reason to offer it: it is on the list because others who had the product bought it.
"""

from dataclasses import replace

from training.recommenders.bought import Bought, Codes, Floats
from training.recommenders.paired import MOST, SUPPORT, Weighing, paired
from training.recommenders.pairs import Pairs
from training.recommenders.similar import STEP

DEARER = (STEP, 2.0)
"""The price of one step higher lies above the first times the usual one, and not above the second times."""
SHRINKAGE = 20.0
"""So many buyers of a product who did not move up are thought to have been seen, too."""


def up_sell(buyers: Bought, kinds: Codes, prices: Floats, support: int = SUPPORT, most: int = MOST) -> Pairs:
    """Return what customers of each product moved up to, by the shrunken share of its buyers who did.

    Its evidence is `p`, the share of the product's buyers who bought the other afterwards for the first time, and
    `price`, the other's price over the product's; `support` are those customers.

    Args:
        buyers: the different products of each customer, with when each was first bought.
        kinds: of each product, -1 of those without one; shape (products,).
        prices: what is usually paid for a unit, NaN where that is not known; shape (products,).
        support: customers who moved up at the least.
        most: so many others of each product.
    """
    weighing = Weighing(1.0, 0.0, SHRINKAGE)
    found = paired(buyers.within(kinds), weighing, prices, DEARER, later=True, support=support, most=most)
    evidence = {"p": found.support / buyers.sizes[found.owners], "price": prices[found.index] / prices[found.owners]}
    return replace(found, evidence=evidence)
