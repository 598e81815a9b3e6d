"""Tracking: runs in MLflow, through its client alone, so that nothing depends on a global active run."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from features import command, settings
from features.remote.postgres import is_address, password
from training.tracking.answer import Unreachable, answered, told
from training.tracking.moved import follow
from training.tracking.work import Work

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT_PREFIX = "habitus-"
"""Before a dataset's name: the experiment of its runs."""
KIND, MODELS = "mlflow.experimentKind", "custom_model_development"
"""By this tag MLflow opens an experiment in its view for training models; by itself it takes the one for LLMs."""
_OWNER = "habitus.owner"
_NO_PATH = {"?", "%", "#"}
"""What addresses of databases and artifacts give another meaning."""
PARENT = "mlflow.parentRunId"
ADDRESS = "MLFLOW_TRACKING_URI"
"""The variable that names a place other than the checkout's own."""
_LONGEST_PARAM = 500
_PARAMS_A_BATCH, _METRICS_A_BATCH = 100, 1000

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "GIT_PYTHON_REFRESH": "quiet",
}
"""What MLflow must know before it is imported: no telemetry, no jobs, no noise."""


@dataclass(frozen=True)
class Place:
    """Where runs and models are kept."""

    uri: str
    database: Path | None
    """The SQLite file; None for a server."""

    @property
    def artifacts(self) -> Path | None:
        """The folder of artifacts beside the database, of PostgreSQL under the home; None where a server decides."""
        if is_address(self.uri):
            return settings.home() / "mlruns" / "artifacts"
        return self.database.parent / "artifacts" if self.database else None


def place() -> Place:
    """Return MLFLOW_TRACKING_URI, or the checkout's own `mlruns/mlflow.db`.

    Raises:
        Unreachable: the address cannot hold such a path, or holds a password.
    """
    uri = settings.registry()
    if password(uri):
        raise Unreachable(
            f"{ADDRESS}: got a password, which others could read: PGPASSWORD or ~/.pgpass may hold that of PostgreSQL,"
            " MLFLOW_TRACKING_PASSWORD that of a server."
        )
    if not uri.startswith("sqlite:///"):
        return Place(uri, None)
    database = Path(uri.removeprefix("sqlite:///")).resolve()
    if wrong := sorted({*str(database)} & _NO_PATH):
        raise Unreachable(
            f"runs cannot be kept in {database}, whose path has {' and '.join(wrong)}: name another folder"
            " with HABITUS_HOME."
        )
    return Place(f"sqlite:///{database}", database)


@contextlib.contextmanager
def reached() -> Iterator[None]:
    """End a command in one line, not a traceback, where the place of its runs does not answer."""
    with command.told(Unreachable), answered(place().uri):
        yield


def client(where: Place) -> MlflowClient:
    """Return a client; make the database first where there is none.

    Raises:
        Unreachable: the place does not answer.
    """
    for key, value in QUIET.items():
        os.environ.setdefault(key, value)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from mlflow import MlflowClient, set_registry_uri, set_tracking_uri

    asked = os.environ.get(ADDRESS)
    set_tracking_uri(where.uri)  # `models:/` addresses are looked up in the global place, whatever the client's
    set_registry_uri(where.uri)
    if asked is None:  # MLflow writes the address there for processes of its own; `place` would take it for a wish
        os.environ.pop(ADDRESS, None)
    else:
        os.environ[ADDRESS] = asked
    with answered(where.uri):
        if where.database and where.artifacts:
            try:
                _create(where.database)
            except OSError as error:
                raise Unreachable(told(where.uri, f"it cannot be made ({error})")) from error
            follow(where.database, where.artifacts, EXPERIMENT_PREFIX)
        found = MlflowClient(where.uri, where.uri)
        found.search_experiments(max_results=1)
    return found


def _create(database: Path) -> None:
    """Make the database whole or not at all: of two processes that migrate one new file, one fails."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if database.exists():
            return
        draft = database.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        from mlflow import MlflowClient

        MlflowClient(f"sqlite:///{draft}").search_experiments(max_results=1)
        draft.replace(database)


class Tracker:
    """One experiment of one place."""

    def __init__(self, experiment: str) -> None:
        """Open an experiment, or make it.

        Raises:
            Unreachable: the place does not answer, or the experiment was deleted in it.
        """
        where = place()
        self.client = client(where)
        found = self.client.get_experiment_by_name(experiment)
        if found and found.lifecycle_stage == "deleted":
            raise Unreachable(told(where.uri, f"the experiment {experiment!r} ({found.experiment_id}) was deleted"))
        location = str(where.artifacts / experiment) if where.artifacts else None
        self.experiment_id = found.experiment_id if found else self.client.create_experiment(experiment, location)
        if not found or KIND not in found.tags:
            self.client.set_experiment_tag(self.experiment_id, KIND, MODELS)

    @contextlib.contextmanager
    def run(
        self, name: str, parent: str | None = None, tags: Mapping[str, str] | None = None, work: Work | None = None
    ) -> Iterator[str]:
        """Open a run, and close it as finished, failed or killed; one of work done before has its times."""
        every = {
            "mlflow.source.name": Path(sys.argv[0]).name,
            "mlflow.source.type": "LOCAL",
            _OWNER: _owner(os.getpid()),
        }
        every |= {PARENT: parent} if parent else {}
        every |= tags or {}
        began = int(work.begin * 1000) if work else None
        run_id = self.client.create_run(self.experiment_id, began, every, name).info.run_id
        try:
            yield run_id
        except BaseException as error:
            with contextlib.suppress(Exception):  # where the place is gone, that is what is told
                self.client.set_terminated(run_id, "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
            raise
        self.client.set_terminated(run_id, "FINISHED", int(work.end * 1000) if work else None)

    def log(
        self, run_id: str, params: Mapping[str, Any] | None = None, metrics: Mapping[str, float] | None = None
    ) -> None:
        """Log in as few calls as MLflow allows."""
        from mlflow.entities import Metric, Param

        now = int(time.time() * 1000)
        every_param = [Param(key, _short(value)) for key, value in (params or {}).items()]
        every_metric = [Metric(key, float(value), now, 0) for key, value in (metrics or {}).items()]
        for start in range(0, len(every_param), _PARAMS_A_BATCH):
            self.client.log_batch(run_id, params=every_param[start : start + _PARAMS_A_BATCH])
        for start in range(0, len(every_metric), _METRICS_A_BATCH):
            self.client.log_batch(run_id, metrics=every_metric[start : start + _METRICS_A_BATCH])

    def log_dataset(self, run_id: str, name: str, digest: str, source: str, profile: str, context: str) -> None:
        """Say which data a run saw."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        data = Dataset(name, digest, "local", source, None, profile)
        self.client.log_inputs(run_id, [DatasetInput(data, [InputTag("mlflow.data.context", context)])])

    def close_stale(self) -> int:
        """Mark the running runs whose process on this machine is gone as killed; return how many."""
        running = self.client.search_runs([self.experiment_id], "attributes.status = 'RUNNING'", max_results=1000)
        stale = 0
        for run in running:
            host, _, pid = run.data.tags.get(_OWNER, "").rpartition("@")[0].rpartition(":")
            if host == socket.gethostname() and _owner(int(pid)) != run.data.tags[_OWNER]:
                self.client.set_terminated(run.info.run_id, "KILLED")
                stale += 1
        return stale


def _owner(pid: int) -> str:
    """Return what tells a process from any other, also from a later one with the same number."""
    try:
        began = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        began = 0.0
    return f"{socket.gethostname()}:{pid}@{began}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_PARAM else text[: _LONGEST_PARAM - 1] + "…"


def git_tags() -> dict[str, str]:
    """Return the commit of this checkout, and whether its files differ from it; nothing outside git."""

    def git(*words: str) -> str:
        here = str(Path(__file__).parent)
        return subprocess.run(["git", "-C", here, *words], capture_output=True, text=True, check=False).stdout.strip()

    commit = git("rev-parse", "HEAD")
    changed = str(bool(git("status", "--porcelain", "--untracked-files=no"))).lower()
    return {"mlflow.source.git.commit": commit, "git_changed": changed} if commit else {}
