"""`python -m training.uplift`: whom an action helps, from a table of customers whom chance gave one of its arms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features import command
from training.tracking import tracking

if TYPE_CHECKING:
    from training.uplift.job import Report


@tracking.reached()
def main(
    table: Annotated[Path, typer.Argument(help="A CSV or Parquet file with a row for each customer.")],
    arm: Annotated[str, typer.Option(help="The column that says which arm each was given.")],
    outcome: Annotated[str, typer.Option(help="The column that says what came after.")],
    feature: Annotated[list[str], typer.Option(help="A column that was known at the assignment; repeated.")],
    probability: Annotated[str, typer.Option(help="The column of the given arm's probability, as logged.")] = "",
    share: Annotated[
        list[str] | None, typer.Option(help="ARM=SHARE, for each arm, where no column has the probability.")
    ] = None,
    segment: Annotated[str, typer.Option(help="The column of each one's segment at the assignment.")] = "",
    control: Annotated[str, typer.Option(help="The arm that effects are told against; default: first by name.")] = "",
    cost: Annotated[list[str] | None, typer.Option(help="ARM=COST of one customer; repeated. Default: 0.")] = None,
    worth: Annotated[float, typer.Option(help="What one unit of the outcome is worth.")] = 1.0,
    name: Annotated[str, typer.Option(help="Of the experiment, and of the policy that is made.")] = "experiment",
    dataset: Annotated[str, typer.Option(help="Whose runs MLflow keeps it among.")] = "uplift",
    seed: Annotated[int, typer.Option(help="What draws the parts that judge each other.")] = 0,
) -> None:
    """Say whether customers differ in what an action brings them, whom to target by what, and what to do for whom."""
    command.single_threaded()
    import numpy as np

    from training.uplift import job, record
    from training.uplift import table as tables
    from training.uplift.chosen import Costs
    from training.uplift.trial import NoTrial

    with command.told(NoTrial, ValueError):
        if not worth > 0:
            raise NoTrial(f"--worth: got {worth:g}; above 0 is allowed.")
        shares = numbered("--share", share or [])
        columns = tables.Columns(arm, outcome, tuple(feature), probability, shares or None, segment, control)
        trial = tables.trial(tables.read(table), columns)
        costs = numbered("--cost", cost or [])
        if unknown := sorted(set(costs) - set(trial.arms)):
            raise NoTrial(f"--cost: got {unknown[0]!r}; arms are {', '.join(trial.arms)}.")
        told = job.report(
            trial, Costs(worth, np.array([costs.get(one, 0.0) for one in trial.arms])), name, outcome, seed
        )
    _print(told)
    run_id = record.record(told, dataset)
    typer.echo(f"run {run_id} of MLflow has it all: make ui")


def numbered(option: str, given: list[str]) -> dict[str, float]:
    """Return what ARM=NUMBER says, by arm.

    Raises:
        ValueError: one is not written so.
    """
    found = {}
    for text in given:
        arm, _, number = text.rpartition("=")
        try:
            found[arm] = float(number)
        except ValueError:
            raise ValueError(f"{option}: got {text!r}; ARM=NUMBER is allowed.") from None
        if not arm or not 0 <= found[arm] < float("inf"):
            raise ValueError(f"{option}: got {text!r}; ARM=NUMBER of at least 0 is allowed.")
    return found


def _print(told: Report) -> None:
    from training.uplift import verdict

    typer.echo(", ".join(f"{arm} {size:,}" for arm, size in told.arms.items()) + f" customers; {told.outcome}")
    for one in told.judged:
        for method, area in one.area.items():
            qini = f", Qini coefficient {one.qini[method]:.4f}" if method in one.qini else ""
            best = one.curves[method].best
            typer.echo(f"  {one.action} by {method}: Qini area {verdict.told(area)}{qini}; best share {best:.0%}")
    for way, value in told.chosen.value.items():
        typer.echo(f"  {way}: {verdict.told(value)} per customer")
    for line in told.verdict():
        typer.echo(line)
    if told.chosen.policy:
        typer.echo(f"policy {told.chosen.policy.name} version {told.chosen.policy.version}")


if __name__ == "__main__":
    command.run(main)
