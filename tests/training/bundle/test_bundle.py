"""The bundle: whole, unpickled, self-testing, and blind to the future."""

import json
import pickletools
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features import clock
from features.buckets import intake
from features.catalogue.catalogue import of_kind
from features.kernel.kernel import Kernel
from features.log.event import KINDS
from features.log.log import Log
from features.log.spine import Spine
from tests.conftest import Trained
from tests.features import shop
from training.bundle import bundle as bundles
from training.bundle.bundle import Bundle, BundleError, Stored

AS_OF = clock.parse("2017-10-08", ZoneInfo("UTC"))


@pytest.fixture
def copy(trained: Trained, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained.bundle, tmp_path / "bundle"))


def _edit(folder: Path, **changes: object) -> None:
    path = folder / bundles.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_it_holds_text_and_plain_arrays_only(trained: Trained) -> None:
    files = [path for path in trained.bundle.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".npy", ".npz", ".txt"}
    for path in files:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                assert all(arrays[name].dtype != object for name in arrays.files)
        else:
            with pytest.raises((ValueError, UnicodeDecodeError)):
                list(pickletools.genops(path.read_bytes()))


def test_saving_what_was_loaded_gives_the_same_manifest(stored: Stored, log: Log, tmp_path: Path) -> None:
    again = bundles.load(stored.bundle.save(tmp_path / "again", log))
    assert again.manifest == stored.manifest
    assert again.id == stored.id


@pytest.mark.parametrize("pattern", ["predictors/churn_28d/**/model.txt", "segmenters/rfm/rfm.json", "self_test.npz"])
def test_a_changed_file_is_named(copy: Path, pattern: str) -> None:
    name = min(path.relative_to(copy).as_posix() for path in copy.glob(pattern))
    (copy / name).write_bytes((copy / name).read_bytes()[:-1] + b"x")
    with pytest.raises(BundleError, match=re.escape(f"{name} is not the file that was saved")):
        bundles.load(copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "segmenters" / "rfm" / "rfm.json").unlink()
    with pytest.raises(BundleError, match=r"segmenters/rfm/rfm\.json is not the file"):
        bundles.load(copy)


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no bundle here"):
        bundles.load(tmp_path)


def test_another_format_asks_for_training(copy: Path) -> None:
    _edit(copy, format=99)
    with pytest.raises(BundleError, match=f"got format 99; this code reads {bundles.FORMAT}"):
        bundles.load(copy)


def test_features_that_mean_something_else_now_are_refused(copy: Path) -> None:
    _edit(copy, fingerprint="0123456789abcdef")
    with pytest.raises(BundleError, match="0123456789abcdef, which this code computes as"):
        bundles.load(copy)


def test_other_answers_than_where_it_was_made_are_refused(copy: Path, stored: Stored) -> None:
    with np.load(copy / bundles.SELF_TEST) as kept:
        arrays = dict(kept)
    arrays["predictor churn_28d"] = arrays["predictor churn_28d"] * (1 + 1e-15 * 4)
    np.savez(copy / bundles.SELF_TEST, **arrays)
    hashes = stored.manifest["files"] | {bundles.SELF_TEST: bundles._sha256(copy / bundles.SELF_TEST)}
    _edit(copy, files=hashes)
    with pytest.raises(BundleError, match="self-test of predictor churn_28d"):
        bundles.load(copy)
    _edit(copy, files=hashes, processor="another")  # where the last bits may differ
    bundles.load(copy)


def test_scores_do_not_depend_on_the_order_of_rows_or_on_the_others(stored: Stored, log: Log) -> None:
    customers = log.known_before(AS_OF)
    whole = stored.bundle.score(log, Spine.of(customers, AS_OF)).to_table().to_pylist()
    backward = stored.bundle.score(log, Spine.of(customers[::-1].copy(), AS_OF)).to_table().to_pylist()
    assert whole == backward[::-1]
    few = stored.bundle.score(log, Spine.of(customers[5:7].copy(), AS_OF)).to_table().to_pylist()
    assert whole[5:7] == few


def test_what_happens_at_or_after_the_as_of_changes_no_score(stored: Stored, trained: Trained, log: Log) -> None:
    events = shop.events(trained.dataset).events
    times = events["occurred_at"].to_numpy()
    cut = shop.log(events.filter(times < AS_OF), "UTC")
    ids = log.customers.take(log.known_before(AS_OF)).to_pylist()

    def scores(whose: Log) -> list[dict[str, object]]:
        places = np.array([whose.positions[customer] for customer in ids], np.int64)
        rows: list[dict[str, object]] = stored.bundle.score(whose, Spine.of(places, AS_OF)).to_table().to_pylist()
        return rows

    assert scores(log) == scores(cut)


def test_a_longer_silence_never_lowers_churn_on_average(stored: Stored, log: Log) -> None:
    customers = log.known_before(AS_OF)
    means = []
    for days in (0, 10, 20, 40):
        later = np.full(customers.size, AS_OF + days * clock.DAY, np.int64)
        cut = np.full(customers.size, AS_OF, np.int64)
        x = _silent(stored, log, customers, cut, later)
        means.append(np.nanmean(stored.bundle.predictors[0].scorer.score(x)))
    assert means == sorted(means)


def _silent(stored: Stored, log: Log, customers: np.ndarray, cut: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Return the features as of `later`, had nothing happened since `cut`."""
    kept = log.columns["time"] < cut[0]
    counts = np.add.reduceat(kept, log.offsets[:-1].clip(max=max(len(log) - 1, 0)))
    columns = {name: column[kept] if column.size else column for name, column in log.columns.items()}
    short = Log(log.customers, np.r_[0, np.cumsum(counts)].astype(np.int64), columns, log.names, log.zone)
    return stored.bundle.kernel(short, customers, later)


def _of_kinds(*events: str, kinds: tuple[str, ...]) -> Log:
    """Return the log of one customer's events, a day apart, whose codes are those of some kinds."""
    days = [f"2017-10-0{day}" for day in range(1, len(events) + 1)]
    columns = {"customer_id": ["ann"] * len(events), "occurred_at": days, "event": list(events)}
    few = intake.of_rows(columns, "UTC", kinds)
    assert few.log is not None
    return few.log


def test_a_datasets_own_kinds_are_kept_by_name_and_asked_for_by_name(tmp_path: Path) -> None:
    asked, called = "custom:quote_asked", "custom:call back"
    log = _of_kinds(asked, asked, called, kinds=(*KINDS, called, asked))
    kernel = Kernel(of_kind(asked)[:2])  # recency, and times in 28 days
    made = Bundle("shop", "UTC", "", AS_OF, log.digest, kernel, (), (), kinds=log.kinds)
    loaded = bundles.load(made.save(tmp_path / "bundle", log))  # with its self-test
    assert loaded.manifest["kinds"] == [*KINDS, called, asked]
    assert (loaded.bundle.kinds, loaded.bundle.kernel.kinds) == (log.kinds, (*KINDS, asked))
    other = _of_kinds("custom:a", asked, kinds=(*KINDS, "custom:a", "custom:b", asked))
    spine = Spine.of(np.zeros(1, np.int64), AS_OF)
    assert loaded.bundle.features(log, spine).tolist() == [[6.0, 2.0]]
    assert loaded.bundle.features(other, spine).tolist() == [[6.0, 1.0]]


def test_what_the_figures_say_against_names_is_kept(stored: Stored, log: Log, tmp_path: Path) -> None:
    flags = {"rfm": {"loyal": {"en": "63.0% left", "fr": "63,0 % sont partis"}}}
    assert bundles.load(replace(stored.bundle, flags=flags).save(tmp_path / "with", log)).bundle.flags == flags
    bought = {"rfm": {"loyal": [{"about": "category", "name": "wine", "lift": 1.5, "lo": 1.2, "hi": 1.9}]}}
    assert bundles.load(replace(stored.bundle, bought=bought).save(tmp_path / "bought", log)).bundle.bought == bought
    assert "flags" not in bundles.load(replace(stored.bundle, flags={}).save(tmp_path / "without", log)).manifest


def test_a_file_that_the_manifest_does_not_list_is_named(copy: Path) -> None:
    _edit(copy, files={})
    with pytest.raises(BundleError, match="is not in the list of the files that were saved"):
        bundles.load(copy)


@pytest.mark.parametrize(
    "changed",
    [
        {"zone": "Atlantis/Capital"},
        {"zone": "../../etc/passwd"},
        {"zone": 7},
        {"as_of": 10**30},
        {"as_of": -(10**18)},
        {"as_of": "2017-01-01"},
        {"predictors": [{}]},
        {"segmenters": [{"name": "rfm", "family": "none"}]},
        {"files": []},
        {"kinds": 3},
    ],
)
def test_what_no_bundle_says_is_refused_in_one_line(copy: Path, changed: dict[str, Any]) -> None:
    _edit(copy, **changed)
    with pytest.raises(BundleError) as refused:
        bundles.load(copy)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"", b"[]", b"7", b'{"format": 7}', b"[" * 100_000])
def test_a_manifest_that_is_none_is_refused_in_one_line(copy: Path, text: bytes) -> None:
    (copy / bundles.MANIFEST).write_bytes(text)
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        bundles.load(copy)
