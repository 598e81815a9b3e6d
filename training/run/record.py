"""The record: what a training run leaves in MLflow, one run for each thing that can be compared."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from features import settings
from features.clock import iso
from training.choice.learn import Trained
from training.migration import folder as folder_of_months
from training.notes import note
from training.report import card, files
from training.report.report import report
from training.run import assignments, offered, older, parent, people, plots, succession, targets
from training.run.data import data, log_data
from training.segmenters.declared import noted
from training.succession import champion
from training.tracking import registry, tracking
from training.tracking.now import permitted_at
from training.tracking.tracking import Tracker, git_tags

OLDER = "older_rows_forgotten"
"""The metric of how many rows went that earlier trainings had kept of moments older than what the dataset keeps."""


@contextmanager
def opened(dataset: str) -> Iterator[tuple[Tracker, str]]:
    """Open the parent run of one training; runs that a killed process left open are closed first."""
    tracker = Tracker(tracking.EXPERIMENT_PREFIX + dataset)
    tracker.close_stale()
    with tracker.run(f"{parent.TRAINING}{dataset}", tags={"dataset": dataset, **git_tags()}) as run_id:
        yield tracker, run_id


def record(tracker: Tracker, run_id: str, trained: Trained) -> registry.Registered:
    """Log the run, a child for each target and segmenter, a grandchild for each recipe; register the bundle."""
    tags = {
        "dataset": trained.dataset.name,
        registry.CUT_OFF: iso(trained.end),
        "data_digest": trained.log.digest,
        "feature_set": trained.bundle.kernel.fingerprint,
        **permitted_at(trained.log),
        **git_tags(),
    }
    for key, value in tags.items():
        tracker.client.set_tag(run_id, key, value)
    log_data(tracker, run_id, trained, "training")
    tracker.log(
        run_id,
        params={"features": len(trained.bundle.kernel.features), "targets": len(trained.choices), **data(trained)},
        metrics=parent.figures(trained.choices),
    )
    with tempfile.TemporaryDirectory() as folder:
        _write_config(trained, Path(folder, "config.json"))
        tracker.client.log_artifact(run_id, str(Path(folder, "config.json")))
        for choice in trained.choices:
            targets.record(tracker, run_id, trained, choice, tags, Path(folder, choice.target.name))
        for one in trained.unlabelled:
            targets.record_unlabelled(tracker, run_id, trained, one, tags)
        _record_segmenters(tracker, run_id, trained, tags, Path(folder))
        offered.record(tracker, run_id, trained, tags)
        told = report(trained, run_id, tags, note.counted(trained.dataset.name))
        files.write(told, Path(folder, files.FOLDER))
        tracker.client.log_artifacts(run_id, str(Path(folder, files.FOLDER)), files.FOLDER)
        bundle = trained.bundle.save(Path(folder, "bundle"), trained.log)
        description = card.description(card.card(told))
        of_version = {**tags, champion.DECLARED: json.dumps(noted(trained.dataset))}
        registered = registry.register(tracker, run_id, bundle, trained.dataset.name, of_version, description)
    if trained.log.retention is not None:
        since = trained.end - trained.log.retention
        gone = older.forget(tracker, since) + folder_of_months.older(settings.migration(trained.dataset.name), since)
        tracker.log(run_id, metrics={OLDER: gone})
    parent.close(tracker, run_id, trained, registered)
    return registered


def _record_segmenters(
    tracker: Tracker, parent_id: str, trained: Trained, tags: Mapping[str, str], folder: Path
) -> None:
    smallest = trained.dataset.smallest_group
    assigned = assignments.write(trained.bundle, trained.log, folder / "segments", smallest)
    for segmenter in trained.bundle.segmenters:
        own, work = {**tags, "segmenter": segmenter.name}, trained.work.get(segmenter.name)
        verdict = trained.verdicts.get(segmenter.name)
        own |= {"grade": verdict.graded, "judged": verdict.entry} if verdict else {}
        came = trained.successions.get(segmenter.name)
        own |= succession.tags(came) if came else {}
        with tracker.run(segmenter.name, parent_id, own, work) as run_id:
            log_data(tracker, run_id, trained, "training")
            profiles = trained.profiles[segmenter.name]
            metrics = {f"share_{profile.segment.name}": profile.share for profile in profiles}
            for profile in profiles:
                metrics |= {f"next_{target}_{profile.segment.name}": mean for target, mean in profile.next.items()}
            metrics |= verdict.metrics() if verdict else {}
            metrics |= {f"size_{profile.segment.name}": profile.size for profile in profiles}
            metrics |= succession.metrics(came, smallest) if came else {}
            tracker.log(run_id, params=segmenter.shown(), metrics=metrics)
            if came:
                tracker.client.log_artifact(run_id, str(succession.write(came, folder)))
            tracker.client.log_artifact(run_id, str(assigned[segmenter.name]))
            plots.segment_plots(profiles, folder / segmenter.name)
            (folder / segmenter.name / "profiles.json").write_bytes(msgspec.json.format(msgspec.json.encode(profiles)))
            if told := trained.people.get(segmenter.name):
                people.write(told, segmenter.name, folder / segmenter.name)
            tracker.client.log_artifacts(run_id, str(folder / segmenter.name), "plots")


def _write_config(trained: Trained, path: Path) -> None:
    dataset = msgspec.to_builtins(msgspec.structs.replace(trained.dataset, copies=None))
    for name in ("folder", "copies"):  # what is so on this machine
        dataset.pop(name)
    config = {
        "dataset": dataset,
        "features": list(trained.bundle.kernel.names),
        "features_left_out": trained.left_out,
        "targets_refused": trained.refused,
        "rows_kept_aside": trained.rejects,
        "splits": {
            choice.target.name: {
                part: [iso(moment) for moment in moments] for part, moments in choice.split.parts().items()
            }
            for choice in trained.choices
        },
    }
    path.write_text(json.dumps(config, indent=1, default=str), encoding="utf-8")
