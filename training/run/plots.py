"""Plots of predictors and segments, as PNG files that MLflow shows, by the figures of the report.

Equal predictions share a bin, and their outcome, so that no order of rows makes another picture.
"""

from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from training.choice.choice import Choice
from training.metrics.metrics import BINS, Floats
from training.panel.rung import WORDS
from training.recipes.lightgbm import gains
from training.report.calibration import bins
from training.report.cells import cells, least, steps
from training.report.ranking import at, captured
from training.scorers import Scorer
from training.scorers.grove import trees_in
from training.segmenters.profile import Profile

QUARTERS = 4
FEATURES_SHOWN = 20
TARGETS_SHOWN = 4
_GREY = "0.6"
Corner = Literal["upper left", "upper right", "lower right"]


def target_plots(choice: Choice, folder: Path, smallest: int = 0) -> None:
    """Write calibration, lift and importance, and for a binary target the ROC and precision-recall curves.

    A time has, instead of the lift, how many have come by each day: single ones, so it is left out where they must not
    show. Of other curves, points are then so far apart that enough customers lie between them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _save(_calibration(choice, smallest), folder / "calibration.png", "upper left")
    if choice.target.task != "time":
        _save(_lift(choice, smallest), folder / "lift.png")
    elif smallest <= 1:
        _save(_come(choice), folder / "come.png")
    if trees_in(choice.chosen.scorer):
        _save(_importance(choice.chosen.scorer), folder / "importance.png")
    if choice.target.task == "binary":
        _save(_roc(choice, smallest), folder / "roc.png")
        _save(_precision_recall(choice, smallest), folder / "precision_recall.png", "upper right")


def segment_plots(profiles: tuple[Profile, ...], folder: Path) -> None:
    """Write the segments' sizes beside what their customers did next."""
    folder.mkdir(parents=True, exist_ok=True)
    nexts = list(dict.fromkeys(target for profile in profiles for target in profile.next))[:TARGETS_SHOWN]
    figure = Figure(figsize=(4.5 * (1 + len(nexts)), 0.4 * len(profiles) + 1.5), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, 1 + len(nexts), sharey=True))
    titles = [profile.segment.title for profile in profiles]
    axes[0].barh(titles, [profile.size for profile in profiles])
    axes[0].set_title("customers")
    axes[0].invert_yaxis()
    for axis, target in zip(axes[1:], nexts, strict=True):
        axis.barh(titles, [profile.next.get(target, np.nan) for profile in profiles], color="C1")
        axis.set_title(f"{target}, mean outcome")
    figure.savefig(folder / "segment_profile.png", dpi=100)


def _axes(title: str, x: str, y: str, left: float = 0.12) -> Axes:
    """Return the axes of a figure, with margins that are set: finding them out takes longer than drawing."""
    figure = Figure(figsize=(6, 5))
    figure.subplots_adjust(left=left, right=0.97, bottom=0.11, top=0.92)
    axes: Axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    return axes


def _save(axes: Axes, path: Path, legend: Corner = "lower right") -> None:
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc=legend)
    figure.savefig(path, dpi=100)


def _ranks(p: Floats, choice: Choice, smallest: int) -> Floats:
    """Return what rows are ranked by: their predictions, or where few must not show how many groups lie below."""
    if smallest <= 1:
        return p
    count, customers = steps(p.size, p.size, least(choice.test.customers, smallest)), choice.test.customers
    ranks = np.zeros(p.size)
    for number, (_, inside) in enumerate(cells(bins(p, count), count, customers, smallest)):
        ranks[inside] = number
    return ranks


def _calibration(choice: Choice, smallest: int) -> Axes:
    word, middle = ("median", np.median) if choice.target.task == "time" else ("mean", np.mean)
    axes = _axes(
        f"{choice.target.name}: calibration on {WORDS[choice.rung].rows}", f"{word} prediction", f"{word} outcome"
    )
    for trial in choice.trials:
        inside = [rows for _, rows in cells(bins(trial.predictions), BINS, choice.test.customers, smallest)]
        predicted = [middle(trial.predictions[rows]) for rows in inside]
        axes.plot(predicted, [middle(choice.test.y[rows]) for rows in inside], "o-", label=trial.recipe.name, alpha=0.8)
    axes.axline((0, 0), slope=1, color=_GREY, linestyle="--")
    return axes


def _lift(choice: Choice, smallest: int) -> Axes:
    axes = _axes(
        f"{choice.target.name}: cumulative gain on {WORDS[choice.rung].rows}",
        "share of customers, best first",
        "share of the outcome",
    )
    y = choice.test.y
    share = np.linspace(0, 1, steps(y.size, y.size, least(choice.test.customers, smallest)) + 1)
    for trial in choice.trials:
        axes.plot(share, at(captured(y, trial.predictions), share * y.size) / y.sum(), label=trial.recipe.name)
    axes.plot(share, at(captured(y, y), share * y.size) / y.sum(), color=_GREY, linestyle=":", label="perfect")
    axes.axline((0, 0), slope=1, color=_GREY, linestyle="--")
    return axes


def _come(choice: Choice) -> Axes:
    """Draw how many of each quarter of the chosen recipe's predictions have come by each day."""
    axes = _axes(f"{choice.target.name}: purchased again, {WORDS[choice.rung].rows}", "days", "share of customers")
    days = np.arange(choice.target.horizon_days)
    for rows in np.array_split(np.argsort(choice.predictions, kind="stable"), QUARTERS):
        y, p = np.sort(choice.test.y[rows]), choice.predictions[rows]
        label = f"predicted {p.min():.0f} to {p.max():.0f} days"
        axes.step(days, np.searchsorted(y, days, side="right") / y.size, where="post", label=label)
    axes.axhline(0.5, color=_GREY, linestyle="--")
    return axes


def _roc(choice: Choice, smallest: int) -> Axes:
    axes = _axes(f"{choice.target.name}: ROC on {WORDS[choice.rung].rows}", "false positive rate", "true positive rate")
    for trial in choice.trials:
        false_rate, true_rate, _ = roc_curve(choice.test.y, _ranks(trial.predictions, choice, smallest))
        axes.plot(false_rate, true_rate, label=f"{trial.recipe.name} ({trial.test.value['roc_auc']:.3f})")
    axes.axline((0, 0), slope=1, color=_GREY, linestyle="--")
    return axes


def _precision_recall(choice: Choice, smallest: int) -> Axes:
    axes = _axes(f"{choice.target.name}: precision and recall on {WORDS[choice.rung].rows}", "recall", "precision")
    for trial in choice.trials:
        precision, recall, _ = precision_recall_curve(choice.test.y, _ranks(trial.predictions, choice, smallest))
        axes.plot(recall, precision, label=f"{trial.recipe.name} ({trial.test.value['average_precision']:.3f})")
    axes.axhline(choice.base_rate, color=_GREY, linestyle="--")
    return axes


def _importance(scorer: Scorer) -> Axes:
    top = list(gains(scorer).items())[:FEATURES_SHOWN]
    axes = _axes("importance", "share of the splits' total gain", "", left=0.45)
    axes.barh([name for name, _ in top], [share for _, share in top])
    axes.invert_yaxis()
    return axes
