"""`python -m training.promote`: the one way for a challenger to become the champion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features import command
from features.buckets import memory
from training.tracking import tracking

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mlflow import MlflowClient
    from rich.table import Table

    from features.dataset import Dataset
    from training.gate.gate import Verdict
    from training.tracking.registry import Registered

WIDTH = 160
"""Of the table where there is no terminal to ask."""
VERDICTS, FORCED = "verdicts", "forced"
"""Tags of a version: what the gate said, and which of its refusals were overruled."""


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    force: Annotated[bool, typer.Option("--force", help="Promote what the gate refuses, and say so in a tag.")] = False,
    unexamined: Annotated[
        bool, typer.Option("--unexamined", help="Let pass what nothing is known to examine by, and say so in a tag.")
    ] = False,
    only_say: Annotated[
        bool, typer.Option("--only-say", help="Examine it and say what would change, and change nothing.")
    ] = False,
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Examine the challenger beside the champion on rows that neither has seen; move the alias if it passes."""
    command.single_threaded()

    from rich.markup import escape

    from features.dataset import DatasetError, load
    from features.log.log import NoEvents
    from training.bundle.bundle import BundleError
    from training.tracking import registry

    console = command.console(WIDTH)
    try:
        with command.told(DatasetError, NoEvents, registry.NothingRegistered, memory.Wrong):
            room = memory.told(allowed)
            business = load(dataset)
            with command.told(ValueError):
                clock_now = command.read_clock(now, business.zone)
            client = tracking.client(tracking.place())
            challenger = registry.find(client, business.name, (registry.CHALLENGER,))
            champion = registry.champion(client, business.name)
            if champion and champion.version == challenger.version:
                typer.echo(f"{champion.model} version {champion.version} is the champion: there is nothing to promote.")
                return
            with console.status(f"examining version {challenger.version} ...", spinner="dots"):
                other = redeclared(client, challenger, champion)
                verdicts = judged(
                    business,
                    challenger,
                    champion,
                    room,
                    unexamined=unexamined,
                    now=clock_now,
                    redeclared=other,
                    live=live,
                )
    except BundleError as error:
        typer.echo(f"refused: {error}", err=True)
        raise typer.Exit(1) from None
    console.print(table(verdicts, challenger, champion))
    for line in refusals(verdicts):
        console.print(f"[red]refused[/] {escape(line)}", highlight=False)
    if only_say:
        passes = all(verdict.passed for verdict in verdicts)
        console.print(f"\n{said(passes, champion)}", highlight=False)
        if not passes:
            raise typer.Exit(1)
        return
    if not keep(client, business.name, challenger, verdicts, force):
        console.print(
            f"\nThe champion is {_called(champion)}, as before. To overrule: make promote FORCE=1.", highlight=False
        )
        raise typer.Exit(1)
    back = "\n  make rollback    return to the one before" if registry.can_return(client, business.name) else ""
    console.print(
        f"\n[bold]The champion was {_called(champion)} and is version {challenger.version}[/] of {challenger.model}."
        f" Services that run take it up by themselves.{back}",
        highlight=False,
    )


def judged(
    dataset: Dataset,
    challenger: Registered,
    champion: Registered | None,
    room: int | None = None,
    *,
    unexamined: bool = False,
    now: int | None = None,
    redeclared: Collection[str] = (),
    live: bool = True,
) -> tuple[Verdict, ...]:
    """Return every gate's verdict on a challenger; what cannot be examined passes where that is allowed.

    Raises:
        BundleError: the challenger cannot be read, and so could not be served.
    """
    from features.buckets import intake
    from training.bundle import bundle
    from training.gate import gate, offered, rules, segments
    from training.gate.exam import CannotExamine, examine, examine_levels

    new, old = bundle.load(Path(challenger.folder)).bundle, None
    verdicts: list[Verdict] = []
    if champion:
        try:
            old = bundle.load(Path(champion.folder)).bundle
        except bundle.BundleError as error:
            verdicts.append(gate.unexamined("champion", str(error)))
    taken = intake.take(dataset, room, now=now, live=live)
    events = taken.log
    try:
        verdicts.extend(gate.judge(examine(dataset, events, new, old)))
        verdicts.extend(map(gate.shorter_horizon, examine_levels(dataset, events, new)))
    except CannotExamine as error:
        verdicts.append(gate.unexamined("exam", str(error)))
    verdicts.extend(
        (*gate.neither(new, allowed=unexamined), *rules.judge(dataset, new, taken.attributes, events.products))
    )
    verdicts.extend(offered.judge(new.offering, old.offering if old else None))
    if old:
        verdicts.extend((*gate.dropped(new, old), *segments.judge(dataset, events, new, old, redeclared)))
    return tuple(verdicts)


def redeclared(client: MlflowClient, challenger: Registered, champion: Registered | None) -> set[str]:
    """Return the segmenters that the dataset declared otherwise for the champion, where that was noted."""
    from training.succession.champion import DECLARED

    if champion is None:
        return set()
    tags = (client.get_model_version(one.model, one.version).tags.get(DECLARED) for one in (challenger, champion))
    now, then = (json.loads(tag) if tag else {} for tag in tags)
    return {name for name in now.keys() & then.keys() if now[name] != then[name]}


def said(passes: bool, champion: Registered | None) -> str:
    """Return what a promotion would change."""
    if not passes:
        return f"It would be refused: the champion would stay {_called(champion)}."
    return f"It would become the champion, in place of {_called(champion)}: make promote"


def keep(client: MlflowClient, dataset: str, challenger: Registered, verdicts: Sequence[Verdict], force: bool) -> bool:
    """Write the verdicts on the version, and make it the champion if they allow it or are overruled; say whether."""
    from training.gate import gate
    from training.tracking import registry

    refused = sorted({f"{verdict.gate} of {verdict.target}" for verdict in verdicts if not verdict.passed})
    unseen = [verdict.target for verdict in verdicts if verdict.gate == gate.UNEXAMINED]
    client.set_model_version_tag(challenger.model, challenger.version, VERDICTS, gate.to_json(verdicts))
    if refused and not force:
        return False
    if refused:
        client.set_model_version_tag(challenger.model, challenger.version, FORCED, "; ".join(refused))
    if unseen:
        client.set_model_version_tag(challenger.model, challenger.version, gate.UNEXAMINED, "; ".join(unseen))
    registry.crown(client, dataset, challenger.version)
    return True


def refusals(verdicts: Sequence[Verdict]) -> list[str]:
    """Return what each gate refuses: the first in full with what to do, the others by their numbers."""
    by_gate: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if not verdict.passed:
            by_gate.setdefault(verdict.gate, []).append(verdict)
    lines = []
    for first, *others in by_gate.values():
        also = ", ".join(f"{other.target} ({other.shown})" for other in others)
        lines.append(f"{first.sentence()} Likewise: {also}." if also else first.sentence())
    return lines


def table(verdicts: Sequence[Verdict], challenger: Registered, champion: Registered | None) -> Table:
    """Return the verdicts for people: a row for each target, a column for each gate."""
    from rich import box
    from rich.table import Table

    beside = f"beside the champion, {_called(champion)}" if champion else "with no champion beside it"
    shown = Table(
        title=f"\n{challenger.model} version {challenger.version}, {beside}",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
    )
    limits = {verdict.gate: verdict.limit for verdict in verdicts}
    rungs = {verdict.target: verdict.rung for verdict in verdicts if verdict.rung}
    shown.add_column("target", no_wrap=True)
    shown.add_column("stands on", no_wrap=True)
    for gate, limit in limits.items():
        shown.add_column(f"{gate.replace('_', ' ')}\n[not bold dim]{limit}[/]", justify="right")
    for target in dict.fromkeys(verdict.target for verdict in verdicts):
        cells = {verdict.gate: _cell(verdict) for verdict in verdicts if verdict.target == target}
        shown.add_row(target, rungs.get(target, ""), *(cells.get(gate, "") for gate in limits))
    return shown


def _cell(verdict: Verdict) -> str:
    return verdict.shown if verdict.passed else f"[bold red]{verdict.shown}[/]"


def _called(champion: Registered | None) -> str:
    return f"version {champion.version}" if champion else "nobody"


if __name__ == "__main__":
    command.run(main)
