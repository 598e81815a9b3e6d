"""What is offered: for each list the method that ranks it, chosen at two origins and fitted on everything."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

from features import clock
from features.log.log import Log
from training.recommenders import columns, examples, judged, outcome, ranker, shop
from training.recommenders.by_columns import COSINE, DECAY_REPEAT, EASE, FREQUENCY, POPULARITY
from training.recommenders.crowd import Crowd
from training.recommenders.examples import Examples
from training.recommenders.judged import TASKS, Judged
from training.recommenders.lists import BUY_AGAIN, CHOSEN, NEW_TO_YOU
from training.recommenders.method import Method
from training.recommenders.recommender import Recommender
from training.recommenders.shop import Shop
from training.recommenders.up_cf import UpCf

STEP = outcome.HORIZON
PARTS = 4
"""From so many moments a ranker learns, 28 days apart; the horizon of the newest ends where it is asked."""
ORIGINS = 2
"""At so many moments methods are judged."""
LEAST_BUYERS, LEAST_PRODUCTS = 100, 20
"""So many customers bought before an origin and after it at least, what each list is judged by, and so many products
are known."""
JUDGED = 4_000
"""By so many customers methods are judged at most."""
POWERS = (1.0, 5.0)

SIMPLEST = ("popularity", "frequency", "decay_repeat", "up_cf_q1", "up_cf_q5", "cosine", "ease", "ranker")
"""The methods, from the simplest on: of those that an origin cannot tell apart the simplest is taken."""

BASELINES: dict[str, tuple[Method, ...]] = {
    BUY_AGAIN: (POPULARITY, FREQUENCY, DECAY_REPEAT, COSINE, EASE),
    NEW_TO_YOU: (POPULARITY, COSINE, EASE),
}
"""By list, what needs no fit but that of the shop."""


@dataclass(frozen=True)
class Past:
    """What was known at moments of the past, each worked out once."""

    log: Log
    smallest: int = 0
    """Of fewer customers nothing is told."""
    _shops: dict[int, tuple[Shop, Crowd]] = field(default_factory=dict, repr=False)
    _examples: dict[int, dict[str, Examples]] = field(default_factory=dict, repr=False)

    @property
    def least(self) -> int:
        """How many customers a method is judged by at least."""
        return max(LEAST_BUYERS, self.smallest)

    @cached_property
    def begin(self) -> int:
        """When the first event happened."""
        return min((int(piece.columns["time"].min()) for _, piece in self.log.pieces()), default=0)

    def shop(self, moment: int) -> tuple[Shop, Crowd]:
        """Return the shop before a moment, and the crowd that it was learned from."""
        if moment not in self._shops:
            self._shops[moment] = shop.learned(self.log, moment, self.smallest)
        return self._shops[moment]

    def examples(self, moment: int) -> dict[str, Examples]:
        """Return what a ranker learns from at a moment, by list."""
        if moment not in self._examples:
            who = examples.buyers(self.log, moment)
            self._examples[moment] = examples.of(self.log, self.shop(moment)[0], moment, who, CHOSEN)
        return self._examples[moment]

    def before(self, moment: int) -> list[int]:
        """Return the moments that a ranker learns from which is asked at another one."""
        every = [moment - STEP * (1 + part) for part in range(PARTS)]
        return [one for one in every if one - STEP >= self.begin]

    def prepare(self, moments: Sequence[int]) -> None:
        """Work out what methods fitted at some moments need, side by side: the same as one after the other."""
        parts = {part for moment in moments for part in self.before(moment)} - self._examples.keys()
        columns.loop()  # written once, before threads ask for it
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self.shop, sorted({*moments, *parts} - self._shops.keys())))
            list(pool.map(self.examples, sorted(parts)))

    def methods(self, moment: int) -> dict[str, tuple[Method, ...]]:
        """Return every method as it is fitted on all that ends before a moment, by list, from the simplest on."""
        known, crowd = self.shop(moment)
        alike = tuple(UpCf.of(crowd, len(known.items), power) for power in POWERS)
        before, found = self.before(moment), {}
        for name in CHOSEN:
            parts = [self.examples(one)[name] for one in before]
            parts = [one for one in parts if one.y.any()]
            trees = (ranker.fit(parts),) if parts else ()
            every: tuple[Method, ...] = (*BASELINES[name], *alike, *trees)
            found[name] = tuple(sorted(every, key=lambda method: SIMPLEST.index(method.name)))
        return found


@dataclass(frozen=True)
class Offered:
    """What was tried, and what was chosen."""

    origins: tuple[Judged, ...]
    """The newest first."""
    named: dict[str, tuple[str, ...]]
    """By list, the method that each origin names."""
    chosen: dict[str, str]
    methods: dict[str, tuple[Method, ...]]
    """By list, all of them, fitted on everything."""
    shop: Shop

    @property
    def recommender(self) -> Recommender:
        """What a bundle holds."""
        return Recommender(self.shop, {name: self.method(name, chosen) for name, chosen in self.chosen.items()})

    def method(self, name: str, method: str) -> Method:
        """Return a list's method by its name."""
        return next(one for one in self.methods[name] if one.name == method)


class TooFew(ValueError):
    """There is not enough to recommend from."""


def choose(past: Past, end: int) -> Offered:
    """Try every method at two origins before the end of a log, and fit all of them on everything.

    Args:
        past: the log's; no event from `end` on is looked at.
        end: microseconds UTC.

    Raises:
        TooFew: there are too few products, or too few customers who bought before an origin and after it, or of them
            who bought what a list is judged by.
    """
    origins = [end - STEP * (1 + place) for place in range(ORIGINS)]
    for origin in origins:
        _check(past, origin)
    past.prepare([end, *origins])

    def tried(origin: int) -> Judged:
        return judged.judged(past.log, past.shop(origin)[0], past.methods(origin), origin, most=JUDGED)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        final, found = pool.submit(past.methods, end), tuple(pool.map(tried, origins))
    for one in found:
        enough(one, past.least)
    named = {name: tuple(simplest(one, name) for one in found) for name in CHOSEN}
    chosen = {name: agreed(every) for name, every in named.items()}
    return Offered(found, named, chosen, final.result(), past.shop(end)[0])


def _check(past: Past, origin: int) -> None:
    """Say so where there is too little at an origin; what is raised is that of `choose`."""
    known = len(past.shop(origin)[0].items)
    if known < LEAST_PRODUCTS:
        raise TooFew(f"{known:,} products are known at {clock.iso(origin)}; {LEAST_PRODUCTS} are needed.")
    buyers = examples.buyers(past.log, origin, 2, None).size
    if buyers < past.least:
        raise TooFew(
            f"{buyers:,} customers bought twice before {clock.iso(origin)} and within 28 days after it;"
            f" {past.least} are needed."
        )


def enough(origin: Judged, least: int = LEAST_BUYERS) -> None:
    """Check that each list is judged by enough customers: of nobody, or of a handful, no method can be chosen.

    Args:
        origin: what was found.
        least: so many customers had something to find at least.

    Raises:
        TooFew: a list has fewer.
    """
    for name in TASKS:
        every = origin.figures.get(name, {})
        count = min((origin.of(name, method).size for method in every), default=0)
        if count < least:
            raise TooFew(
                f"{name}: {count:,} customers bought anything of it within 28 days after {clock.iso(origin.as_of)};"
                f" {least} are needed."
            )


def agreed(named: Sequence[str]) -> str:
    """Return the method that origins name; where they name different ones, the simplest of those."""
    return min(named, key=SIMPLEST.index)


def simplest(origin: Judged, task: str) -> str:
    """Return the simplest method that an origin cannot tell from the best, within a standard error as recipes."""
    means = {name: float(origin.of(task, name).mean()) for name in origin.figures[task]}
    best = max(means, key=means.__getitem__)

    def alike(name: str) -> bool:
        behind, error = origin.ahead(task, best, name)
        return behind <= error

    return next(name for name in SIMPLEST if name in means and (name == best or alike(name)))
