"""The stores: everything that is kept under the home, with how each forgets somebody. A test keeps it complete."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from activation import ledger
from activation.audiences import frozen
from features import scratch, settings
from features.consent import redaction
from features.consent.forgetting import Erasure, Store
from features.log.store import mapped, opened
from features.outputs import kept, output, parquet
from features.sources import pulled, rejects
from training.migration import folder
from training.run import assignments, predictions
from training.tracking import database
from training.tracking.tracking import EXPERIMENT_PREFIX, place


def stores(dataset: str) -> tuple[Store, ...]:
    """Return the table of a dataset's stores; a file is of the first that it fits."""
    runs = f"mlruns/artifacts/{EXPERIMENT_PREFIX}{dataset}"
    return (
        Store("stored events", (f"mlruns/events/{dataset}/*",), _events),
        Store("events that came in", (f"mlruns/live/{dataset}.sqlite*",), _live),
        Store("events in the folder of a Bento", (f"mlruns/bento/{dataset}/*",), _bento),
        Store(
            "rows kept aside", (f"mlruns/rejects/{dataset}.parquet", f"mlruns/rejects/.{dataset}.parquet.*"), _rejects
        ),
        Store(
            "predictions and segments of customers in runs",
            (f"{runs}/*/artifacts/{predictions.FILE}", f"{runs}/*/artifacts/{assignments.FILE}"),
            _tables,
        ),
        Store(
            "bundles",
            (f"{runs}/models/*",),
            holds="models, cuts and counts; the self-test is of made-up customers. An erasure marks those of before",
        ),
        Store("segments of customers, month by month", (f"mlruns/segments/{dataset}/*.parquet*",), _segments),
        Store(
            "moves between segments",
            (f"mlruns/segments/{dataset}/*",),
            holds="counts of customers, and a picture of them",
        ),
        Store("frozen audiences", (f"mlruns/audiences/{dataset}/*",), _audiences),
        Store("what was sent to destinations, and decided", (f"mlruns/outbox/{dataset}.sqlite*",), _ledger),
        Store(
            "erasures that destinations have not confirmed",
            (f"mlruns/outbox/{dataset}.erasing.sqlite*",),
            holds="who is still to be erased there: the command is run again until nobody is",
        ),
        Store("when destinations were called", ("mlruns/outbox/accounts/*",), holds="moments of calls"),
        Store(
            "refusals that destinations told",
            (f"mlruns/pulled/{dataset}.csv", f"mlruns/pulled/.{dataset}.csv.*"),
            _pulled,
        ),
        Store("weekly reports as they were published", (f"mlruns/weekly/{dataset}/*",), _texts),
        Store(
            "what sales and service say", (f"mlruns/notes/{dataset}.jsonl", f"mlruns/notes/.{dataset}.jsonl.*"), _texts
        ),
        Store("reports, settings and plots of runs", (f"{runs}/*",), _texts),
        Store("MLflow's database", ("mlruns/mlflow.*",), _database),
        Store("tables that commands wrote elsewhere", ("mlruns/outputs.txt",), _outputs),
        Store("scratch of runs that were killed", (".cache/scratch/*",), _scratch),
        Store("lists of erased people", ("mlruns/erased/*",), holds="keyed hashes and moments"),
        Store(
            "which bundle is served", ("mlruns/served/*.json", "mlruns/served/.*.draft"), holds="the name of a folder"
        ),
        Store(
            "the snapshot of the live page",
            (f"mlruns/snapshots/{dataset}.json", f"mlruns/snapshots/.{dataset}.json.*.draft"),
            holds="counts and sums",
        ),
        Store(
            "up to where tables were read",
            (f"mlruns/marks/{dataset}.json", f"mlruns/marks/.{dataset}.json.*.draft"),
            _marks,
        ),
        Store("locks", ("mlruns/retraining/*.lock", "mlruns/reading/*.lock"), holds="nothing"),
        Store("what columns were found to be", (".cache/told/*.json",), holds="how numbers and times are written"),
        Store("compiled features", (".cache/kernels/*",), holds="code"),
        Store("simulated businesses", (".cache/simulated/*",), holds="people who are made up", proved=False),
        Store("the page of the folder", ("mlruns/README.md",), holds="what the folder is"),
        Store(
            "other datasets",
            (
                "mlruns/events/*",
                "mlruns/live/*",
                "mlruns/bento/*",
                "mlruns/rejects/*.parquet*",
                "mlruns/artifacts/*",
                "mlruns/segments/*",
                "mlruns/audiences/*",
                "mlruns/outbox/*",
                "mlruns/pulled/*",
                "mlruns/snapshots/*",
                "mlruns/weekly/*",
                "mlruns/notes/*",
                "mlruns/marks/*",
            ),
            holds="customers of their own: each dataset has its own erasures",
            proved=False,
        ),
    )


def _events(erasure: Erasure, _: Sequence[Path]) -> int:
    return mapped.forget(settings.events(erasure.dataset), erasure.holds)


def _live(erasure: Erasure, _: Sequence[Path]) -> int:
    store = opened.there(erasure.dataset)  # of events that the files hold now it still knows whose they were
    if store is None:
        return 0
    try:
        return store.forget(erasure.holds)
    finally:
        store.close()


def _bento(erasure: Erasure, _: Sequence[Path]) -> int:
    shelf = settings.events(erasure.dataset).relative_to(settings.home())
    return mapped.forget(settings.bento(erasure.dataset) / shelf, erasure.holds)


def _rejects(erasure: Erasure, paths: Sequence[Path]) -> int:
    return sum(rejects.forget(path, erasure.holds) for path in {*paths, settings.rejects(erasure.dataset)})


def _tables(erasure: Erasure, paths: Sequence[Path]) -> int:
    return sum(parquet.forget(path, erasure.kinds, erasure.holds) for path in paths)


def _segments(erasure: Erasure, paths: Sequence[Path]) -> int:
    return folder.forget(paths, erasure.kinds, erasure.holds)


def _audiences(erasure: Erasure, paths: Sequence[Path]) -> int:
    return frozen.forget(paths, erasure.holds)


def _ledger(erasure: Erasure, _: Sequence[Path]) -> int:
    return ledger.forget(settings.outbox(erasure.dataset), erasure.holds)


def _pulled(erasure: Erasure, _: Sequence[Path]) -> int:
    return pulled.forget(settings.pulled(erasure.dataset), erasure.kinds, erasure.holds)


def _texts(erasure: Erasure, paths: Sequence[Path]) -> int:
    return redaction.forget(paths, erasure.sought)


def _database(erasure: Erasure, _: Sequence[Path]) -> int:
    where = place().database
    return database.forget(where, erasure.sought) if where else 0


def _outputs(erasure: Erasure, _: Sequence[Path]) -> int:
    count = 0
    for path in kept.paths():
        with contextlib.suppress(OSError, ValueError):  # one that was changed since is told by the proof
            count += output.forget(path, erasure.kinds, erasure.holds)
    for far in kept.addresses():
        with contextlib.suppress(ValueError):  # one that cannot be reached is told at the end of an erasure
            count += output.forget_far(far, erasure.kinds, erasure.holds)
    return count


def _marks(erasure: Erasure, _: Sequence[Path]) -> int:
    settings.marks(erasure.dataset).unlink(missing_ok=True)  # it holds hashes of rows: all are read next time
    return 0


def _scratch(_: Erasure, __: Sequence[Path]) -> int:
    return scratch.forget()
