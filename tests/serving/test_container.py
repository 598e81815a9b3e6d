"""The Containerfile: its commands, run one by one in an empty folder, make something that serves what is mounted."""

import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from features.log.store import mapped
from serving.client import Client
from serving.served import ALIAS, BUNDLE, VERSION
from tests.conftest import Trained
from tests.serving.conftest import HOST, Server, wait

ROOT = Path(__file__).parents[2]
KEY = "a-key-of-this-test-alone"
PLACES = ("/venv", "/habitus", "/data", "/tmp")  # noqa: S108  the image's own
"""What the image has folders for; nothing else is written."""


@dataclass
class Image:
    """A folder in the place of an image's root, and what is in force there."""

    root: Path
    workdir: Path
    environment: dict[str, str]
    user: str = ""
    command: dict[str, list[str]] = field(default_factory=dict)

    def inside(self, text: str) -> str:
        """Return a text whose absolute paths lie in the folder."""
        found: str = re.sub(rf"(?<![\w./])({'|'.join(PLACES)})\b", lambda place: f"{self.root}{place[1]}", text)
        return found

    def run(self, command: str) -> None:
        """Run a command as a build does."""
        asked = ["bash", "-ec", self.inside(command)]
        done = subprocess.run(
            asked, cwd=self.workdir, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stderr[-2000:]}"

    def copy(self, sources: list[str], target: str) -> None:
        """Copy from the checkout what a build may see of it."""
        for source in sources:
            assert f"!{source}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
            to = Path(self.inside(target)) if target.startswith("/") else self.workdir / target
            to.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(ROOT / source, to)


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Containerfile, each with what it says."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, said.strip()) for name, _, said in (line.partition(" ") for line in lines)]


def built(root: Path, *, installed: bool) -> Image:
    """Do what the instructions say in an empty folder; with `installed`, this environment stands for a new one."""
    for place in (*PLACES, "/tools"):
        Path(f"{root}{place}").mkdir()
    (root / "tools" / "python").symlink_to(sys.executable)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("HABITUS_", "PYTHON", "VIRTUAL_"))
    }
    image = Image(root, root, {**kept, "PATH": f"{root / 'tools'}:/usr/bin:/bin"})
    for name, said in instructions():
        if installed and "pip install" in said:
            shutil.rmtree(root / "venv")
            (root / "venv").symlink_to(sys.prefix)
        else:
            done(image, name, said)
    return image


def done(image: Image, name: str, said: str) -> None:
    """Do what one instruction says."""
    match name:
        case "FROM":
            image.workdir = image.root
        case "EXPOSE":
            pass
        case "WORKDIR":
            image.workdir = Path(image.inside(said))
        case "COPY" if said.startswith("--from="):
            assert said == "--from=built /venv /venv"  # both stages are the one folder here
        case "COPY":
            *sources, target = shlex.split(said)
            image.copy(sources, target)
        case "RUN":
            image.run(said)
        case "ENV":
            key, _, value = said.partition("=")
            image.environment[key] = image.inside(value).replace("$PATH", image.environment["PATH"])
        case "USER":
            image.user = said
        case "ENTRYPOINT" | "CMD":
            image.command[name] = json.loads(said)
        case _:
            raise AssertionError(f"{name} is not known here")


@contextmanager
def running(image: Image, trained: Trained) -> Iterator[Server]:
    """Start what the image starts, with a bundle and stored events mounted, and a key."""
    shutil.copytree(trained.home / "mlruns" / "events", image.root / "data" / "mlruns" / "events")
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    keys = f"admin {hashlib.sha256(KEY.encode()).hexdigest()} test"
    mounted = {BUNDLE: str(trained.bundle), VERSION: "7", ALIAS: "champion", "HABITUS_KEYS": keys}
    asked = [*image.command["ENTRYPOINT"], "--dataset", str(trained.toml), "--port", str(port)]
    program = shutil.which(asked[0], path=image.environment["PATH"])
    assert program == str(image.root / "venv" / "bin" / "python")
    with (image.root / "out").open("wb") as out, (image.root / "err").open("wb") as err:
        process = subprocess.Popen(
            [program, *asked[1:]], cwd=image.workdir, env=image.environment | mounted, stdout=out, stderr=err
        )
    try:
        server = Server(process, port, image.root / "out", image.root / "err")
        wait(server, 300)  # all is compiled anew
        yield server
    finally:
        process.kill()
        process.wait()


def _answers(image: Image, trained: Trained) -> None:
    (known,) = mapped.load(trained.dataset.name).customers.to_pylist()[:1]
    with running(image, trained) as server:
        with Client(f"http://{HOST}:{server.port}", KEY, 60, httpx.HTTPTransport()) as asking:
            (customer,) = asking.explain(known).customers
            assert customer.predictions["churn_28d"].value is not None
            assert asking.bundle().version == "7"
        assert server.end(signal.SIGTERM) == 0
    made = {path.relative_to(image.root).parts[0] for path in image.root.rglob("*.nbi")}
    assert made == {"tmp"}


@pytest.mark.long
def test_its_commands_make_something_that_serves(trained: Trained, tmp_path: Path) -> None:
    image = built(tmp_path, installed=True)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image.user)
    assert image.command["CMD"] == ["--dataset", "complete_journey"]
    assert {path.name for path in (tmp_path / "habitus").iterdir()} == {"LICENSE", "features", "serving", "training"}
    _answers(image, trained)


@pytest.mark.proof
def test_its_commands_make_the_environment_that_it_needs(trained: Trained, tmp_path: Path) -> None:
    _answers(built(tmp_path, installed=False), trained)


def test_it_names_no_host_and_has_two_stages() -> None:
    bases = [said for name, said in instructions() if name == "FROM"]
    assert bases == ["python:3.11-slim AS built", "python:3.11-slim"]
    assert "//" not in (ROOT / "Containerfile").read_text(encoding="utf-8")
