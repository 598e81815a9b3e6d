"""`python -m activation.sent`: who of an audience was sent what when, as its destination acknowledged it: a table."""

import sqlite3
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from activation import ledger
from activation.audiences import frozen, shown
from activation.audiences.frozen import NoAudience
from activation.ledger import LedgerError
from activation.outbox import outbox
from activation.outbox.outbox import Outbox
from activation.plan import plan
from features import command
from features.consent import reading
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError, load
from features.nearest import nearest
from features.outputs import address, output
from features.sources import erased

SCHEMA = pa.schema(
    [
        (CUSTOMER, pa.string()),
        ("at", pa.timestamp("us", "UTC")),
        ("offer", pa.string()),
        ("campaign_id", pa.string()),
    ]
)
"""What is written of each contact."""


def main(
    audience: Annotated[str, typer.Option(help="Which audience of the dataset file.")] = "",
    dataset: command.DatasetOption = command.DATASET,
    out: Annotated[Path | None, typer.Option(help=command.OUT)] = None,
) -> None:
    """Write who was sent what when: what is planned, failed or in doubt is no contact, and who was erased has none."""
    with command.told(DatasetError, NoAudience, LedgerError, sqlite3.Error, ValueError):
        if out is None:
            raise ValueError(f"OUT: nothing was given. {command.OUT}")
        output.require(out)
        business = load(dataset)
        if audience not in (known := frozen.names(business.name)):
            raise NoAudience(f"AUDIENCE: got {audience!r}, which was never frozen.{nearest(audience, known)}")
        with reading.held(business.name), ledger.opened(business.name, outbox.TABLES) as connection:
            found = contacts(business, audience, Outbox(connection))
            shown.write(found, out)
    typer.echo(f"{audience}: {len(found):,} contacts, written to {address.shown(out)}")


def contacts(dataset: Dataset, audience: str, box: Outbox) -> pa.Table:
    """Return the contacts of an audience by SCHEMA, in order of the moments: those that put somebody in, not anew.

    Args:
        dataset: whose customers they are.
        audience: our name of it.
        box: the outbox of the dataset.

    Raises:
        NoAudience: what was frozen of one is gone, so that nobody knows what its people were sent.
        ValueError: one was frozen before it was kept what its people were sent.
    """
    source = plan.source(audience)
    rows = box.delivered(source)
    frozen_as = {campaign: campaign.rpartition("/")[2] for campaign in {row[2] for row in rows}}
    offers = {campaign: frozen.about(dataset.name, audience, id_).offers for campaign, id_ in frozen_as.items()}
    if old := sorted(campaign for campaign, one in offers.items() if not one):
        raise ValueError(
            f"audience {audience!r}: what was sent of {old[0]} is not kept: it was frozen by an older form."
        )
    told = [
        (customer, at, offers[campaign].get(arm, offers[campaign].get("", "")), f"{source}:{arm}" if arm else source)
        for customer, at, campaign, arm in rows
    ]
    columns = [[row[place] for row in told] for place in range(len(SCHEMA))]
    table = pa.table([pa.array(column, of.type) for column, of in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
    return table.filter(pa.array(~erased.read(dataset).holds(CUSTOMER, table[CUSTOMER])))


if __name__ == "__main__":
    command.run(main)
