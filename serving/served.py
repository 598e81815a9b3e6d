"""What is served: the champion's bundle, found by a process of its own so that this one stays free of MLflow."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CHAMPION = "champion"


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


class NotServed(LookupError):
    """There is nothing to serve."""


def find(dataset: str) -> Served:
    """Return the dataset's champion, or its challenger where there is no champion yet.

    Where HABITUS_BUNDLE names a bundle's folder, that is it, and no registry is asked.

    Raises:
        NotServed: no bundle of the dataset is registered.
    """
    if given := os.environ.get("HABITUS_BUNDLE"):
        return Served(
            Path(given), os.environ.get("HABITUS_VERSION", "unregistered"), os.environ.get("HABITUS_ALIAS", CHAMPION)
        )
    asked = [sys.executable, "-m", "training.tracking.registry", "--dataset", dataset]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise NotServed(
            (answer.stderr.strip().splitlines() or ["the registry gave no answer"])[-1].removeprefix("error: ")
        )
    found = json.loads(answer.stdout)
    return Served(Path(found["folder"]), found["version"], found["alias"])
