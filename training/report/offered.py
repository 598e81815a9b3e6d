"""Offered: by what methods products are ranked, and what each of them found, as plain data."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.clock import iso
from training.choice.offered import Offered
from training.metrics.bootstrap import NORMAL
from training.recommenders.judged import K


@dataclass(frozen=True)
class Found:
    """What one method found at one origin."""

    ndcg: float
    behind: float = 0.0
    """By how much less than the chosen method, on the mean of the same customers."""
    lo: float = 0.0
    hi: float = 0.0
    """The 95 % interval of that."""


@dataclass(frozen=True)
class Method:
    """One way to rank products."""

    name: str
    chosen: bool
    found: tuple[Found, ...]
    """At each origin, the newest first."""


@dataclass(frozen=True)
class List:
    """One list."""

    name: str
    methods: tuple[Method, ...]
    """The best of the newest origin first."""
    customers: tuple[int, ...]
    """Of how many customers, at each origin."""


@dataclass(frozen=True)
class Told:
    """What is told of what is offered."""

    days: tuple[str, ...]
    """The origins, the newest first."""
    lists: tuple[List, ...]
    products: int
    k: int = K


def told_of_offers(offered: Offered | None, zone: ZoneInfo) -> Told | None:
    """Return what is told of what is offered; None where nothing is."""
    if offered is None:
        return None
    days = tuple(iso(origin.as_of, zone)[:10] for origin in offered.origins)
    return Told(days, tuple(_list(offered, name) for name in offered.chosen), len(offered.shop.items))


def _list(offered: Offered, name: str) -> List:
    chosen = offered.chosen[name]
    methods = [
        Method(
            method,
            method == chosen,
            tuple(_found(offered, name, method, place) for place in range(len(offered.origins))),
        )
        for method in offered.origins[0].figures[name]
    ]
    methods.sort(key=lambda one: -one.found[0].ndcg)
    return List(name, tuple(methods), tuple(origin.of(name, chosen).size for origin in offered.origins))


def _found(offered: Offered, name: str, method: str, place: int) -> Found:
    origin, chosen = offered.origins[place], offered.chosen[name]
    ndcg = float(origin.of(name, method).mean())
    if method == chosen:
        return Found(ndcg)
    behind, error = origin.ahead(name, chosen, method)
    return Found(ndcg, behind, behind - NORMAL * error, behind + NORMAL * error)
