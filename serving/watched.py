"""The watched: what is served, how old it is, and how its answers lie beside training, as Prometheus's gauges.

They are read when they are asked for; their labels are names of the bundle.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from features.clock import SECOND
from features.log.store.accepted import Away
from serving import edge
from serving.loaded import Loaded
from serving.state import State


class Watched(Collector):
    """Gives the numbers of a process, and of what it serves where it serves something."""

    def __init__(self, state: State | None) -> None:
        """Look at what is served now."""
        self.state = state

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from edge.METRICS.collect()
        if self.state is None:
            return
        loaded, now = self.state.loaded, self.state.wall.read()
        yield from chain(_served(loaded, now), _kept(self.state, loaded), _drifted(loaded))


def _served(loaded: Loaded, now: int) -> Iterator[Metric]:
    told = {"dataset": loaded.bundle.dataset, "version": loaded.version, "alias": loaded.alias, "id": loaded.stored.id}
    served = GaugeMetricFamily("habitus_bundle_info", "The bundle that is served", labels=list(told))
    served.add_metric(list(told.values()), 1)
    yield served
    ages = {
        "bundle_as_of": (loaded.bundle.as_of, "the moment that the bundle learned up to"),
        "data_end": (loaded.base.end, "the end of the stored data"),
    }
    for name, (moment, what) in ages.items():
        yield _gauge(f"habitus_{name}_age_seconds", f"Seconds since {what}", (now - moment) / SECOND)


def _kept(state: State, loaded: Loaded) -> Iterator[Metric]:
    yield _gauge("habitus_kept_answers", "Answers that are kept as bytes", len(loaded.kept))
    if state.live is None:
        return
    count = None
    with suppress(Away):
        count = len(state.live)
        yield _gauge("habitus_live_events", "Events that came in and that no file holds yet", count)
    yield _gauge("habitus_live_away", "1 where the server of what came in does not answer", count is None)


def _drifted(loaded: Loaded) -> Iterator[Metric]:
    """Yield how the newest answers are distributed beside training; nothing of few, which chance alone moves."""
    labels = ["about", "name"]
    index = GaugeMetricFamily(
        "habitus_psi", "Population stability index of the newest answers against training", labels=labels
    )
    limit = GaugeMetricFamily("habitus_psi_limit", "The index from which on a column alarms", labels=labels)
    for column in loaded.answered.columns(loaded.bundle):
        index.add_metric([column.about, column.name], column.psi)
        limit.add_metric([column.about, column.name], column.limit)
    yield index
    yield limit


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)
