"""The plot: what was predicted beside what happened, and the headline figure of all who answered, by origin."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.clock import iso
from training.backtest.hindsight import Backtest
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE

_OFF = 0.08
"""What two points of one origin are moved apart."""


def plot(found: Backtest, path: Path) -> None:
    """Write a target's PNG file."""
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _level(left, found)
    _headline(right, found)
    days = [iso(one.origins[0])[:10] for one in found.by_origin]
    for axes in (left, right):
        axes.set_xticks(range(len(days)), days)
        axes.set_xlim(-0.5, len(days) - 0.5)
        axes.set_xlabel("origin")
        axes.legend(fontsize="small")
    figure.suptitle(f"{found.target.name}: {found.target.meaning}")
    figure.savefig(path, dpi=100)


def _level(axes: Axes, found: Backtest) -> None:
    _points(axes, [one.happened for one in found.by_origin], "happened", "0.25", -_OFF)
    places = [place + _OFF for place in range(len(found.by_origin))]
    axes.plot(places, [one.predicted for one in found.by_origin], "o-", color="C0", label="predicted")
    axes.set_title("mean outcome, with its 95 % interval, and mean prediction")
    axes.set_ylim(bottom=0)


def _headline(axes: Axes, found: Backtest) -> None:
    metric = HEADLINE[found.target.task]
    _points(axes, [one.figures.estimates()[metric] for one in found.by_origin], "predicted", "C0", 0)
    for number, name in enumerate(found.ranking, 1):
        own = [one.rivals[name].value[metric] for one in found.by_origin]
        axes.plot(range(len(own)), own, "s--", color=f"C{number}", alpha=0.8, label=name)
    axes.set_title(f"{metric.replace('_', ' ')}, with its 95 % interval, and that of the baselines")


def _points(axes: Axes, estimates: list[Estimate], label: str, color: str, moved: float) -> None:
    places = [place + moved for place in range(len(estimates))]
    values = [one.value for one in estimates]
    reach = [[one.value - one.lo for one in estimates], [one.hi - one.value for one in estimates]]
    axes.errorbar(places, values, reach, fmt="o-", color=color, capsize=3, label=label)
