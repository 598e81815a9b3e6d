"""Customers whose groups are known: simulated ones with and without, and noise."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.segments.business import Business, moment
from features import dataset as datasets
from features.catalogue.feature import Derived
from features.clock import DAY
from features.simulator.folder import TRUTH
from training.choice.grouped import Words, grouped
from training.segmenters import Facts
from training.segmenters.behaviour import sets, words
from training.segmenters.nested import SPEND
from training.stability import rand
from training.stability.outcome import After
from training.stability.period import MAP

END, HORIZON = "2024-12-30", 28
ROWS = 2500
_RHYTHM = ("gap_mean_364d", "lines_per_visit_364d", "repeat_share_364d")
FEATURES = tuple(Derived(name, name, "ratio", "ratio", "a", "b") for name in _RHYTHM)


def simulated(folder: Path, seed: int, segments: bool) -> tuple[float, str]:
    """Return the adjusted Rand index of behaviour to the truth of a simulated shop, and what the gate says."""
    text = (datasets.SHIPPED / "simulated.toml").read_text(encoding="utf-8")
    file = folder / f"simulated_{seed}_{segments}.toml"
    file.write_text(text.replace("seed = 1", f"seed = {seed}\nsegments = {str(segments).lower()}"), encoding="utf-8")
    shop, end = Business.of(str(file), END, HORIZON, 2 * HORIZON), moment(END)
    who, facts = shop.facts(end)
    after = shop.after(end - HORIZON * DAY)
    try:
        told = Words(words(shop.features), shop.currency, SPEND)
        found = grouped(sets(shop.features), facts, None, after, told)
    except ValueError as error:
        return np.nan, str(error)
    told = pq.read_table(datasets.load(str(file)).path(TRUTH), columns=["customer_id", "segment"])
    truth = dict(zip(map(str, told["customer_id"].to_pylist()), told["segment"].to_pylist(), strict=True))
    names = sorted(set(truth.values()))
    own = np.array([names.index(truth[one]) for one in shop.log.customers.take(who).to_pylist()], np.int32)
    assigned = found.segmenter.assign(facts)
    inside = assigned < len(found.segmenter.segments) - 1
    shared = rand.table(assigned[inside], own[inside], (len(found.segmenter.segments), len(names)))
    return rand.adjusted(shared), found.verdict.said()


def noise(seeds: int) -> Iterator[tuple[str, int, str]]:
    """Yield what the gate says of behaviour whose inputs are noise: kind, seed and verdict."""
    for seed in range(seeds):
        generator = np.random.default_rng(seed)
        alike = generator.multivariate_normal(np.zeros(3), 0.8 + 0.2 * np.eye(3), ROWS)
        for kind, x in (
            ("gaussian", generator.normal(size=(ROWS, 3))),
            ("gaussian, correlated .8", alike),
            ("uniform", generator.random((ROWS, 3))),
        ):
            rfm = generator.gamma(2, 9, (ROWS, len(MAP)))
            facts = Facts(np.column_stack([x, rfm]).astype(np.float32), (*_RHYTHM, *MAP))
            end = Facts(generator.random((ROWS, 1)).astype(np.float32), ("spend_per_day_28d",))
            try:
                found = grouped(sets(FEATURES), facts, None, After(facts, end, 28), Words(words(FEATURES), "", SPEND))
                yield kind, seed, found.verdict.graded
            except ValueError:
                yield kind, seed, "not stable"
