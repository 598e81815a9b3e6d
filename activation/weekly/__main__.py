"""`python -m activation.weekly`: what changed in the week, as one page that is kept as published, and as a mail."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from features import command
from features.buckets import memory
from training.tracking import tracking


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    week: Annotated[str | None, typer.Option(help="A day of the week. Default: the newest week that is over.")] = None,
    mail: Annotated[str | None, typer.Option(help="Send it to this address, too, by HABITUS_SMTP_HOST.")] = None,
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Write the weekly report; one of a week that was published before says which figures are other, and why."""
    command.single_threaded()
    from activation.ledger import LedgerError
    from activation.weekly import mail as mails
    from activation.weekly import publish, read
    from features.dataset import DatasetError, load
    from features.log.log import NoEvents
    from training import snapshot
    from training.bundle import bundle as bundles
    from training.tracking import registry

    started = time.perf_counter()
    faults = (DatasetError, NoEvents, LedgerError, memory.Wrong, bundles.BundleError, registry.NothingRegistered)
    with command.told(*faults, mails.NotSent, ValueError):
        through, to = (mails.server(), mails.address(mail)) if mail else (None, "")
        business = load(dataset)
        clock_now = command.read_clock(now, business.zone)
        found = read.weekly(business, read.Asked(week, memory.told(allowed), clock_now, live))
        done = publish.publish(found.weekly)
        if found.everybody:
            snapshot.write(found.everybody)
        for line in done.sentences:
            typer.echo(f"- {line}")
        for line in done.said:
            typer.echo(line)
        typer.echo(f"{done.page} ({time.perf_counter() - started:.1f} s)")
        if through:
            mails.send(mails.message(through.sender, to, done.subject, done.mail, "\n".join(done.sentences)), through)
            typer.echo(f"sent to {to}")


if __name__ == "__main__":
    command.run(main)
