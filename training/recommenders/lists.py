"""The lists: what may be offered to a customer, and which candidates each may hold; they are never mixed."""

from training.recommenders.candidates import ARRIVED, BOUGHT, LOOKED, NEAR, POPULAR

BUY_AGAIN, NEW_TO_YOU, LOOKED_AT, NEW_IN_CATEGORIES = "buy_again", "new_to_you", "looked_at", "new_in_your_categories"

LISTS = {
    BUY_AGAIN: BOUGHT,
    NEW_TO_YOU: NEAR | POPULAR | LOOKED,
    LOOKED_AT: LOOKED,
    NEW_IN_CATEGORIES: ARRIVED,
}
"""By list, the bits of `candidates` of which a product has one."""

CHOSEN = (BUY_AGAIN, NEW_TO_YOU)
"""The lists whose method validation chooses; what is new in somebody's categories is ranked as what is new to them."""
