"""The bundle: one versioned directory with everything that serving needs. Nothing in it is pickled."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.catalogue.feature import from_json, to_json
from features.clock import FIRST, LAST, iso
from features.kernel.kernel import Kernel
from features.log.event import CUSTOM, KINDS
from features.log.log import BESIDE, COLUMNS, NAMED, PRODUCT, Log
from features.log.spine import NONE, Spine
from training.bundle import released
from training.bundle.agreement import Agreement
from training.bundle.cold_start import DAYS, ColdStart
from training.bundle.evidence import Evidence
from training.bundle.past import Past
from training.bundle.predictor import Predictor
from training.bundle.reference import Reference
from training.bundle.rehearsal import rehearsal
from training.bundle.scores import Scores
from training.bundle.shorter import Shorter
from training.panel import panel
from training.panel.campaign import Campaigns, UnknownCampaign
from training.panel.sample import EVERYBODY, Sample
from training.reasons.reasons import Explainer
from training.recommenders.offering import Offering
from training.scorers import FAMILIES, row_loop
from training.scorers.grove import Grove
from training.segmenters import Facts, Segmenter, family
from training.targets.target import Target

FORMAT = 7
MANIFEST = "manifest.json"
PRE_TEST = "pre_test"
"""Where the scorers lie that have not seen the test rows: promotion compares them, nothing serves them."""
COLD_START = "cold_start"
"""Where the scorers lie that answer for customers of whom little is known."""
SHORTER = "shorter"
"""What the level of a predictor without labels was checked on."""
PAST = "past"
"""How its level differed at moments before the bundle's as-of."""
FLAGS = "flags"
OFFERING = "offering"
"""What the figures say against names of segments."""
BOUGHT = "bought"
"""What segments buy beyond the rest."""
AGREEMENT = "agreement"
"""How far its reasons by path agree with exact ones."""
RETENTION = "retention"
"""How far back it looks at the most, in microseconds, where that is bounded."""
SELF_TEST = "self_test.npz"
SELF_TEST_NAMES = "self_test_names.json"
CLOSE = 1e-12
"""How near the self-test must come on another kind of processor, where the last bit of an exponential may differ."""


class BundleError(ValueError):
    """A directory is not a bundle that this code can serve."""


@dataclass(frozen=True)
class Bundle:
    """A feature set with the predictors and segmenters that were fitted on it."""

    dataset: str
    zone: str
    currency: str
    as_of: int
    """What the bundle knew: no event at or after this moment was learned from."""
    data: str
    """The digest of the log that it was learned from."""
    kernel: Kernel
    predictors: tuple[Predictor, ...]
    segmenters: tuple[Segmenter, ...]
    campaigns: Campaigns | None = None
    """The contexts that rows may have; None where no predictor speaks of any."""
    sample: Sample = EVERYBODY
    """The customers that it was learned from."""
    kinds: tuple[str, ...] = KINDS
    """The kinds of event that there were, by code, the dataset's own among them."""
    reference: Reference | None = None
    """What later distributions are compared with; None in bundles of before."""
    now: int | None = None
    """When those whom it was learned from were asked for permission; None where nobody was."""
    retention: int | None = None
    """How many microseconds before an as-of an event may lie to be seen; None: however long."""
    flags: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """By segmenter, segment and language, what the figures of the training say against its name."""
    bought: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]] = field(default_factory=dict)
    """By segmenter and segment, what its customers buy beyond the rest, with lift and interval, as JSON can hold it."""
    offering: Offering | None = None
    """What is offered; None where the dataset names no products, or too few were bought."""

    def looks_at(self, log: Log) -> Log:
        """Return a log as the bundle sees it: no event that is older than its retention, whatever was stored."""
        return log if log.retention == self.retention else replace(log, retention=self.retention)

    def score(self, log: Log, spine: Spine, asked: Campaigns | None = None) -> Scores:
        """Score rows of a spine.

        Args:
            log: the customers' events.
            spine: the rows; where one has no context, the targets of contacts have no value.
            asked: the table of the rows' contexts; by default that of the training.
        """
        x = self.features(log, spine, asked)
        failed = self._failed(x)
        facts = self._facts(x, spine.as_of, failed)
        return Scores(
            log.called(spine.customers),
            spine.as_of,
            tuple((predictor, facts.predicted[predictor.target.name]) for predictor in self.predictors),
            tuple((segmenter, segmenter.assign(facts)) for segmenter in self.segmenters),
            x,
            failed,
            self.explainer,
        )

    def facts(self, x: NDArray[np.float32], as_of: NDArray[np.int64] | None = None) -> Facts:
        """Return what is known of rows of features, the predictions with it.

        Args:
            x: the features, shape (rows, features).
            as_of: the moment of each row, shape (rows,); by default none is before the bundle's as-of.
        """
        return self._facts(x, as_of, self._failed(x))

    def _facts(
        self, x: NDArray[np.float32], as_of: NDArray[np.int64] | None, failed: tuple[NDArray[np.int32], ...]
    ) -> Facts:
        score = self.grove.passed(x)
        predicted = {
            predictor.target.name: predictor.predict(x, as_of, score=score, failed=own)
            for predictor, own in zip(self.predictors, failed, strict=True)
        }
        return Facts(x, self.names, predicted, self.places)

    def _failed(self, x: NDArray[np.float32]) -> tuple[NDArray[np.int32], ...]:
        """Return of each predictor which of its cohort's bounds rows of features fail, as its `failed` does."""
        if not self.predictors:
            return ()
        out = np.empty((len(self.predictors), len(x)), np.int32)
        row_loop.each_failed(x, *self._bounds, out)
        return tuple(out)

    @cached_property
    def _bounds(self) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]:
        """Those of all cohorts, and where each one's begin."""
        own = [predictor.bounds for predictor in self.predictors]
        columns, least, most = (np.concatenate(parts) for parts in zip(*own, strict=True))
        begin = np.cumsum([0, *(bounds[0].size for bounds in own)])
        return columns, least, most, begin.astype(np.int32)

    def features(self, log: Log, spine: Spine, asked: Campaigns | None = None) -> NDArray[np.float32]:
        """Return the features of rows of a spine, shape (rows, features): the kernel's, then those of contexts."""
        return panel.features(self.kernel, self.looks_at(log), spine, asked or self.campaigns)

    def campaign(self, name: str | None, channel: str | None = None) -> Campaigns | None:
        """Return a table of the one campaign that somebody names, or None where nobody does.

        Raises:
            UnknownCampaign: nothing is known of it, or no predictor speaks of campaigns.
        """
        if name is None:
            if channel is not None:
                raise UnknownCampaign(f"channel: got {channel!r} without a campaign; name the campaign, too.")
            return None
        if self.campaigns is None:
            raise UnknownCampaign(f"campaign: got {name!r}; no target of {self.dataset!r} speaks of campaigns.")
        return msgspec.structs.replace(self.campaigns, campaigns=(self.campaigns.find(name, channel),))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features, in the order of their columns."""
        return panel.names(self.kernel, self.campaigns)

    @cached_property
    def places(self) -> dict[str, int]:
        """The column of each feature, by name."""
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def grove(self) -> Grove:
        """Everything that answers for customers."""
        return Grove(tuple(scorer for predictor in self.predictors for scorer in predictor.scorers))

    @cached_property
    def explainer(self) -> Explainer:
        """Says why the predictions are what they are."""
        return Explainer((*self.kernel.features, *(self.campaigns.given if self.campaigns else ())), self.currency)

    def save(self, folder: Path, log: Log) -> Path:
        """Write the bundle as a folder that is whole or absent; its self-test is of made-up customers of such a log."""
        draft = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
        for predictor in self.predictors:
            place = draft / "predictors" / predictor.target.name
            place.mkdir(parents=True)
            predictor.scorer.save(place)
            if predictor.cold_start is not None:
                (draft / COLD_START / predictor.target.name).mkdir(parents=True)
                predictor.cold_start.scorer.save(draft / COLD_START / predictor.target.name)
            if predictor.evidence is not None:
                predictor.evidence.save(draft / PRE_TEST / predictor.target.name)
        for segmenter in self.segmenters:
            place = draft / "segmenters" / segmenter.name
            place.mkdir(parents=True)
            segmenter.save(place)
        if self.reference is not None:
            self.reference.save(draft)
        if self.offering is not None:
            (draft / OFFERING).mkdir()
            self.offering.save(draft / OFFERING)
        self._save_self_test(draft, log)
        files = sorted(path for path in draft.rglob("*") if path.is_file())
        manifest = {
            "format": FORMAT,
            "dataset": self.dataset,
            "zone": self.zone,
            "currency": self.currency,
            "as_of": self.as_of,
            "data": self.data,
            "fingerprint": self.kernel.fingerprint,
            "features": to_json(self.kernel.features),
            "kinds": self.kinds,
            "predictors": [
                {
                    "target": msgspec.to_builtins(p.target),
                    "recipe": p.recipe,
                    "family": p.scorer.family,
                    PRE_TEST: p.evidence.entry() if p.evidence else None,
                    COLD_START: {"by": p.cold_start.by, "family": p.cold_start.scorer.family} if p.cold_start else None,
                    SHORTER: msgspec.to_builtins(p.shorter),
                    PAST: msgspec.to_builtins(p.past),
                    AGREEMENT: msgspec.to_builtins(p.agreement),
                }
                for p in self.predictors
            ],
            "segmenters": [{"name": one.name, "family": one.family} for one in self.segmenters],
            "campaigns": msgspec.to_builtins(self.campaigns),
            "sample": msgspec.to_builtins(self.sample),
            **({} if self.retention is None else {RETENTION: self.retention}),
            **({FLAGS: self.flags} if self.flags else {}),
            **({BOUGHT: self.bought} if self.bought else {}),
            **({OFFERING: self.offering.chosen} if self.offering else {}),
            "processor": processor(),
            **({"now": self.now} if self.now is not None else {}),
            "files": {path.relative_to(draft).as_posix(): _sha256(path) for path in files},
        }
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        draft.rename(folder)
        return folder

    def _save_self_test(self, folder: Path, log: Log) -> None:
        few = rehearsal(log, self.as_of)
        folder.mkdir(parents=True, exist_ok=True)
        columns = {name: column for name, column in few.columns.items() if name != PRODUCT}  # nothing computed sees it
        arrays: dict[str, Any] = {"offsets": few.offsets, **columns, **self.answers(few)}
        names = {key: few.names[key].to_pylist() for key in NAMED}
        (folder / SELF_TEST_NAMES).write_text(json.dumps(names), encoding="utf-8")
        np.savez(folder / SELF_TEST, **arrays)

    def answers(self, log: Log) -> dict[str, NDArray[Any]]:
        """Return every number that the bundle computes for all customers of a log as of its own as-of."""
        customers = np.arange(log.offsets.size - 1, dtype=np.int64)
        newest = len(self.campaigns.campaigns) - 1 if self.campaigns else NONE
        x = self.features(log, Spine.of(customers, self.as_of, newest))
        answers: dict[str, NDArray[Any]] = {"x": x}
        facts = self.facts(x)
        answers |= {f"predictor {name}": predicted for name, predicted in facts.predicted.items()}
        answers |= {f"segmenter {s.name}": s.assign(facts) for s in self.segmenters}
        return answers


@dataclass(frozen=True)
class Stored:
    """A bundle as it was read from a folder, with its manifest."""

    bundle: Bundle
    manifest: dict[str, Any]

    @cached_property
    def id(self) -> str:
        """A hash of the manifest, and so of everything in the bundle."""
        return _id(self.manifest)


def identity(folder: Path) -> str:
    """Return the id of the bundle in a folder, without reading more of it than its manifest."""
    return _id(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def _id(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:12]


def load(folder: Path) -> Stored:
    """Read a bundle, check every file's hash, and run its self-test.

    Raises:
        BundleError: the folder holds no bundle, a changed one, one of another format or whose features mean something
            else in this code, or one that gives other answers here than where it was made.
    """
    try:
        manifest = _manifest(folder)
        _check_files(folder, manifest["files"])
        bundle = _assembled(folder, manifest)
        _self_test(bundle, folder, manifest["processor"], manifest["format"])
    except (FileNotFoundError, NotADirectoryError):
        raise BundleError(f"{folder}: there is no bundle here ({MANIFEST} is missing).") from None
    except BundleError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError, OSError, RecursionError) as error:
        raise BundleError(f"{folder}: {MANIFEST} is damaged ({type(error).__name__}: {error}).") from None
    return Stored(bundle, manifest)


def _manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder, of a format that this code reads."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        raise TypeError(f"got {type(manifest).__name__}, where an object is allowed")
    if manifest["format"] not in {FORMAT, released.FORMAT}:
        raise BundleError(
            f"{folder}: got format {manifest['format']!r:.40}; this code reads {FORMAT}. `make train` makes it anew."
        )
    return manifest


def _check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Refuse a folder whose files are not those of its manifest, every one and no other, by their hashes."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} - {MANIFEST}
    for name in sorted(there ^ files.keys()):
        what = (
            "is not in the list of the files that were saved"
            if name in there
            else "is not the file that was saved: it is missing"
        )
        raise BundleError(f"{folder}: {name} {what}.")
    for name, expected in files.items():
        if _sha256(folder / name) != expected:
            raise BundleError(f"{folder}: {name} is not the file that was saved.")


def _check_moment(manifest: Mapping[str, Any]) -> None:
    """Refuse a zone that does not exist, and an as-of that no event can have."""
    as_of, zone = manifest["as_of"], manifest["zone"]
    if type(as_of) is not int or not FIRST <= as_of <= LAST:
        raise ValueError(f"as_of: got {as_of!r:.40}; microseconds from {FIRST} to {LAST} are allowed")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(f"zone: got {zone!r:.40}, which is no time zone") from None


def _assembled(folder: Path, manifest: dict[str, Any]) -> Bundle:
    _check_moment(manifest)
    if manifest["format"] == released.FORMAT:
        manifest = released.opened(manifest)
    kinds = tuple(manifest["kinds"])
    kernel = Kernel(from_json(manifest["features"]), tuple(kind for kind in kinds if not kind.startswith(CUSTOM)))
    if not kernel.is_of(manifest["fingerprint"]):
        raise BundleError(
            f"{folder}: its features have the fingerprint {manifest['fingerprint']}, which this code computes as"
            f" {kernel.fingerprint}: the kinds of aggregate have changed since. `make train` makes it anew."
        )
    campaigns = msgspec.convert(manifest["campaigns"], Campaigns | None)
    predictors = tuple(_predictor(folder, entry, kernel, campaigns) for entry in manifest["predictors"])
    segmenters = tuple(kind.load(folder / "segmenters" / name) for name, kind in map(family, manifest["segmenters"]))
    return Bundle(
        manifest["dataset"],
        manifest["zone"],
        manifest["currency"],
        manifest["as_of"],
        manifest["data"],
        kernel,
        predictors,
        segmenters,
        campaigns,
        msgspec.convert(manifest["sample"], Sample),
        kinds,
        Reference.load(folder),
        manifest.get("now"),
        manifest.get(RETENTION),
        manifest.get(FLAGS, {}),
        manifest.get(BOUGHT, {}),
        Offering.load(folder / OFFERING) if OFFERING in manifest else None,
    )


def _predictor(folder: Path, entry: dict[str, Any], kernel: Kernel, campaigns: Campaigns | None) -> Predictor:
    target = msgspec.convert(entry["target"], Target)
    scorer = FAMILIES[entry["family"]].load(folder / "predictors" / target.name)
    evidence = Evidence.load(folder / PRE_TEST / target.name, entry[PRE_TEST]) if entry[PRE_TEST] else None
    few = entry[COLD_START]
    simpler = (
        ColdStart(few["by"], FAMILIES[few["family"]].load(folder / COLD_START / target.name), kernel.position[DAYS])
        if few
        else None
    )
    names = panel.names(kernel, campaigns if target.context else None)
    shorter = msgspec.convert(entry.get(SHORTER), Shorter | None)
    past = msgspec.convert(entry.get(PAST), Past | None)
    agreement = msgspec.convert(entry.get(AGREEMENT), Agreement | None)
    return Predictor(target, entry["recipe"], scorer, names, evidence, simpler, shorter, past, agreement)


def _self_test(bundle: Bundle, folder: Path, made_on: str, released_as: int) -> None:
    with np.load(folder / SELF_TEST, allow_pickle=False) as stored:
        arrays = dict(stored)
    customers = arrays["offsets"].size - 1
    known = json.loads((folder / SELF_TEST_NAMES).read_text(encoding="utf-8"))
    names = {key: pa.array(known[key], pa.string()) for key in NAMED}
    columns = {name: arrays[name] for name in (*COLUMNS, *(one for one in BESIDE if one in arrays))}
    if released_as == released.FORMAT:
        columns = released.columns(columns)
    log = Log(pa.array([""] * customers), arrays["offsets"], columns, names, bundle.zone, kinds=bundle.kinds)
    tolerance = 0.0 if made_on == processor() else CLOSE
    for name, got in bundle.answers(log).items():
        if not np.allclose(got, arrays[name], rtol=tolerance, atol=0, equal_nan=True):
            raise BundleError(
                f"{folder}: the self-test of {name} (as of {iso(bundle.as_of)}) gives other numbers here."
            )


def processor() -> str:
    """Return a hash of what the compiler knows of this processor, on which the last bit of a logarithm may depend."""
    from llvmlite import binding

    known = f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
    return hashlib.sha256(known.encode()).hexdigest()[:12]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
