"""`python -m serving.recommend`: what every customer is offered, one row for each product of each list."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import typer
from numpy.typing import NDArray

from features import clock, command
from features.buckets import intake, memory
from features.dataset import DatasetError, load
from features.log import as_of as as_ofs
from features.log.log import Log
from features.nearest import nearest
from features.outputs import address, output
from features.sources import erased
from serving import served
from training import batch, due
from training.bundle import bundle as bundles
from training.offers.offer import Item, Offer, offer
from training.recommenders.lists import LISTS

ROOM = 1 << 17
"""Products of lists that are written together at most, or those of one customer."""
SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "as_of": pa.timestamp("us", "UTC"),
        "list": pa.string(),
        "place": pa.int32(),
        "product_id": pa.string(),
        "score": pa.float64(),
        "reason": pa.string(),
        "popular": pa.bool_(),
    }
)


def main(
    dataset: command.DatasetOption = command.DATASET,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Offer as of this moment: an ISO date or time, or `own`, which asks about each customer as the service"
            " does. Default: the end of the data, or now where the dataset says so."
        ),
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option("--list", help="A list that is wanted; may be said again. Default: all.")
    ] = None,
    k: Annotated[
        int | None, typer.Option(min=1, max=100, help="Products of a list. Default: what the dataset says, or 10.")
    ] = None,
    out: Annotated[Path, typer.Option(help=command.OUT)] = Path("recommendations.parquet"),
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Write to OUT what the champion offers every customer with an event before AS_OF."""
    started = time.perf_counter()
    with command.told(DatasetError, served.NotServed, bundles.BundleError, due.Overdue, ValueError):
        output.require(out)
        business = load(dataset)
        chosen = served.find(business.name)
        stored = bundles.load(chosen.folder)
        bundle = stored.bundle
        if bundle.offering is None:
            raise ValueError(
                f"version {chosen.version} of {business.name!r} offers nothing: its dataset names no products, too few"
                " were bought, or it was trained with RECOMMEND=0."
            )
        asked = as_ofs.resolve(as_of, ZoneInfo(business.zone))
        clock_now = command.read_clock(now, business.zone)
        due_by = due.retrain_by(stored, erased.read(business), clock_now, due.rule(business.consent))
        with intake.opened(business, memory.told(allowed), now=clock_now, live=live) as read:
            if not read.events:
                read.aside()
            base = intake.base(business, read.days).moment(clock_now)
            found = offer(bundle, business, read.products, read.sold, base.at)
            assert found is not None
            wanted = _wanted(found, names)
            most = k or found.assortment.said.k
            counts = _write(read, bundle, found, base, asked, wanted, most, business.language, out)
            aside = read.aside()
    if chosen.notice:
        typer.echo(chosen.notice)
    for line in (*aside.said(), *_left_out(found)):
        typer.echo(line)
    if due_by:
        typer.echo(batch.DUE.format(due_by=due_by))
    if isinstance(asked, int) and asked < bundle.as_of:
        known = clock.iso(bundle.as_of, ZoneInfo(business.zone))
        typer.echo(f"what is popular and bought together was learned from what came after, too, up to {known}")
    when = batch.when(base, asked, business.zone)
    customers, products, popular = counts
    share = f", {popular / products:.1%} of them the fall-back (popular now)" if products else ""
    typer.echo(
        f"{products:,} products of {len(wanted)} lists for {customers:,} customers{share} as of {when} by version"
        f" {chosen.version}: {address.shown(out)} ({time.perf_counter() - started:.1f} s)"
    )


def _wanted(found: Offer, names: list[str] | None) -> tuple[str, ...]:
    """Return the lists that are wanted.

    Raises:
        ValueError: there is no such list, or none of customers at all.
    """
    if not found.names:
        raise ValueError(f"[recommend] lists: got none of customers, of which a batch is made: {', '.join(LISTS)}.")
    for name in names or ():
        if name not in found.names:
            raise ValueError(f"--list: got {name!r}.{nearest(name, found.names)}")
    return tuple(name for name in found.names if not names or name in names)


def _left_out(found: Offer) -> list[str]:
    return [f"{count:,} products are not offered: {why}" for why, count in found.assortment.left_out.items()]


def _write(
    read: intake.Opened,
    bundle: bundles.Bundle,
    found: Offer,
    base: as_ofs.Moment,
    asked: as_ofs.Asked,
    names: tuple[str, ...],
    k: int,
    language: str,
    out: Path,
) -> tuple[int, int, int]:
    """Write the lists of all logs, some customers at a time; return customers, products, and those of the fall-back."""
    customers, products, popular = 0, 0, 0
    rows = max(ROOM // (k * len(names)), 1)
    with ExitStack() as until:
        opened = until.enter_context(output.opened(out, SCHEMA))
        for log in map(bundle.looks_at, read.logs()):
            everyone, moments = batch.known(log, base, asked)
            for begin in range(0, everyone.size, rows):
                who, spoken = everyone[begin : begin + rows], moments[begin : begin + rows]
                table = _table(log, who, spoken, found.customers(log, who, spoken, k, names, language=language))
                opened.write(table)
                customers += who.size
                products += table.num_rows
                popular += int(np.count_nonzero(table["popular"].to_pylist()))
    return customers, products, popular


def _table(
    log: Log, customers: NDArray[np.int64], moments: NDArray[np.int64], lists: Iterator[dict[str, list[Item]]]
) -> pa.Table:
    """Return a row for each product of each list."""
    ids = log.customers.take(pa.array(customers)).to_pylist()
    rows = [
        (one, moment, name, place, *item)
        for one, moment, own in zip(ids, moments.tolist(), lists, strict=True)
        for name, items in own.items()
        for place, item in enumerate(items, 1)
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(SCHEMA)
    return pa.table([pa.array(list(column), field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)


if __name__ == "__main__":
    command.run(main)
