"""`python -m benchmarks.identity`: how fast traces are linked, beside scipy; and how rightly, on simulated devices."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import typer
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from features import command
from features.buckets import intake
from features.dataset import load
from features.identity.links import FOREVER, Identifiers, Pairs, Rules, forest
from features.simulator import folder
from features.simulator.pairs import pairs
from features.simulator.simulation import Simulation

BY_MAIL = 0.35
"""The share of the links that are of an address, and not of a device."""
RULES = Rules([1, 5, 5], [0, 0, 2])
WORLDS = {
    "3 devices, 5 % shared, 30 % logged out, 1 % typos": Simulation(customers=4000, days=365, devices=3),
    "twice each": Simulation(customers=4000, days=365, devices=6, shared=0.1, logged_out=0.6, typos=0.02),
}


def graph(links: int) -> tuple[Identifiers, Pairs]:
    """Return random links: a fifth as many users, three tenths as many addresses, seven tenths as many devices."""
    rng = np.random.default_rng(1)
    sizes = [links // 5, links * 3 // 10, links * 7 // 10]
    kind = np.repeat(np.arange(3, dtype=np.uint8), sizes)
    one = rng.integers(0, sizes[0], links)
    other = np.where(
        rng.random(links) < BY_MAIL,
        sizes[0] + rng.integers(0, sizes[1], links),
        sizes[0] + sizes[1] + rng.integers(0, sizes[2], links),
    )
    known, first = rng.integers(0, 10**9, links), np.full(kind.size, FOREVER)
    for ends in (one, other):
        np.minimum.at(first, ends, known)
    return Identifiers(kind, first, rng.integers(-(2**62), 2**62, kind.size)), Pairs(one, other, known)


def timed(work: Callable[[], object]) -> float:
    """Return the CPU seconds of some work."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main(links: int = 5_000_000, repeats: int = 3) -> None:
    """Link random identifiers, then those of two simulated shops."""
    forest(*graph(1000), RULES)
    identifiers, some = graph(links)
    size = identifiers.kind.size
    matrix = coo_matrix((np.ones(links, np.int8), (some.one, some.other)), shape=(size, size)).tocsr()
    own = min(timed(lambda: forest(identifiers, some, RULES)) for _ in range(repeats))
    bare = min(timed(lambda: connected_components(matrix, directed=False)) for _ in range(repeats))
    typer.echo(f"{links:,} links of {size:,} identifiers: {own:.1f} CPU s in the order of time, with limits")
    typer.echo(f"  scipy's components, without either: {bare:.1f} CPU s; {own / bare:.1f} times")
    for name, world in WORLDS.items():
        with tempfile.TemporaryDirectory() as place:
            shop = Path(place) / "shop"
            folder.generate(world, shop, "shop")
            people = intake.take(load(str(shop / folder.DATASET))).people
            assert people is not None
            found = pairs(shop / folder.EVENTS, people)
            typer.echo(f"{name}: {found.identifiers:,} identifiers of one customer each")
            typer.echo(f"  pairs: precision {found.precision:.4f}, recall {found.recall:.4f}")


if __name__ == "__main__":
    command.run(main)
