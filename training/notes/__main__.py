"""`python -m training.notes`: take down what sales or service say of a segment or a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features import command
from training.tracking import tracking


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    segment: Annotated[
        str | None, typer.Option(help="Of a segment, as segmenter.segment or rule.NAME, or its name alone.")
    ] = None,
    campaign: Annotated[str | None, typer.Option(help="Of a campaign.")] = None,
    verdict: Annotated[str | None, typer.Option(help="useful or wrong.")] = None,
    text: Annotated[str, typer.Option(help="What was said.")] = "",
    file: Annotated[Path | None, typer.Option(help="A CSV of many: segment or campaign, verdict, text.")] = None,
    now: command.NowOption = None,
) -> None:
    """Take down notes, and print how many there are of what."""
    command.single_threaded()
    from features import clock
    from features.dataset import DatasetError, load
    from training.bundle import bundle as bundles
    from training.kpis import members
    from training.notes import given, note
    from training.rules import declared
    from training.tracking import registry

    with command.told(DatasetError, bundles.BundleError, registry.NothingRegistered, ValueError, OSError):
        business = load(dataset)
        chosen = registry.find(tracking.client(tracking.place()), business.name)
        bundle = bundles.load(Path(chosen.folder)).bundle
        segments = members.segments(bundle, declared.declared(business))
        moment = clock.iso(command.read_clock(now, business.zone))
        one = {"segment": segment or "", "campaign": campaign or "", "verdict": verdict or "", "text": text}
        if file is not None and any(one.values()):
            raise ValueError("FILE: got it beside a note; one of both is allowed.")
        rows = given.rows(file) if file else [one]
        note.add(business.name, [given.note(row, where, segments, moment) for where, row in given.named(rows, file)])
    for name, own in note.counted(business.name).items():
        typer.echo(f"{name}: {own.useful} useful, {own.wrong} wrong")


if __name__ == "__main__":
    command.run(main)
