"""The runs of targets: what each leaves in MLflow, with a run for each recipe that was tried."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from features.clock import iso
from training.bundle.shorter import Shorter
from training.choice.choice import Choice
from training.choice.learn import Trained
from training.choice.trial import Trial
from training.choice.unlabelled import Unlabelled
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE
from training.panel.rung import WORDS, Rung
from training.run import plots, predictions, study
from training.run.data import log_data
from training.targets.target import Target
from training.tracking.tracking import Tracker


def record(
    tracker: Tracker, parent_id: str, trained: Trained, choice: Choice, tags: Mapping[str, str], folder: Path
) -> None:
    """Log a target: its figures, plots and predictions, and a run for each recipe below its own."""
    target = choice.target
    tags = {**tags, **_asked(target), **_stands(choice.rung)}
    part = WORDS[choice.rung].prefix
    with tracker.run(target.name, parent_id, tags, choice.work) as run_id:
        log_data(tracker, run_id, trained, "training")
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
                **metrics(choice.chosen, choice.rung),
                "val_margin": choice.margin,
                **_intervals(differences),
                **rows,
                f"{part}_base_rate": choice.base_rate,
                **_curve(choice),
            },
        )
        plots.target_plots(choice, folder, trained.dataset.smallest_group)
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
                log_data(tracker, trial_id, trained, "training")
                tracker.log(trial_id, params={"recipe": name, **_settings(trial)}, metrics=metrics(trial, choice.rung))


def record_unlabelled(
    tracker: Tracker, parent_id: str, trained: Trained, one: Unlabelled, tags: Mapping[str, str]
) -> None:
    """Log a target that no label is known of: what it stands on, and no figure of it but its level's check."""
    found = one.predictor.shorter
    with tracker.run(one.target.name, parent_id, {**tags, **_asked(one.target), **_stands(one.rung)}) as run_id:
        log_data(tracker, run_id, trained, "training")
        declared = {f"target_{key}": value for key, value in msgspec.to_builtins(one.target).items()}
        said = {"recipe": one.predictor.recipe, "rung": one.rung, "level": one.checked, "short": one.short}
        tracker.log(run_id, params={**declared, **said}, metrics=checked(found) if found else {})


def checked(found: Shorter) -> dict[str, float]:
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


def metrics(trial: Trial, rung: Rung) -> dict[str, float]:
    """Return a recipe's figures, by the names that say on which rows they are."""
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
