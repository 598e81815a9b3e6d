"""What segments of a million customers cost, beside scikit-learn's bare k-means."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from training.segmenters import Facts
from training.segmenters.entry import Entry, values
from training.segmenters.nested import ACTIVITY, SILENCE, SPEND
from training.stability.bootstrap import PAIRS, stability

CUSTOMERS = 1_000_000


def customers(rows: int = CUSTOMERS) -> Facts:
    """Return made-up customers."""
    generator = np.random.default_rng(1)
    active = generator.gamma(0.8, 3, rows)
    spend = np.round(2000 * active * generator.lognormal(0, 0.8, rows))
    x = np.column_stack([generator.gamma(1, 60, rows), active, spend]).astype(np.float32)
    x[: rows // 50, 0] = np.nan
    return Facts(x, (SILENCE, ACTIVITY, SPEND))


def costs(rows: int = CUSTOMERS) -> Iterator[tuple[str, float, float]]:
    """Yield what was done, its CPU seconds and its wall seconds."""
    from sklearn.cluster import KMeans

    facts = customers(rows)
    for named in ("nested", "kmeans"):
        entry = values(named, "EUR", "", {})[0]
        yield f"{entry.title}: fit, {2 * PAIRS} bootstrap fits, assignment", *_timed(partial(_whole, entry, facts))
    z = np.log1p(np.nan_to_num(facts.x.astype(np.float64)[:, 1:]))
    yield (
        "scikit-learn's k-means alone, 5 clusters, 10 starts",
        *_timed(lambda: KMeans(5, n_init=10, random_state=0).fit(z)),
    )


def _whole(entry: Entry, facts: Facts) -> None:
    fitted = entry.fit(facts)
    stability(entry.fit, fitted, facts, PAIRS)
    fitted.assign(facts)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall
