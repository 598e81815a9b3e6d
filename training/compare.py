"""`python -m training.compare RUN RUN`: how two runs of `make train` differ, on the test rows that they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import pyarrow.compute as pc
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from features import command
from features.nearest import nearest
from training.metrics.bootstrap import Scored, scored
from training.panel.rung import Rung
from training.run import agreement, runs
from training.run.predictions import KEYS, OUTCOME, Predictions
from training.tracking import tracking

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_LARGE = 100


class CannotCompare(ValueError):
    """Two runs have nothing to compare; the message says why."""


@dataclass(frozen=True)
class Comparison:
    """One target in two runs, on the rows that both predicted."""

    target: str
    recipes: tuple[str, str]
    """What each run chose."""
    rows: tuple[int, int]
    """How many test rows each run has."""
    shared: int
    """How many are compared: of the same customer, as-of, context and outcome."""
    disputed: int
    """How many more are shared, but with another outcome: the data or the target's declaration have changed."""
    first: Scored
    second: Scored
    rungs: tuple[str, str] = (Rung.THREE, Rung.THREE)
    """What the figures of each run stand on."""


@tracking.reached()
def main(
    first: Annotated[
        str, typer.Argument(help="A run of `make train`, of a target or a segmenter: its id, or how that begins.")
    ],
    second: Annotated[str, typer.Argument(help="Another.")],
    target: Annotated[
        str | None, typer.Option(help="One target or segmenter; by default all that both runs have.")
    ] = None,
) -> None:
    """Print the paired differences of two runs' test figures, with 95 % intervals from resampled customers.

    Of segmenters, how both divide the customers whom they share.
    """
    client, console = tracking.client(tracking.place()), Console()
    with command.told(runs.NoSuchRun, CannotCompare, agreement.NothingShared):
        pair = runs.find(client, first), runs.find(client, second)
        for name in shared_targets(*pair, target):
            console.print(_compared(client, (pair[0][name], pair[1][name]), (first, second)))
    for begins, mine, others in ((first, *pair), (second, *reversed(pair))):
        if target is None and (alone := sorted(mine.keys() - others.keys())):
            console.print(f"[yellow]only in {begins[: runs.SHORT]}:[/] {', '.join(alone)}", highlight=False)


def _compared(client: MlflowClient, pair: tuple[Run, Run], names: tuple[str, str]) -> Table:
    short = (names[0][: runs.SHORT], names[1][: runs.SHORT])
    if runs.is_segmenter(pair[0]):
        one, other = (runs.assignments(client, run) for run in pair)
        return agreement.table(agreement.agreement(one, other), short)
    first, second = (runs.predictions(client, run) for run in pair)
    return table(compare(first, second), short)


def shared_targets(first: dict[str, Run], second: dict[str, Run], target: str | None) -> list[str]:
    """Return the targets and segmenters to compare, in the first run's order.

    Raises:
        CannotCompare: the runs are of two datasets, or do not share the target that is asked for, or any.
    """
    one, other = (next(iter(found.values())).data.tags["dataset"] for found in (first, second))
    if one != other:
        raise CannotCompare(f"the runs are of two datasets, {one!r} and {other!r}: there is nothing to pair.")
    shared = [name for name in first if name in second]
    if not shared:
        raise CannotCompare(
            f"the runs share no target and no segmenter: got {', '.join(first)} and {', '.join(second)}."
        )
    if target and target not in shared:
        raise CannotCompare(f"the runs do not share a target {target!r}.{nearest(target, shared)}")
    return [target] if target else shared


def compare(first: Predictions, second: Predictions) -> Comparison:
    """Score both runs' chosen recipes on the rows that they share.

    Raises:
        CannotCompare: they share none.
    """
    one, other = _named(first, "1"), _named(second, "2")
    for rows in (one, other):
        if rows.num_rows > rows.group_by(list(KEYS)).aggregate([]).num_rows:
            raise CannotCompare(
                f"{first.target}: a run of 0.1.0 cannot tell the contacts of a customer apart; train again."
            )
    both = one.join(other, list(KEYS), join_type="inner").sort_by([(key, "ascending") for key in KEYS])
    same = both.filter(pc.equal(both["y1"], both["y2"]))
    if not same.num_rows:
        raise CannotCompare(
            f"{first.target}: the runs share no test row with the same outcome. The first has {one.num_rows:,} at"
            f" {_days(one)}, the second {other.num_rows:,} at {_days(other)}; {both.num_rows:,} are of the same"
            " customer and cut-off."
        )
    customers = pc.dictionary_encode(same["customer_id"].combine_chunks()).indices.to_numpy()
    sides = [scored(first.task, same["y1"].to_numpy(), same[p].to_numpy(), customers) for p in ("p1", "p2")]
    return Comparison(
        target=first.target,
        recipes=(first.chosen, second.chosen),
        rows=(one.num_rows, other.num_rows),
        shared=same.num_rows,
        disputed=both.num_rows - same.num_rows,
        first=sides[0],
        second=sides[1],
        rungs=(first.rung, second.rung),
    )


def _named(run: Predictions, end: str) -> pa.Table:
    """Return the keys, the outcome and the chosen recipe's predictions, under names of this run's own."""
    return run.rows.select([*KEYS, OUTCOME, run.chosen]).rename_columns([*KEYS, f"y{end}", f"p{end}"])


def _days(rows: pa.Table) -> str:
    return " and ".join(str(moment)[:10] for moment in sorted(pc.unique(rows["as_of"]).to_pylist()))


def table(comparison: Comparison, names: tuple[str, str]) -> Table:
    """Return a comparison for people.

    Args:
        comparison: one target's.
        names: what to call the runs.
    """
    disputed = f"; {comparison.disputed:,} more have another outcome and are left out" if comparison.disputed else ""
    shown = Table(
        title=f"\n{comparison.target}: {comparison.shared:,} shared test rows, of {comparison.rows[0]:,} and"
        f" {comparison.rows[1]:,}{disputed}; stands on {' and '.join(dict.fromkeys(comparison.rungs))}",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
    )
    shown.add_column("metric")
    for name, recipe in zip(names, comparison.recipes, strict=True):
        shown.add_column(f"{name}\n{recipe}", justify="right")
    shown.add_column("second\nminus first", justify="right")
    shown.add_column("95 % interval", justify="right", no_wrap=True)
    shown.add_column("beyond noise")
    for metric, difference in comparison.second.minus(comparison.first).items():
        values = [side.value[metric] for side in (comparison.first, comparison.second)]
        form = ".2f" if max(map(abs, values)) >= _LARGE else ".4f"
        cells = [*(f"{value:{form}}" for value in values), f"{difference.value:+{form}}"]
        interval = f"{difference.lo:+{form}} to {difference.hi:+{form}}"
        shown.add_row(metric.replace("_", " "), *cells, interval, "yes" if difference.excludes_zero else "no")
    return shown


if __name__ == "__main__":
    command.run(main)
