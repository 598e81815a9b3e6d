"""`python -m activation.tick`: what workflows have due now is decided and sent, once or for as long as it runs."""

import json
import logging
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Annotated

import typer

from activation.destinations import credentials
from activation.destinations.credentials import CredentialsError
from activation.destinations.vendor import Vendor
from activation.ledger import LedgerError
from activation.outbox import send, wire
from activation.outbox.clock import Wall
from activation.outbox.outbox import Outbox
from activation.outbox.report import Report
from activation.outbox.wire import Wire
from activation.workflows import declared, flow, journey
from activation.workflows.flow import Flow
from activation.workflows.follow import Follower
from activation.workflows.gate import WORKFLOW
from activation.workflows.instance import Due, Verdict
from features import clock, command
from features.buckets import memory
from features.consent.secret import SecretError
from features.dataset import Dataset, DatasetError, load
from features.log.store.accepted import NotStored
from features.log.store.mapped import StoreError
from training.tracking import tracking

_NEAR = 300 * clock.SECOND
"""Microseconds that NOW may lie off the clock where something is really sent."""
FAULTS = (DatasetError, StoreError, NotStored, LedgerError, CredentialsError, SecretError, ValueError, sqlite3.Error)


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    show: Annotated[bool, typer.Option("--show", help="Draw the workflows as Mermaid text, and do nothing.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Decide and keep what is due, and send nothing.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until it is told to end: what comes in is looked at as it does.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell what became of it as JSON.")] = False,
    now: command.NowOption = None,
    allowed: memory.Option = None,
    live: command.LiveOption = True,
) -> None:
    """Decide what workflows have due now, and send it. For cron, or a timer; two at once do no harm.

    Exits with 3 where something failed or is in doubt, with 1 where nothing could be sent, and with 2 on bad input.
    """
    with command.told(*FAULTS):
        business = load(dataset)
        if show:
            typer.echo(journey.drawn(declared.declared(business)))
            return
        moment, room = command.read_clock(now, business.zone), memory.told(allowed)
        with flow.open_(business, room, moment, live=live) as own:
            if now:
                if not plan:
                    _near(moment, own.vendors.values())
                own.clock = Set(moment)
            if follow:
                _follow(own)
                return
            found = own.tick(moment)
            for line in said(found, own):
                typer.echo(line, err=as_json)
            if plan:
                return
            with wire.opened() as http:
                report = sent(own, http, send.PATIENCE)
    if as_json:
        typer.echo(json.dumps(report.plain(), indent=1))
    else:
        for line in told(report):
            typer.echo(line)
    if report.status:
        raise typer.Exit(report.status)


def _follow(own: Flow) -> None:
    """Follow what comes in until the process is told to end."""
    _near_by(own.dataset)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    with wire.opened() as http:
        follower = Follower(own, lambda flow: sent(flow, http, 0.0))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: follower.over.set())
        typer.echo(f"following {own.dataset.name}")
        follower.run()
    typer.echo("ended")


def _near_by(business: Dataset) -> None:
    """Refuse to follow a dataset whose permissions are elsewhere: nothing tells that they changed.

    Raises:
        ValueError: it is so.
    """
    paths = [table.path for table in business.attributes]
    paths += [table.path for table in business.consent.sources] if business.consent else []
    paths += [source.path for source in business.sources] if business.identified else []  # which link people
    if far := [path for path in paths if business.far(path)]:
        raise ValueError(f"FOLLOW: {far[0]} is read once, when it starts: run `make tick` from a timer instead.")


def _near(moment: int, vendors: Iterable[Vendor]) -> None:
    """Refuse a NOW far from the clock where calls leave this machine: people would be written to at any hour.

    Raises:
        ValueError: it is.
    """
    off = abs(moment - clock.now()) // clock.SECOND
    away = sorted(one.name for one in vendors if not one.trial)
    if off * clock.SECOND > _NEAR and away:
        raise ValueError(
            f"NOW: got {clock.iso(moment)}, {off // 60:,} minutes off the clock, and {', '.join(away)} would really be"
            " sent to, in people's quiet hours, too; 5 minutes are allowed. `--plan` decides and sends nothing, and a"
            " `base_url` on this machine is a trial at any hour."
        )


class Set(Wall):
    """The clock on the wall, set to what NOW says."""

    def __init__(self, moment: int) -> None:
        self.ahead = moment - clock.now()

    def now(self) -> int:
        """Return microseconds UTC."""
        return super().now() + self.ahead


def sent(own: Flow, http: Wire, patience: float) -> Report:
    """Send what is due at the destinations of workflows."""
    tokens = partial(_tokens, http)
    outbox = Outbox(own.connection)
    return send.drain(
        outbox, own.vendors, own.gate(), http, own.clock, tokens=tokens, on_done=own.record, patience=patience,
        source=WORKFLOW,  # audiences' rows are a sync's, which knows customers as their destination does
    )  # fmt: skip


def _tokens(http: Wire, vendor: Vendor, renew: bool) -> dict[str, str]:
    return dict(credentials.of(vendor, http.client, renew=renew))


def said(found: Sequence[Due], own: Flow) -> Iterator[str]:
    """Yield what was decided, a line for each workflow."""
    for name in own.rules:
        counts = Counter(one.verdict for one in found if one.workflow == name)
        shown = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(counts.items()))
        yield f"{name}: {shown or 'nothing is due'}"
        for verdict in (Verdict.EXPIRED, Verdict.REFUSED, Verdict.UNMET, Verdict.LACKING):
            reasons = Counter(one.reason for one in found if one.workflow == name and one.verdict is verdict)
            yield from (f"  {verdict}: {count:,}: {reason}" for reason, count in sorted(reasons.items()))
    if guessed := sum(one.guessed for one in found):
        yield f"zones that are guessed: {guessed:,} customers; quiet hours count in all that they may be"
    for name, count in own.known.unreadable.items():
        if count:
            yield f"attribute {name}: {count:,} values are no dates such as 1990-05-31: nothing is due for them"


def told(report: Report) -> Iterator[str]:
    """Yield what was sent, a line for each destination, and one for each reason why something was not."""
    for name, one in report.told.items():
        shown = Counter[str]()
        for (state, _), count in one.rows.items():
            shown[state.value] += count
        shown |= {"still to be sent": one.waiting, "jobs not finished": one.accepted}
        listed = ", ".join(f"{count:,} {state}" for state, count in shown.items() if count)
        yield f"{name}: {listed or 'nothing was sent'}"
        yield from (f"  {state.value}: {count:,}: {why}" for (state, why), count in one.rows.items() if why)
        if one.stopped:
            yield f"  stopped: {one.stopped}"


if __name__ == "__main__":
    command.run(main)
