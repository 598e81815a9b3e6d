"""The search: settings around the LightGBM preset, tried forward in time, and kept only if they win beyond noise."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from features.clock import DAY
from training.metrics.bootstrap import paired
from training.metrics.metrics import levelled_losses
from training.panel.examples import Examples
from training.recipes.lightgbm import LightGBM

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

NAME = "lightgbm_tuned"
BEYOND_NOISE = 1.96
"""Standard errors by which a found setting's loss must lie below the preset's."""


@dataclass(frozen=True)
class Search:
    """What a search found for one target."""

    trials: int
    recipe: LightGBM | None
    """The recipe with the settings found; None where they are not kept."""
    why: str
    study: tuple["FrozenTrial", ...] = field(default=(), compare=False)
    """Every setting that was tried and when, as Optuna keeps it; empty where nothing was."""


NOT_ASKED = Search(0, None, "not asked for")


def search(
    task: str, preset: LightGBM, train: Examples, validation: Examples, horizon_days: int, trials: int
) -> Search:
    """Search settings inside the training's cut-offs, and compare the best with the preset on validation.

    The newest cut-off of the training is what settings are tried on; they are fitted on those whose labels end before
    it. So the validation has seen neither, and a win on it is one.

    Args:
        task: the target's.
        preset: the recipe to beat.
        train: the examples that end before validation.
        validation: those of the validation.
        horizon_days: how far a label looks forward.
        trials: how many settings are tried, the preset the first.
    """
    newest = int(train.cut_off.max())
    earlier = train.where(train.cut_off + horizon_days * DAY <= newest)
    asked = train.where(train.cut_off == newest)
    if np.unique(earlier.y).size < 2 or np.unique(asked.y).size < 2:  # noqa: PLR2004
        return Search(trials, None, "the history is too short to search in")
    study = _studied(task, preset, earlier, asked, trials)
    tried = tuple(study.get_trials(deepcopy=False))
    found = replace(preset, name=NAME, settings={**preset.settings, **study.best_params})
    if found.settings == preset.settings:
        return Search(trials, None, "nothing was better than the preset", tried)
    gains, error = _gain(task, preset, found, train, validation)
    said = f"its loss on validation is {gains:.5f} below the preset's, standard error {error:.5f}"
    return Search(trials, found if gains > BEYOND_NOISE * error else None, said, tried)


def _studied(task: str, preset: LightGBM, earlier: Examples, asked: Examples, trials: int) -> "Study":
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def loss(trial: "Trial") -> float:
        fitted = replace(preset, settings=_settings(trial, preset)).fit(earlier)
        return float(levelled_losses(task, asked.y, asked.said(fitted.score)).mean())

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    study.enqueue_trial({name: preset.settings[name] for name in _SEARCHED})
    study.optimize(loss, n_trials=trials)
    return study


_SEARCHED = ("num_iterations", "learning_rate", "num_leaves", "min_data_in_leaf", "feature_fraction", "lambda_l2")


def _settings(trial: "Trial", preset: LightGBM) -> dict[str, Any]:
    """Return the preset with the settings of a trial, each from a third to three times as much, or near it."""
    return {
        **preset.settings,
        "num_iterations": trial.suggest_int("num_iterations", 100, 900, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.007, 0.06, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 5, 45, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 20, 180, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.07, 0.6, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.5, 50.0, log=True),
    }


def _gain(task: str, preset: LightGBM, found: LightGBM, train: Examples, validation: Examples) -> tuple[float, float]:
    """Return by how much the loss on validation is smaller, and its standard error by customer."""
    y = validation.y
    losses = [levelled_losses(task, y, validation.said(one.fit(train).score)) for one in (preset, found)]
    return paired(losses[0], losses[1], validation.owners)
