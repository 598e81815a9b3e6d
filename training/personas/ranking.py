"""The ranking of segments: which to act on first, by how many, how much, how likely, how sure and how different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from scipy.stats import rankdata

CRITERIA = ("reach", "value", "response", "stability", "difference")
_SAID = {
    "reach": "reach ({:.1%} of all customers)",
    "value": "value ({:,.2f}{currency} a customer)",
    "response": "response ({:.1%} are expected to buy)",
    "stability": "stability (Jaccard {:.2f} when it is found again)",
    "difference": "difference (its clearest contrast is {:.2f})",
}


@dataclass(frozen=True)
class Ranked:
    """One segment, by what it is worth to act on it."""

    segment: str
    place: int
    """1 is the first; equal scores share a place."""
    score: float
    """The mean of its percentiles in the criteria that are known of it, 0 to 1."""
    figures: Mapping[str, float]
    """By criterion: the share of all customers, the value and the probability of a purchase of one customer, the
    Jaccard coefficient between fits, the largest effect of a significant contrast. What is not known is not there,
    neither what too few customers are there to test."""
    places: Mapping[str, int]
    """Its place in each criterion."""
    reasons: tuple[str, ...]
    """The same in words, the best first."""


def ranking(figures: Mapping[str, Mapping[str, float]], currency: str = "") -> tuple[Ranked, ...]:
    """Rank segments.

    A criterion counts where it is known of two segments at least. Each weighs the same: which matters more is for who
    acts to say.

    Args:
        figures: by segment, its criteria; more is better in each.
        currency: of the value.
    """
    names = tuple(figures)
    known = {one: [name for name in names if isfinite(figures[name].get(one, np.nan))] for one in CRITERIA}
    used = {one: own for one, own in known.items() if len(own) > 1}
    percentiles: dict[str, dict[str, float]] = {name: {} for name in names}
    places: dict[str, dict[str, int]] = {name: {} for name in names}
    for criterion, own in used.items():
        values = [figures[name][criterion] for name in own]
        for name, rank, place in zip(own, rankdata(values), rankdata(np.negative(values), "min"), strict=True):
            percentiles[name][criterion] = (float(rank) - 0.5) / len(own)
            places[name][criterion] = int(place)
    scores = [float(np.mean(list(percentiles[name].values()) or [0.0])) for name in names]
    ranks = rankdata(np.negative(np.round(scores, 12)), "min").astype(int).tolist() if names else []
    order = sorted(range(len(names)), key=lambda place: (ranks[place], place))
    told = [_reasons(figures[name], places[name], used, f" {currency}".rstrip()) for name in names]
    return tuple(
        Ranked(
            names[n],
            ranks[n],
            scores[n],
            {one: figures[names[n]][one] for one in CRITERIA if one in places[names[n]]},
            places[names[n]],
            told[n],
        )
        for n in order
    )


def _reasons(
    figures: Mapping[str, float], places: Mapping[str, int], used: Mapping[str, Sequence[str]], currency: str
) -> tuple[str, ...]:
    order = sorted(places, key=lambda one: (places[one], CRITERIA.index(one)))
    return tuple(
        f"{places[one]} of {len(used[one])} by {_SAID[one].format(figures[one], currency=currency)}" for one in order
    )
