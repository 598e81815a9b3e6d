"""`python -m benchmarks.features.customer DATASET`: how long the features of one customer take, warm, as JSON.

What the live service does between a customer's events and the models: the kernel of the whole catalogue, derived
features included, on a log of one customer.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from features.buckets import intake
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import fitting
from features.dataset import load
from features.kernel.kernel import Kernel
from features.log.log import Log, pick

EVENTS = 200
_RUNS = 5000
_WARM = 200


@dataclass(frozen=True)
class Latency:
    """Milliseconds of many calls, and of what."""

    events: int
    features: int
    kernel_ms: float
    """Median."""
    kernel_p95_ms: float
    """95th percentile."""


def measure(dataset: str) -> Latency:
    """Time the kernel on the newest events of the customer with just enough of them."""
    business = load(dataset)
    kernel = Kernel(fitting(CATALOGUE, business.columns, business.kinds)[0])
    log = one_customer(intake.take(business).log)
    customers, as_of = np.zeros(1, np.int64), np.array([log.newest + 1])
    calls = _times(lambda: kernel(log, customers, as_of))
    return Latency(
        len(log),
        len(kernel.features),
        float(np.median(calls)),
        float(np.quantile(calls, 0.95)),
    )


def one_customer(log: Log) -> Log:
    """Return the log of the newest EVENTS events of the customer with the least that has so many."""
    counts = np.diff(log.offsets)
    enough = np.flatnonzero(counts >= EVENTS)
    one = pick(log, [int(enough[np.argmin(counts[enough])])])
    columns = {name: column[-EVENTS:] for name, column in one.columns.items()}
    return Log(one.customers, np.array([0, EVENTS]), columns, one.names, one.zone)


def _times(call: Callable[[], object]) -> NDArray[np.float64]:
    """Return the milliseconds of many calls, after some that do not count."""
    times = np.empty(_WARM + _RUNS)
    for run in range(times.size):
        started = time.perf_counter_ns()
        call()
        times[run] = time.perf_counter_ns() - started
    return times[_WARM:] / 1e6


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1]))))
