"""`python -m activation.policy`: what a policy brings, from the actions that exploration gave and the ledger kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from features import command
from features.buckets import memory as memories
from training.tracking import tracking

if TYPE_CHECKING:
    from features.dataset import Dataset


@tracking.reached()
def main(
    name: Annotated[str, typer.Option(help="Which of [policies] in the dataset file.")] = "",
    dataset: command.DatasetOption = command.DATASET,
    audience: Annotated[str, typer.Option(help="Whose members were told by it; by default the one that says so.")] = "",
    outcome: Annotated[str, typer.Option(help="What came after, of each customer.")] = "spend_28d",
    cost: Annotated[
        list[str] | None, typer.Option(help="ACTION=COST of one customer; repeated. Default: [profit] cost, else 0.")
    ] = None,
    worth: Annotated[
        float | None, typer.Option(help="What one unit of the outcome is worth. Default: by [profit], else 1.")
    ] = None,
    now: command.NowOption = None,
    allowed: memories.Option = None,
    live: command.LiveOption = True,
) -> None:
    """Tell the value of a policy beside that of each of its actions for everybody, and which of them is recommended."""
    command.single_threaded()
    from activation import ledger
    from activation.assignment import kept
    from activation.experiments.assigned import AssignmentError
    from activation.experiments.gone import gone
    from activation.experiments.measure import NoSuchMeasure, wanted
    from activation.policies import declared, logged, reading, wording
    from activation.policies.asked import wants
    from activation.uplift.costs import costs
    from features.buckets import intake
    from features.dataset import DatasetError, load
    from features.log.log import NoEvents
    from training.bundle import bundle as bundles

    faults = (DatasetError, NoEvents, AssignmentError, NoSuchMeasure, memories.Wrong, ledger.LedgerError)
    with command.told(*faults, bundles.BundleError, ValueError):
        each, business = command.numbered("--cost", cost or []), load(dataset)
        (held, actions), metric = declared.actions(business, name), wanted(outcome)
        whose = audience or audience_of(business, name)
        moment, names = command.read_clock(now, business.zone), held.policy.actions
        alone = [one for one, what in actions.items() if what.nothing]
        money, priced = costs(business, metric, names, alone, each, worth)
        with ledger.opened(business.name, kept.TABLES) as connection:
            found = logged.of_ledger(connection, whose, name, names)
        taken = intake.take(business, memories.told(allowed), now=moment, live=live)
        until = intake.base(business, taken.log.days).end
        asks = wants(business, taken, held)
        told = reading.read(taken.log, held, found, metric, money, until, asks, whose, gone(business, taken, moment))
    money_of = business.currency or "money"
    unit = metric.unit if money.worth == 1 and metric.unit != "currency" else money_of
    for line in (*wording.lines(told, unit, business.smallest_group), *priced):
        typer.echo(line)


def audience_of(business: Dataset, name: str) -> str:
    """Return the audience that is told by a policy.

    Raises:
        ValueError: none is, or several are.
    """
    from activation.audiences.declared import declared

    found = [audience for audience, one in declared(business).by_name.items() if one.policy == name]
    if len(found) == 1:
        return found[0]
    said = f"got none, and {', '.join(found) or 'no audience'} {'are' if len(found) > 1 else 'is'} told by {name!r}"
    raise ValueError(f"AUDIENCE: {said}; one is needed.")


if __name__ == "__main__":
    command.run(main)
