"""`python -m activation.pull`: what a destination knows comes back: refusals as consents, the rest as events."""

from pathlib import Path
from typing import Annotated

import typer

from activation.back import form, keep, told
from activation.destinations import destination
from activation.ledger import LedgerError
from features import command
from features.consent.secret import SecretError
from features.dataset import Dataset, DatasetError, load
from features.log.store.accepted import NotStored


def main(
    dataset: command.DatasetOption = command.DATASET,
    name: Annotated[str, typer.Option("--destination", help="What the dataset calls the destination.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="Its export, or its webhook's bodies, a line each: .csv, .json or .jsonl.")
    ] = None,
    asked: Annotated[
        str,
        typer.Option("--form", help="What its columns mean: a shipped form, or a .toml file. Default: by its kind."),
    ] = "",
    now: command.NowOption = None,
) -> None:
    """Bring back opt-outs, bounces, complaints, deliveries, opens and clicks, each once. Nothing of it ever grants.

    Exits with 3 where rows that may be refusals say nothing: what could be read is kept, the rest is yours to look at.
    """
    with command.told(DatasetError, NotStored, LedgerError, SecretError, ValueError):
        business = load(dataset)
        vendor = destination.read(business, name)
        if file is None:
            raise DatasetError(
                f"destinations.{name}: {vendor.kind} cannot yet be asked over its API: give FILE=<its export, or a file"
                " of its webhook's bodies>."
            )
        purpose = _purpose(business, vendor.purpose, name)
        wanted = form.read(business, vendor.kind, asked)
        moment = command.read_clock(now, business.zone)
        found = keep.keep(business, vendor, purpose, told.read(file, wanted, business.zone), moment)
    typer.echo(
        f"{wanted.title}: {found.refusals:,} new refusals, {found.events:,} new events ({found.before:,} before)"
    )
    if not purpose:
        typer.echo("the dataset asks for no consent: refusals are kept as events alone, and hold nobody back")
    for why, count in sorted(found.aside.items()):
        typer.echo(f"  {count:,} rows: {why}")
    if found.lost:
        typer.echo(
            f"{found.lost:,} rows may be refusals and are kept nowhere: give FORM=<a form> that knows their words"
        )
        raise typer.Exit(3)


def _purpose(business: Dataset, purpose: str, name: str) -> str:
    """Return what is refused where somebody opts out at a destination.

    Raises:
        DatasetError: the dataset asks for consent, and the destination does not say what for.
    """
    if business.consent is None:
        return ""
    if purpose not in business.consent.purposes:
        listed = ", ".join(business.consent.purposes)
        raise DatasetError(f"destinations.{name}.purpose: got {purpose!r}; what is refused there is needed: {listed}.")
    return purpose


if __name__ == "__main__":
    command.run(main)
