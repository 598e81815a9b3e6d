"""The table: a target's past for people, a row for each origin and one for all; and the same rows as plain data."""

from collections.abc import Callable, Iterator
from functools import partial
from zoneinfo import ZoneInfo

from rich import box
from rich.table import Table

from features.clock import iso
from training.backtest.hindsight import Backtest, Judged
from training.charts import number
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE, METRICS
from training.report.figure import FIGURES

WIDTH = 148
"""What a table of three baselines needs; where there is no terminal to ask, it is taken."""
_SHOWN = {
    "binary": ("roc_auc", "average_precision", "lift_at_10pct", "ece"),
    "value": ("spearman", "gini", "mae", "total_ratio"),
}
_MOST = 4
"""As many figures are shown of a task that is not in `_SHOWN`."""
_LARGE = 10

Row = dict[str, str | int | float]


def table(found: Backtest, zone: ZoneInfo, currency: str) -> Table:
    """Return a target's figures by origin, beside the headline figure of each baseline."""
    target, task = found.target, found.target.task
    shown, headline = _SHOWN.get(task, tuple(METRICS[task])[:_MOST]), HEADLINE[task]
    drawn = Table(
        title=f"\n{target.name}: {target.meaning}\n[not bold]cohort: {target.cohort().inside}[/]",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        caption=f"below each figure its 95 % interval, from resampled customers; of a baseline, its"
        f" {_words(headline)} and the lead over it",
        caption_justify="left",
    )
    drawn.add_column("origin", no_wrap=True)
    drawn.add_column(f"happened\n{currency if target.unit == 'currency' else 'mean'}", justify="right")
    drawn.add_column("predicted\nmean", justify="right")
    for name in shown:
        drawn.add_column(_words(name).replace(" ", "\n", 1), justify="right")
    for name in found.ranking:
        drawn.add_column(f"{_words(headline)}\n{name}", justify="right")
    for one in found.by_origin:
        drawn.add_row(iso(one.origins[0], zone)[:10] + f"\n[dim]{one.by}[/]", *_cells(one, found, shown, currency))
    if len(found.by_origin) > 1:
        drawn.add_section()
        drawn.add_row(
            f"[bold]all[/]\n[dim]{found.pooled.rows:,} rows[/]", *_cells(found.pooled, found, shown, currency)
        )
    return drawn


def _cells(one: Judged, found: Backtest, shown: tuple[str, ...], currency: str) -> Iterator[str]:
    outcome = _outcome(found, currency)
    yield _interval(one.happened, outcome)
    yield outcome(one.predicted)
    figures = one.figures.estimates()
    money = found.target.unit == "currency"
    yield from (_interval(figures[name], outcome if money and FIGURES[name].in_unit else _number) for name in shown)
    headline = HEADLINE[found.target.task]
    for name in found.ranking:
        lead, value = one.figures.minus(one.rivals[name])[headline], one.rivals[name].value[headline]
        yield f"{_number(value)} {number.signed(_number(lead.value))}\n[dim]{_bounds(lead, _number)}[/]"


def _outcome(found: Backtest, currency: str) -> Callable[[float], str]:
    """Return how an outcome of a target is written: a share, an amount with its currency's digits, or a number."""
    if found.target.unit == "currency":
        return partial(number.money, currency=currency)
    return _share if found.target.task == "binary" else _number


def rows(found: Backtest) -> list[Row]:
    """Return a row for each origin, and for all of them, and each who answered: what the CSV and JSON files hold."""
    every = [(iso(one.origins[0]), one) for one in found.by_origin]
    if len(found.by_origin) > 1:
        every.append(("all", found.pooled))
    return [row for origin, one in every for row in _rows(found.target.name, origin, one)]


def _rows(target: str, origin: str, one: Judged) -> Iterator[Row]:
    """Yield a row of the predictions that are judged, then one of each baseline with the lead over it."""
    start: Row = {"target": target, "origin": origin, "rows": one.rows, **flat("happened", one.happened)}
    figures = {key: value for name, e in one.figures.estimates().items() for key, value in flat(name, e).items()}
    yield {**start, "by": one.by, "baseline": 0, "predicted": one.predicted, **figures}
    for name, rival in one.rivals.items():
        own = {key: value for metric, e in rival.estimates().items() for key, value in flat(metric, e).items()}
        leads = {
            key: value
            for metric, e in one.figures.minus(rival).items()
            for key, value in flat(f"lead_in_{metric}", e).items()
        }
        yield {**start, "by": name, "baseline": 1, **own, **leads}


def flat(name: str, estimate: Estimate) -> dict[str, float]:
    """Return a figure and the ends of its interval, under the names that MLflow shows."""
    return {name: estimate.value, f"{name}_lo": estimate.lo, f"{name}_hi": estimate.hi}


def _interval(estimate: Estimate, written: Callable[[float], str]) -> str:
    return f"{written(estimate.value)}\n[dim]{_bounds(estimate, written)}[/]"


def _bounds(estimate: Estimate, written: Callable[[float], str]) -> str:
    return f"{written(estimate.lo)} {written(estimate.hi)}"


def _share(value: float) -> str:
    return number.share(value).replace(number.SPACE, "")


def _number(value: float) -> str:
    """Return a number as short as a table of many columns needs it."""
    return number.decimal(value, 1 if abs(value) >= _LARGE else 3)


def _words(name: str) -> str:
    return name.replace("_", " ")
