"""Where Habitus keeps what it writes. Read from the environment when asked for, never at import."""

import os
from pathlib import Path


def home() -> Path:
    """Return the folder of `mlruns/` and `.cache/`: HABITUS_HOME, or the folder of this checkout."""
    return Path(os.environ.get("HABITUS_HOME") or Path(__file__).parents[1]).resolve()


def cache() -> Path:
    """Return the folder of what may be deleted at any time."""
    return home() / ".cache"


def kernels() -> Path:
    """Return the folder of compiled kernels: HABITUS_KERNELS, or one in the cache.

    They are named by their content, so that several homes may share them.
    """
    return Path(os.environ.get("HABITUS_KERNELS") or cache() / "kernels").resolve()


def events(dataset: str) -> Path:
    """Return the folder of a dataset's stored log."""
    return home() / "mlruns" / "events" / dataset


def live(dataset: str) -> str:
    """Return the URL of a dataset's store of accepted events: HABITUS_LIVE, or a file under the home."""
    return os.environ.get("HABITUS_LIVE") or f"sqlite:///{home() / 'mlruns' / 'live' / dataset}.sqlite"


def registry() -> str:
    """Return the address of runs and of the registry: MLFLOW_TRACKING_URI, or the home's own database."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home() / 'mlruns' / 'mlflow.db'}"


def marks(dataset: str) -> Path:
    """Return the file that says up to where a dataset's tables were read."""
    return home() / "mlruns" / "marks" / f"{dataset}.json"


def served(dataset: str) -> Path:
    """Return the file that says which bundle of a dataset is served."""
    return home() / "mlruns" / "served" / f"{dataset}.json"


def snapshot(dataset: str) -> Path:
    """Return the file of what the live page tells of all of a dataset's customers: counts and sums."""
    return home() / "mlruns" / "snapshots" / f"{dataset}.json"


def rejects(dataset: str) -> Path:
    """Return the file of a dataset's rows that were kept aside when it was last read."""
    return home() / "mlruns" / "rejects" / f"{dataset}.parquet"


def erased(dataset: str) -> Path:
    """Return the folder of what is known of a dataset's erased people: hashes and moments alone."""
    return home() / "mlruns" / "erased" / dataset


def kept_outputs() -> Path:
    """Return the file of the paths of tables that commands wrote where their users chose."""
    return home() / "mlruns" / "outputs.txt"


def reading(dataset: str) -> Path:
    """Return the file that processes hold which have read a dataset."""
    return home() / "mlruns" / "reading" / f"{dataset}.lock"


def migration(dataset: str) -> Path:
    """Return the folder of a dataset's segments month by month."""
    return home() / "mlruns" / "segments" / dataset


def retraining(dataset: str) -> Path:
    """Return the file that the process holds which retrains a dataset."""
    return home() / "mlruns" / "retraining" / f"{dataset}.lock"


def bento(dataset: str) -> Path:
    """Return the folder that a dataset's Bento was last built from; BentoML reads nothing in a hidden one."""
    return home() / "mlruns" / "bento" / dataset


def audiences(dataset: str) -> Path:
    """Return the folder of a dataset's frozen audiences."""
    return home() / "mlruns" / "audiences" / dataset


def outbox(dataset: str) -> Path:
    """Return the file of what is to be sent to destinations, what was, and what they said."""
    return home() / "mlruns" / "outbox" / f"{dataset}.sqlite"


def pulled(dataset: str) -> Path:
    """Return the file of what destinations said of refusals."""
    return home() / "mlruns" / "pulled" / f"{dataset}.csv"


def weekly(dataset: str) -> Path:
    """Return the folder of a dataset's weekly reports, as they were published."""
    return home() / "mlruns" / "weekly" / dataset


def notes(dataset: str) -> Path:
    """Return the file of what sales and service said of a dataset's segments and campaigns."""
    return home() / "mlruns" / "notes" / f"{dataset}.jsonl"
