"""`python -m serving.score`: the batch. Every customer of a dataset, one row each."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import pyarrow as pa
import typer

from features import clock, command
from features.arrow import joined
from features.buckets import intake, memory
from features.consent.consent import PROFILING
from features.dataset import DatasetError, load
from features.log import as_of as as_ofs
from features.log.days import Days
from features.log.spine import NONE, Spine
from features.outputs import address, output
from features.sources import erased, state
from serving import served, spread
from training import batch, due, snapshot
from training.bundle import bundle as bundles
from training.bundle.scores import Scores
from training.bundle.shipped import ROWS, Scoring, Shipped
from training.panel.campaign import Campaigns
from training.rules.rules import NO_RULES, Judged, Rules, Strangers
from training.tally import Tally

MAY = "may_"
"""Before the name of a purpose: whether the customer may be reached for it now."""
RULE = "rule_"
"""Before the name of a rule: whether the customer is in its segment."""
COMMAND = "make score"
"""What the snapshot says that wrote it."""


def main(
    dataset: command.DatasetOption = command.DATASET,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Score as of this moment: an ISO date or time, or `own`, which asks about each customer as the service"
            " does: at the end of the data or at the customer's own newest event. Default: the end of the data, or now"
            " where the dataset says so."
        ),
    ] = None,
    campaign: Annotated[
        str | None, typer.Option(help="The campaign by which everyone is to be contacted: how likely each answers it.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option(help="The campaign's channel; one that the champion does not know needs it.")
    ] = None,
    out: Annotated[Path, typer.Option(help=command.OUT)] = Path("scores.parquet"),
    reasons: Annotated[
        bool, typer.Option(help="Say why each prediction is what it is; without, a batch is quicker.")
    ] = True,
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
    engine: command.EngineOption = "here",
) -> None:
    """Score every customer with an event before AS_OF with the champion, and write a row for each to OUT."""
    started = time.perf_counter()
    with command.told(DatasetError, served.NotServed, bundles.BundleError, due.Overdue, ValueError):
        command.require_engine(engine)
        business = load(dataset)
        output.require(out) if engine == "here" else spread.require(business, out, live)
        chosen = served.find(business.name)
        stored = bundles.load(chosen.folder)
        bundle = stored.bundle
        named = bundle.campaign(campaign, channel)
        Rules.read(business, bundle, "the sources are read later")  # what is wrong is told before them
        asked = as_ofs.resolve(as_of, ZoneInfo(business.zone))
        clock_now = command.read_clock(now, business.zone)
        due_by = due.retrain_by(stored, erased.read(business), clock_now, due.rule(business.consent))
        took, before = memory.told(allowed), state.of(business)
        if engine == "spark":
            base, rules = intake.base(business, Days(business.zone)).moment(clock_now), NO_RULES
            scoring = Scoring(Shipped.of(chosen.folder), base, asked, named, reasons, business.language)
            about = batch.about(business.name, stored.id, chosen.version, base, asked, before)
            written = spread.write(business, scoring, out, took, about)
            rows, strangers, aside = written.rows, list[str](), written.aside
            typer.echo("the live page keeps what it tells of everyone: with ENGINE=spark that is not counted")
        else:
            with intake.opened(business, took, now=clock_now, live=live) as read:
                if not read.events:
                    read.aside()
                base = intake.base(business, read.days).moment(clock_now)
                rules = Rules.read(business, bundle, read.attributes, read.products)
                how = (reasons, business.language)
                tally = Tally(bundle)
                about = batch.about(business.name, stored.id, chosen.version, base, asked, before)
                rows, strangers = _write(read, bundle, base, asked, named, *how, out, clock_now, tally, about, rules)
                aside = read.aside()
            if not isinstance(asked, int):  # what was asked of the past is no state of the business
                found = tally.snapshot(COMMAND, chosen.version, clock_now, base.at)
                snapshot.write(snapshot.cut(found, business.smallest_group))
    if chosen.notice:
        typer.echo(chosen.notice)
    for line in (*aside.said(), *rules.told(), *(f"rules: {said}" for said in strangers)):
        typer.echo(line)
    if due_by:
        typer.echo(batch.DUE.format(due_by=due_by))
    if isinstance(asked, int) and asked < bundle.as_of:
        known = clock.iso(bundle.as_of, ZoneInfo(business.zone))
        then = "; levels are those told then" if any(one.past for one in bundle.predictors) else ""
        typer.echo(f"the bundle has learned from what came after, up to {known}{then}")
    when = batch.when(base, asked, business.zone)
    if business.consent:
        when += f", as permitted at {clock.iso(clock_now, ZoneInfo(business.zone))},"
    typer.echo(
        f"{rows:,} customers as of {when} by version {chosen.version}: {address.shown(out)}"
        f" ({time.perf_counter() - started:.1f} s)"
    )


def _write(
    read: intake.Opened,
    bundle: bundles.Bundle,
    base: as_ofs.Moment,
    asked: as_ofs.Asked,
    named: Campaigns | None,
    reasons: bool,
    language: str,
    out: Path,
    now: int,
    tally: Tally,
    about: Mapping[str, str],
    rules: Rules = NO_RULES,
) -> tuple[int, list[str]]:
    """Write the scores of all logs, some rows at a time; return how many there are, and what no rule can find."""
    context, rows, opened = NONE if named is None else 0, 0, None
    strangers: Strangers | None = None
    with ExitStack() as open_until:
        for log in map(bundle.looks_at, read.logs()):
            (customers, moments), judge = batch.known(log, base, asked), rules.on(log)
            for begin in range(0, max(customers.size, 1), ROWS):
                own, spoken = customers[begin : begin + ROWS], moments[begin : begin + ROWS]
                scores = bundle.score(log, Spine.of(own, spoken, context), named)
                tally.add(scores)
                table = _table(read, scores, judge(own, spoken, scores), reasons, language, now)
                if opened is None:
                    _require_distinct(table.column_names)
                    opened = open_until.enter_context(output.opened(out, table.schema.with_metadata(dict(about))))
                opened.write(table)
                rows += table.num_rows
            found = rules.strangers(log)
            strangers = found if strangers is None else {key: found[key] for key in strangers if key in found}
    return rows, list((strangers or {}).values())


def _require_distinct(names: Sequence[str]) -> None:
    """Refuse columns of one name: readers of the file would take either, or neither.

    Raises:
        ValueError: there are some; the message names them.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(
            f"OUT: several columns would be called {', '.join(map(repr, twice))}: a target, a segmenter, a rule"
            f" ({RULE}NAME) and a purpose ({MAY}NAME) must not meet in one; rename the rule or the target."
        )


def _table(read: intake.Opened, scores: Scores, judged: Judged, reasons: bool, language: str, now: int) -> pa.Table:
    """Return a row per customer: the scores, which rule segments they are in, and what they may be reached for."""
    table = scores.to_table(language, reasons=reasons)
    for name, inside in judged.everyone():
        table = table.append_column(f"{RULE}{name}", pa.array(inside))
    for purpose, allows in _allowed(read, table["customer_id"], now).items():
        table = table.append_column(f"{MAY}{purpose}", allows)
    return table


def _allowed(read: intake.Opened, customers: pa.ChunkedArray, now: int) -> dict[str, pa.Array]:
    """Return by purpose which customers may be reached for it; nothing where the dataset does not ask for consent."""
    if read.permitted is None:
        return {}
    permissions, ids = read.permitted.permissions, joined(customers)
    purposes = [purpose for purpose in permissions.consent.purposes if purpose != PROFILING]
    return {purpose: pa.array(permissions.allowed(purpose, now, ids)) for purpose in purposes}


if __name__ == "__main__":
    command.run(main)
