"""`python -m serving.bento`: a Bento of the champion, or the challenger, which runs in an empty folder."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from features import command, settings
from features.buckets import memory
from features.dataset import DatasetError, load
from features.log.log import NoEvents
from serving import events, served
from training.rules import policies

ROOT = Path(__file__).parents[1]
PACKAGES = ("features", "training", "serving")
BENTOFILE = """\
# Written by serving/bento.py for `bentoml build`.
service: serving.service:service
name: habitus-{dataset}
include: [{include}]
python:
  lock_packages: false
  packages: [bentoml, duckdb, msgspec, numba, numpy, prometheus-client, psutil, pyarrow, scipy, starlette, typer]
"""


def main(dataset: command.DatasetOption = command.DATASET, allowed: memory.Option = None) -> None:
    """Gather the code, the bundle and the stored events in one folder, and let `bentoml build` make a Bento of it."""
    with command.told(DatasetError, NoEvents, served.NotServed, memory.Wrong):
        business = load(dataset)
        found = served.find(business.name)
        beside = policies.beside(business)
        events.ensure(business, memory.told(allowed))
    if found.notice:
        typer.echo(found.notice)
    folder = settings.bento(business.name)
    shutil.rmtree(folder, ignore_errors=True)
    gather(found, business.name, folder, dataset, beside)
    built = [sys.executable, "-m", "bentoml", "build"]
    done = subprocess.run(built, cwd=folder, env=os.environ | served.QUIET, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)
    typer.echo(f"version {found.version} of {business.name} is in it; {served.FOR_TRYING}")


def gather(found: served.Served, dataset: str, folder: Path, declared: str = "", beside: Sequence[str] = ()) -> None:
    """Fill a new folder with all that a Bento needs, and with the file that tells `bentoml build` what that is."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(found.folder, folder / served.PACKED.name / "bundle")
    served.pack(found, dataset, folder / served.PACKED.name, declared, beside)
    shelf = settings.events(dataset)
    shutil.copytree(shelf, folder / shelf.relative_to(settings.home()))
    include = ", ".join(f'"{name}/**"' for name in (*PACKAGES, served.PACKED.name, "mlruns"))
    (folder / "bentofile.yaml").write_text(BENTOFILE.format(dataset=dataset.lower(), include=include), encoding="utf-8")


if __name__ == "__main__":
    command.run(main)
