"""Picked: which of a ranking make up a list, by caps, variants and what is forbidden."""

import numpy as np

from features.compiled import compiled
from training.recommenders.bought import Bools, Codes, Ints

_NONE = np.empty(0, np.int32)


def picked(
    ranked: Codes,
    k: int,
    categories: Codes,
    parents: Codes,
    caps: Ints,
    forbidden: Codes = _NONE,
    context: Codes = _NONE,
) -> Codes:
    """Return the list that a ranking makes: the best that rules allow; maybe shorter, never padded.

    Args:
        ranked: places of products, best first, ties decided; those that may be offered.
        k: how many are asked for.
        categories: of each product, -1 of those without one; shape (products,).
        parents: of each product, the number that its variants share, as `parents` gives it; empty where several of one
            are asked for.
        caps: of each category, how many a list may have.
        forbidden: products that are not on it, such as those that were bought recently.
        context: the products that the request is about: neither they nor variants of theirs are on it.

    Raises:
        ValueError: the place of a product that is forbidden or asked about is none.
    """
    if min(forbidden.min(initial=0), context.min(initial=0)) < 0:
        raise ValueError("forbidden, context: got a negative place, which no product has.")
    out, taken = np.zeros(categories.size, np.bool_), np.zeros(categories.size, np.bool_)
    out[forbidden] = out[context] = True
    if parents.size:
        taken[parents[context]] = True
    return _picked(ranked, k, categories, parents, caps, out, taken)


@compiled
def _picked(ranked: Codes, k: int, categories: Codes, parents: Codes, caps: Ints, out: Bools, taken: Bools) -> Codes:
    found, held = np.empty(max(min(k, ranked.size), 0), np.int32), np.zeros(caps.size, np.int64)
    count = 0
    for item in ranked:
        if count == found.size:
            break
        category = categories[item]
        if out[item] or (category >= 0 and held[category] >= caps[category]):
            continue
        if parents.size:
            if taken[parents[item]]:
                continue
            taken[parents[item]] = True
        if category >= 0:
            held[category] += 1
        out[item] = True
        found[count] = item
        count += 1
    return found[:count]
