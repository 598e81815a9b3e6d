"""What is served: the champion's bundle, by the pointer beside its alias, else by a process of its own.

Either way this process stays free of MLflow.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from training.tracking import pointer

CHAMPION = "champion"
DATASET, BUNDLE, VERSION = "HABITUS_DATASET", "HABITUS_BUNDLE", "HABITUS_VERSION"
ALIAS, AS_OF = "HABITUS_ALIAS", "HABITUS_AS_OF"
FOLLOWS = "HABITUS_FOLLOWS"
DECLARED = "HABITUS_DATASET_FILE"
"""What the launcher tells the service, in the environment."""
QUIET = {"BENTOML_DO_NOT_TRACK": "True", "OTEL_SDK_DISABLED": "true"}
"""What BentoML must know before it is imported."""
FOR_TRYING = "`bentoml serve` is for trying: docs/service.md says what holds only with `make serve`."
TOML = "dataset.toml"
"""The dataset file of a Bento."""
PACKED = Path(__file__).parents[1] / "packed"
"""Where a Bento, and no checkout, has what it serves: `served.json` and the folder `bundle`."""


@dataclass(frozen=True)
class Served:
    """One registered bundle, on this machine's disk."""

    folder: Path
    version: str
    alias: str

    @property
    def notice(self) -> str:
        """What to tell whoever started this; empty for a champion."""
        if self.alias == CHAMPION:
            return ""
        return f"there is no champion yet: using the {self.alias}, version {self.version}"

    def environment(self) -> dict[str, str]:
        """Return the environment by which another process serves the same."""
        return {BUNDLE: str(self.folder), VERSION: self.version, ALIAS: self.alias}


class NotServed(LookupError):
    """There is nothing to serve."""


class _Packed(msgspec.Struct):
    """What a Bento says of its bundle."""

    dataset: str
    version: str
    alias: str


def find(dataset: str) -> Served:
    """Return the dataset's champion, or its challenger where there is no champion yet.

    Where HABITUS_BUNDLE names a bundle's folder, that is it, and in a Bento what was packed; no registry is asked, nor
    where a pointer to the champion stands.

    Raises:
        NotServed: no bundle of the dataset is registered.
    """
    if given := os.environ.get(BUNDLE):
        return Served(Path(given), os.environ.get(VERSION, "unregistered"), os.environ.get(ALIAS, CHAMPION))
    if packed := _packed():
        return Served(PACKED / "bundle", packed.version, packed.alias)
    with suppress(pointer.Damaged):  # the registry knows it, too
        found = pointed(dataset)
        if found and found.folder.is_dir():
            return found
    return asked(dataset)


def pointed(dataset: str) -> Served | None:
    """Return what the pointer beside the champion's alias says; None where there is none.

    Raises:
        pointer.Damaged: it cannot be read.
    """
    found = pointer.read(dataset)
    return Served(Path(found.folder), found.version, found.alias) if found else None


def asked(dataset: str) -> Served:
    """Return what a process of its own finds in the registry: the champion, or the challenger.

    Raises:
        NotServed: no bundle of the dataset is registered, or the registry does not answer.
    """
    command = [sys.executable, "-m", "training.tracking.registry", "--dataset", dataset]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise NotServed(
            (answer.stderr.strip().splitlines() or ["the registry gave no answer"])[-1].removeprefix("error: ")
        )
    found = json.loads(answer.stdout)
    return Served(Path(found["folder"]), found["version"], found["alias"])


def follows() -> bool:
    """Return whether a later champion takes the place of what is served: not where a folder was named, or packed."""
    told = os.environ.get(FOLLOWS)
    return told == "1" if told is not None else not (os.environ.get(BUNDLE) or _packed())


def dataset(otherwise: str) -> str:
    """Return the name of the dataset that is asked for: by HABITUS_DATASET, or by what a Bento packed."""
    packed = _packed()
    return os.environ.get(DATASET) or (packed.dataset if packed else otherwise)


def declared(name: str) -> str:
    """Return where a dataset is declared: the file that the launcher named, or a Bento packed, or a shipped name."""
    packed = PACKED / TOML
    return os.environ.get(DECLARED) or (str(packed) if packed.is_file() else name)


def pack(found: Served, dataset: str, folder: Path, declared: str = "", beside: Sequence[str] = ()) -> None:
    """Write what a Bento says of its bundle into the folder that becomes PACKED, with a dataset file of one's own.

    Args:
        found: the bundle.
        dataset: its name.
        folder: where it is written.
        declared: the dataset file, or a shipped name.
        beside: files that it names, from its folder on.
    """
    if declared.endswith(".toml"):
        shutil.copyfile(declared, folder / TOML)
        for path in beside:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(declared).parent / path, folder / path)
    told = _Packed(dataset, found.version, found.alias)
    (folder / "served.json").write_bytes(msgspec.json.format(msgspec.json.encode(told)))


def _packed() -> _Packed | None:
    path = PACKED / "served.json"
    return msgspec.json.decode(path.read_bytes(), type=_Packed) if path.is_file() else None
