"""The record: a reading as one run of MLflow, with its page, so that looks and experiments can be compared."""

import math
from collections.abc import Mapping

from activation.experiments.comparison import Comparison
from activation.experiments.reading import Reading
from features import clock
from training.tracking.tracking import EXPERIMENT_PREFIX, Tracker, git_tags

PAGE, TEXT = "experiment.html", "experiment.txt"


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
        params = {"primary": own.primary, "horizon": own.days, "peek": own.peek, "ended": reading.ended, **arms}
        tracker.log(run_id, params, dict(metrics(reading)))
        tracker.client.log_text(run_id, page, PAGE)
        tracker.client.log_text(run_id, text, TEXT)
    return run_id


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
