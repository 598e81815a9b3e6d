"""The record: a reading as one run of MLflow, with its page, so that looks and experiments can be compared."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from activation.experiments.comparison import Comparison
from activation.experiments.reading import Reading
from activation.experiments.wording import result
from features import clock
from training.tracking import tracking
from training.tracking.tracking import EXPERIMENT_PREFIX, Tracker, git_tags

PAGE, TEXT = "experiment.html", "experiment.txt"


@dataclass(frozen=True)
class Kept:
    """What a run says of a reading."""

    result: str
    as_of: str
    ended: bool
    metric: str
    effect: float | None
    """Of the first arm over the one that it is compared with; None where it cannot be told."""
    low: float | None
    high: float | None
    hold: bool = False
    """Whether what is still to be sent is to be held."""


def record(reading: Reading, dataset: str, digest: str, page: str, text: str) -> str:
    """Log a reading; return the run's id.

    Args:
        reading: of an experiment.
        dataset: its name.
        digest: of the events that were read.
        page: the same for people, as HTML.
        text: the same in lines.
    """
    tracker, own = Tracker(EXPERIMENT_PREFIX + dataset), reading.experiment
    tracker.close_stale()
    tags = {"dataset": dataset, "data_digest": digest, "experiment": own.name, "as_of": clock.iso(reading.as_of)}
    with tracker.run(f"experiment {own.name}", tags={**tags, **git_tags()}) as run_id:
        arms = {f"share_{arm}": share for arm, share in zip(own.arms, own.shares, strict=True)}
        params = {
            "primary": own.primary,
            "horizon": own.days,
            "peek": own.peek,
            "ended": reading.ended,
            "hold": reading.hold,
            **arms,
        }
        tracker.log(run_id, params | {"result": result(reading)}, dict(metrics(reading)))
        tracker.client.log_text(run_id, page, PAGE)
        tracker.client.log_text(run_id, text, TEXT)
    return run_id


def newest(dataset: str, name: str) -> Kept | None:
    """Return the newest reading of an experiment that was kept; None where it was never read."""
    client = tracking.client(tracking.place())
    found = client.get_experiment_by_name(EXPERIMENT_PREFIX + dataset)
    if found is None:
        return None
    asked = f"attributes.status = 'FINISHED' AND tags.experiment = '{name}'"
    runs = client.search_runs([found.experiment_id], asked, max_results=1, order_by=["attributes.start_time DESC"])
    if not runs or "result" not in runs[0].data.params:  # of a release that did not say it
        return None
    params, told, tags = runs[0].data.params, runs[0].data.metrics, runs[0].data.tags
    effect, low, high = (told.get(f"primary/{one}") for one in ("effect", "low", "high"))
    ended, hold = params["ended"] == "True", params.get("hold") == "True"
    return Kept(params["result"], tags["as_of"], ended, params["primary"], effect, low, high, hold)


def metrics(reading: Reading) -> Mapping[str, float]:
    """Return the figures of a reading, by name; what cannot be told is left out."""
    told = {f"assigned_{arm}": float(count) for arm, count in reading.assigned.items()}
    told |= {f"balance_p/{part}": p for part, p in reading.balance.p.items()}
    if reading.primary is not None:
        told |= _figures("primary", reading.primary)
    for one, p in reading.secondary:
        told |= _figures(f"{one.other}_{one.base}_{one.metric.name}", one) | {
            f"{one.other}_{one.base}_{one.metric.name}/p": p
        }
    return {name: value for name, value in told.items() if math.isfinite(value)}


def _figures(name: str, one: Comparison) -> dict[str, float]:
    return {
        f"{name}/effect": float(one.effect.value),
        f"{name}/low": float(one.interval.low),
        f"{name}/high": float(one.interval.high),
        f"{name}/relative": float(one.share.value),
        f"{name}/p": one.p,
        f"{name}/variance_taken_off": one.taken_off,
    }
