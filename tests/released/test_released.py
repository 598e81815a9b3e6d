"""What was made by an earlier release opens today, or is refused in one line that says how to make it anew."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from features import dataset as datasets
from features.buckets import intake
from features.log.spine import Spine
from features.log.store import mapped
from features.log.store.mapped import StoreError
from tests.conftest import run
from training.bundle import bundle as bundles

HERE = Path(__file__).parent
EVENTS_REFUSED = {"0.1.0": "got the format 1 of stored events; this code reads "}
"""Releases whose stored events lack what today's hold, and what is said of them; those of others open."""
RELEASES = sorted(folder.name for folder in HERE.iterdir() if (folder / "released.toml").is_file())


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a copy of what a release wrote."""
    return Path(shutil.copytree(HERE / request.param, tmp_path / request.param))


def _content(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_finished_release_of_the_changelog_has_a_folder() -> None:
    headings = [line for line in (HERE.parents[1] / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert [line.removeprefix("## ") for line in headings if "unreleased" not in line] == RELEASES[::-1]


def test_its_bundle_answers_as_it_did(release: Path) -> None:
    before = _content(release / "bundle")
    stored = bundles.load(release / "bundle")  # with its self-test
    log = intake.take(datasets.load(str(release / "released.toml"))).log
    then = pq.read_table(release / "scores.parquet")
    customers = np.array([log.positions[name] for name in then["customer_id"].to_pylist()], np.int64)
    now = stored.bundle.score(log, Spine.of(customers, then["as_of"].cast("int64").to_numpy())).to_table()
    for predictor in stored.bundle.predictors:
        name = predictor.target.name
        same = np.allclose(now[name].to_numpy(), then[name].to_numpy(), rtol=bundles.CLOSE, atol=0, equal_nan=True)
        assert same, name
    for segmenter in stored.bundle.segmenters:
        name = f"{segmenter.name}_segment"
        assert now[name].to_pylist() == then[name].to_pylist()
    assert _content(release / "bundle") == before


def test_its_stored_events_open_or_name_the_command_that_stores_them_anew(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(release))
    before = _content(release / "mlruns")
    if said := EVENTS_REFUSED.get(release.name):
        with pytest.raises(StoreError, match=rf"^[^\n]*{said}[^\n]*`make train`[^\n]*$"):
            mapped.load("released")
    else:
        assert len(mapped.load("released").customers)
    assert _content(release / "mlruns") == before


@pytest.mark.parametrize("release", EVENTS_REFUSED, indirect=True)
def test_a_server_of_refused_events_ends_with_that_line(release: Path) -> None:
    environment = {"HABITUS_HOME": str(release), "HABITUS_BUNDLE": str(release / "bundle")}
    done = run("serving.serve", "--dataset", str(release / "released.toml"), "--port", "0", **environment)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert EVENTS_REFUSED[release.name] in line
    assert line.endswith("`make train` stores them anew.")
