"""`python -m training.uplift`: whom an action helps, from a table of customers whom chance gave one of its arms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features import command
from training.tracking import tracking


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
        shares = command.numbered("--share", share or [])
        columns = tables.Columns(arm, outcome, tuple(feature), probability, shares or None, segment, control)
        trial = tables.trial(tables.read(table), columns)
        costs = command.numbered("--cost", cost or [])
        if unknown := sorted(set(costs) - set(trial.arms)):
            raise NoTrial(f"--cost: got {unknown[0]!r}; arms are {', '.join(trial.arms)}.")
        told = job.report(
            trial, Costs(worth, np.array([costs.get(one, 0.0) for one in trial.arms])), name, outcome, seed
        )
    for line in told.lines():
        typer.echo(line)
    run_id = record.record(told, dataset)
    typer.echo(f"run {run_id} of MLflow has it all: make ui")


if __name__ == "__main__":
    command.run(main)
