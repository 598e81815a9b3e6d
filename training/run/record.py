"""The record: what a training run leaves in MLflow, one run for each thing that can be compared."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from features.clock import iso
from training.bundle.shorter import Shorter
from training.choice.choice import Choice, Trial
from training.choice.learn import Trained
from training.choice.unlabelled import Unlabelled
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE
from training.panel.rung import WORDS, Rung
from training.panel.sample_size import ALL
from training.report import card, files
from training.report.report import report
from training.run import assignments, parent, plots, predictions, study
from training.targets.target import Target
from training.tracking import registry, tracking
from training.tracking.tracking import Tracker, git_tags


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
        "data_cut_off": iso(trained.end),
        "data_digest": trained.log.digest,
        "feature_set": trained.bundle.kernel.fingerprint,
        **git_tags(),
    }
    for key, value in tags.items():
        tracker.client.set_tag(run_id, key, value)
    _log_data(tracker, run_id, trained, "training")
    tracker.log(
        run_id,
        params={"features": len(trained.bundle.kernel.features), "targets": len(trained.choices), **_data(trained)},
        metrics=parent.figures(trained.choices),
    )
    with tempfile.TemporaryDirectory() as folder:
        _write_config(trained, Path(folder, "config.json"))
        tracker.client.log_artifact(run_id, str(Path(folder, "config.json")))
        for choice in trained.choices:
            _record_target(tracker, run_id, trained, choice, tags, Path(folder, choice.target.name))
        for one in trained.unlabelled:
            _record_unlabelled(tracker, run_id, trained, one, tags)
        _record_segmenters(tracker, run_id, trained, tags, Path(folder))
        told = report(trained, run_id, tags)
        files.write(told, Path(folder, files.FOLDER))
        tracker.client.log_artifacts(run_id, str(Path(folder, files.FOLDER)), files.FOLDER)
        bundle = trained.bundle.save(Path(folder, "bundle"), trained.log)
        description = card.description(card.card(told))
        registered = registry.register(tracker, run_id, bundle, trained.dataset.name, tags, description)
    parent.close(tracker, run_id, trained, registered)
    return registered


def _record_target(
    tracker: Tracker, parent_id: str, trained: Trained, choice: Choice, tags: Mapping[str, str], folder: Path
) -> None:
    target = choice.target
    tags = {**tags, **_asked(target), **_stands(choice.rung)}
    part = WORDS[choice.rung].prefix
    with tracker.run(target.name, parent_id, tags, choice.work) as run_id:
        _log_data(tracker, run_id, trained, "training")
        differences = {
            f"{part}_{name}_minus_{trial.recipe.name}": estimate
            for trial in choice.trials
            if trial is not choice.chosen
            for name, estimate in choice.against(trial).items()
        }
        rows = {f"rows_{part}": count for part, count in choice.rows.items()}
        tracker.log(
            run_id,
            params={**_declaration(choice), "recipe": choice.chosen.recipe.name, **_calibration(choice)},
            metrics={
                **_metrics(choice.chosen, choice.rung),
                "val_margin": choice.margin,
                **_intervals(differences),
                **rows,
                f"{part}_base_rate": choice.base_rate,
                **_curve(choice),
            },
        )
        plots.target_plots(choice, folder)
        tracker.client.log_artifacts(run_id, str(folder), "plots")
        known = trained.bundle.campaigns.campaigns if target.context and trained.bundle.campaigns else ()
        contexts = [campaign.id for campaign in known]
        table = predictions.table(choice, trained.log.customers, trained.dataset.name, contexts)
        tracker.client.log_artifact(run_id, str(predictions.write(table, folder)))
        if choice.search.study:
            tracker.client.log_artifact(run_id, str(study.write(choice.search, target.name, folder)))
        for trial in choice.trials:
            name = trial.recipe.name
            own = {**tags, "recipe": name, "chosen": str(trial is choice.chosen).lower()}
            work = choice.work and choice.work.last(trial.seconds)
            with tracker.run(f"{target.name} {name}", run_id, own, work) as trial_id:
                _log_data(tracker, trial_id, trained, "training")
                tracker.log(trial_id, params={"recipe": name, **_settings(trial)}, metrics=_metrics(trial, choice.rung))


def _record_unlabelled(
    tracker: Tracker, parent_id: str, trained: Trained, one: Unlabelled, tags: Mapping[str, str]
) -> None:
    """Log a target that no label is known of: what it stands on, and no figure of it but its level's check."""
    found = one.predictor.shorter
    with tracker.run(one.target.name, parent_id, {**tags, **_asked(one.target), **_stands(one.rung)}) as run_id:
        _log_data(tracker, run_id, trained, "training")
        declared = {f"target_{key}": value for key, value in msgspec.to_builtins(one.target).items()}
        said = {"recipe": one.predictor.recipe, "rung": one.rung, "level": one.checked, "short": one.short}
        tracker.log(run_id, params={**declared, **said}, metrics=_checked(found) if found else {})


def _checked(found: Shorter) -> dict[str, float]:
    """Return what the level's check gave, each moment's ratio by its horizon, and the total with its interval."""
    own = {name: getattr(found, name) for name in ("horizon_days", "cut_off", "rows", "predicted", "happened", "shift")}
    ratios = {f"ratio_{one.horizon_days}d": one.ratio for one in found.moments}
    total = found.total
    whole = {} if total is None else {"total": total.predicted, "total_lo": total.lo, "total_hi": total.hi}
    whole |= {} if total is None else {"spread": total.spread, "chance": total.chance, "moments": total.moments}
    return {f"shorter_{name}": float(value) for name, value in (own | ratios | whole).items()}


def _asked(target: Target) -> dict[str, str]:
    return {"target": target.name, "horizon_days": str(target.horizon_days)}


def _stands(rung: Rung) -> dict[str, str]:
    """Return the tags that say what a target's figures stand on."""
    return {"rung": rung, "stands_on": WORDS[rung].stands}


def _record_segmenters(
    tracker: Tracker, parent_id: str, trained: Trained, tags: Mapping[str, str], folder: Path
) -> None:
    assigned = assignments.write(trained.bundle, trained.log, folder / "segments")
    for segmenter in trained.bundle.segmenters:
        own, work = {**tags, "segmenter": segmenter.name}, trained.work.get(segmenter.name)
        with tracker.run(segmenter.name, parent_id, own, work) as run_id:
            _log_data(tracker, run_id, trained, "training")
            profiles = trained.profiles[segmenter.name]
            metrics = {f"share_{profile.segment.name}": profile.share for profile in profiles}
            for profile in profiles:
                metrics |= {f"next_{target}_{profile.segment.name}": mean for target, mean in profile.next.items()}
            metrics |= {f"size_{profile.segment.name}": profile.size for profile in profiles}
            tracker.log(run_id, params=segmenter.shown(), metrics=metrics)
            tracker.client.log_artifact(run_id, str(assigned[segmenter.name]))
            plots.segment_plots(profiles, folder / segmenter.name)
            (folder / segmenter.name / "profiles.json").write_bytes(msgspec.json.format(msgspec.json.encode(profiles)))
            tracker.client.log_artifacts(run_id, str(folder / segmenter.name), "plots")


def _metrics(trial: Trial, rung: Rung) -> dict[str, float]:
    validation = {f"val_{name}": value for name, value in trial.validation.items()} if rung is Rung.THREE else {}
    judged = {f"{WORDS[rung].prefix}_{name}": estimate for name, estimate in trial.test.estimates().items()}
    return {"val_levelled_loss": trial.loss, **validation, **_intervals(judged)}


def _intervals(estimates: Mapping[str, Estimate]) -> dict[str, float]:
    out: dict[str, float] = {}
    for name, estimate in estimates.items():
        out |= {name: estimate.value, f"{name}_lo": estimate.lo, f"{name}_hi": estimate.hi}
    return out


def _settings(trial: Trial) -> dict[str, object]:
    settings = getattr(trial.recipe, "settings", {})
    return {"baseline": trial.recipe.baseline, **settings}


def _declaration(choice: Choice) -> dict[str, object]:
    declared = {f"target_{key}": value for key, value in msgspec.to_builtins(choice.target).items()}
    parts = {name: ", ".join(iso(moment)[:10] for moment in moments) for name, moments in choice.split.parts().items()}
    return {**declared, "rung": choice.rung, **{f"cut_offs_{name}": text for name, text in parts.items()}}


def _curve(choice: Choice) -> dict[str, float]:
    """Return the learning curve: the headline metric on test, learned from a part of the customers."""
    name = HEADLINE[choice.target.task]
    part = WORDS[choice.rung].prefix
    return _intervals({f"{part}_{name}_of_{100 * point.share:.0f}pct": point.headline for point in choice.points})


def _calibration(choice: Choice) -> dict[str, object]:
    simpler = choice.predictor.cold_start
    return {
        "calibration_slope": choice.slope,
        "season_shift": choice.season.shift,
        "season_why": choice.season.why,
        "level_sd": choice.season.sd,
        "floor": choice.floored or "what was chosen is no worse than a rate",
        "search": f"{choice.search.trials} trials: {choice.search.why}",
        "few_purchases_by": simpler.by if simpler else choice.chosen.recipe.name,
    }


def _data(trained: Trained) -> dict[str, object]:
    return {
        "events": len(trained.log),
        "customers": len(trained.log.customers),
        "rows_kept_aside": sum(trained.rejects.values()),
        "newest_event": iso(trained.log.newest),
        "rows_asked_for": trained.bundle.sample.rows or ALL,
        "seed": trained.bundle.sample.seed,
        **{
            f"customers_learned_from_{key}": trained.bundle.sample.customers(trained.log, key)[0]
            for key in dict.fromkeys(choice.target.rows().spine_key for choice in trained.choices)
        },
    }


def _log_data(tracker: Tracker, run_id: str, trained: Trained, context: str) -> None:
    source = json.dumps({"sources": [source.path for source in trained.dataset.sources]})
    tracker.log_dataset(run_id, trained.dataset.name, trained.log.digest, source, json.dumps(_data(trained)), context)


def _write_config(trained: Trained, path: Path) -> None:
    dataset = msgspec.to_builtins(trained.dataset)
    dataset.pop("folder")
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
