"""Measured: what each method found at a date, with paired intervals, and what a list costs."""

import time

import numpy as np
from rich.table import Table

from features.log.log import Log, pick
from training.choice.offered import Offered
from training.recommenders import columns, ranked
from training.recommenders.judged import FIRST_BASKET, TASKS, Judged
from training.recommenders.lists import BUY_AGAIN, NEW_TO_YOU

BARS = {
    ("2017-11-05", FIRST_BASKET): 0.228,
    ("2017-12-03", FIRST_BASKET): 0.216,
    ("2017-11-05", BUY_AGAIN): 0.420,
    ("2017-12-03", BUY_AGAIN): 0.427,
    ("2017-11-05", NEW_TO_YOU): 0.050,
}
"""NDCG@10 that is promised of the chosen method."""
LATEST = 1_000
"""One customer is asked about so often."""


def table(name: str, day: str, offered: Offered, tested: Judged) -> Table:
    """Return what each method found, and the chosen one's paired difference to each."""
    shown = Table(title=f"{name} {day}: NDCG@10")
    for column in ("task", "customers", "method", "NDCG@10", "recall@10", "chosen less this (95 %)", "origins", ""):
        shown.add_column(column)
    for task, listed in TASKS.items():
        chosen = offered.chosen[listed]
        best = tested.of(task, chosen)
        rival = _heuristic(offered, listed)
        for method in offered.methods[listed]:
            mine = tested.of(task, method.name)
            apart = tested.minus(task, chosen, method.name)
            bar = BARS.get((day, task))
            told = [f"promised {bar}: {'kept' if mine.mean() >= bar else 'falls short'}"] if bar else []
            marks = [
                *(["chosen", *told] if method.name == chosen else []),
                *(["rival"] if method.name == rival else []),
            ]
            origins = " ".join(f"{one.of(listed, method.name).mean():.4f}" for one in offered.origins)
            recall = tested.of(task, method.name, "recall@10").mean()
            difference = "" if method.name == chosen else f"{apart.value:+.4f} ({apart.lo:+.4f}, {apart.hi:+.4f})"
            row = (task, f"{best.size:,}", method.name, f"{mine.mean():.4f}", f"{recall:.4f}", difference, origins)
            shown.add_row(*row, ", ".join(marks))
        shown.add_section()
    return shown


def _heuristic(offered: Offered, listed: str) -> str:
    """Return the baseline that validation likes best: what the chosen method is held against."""
    names = [method.name for method in offered.methods[listed] if method.name != "ranker"]
    return max(names, key=lambda name: float(np.mean([one.of(listed, name).mean() for one in offered.origins])))


def cost(log: Log, offered: Offered, moment: int) -> str:
    """Return what lists cost, one by one and together, and whether both are equal to the bit."""
    who = log.known_before(moment)[:LATEST]
    as_of, made, names = np.full(who.size, moment), offered.recommender, (BUY_AGAIN, NEW_TO_YOU)
    seen = made.shop.seen(log, who, as_of)
    began = time.process_time()
    made.shop.items.read(log, who, as_of)
    scan = (time.process_time() - began) / who.size
    began = time.process_time()
    columns.values(seen.pairs, seen.found, as_of, made.shop.items)
    filled = (time.process_time() - began) / who.size
    began = time.process_time()
    together = made.lists(log, who, as_of, 10, names)
    batch = (time.process_time() - began) / who.size
    live = [pick(log, [place]) for place in who.tolist()]
    nobody = np.zeros(1, np.int64)
    began = time.process_time()
    alone = [made.lists(one, nobody, as_of[:1], 10, names) for one in live]
    single = (time.process_time() - began) / who.size
    apart = {name: ranked.joined([own[name] for own in alone]) for name in names}
    equal = all(
        np.array_equal(getattr(apart[name], part), getattr(together[name], part))
        for name in names
        for part in ("begin", "item", "score")
    )
    return (
        f"two lists of {who.size:,} customers: {1e3 * batch:.2f} ms of CPU each together, {1e3 * single:.2f} ms alone;"
        f" {'equal to the bit' if equal else 'NOT EQUAL'}; of that the scan of the events {1e3 * scan:.2f} ms, and"
        f" the columns of {seen.pairs.item.size / who.size:.0f} candidates {1e3 * filled:.2f} ms"
    )
