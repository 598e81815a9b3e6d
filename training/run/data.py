"""The data that a run learned from, as MLflow has them."""

import json

from features.clock import iso
from training.choice.learn import Trained
from training.panel.sample_size import ALL
from training.tracking.tracking import Tracker


def data(trained: Trained) -> dict[str, object]:
    """Return how much there was, and how much of it was learned from."""
    events, customers = trained.log.counts
    return {
        "events": events,
        "customers": customers,
        "rows_kept_aside": sum(trained.rejects.values()),
        "newest_event": iso(trained.log.newest),
        "rows_asked_for": trained.bundle.sample.rows or ALL,
        "seed": trained.bundle.sample.seed,
        **{
            f"customers_learned_from_{key}": trained.bundle.sample.customers(trained.log, key)[0]
            for key in dict.fromkeys(choice.target.rows().spine_key for choice in trained.choices)
        },
    }


def log_data(tracker: Tracker, run_id: str, trained: Trained, context: str) -> None:
    """Log them as the dataset of a run; the context says what for."""
    source = json.dumps({"sources": [source.path for source in trained.dataset.sources]})
    tracker.log_dataset(run_id, trained.dataset.name, trained.log.digest, source, json.dumps(data(trained)), context)
