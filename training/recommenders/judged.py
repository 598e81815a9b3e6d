"""Judged: what methods would have found at a moment of the past, customer by customer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.log.log import Log
from training.metrics import ranking
from training.metrics.bootstrap import Estimate, multinomial, paired, resampled
from training.recommenders import examples, outcome, ranked
from training.recommenders.history import Floats, Ints
from training.recommenders.lists import BUY_AGAIN, LISTS, NEW_TO_YOU
from training.recommenders.method import Method
from training.recommenders.outcome import Outcome
from training.recommenders.shop import Seen, Shop

K = 10
FIRST_BASKET = "first_basket"

TASKS = {BUY_AGAIN: BUY_AGAIN, FIRST_BASKET: BUY_AGAIN, NEW_TO_YOU: NEW_TO_YOU}
"""What is judged, and by which list: everything that is bought within the horizon by what is bought again, the first
basket by the same, and what was never bought before by what is new."""


def _mean(y: Floats, p: Floats, w: Floats) -> Floats:  # noqa: ARG001
    """Return the mean of `y`, shape (rows,), for each of some weightings, shape (draws, rows)."""
    mean: Floats = (w * y).sum(1) / w.sum(1)
    return mean


Figures = dict[str, Floats]
"""Each metric of every customer, shape (customers,); NaN for whom there is nothing to find."""


@dataclass(frozen=True)
class Judged:
    """What methods found at one moment."""

    as_of: int
    customers: Ints
    """Who was asked about: places in the log, shape (customers,)."""
    figures: dict[str, dict[str, Figures]]
    """By task and method."""

    def of(self, task: str, method: str, metric: str = f"{ranking.CHOSEN_BY}@{K}") -> Floats:
        """Return a metric of those who have something to find, the same ones for every method of a task."""
        told = self.figures[task][method][metric]
        return told[~np.isnan(told)]

    def ahead(self, task: str, method: str, other: str) -> tuple[float, float]:
        """Return by how much a method is above another on the mean of customers, paired, and its standard error."""
        own = self.of(task, method)
        return paired(own, self.of(task, other), np.arange(own.size))

    def minus(self, task: str, method: str, other: str, metric: str = f"{ranking.CHOSEN_BY}@{K}") -> Estimate:
        """Return by how much a method is above another on the mean of customers, paired, with a bootstrap interval."""
        more = self.of(task, method, metric) - self.of(task, other, metric)
        return resampled({metric: _mean}, more, more, np.arange(more.size), multinomial).estimates()[metric]


def judged(
    log: Log, shop: Shop, methods: Mapping[str, Sequence[Method]], as_of: int, baskets: int = 2, most: int | None = None
) -> Judged:
    """Return what methods find of what customers bought within the horizon from a moment on.

    Args:
        log: the events.
        shop: as of the moment.
        methods: by list, who is asked.
        as_of: microseconds UTC.
        baskets: so many had those who are asked about before it at least; and one within the horizon.
        most: so many of them at most, by the hash of their first event; None: all.
    """
    who = examples.buyers(log, as_of, baskets, most)
    parts: dict[tuple[str, str], list[Figures]] = {}
    for some, told in examples.seen(log, shop, who, as_of):
        bought = outcome.after(log, shop.items, log.person[some], as_of)
        for task, name, figures in _found(shop, told, bought, methods):
            parts.setdefault((task, name), []).append(figures)
    figures_of: dict[str, dict[str, Figures]] = {}
    for (task, name), own in parts.items():
        whole = {metric: np.concatenate([one[metric] for one in own]) for metric in own[0]}
        figures_of.setdefault(task, {})[name] = whole
    return Judged(as_of, who, figures_of)


def _found(
    shop: Shop, told: Seen, bought: Outcome, methods: Mapping[str, Sequence[Method]]
) -> Iterator[tuple[str, str, Figures]]:
    """Yield task, method and figures of some customers."""
    truths, pairs = _truths(shop, told, bought), told.pairs
    bits: dict[int, int] = {}  # lists that share a method share its scores
    for listed, every in methods.items():
        for method in every:
            bits[id(method)] = bits.get(id(method), 0) | LISTS[listed]
    shared = {id(method): method for every in methods.values() for method in every}
    keys = {one: method.keys(told, (pairs.why & bits[one]) > 0) for one, method in shared.items()}
    for listed, every in methods.items():
        inside = (pairs.why & LISTS[listed]) > 0
        for method in every:
            best = ranked.rank(pairs.begin, pairs.item, keys[id(method)], inside).first(K)
            owner = np.repeat(np.arange(best.begin.size - 1), best.sizes)
            for task in (task for task, by in TASKS.items() if by == listed):
                truth = truths[task]
                found = truth.bought(owner, best.item, len(shop.items))
                yield task, method.name, ranking.figures(found, owner, np.diff(truth.begin), K)


def _truths(shop: Shop, told: Seen, bought: Outcome) -> dict[str, Outcome]:
    """Return what there is to find in each task."""
    found, items = told.found, len(shop.items)
    owner = np.repeat(np.arange(found.begin.size - 1), np.diff(found.begin))
    had: NDArray[np.int64] = (owner * items + found.item)[found.own[:-1, 0] > 0]
    new = ~np.isin(bought.owner * items + bought.item, had) | (bought.item < 0)
    return {BUY_AGAIN: bought, FIRST_BASKET: bought.where(bought.first), NEW_TO_YOU: bought.where(new)}
