"""The record: what a trial says as one run of MLflow, with the policy that it recommends as a file."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from training.metrics.bootstrap import Estimate
from training.tracking.tracking import EXPERIMENT_PREFIX, Tracker, git_tags
from training.uplift.job import Report

FILE, POLICY, PAGE = "uplift.json", "policy.json", "uplift.html"


def plain(report: Report) -> str:
    """Return the report as JSON; pairs of names are joined by " over "."""
    told = {"verdict": list(report.verdict()), **_plain(report)}
    return msgspec.json.format(msgspec.json.encode(told), indent=1).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {" over ".join(key) if isinstance(key, tuple) else key: _plain(own) for key, own in value.items()}
    if isinstance(value, tuple):
        return [_plain(own) for own in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def record(report: Report, dataset: str, tags: Mapping[str, str] | None = None, page: str = "") -> str:
    """Log a report in the experiment of a dataset, with its page where there is one; return the run's id.

    Raises:
        Unreachable: the place of runs does not answer.
    """
    tracker = Tracker(EXPERIMENT_PREFIX + dataset)
    tracker.close_stale()
    policy = report.chosen.policy
    params = {"experiment": report.name, "outcome": report.outcome, "recommended": report.chosen.recommended}
    params |= {f"customers/{arm}": str(size) for arm, size in report.arms.items()}
    params |= {"policy_version": policy.version}
    with tracker.run(f"uplift {report.name}", tags={"dataset": dataset, **git_tags(), **(tags or {})}) as run_id:
        tracker.log(run_id, params, metrics(report))
        tracker.client.log_text(run_id, plain(report), FILE)
        tracker.client.log_text(run_id, msgspec.json.encode(policy).decode(), POLICY)
        if page:
            tracker.client.log_text(run_id, page, PAGE)
    return run_id


def metrics(report: Report) -> dict[str, float]:
    """Return the figures of a report by name, each with the ends of its interval."""
    found: dict[str, float] = {}

    def add(name: str, one: Estimate) -> None:
        found.update({name: one.value, f"{name}_lo": one.lo, f"{name}_hi": one.hi})

    for one in report.judged:
        slug = _named(one.action)
        add(f"effect/{slug}", one.effect)
        add(f"autoc/{slug}", one.signal)
        for method, area in one.area.items():
            add(f"qini_area/{slug}/{method}", area)
        found.update({f"qini/{slug}/{method}": qini for method, qini in one.qini.items() if not np.isnan(qini)})
    for way, value in report.chosen.value.items():
        add(f"policy/{_named(way)}", value)
    return found


def _named(text: str) -> str:
    """Return a name that MLflow allows."""
    return "".join(letter if letter.isalnum() or letter in "_-." else "_" for letter in text)
