"""`python -m activation.uplift`: whom the actions of an experiment of a dataset help, and what to do for whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features import command
from features.buckets import memory
from training.tracking import tracking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from activation.experiments.measure import Wanted
    from activation.uplift.found import Found
    from activation.uplift.joined import Joined
    from features.dataset import Dataset
    from training.bundle.bundle import Bundle
    from training.segmenters import Segmenter


@tracking.reached()
def main(
    name: Annotated[str, typer.Option(help="The experiment: of [[assignments]], or one that has ended of the ledger.")],
    dataset: command.DatasetOption = command.DATASET,
    outcome: Annotated[
        str, typer.Option(help="What came after, such as spend_28d. Default: what the experiment was decided by.")
    ] = "",
    control: Annotated[
        str, typer.Option(help="The arm that leaves a customer alone. Default: the one that the ledger says does.")
    ] = "",
    cost: Annotated[
        list[str] | None, typer.Option(help="ARM=COST of one customer; repeated. Default: [profit] cost, else 0.")
    ] = None,
    worth: Annotated[
        float | None, typer.Option(help="What one unit of the outcome is worth. Default: by [profit], else 1.")
    ] = None,
    segmenter: Annotated[
        str, typer.Option(help="Whose segments a policy may tell apart. Default: the first of the bundle.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Write the policy there, too, as JSON.")] = None,
    seed: Annotated[int, typer.Option(help="What draws the parts that judge each other.")] = 0,
    allowed: memory.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Say whether customers differ in what an action brings them, whom to target by what, and what to do for whom."""
    command.single_threaded()
    import msgspec

    from activation.experiments.assigned import AssignmentError
    from activation.experiments.gone import gone
    from activation.experiments.measure import NoSuchMeasure
    from activation.ledger import LedgerError
    from activation.uplift import costs as priced
    from activation.uplift import page
    from activation.uplift.found import found
    from activation.uplift.joined import Asked, joined
    from features.buckets import intake
    from features.catalogue.feature_set import feature_set
    from features.dataset import DatasetError, load
    from features.kernel.kernel import Kernel
    from features.log import ends
    from features.log.log import NoEvents
    from training.bundle import bundle as bundles
    from training.uplift import job, record

    faults = (DatasetError, NoEvents, AssignmentError, NoSuchMeasure, LedgerError, memory.Wrong, bundles.BundleError)
    with command.told(*faults, ValueError):
        if out is not None and (out.is_dir() or not out.parent.is_dir()):
            raise ValueError(f"--out: got {out}; a file in a folder that there is is allowed.")
        each, business = command.numbered("--cost", cost or []), load(dataset)
        moment, own = command.read_clock(now, business.zone), found(business, name)
        metric, first = metric_of(outcome or own.outcome), own.control_of(control)
        stored, version, of = _stored(business, segmenter)
        taken = intake.take(business, memory.told(allowed), now=moment, live=live)
        log, end = taken.log, intake.base(business, taken.log.days).end
        begin = ends.start(log.days)
        begin = begin if business.retention is None else max(begin, end - business.retention)
        own.require_ended(end)
        if stored is None:  # by the categories that were the largest before the first assignment
            asked = Asked(Kernel(feature_set(business, log, int(own.assigned.moment.min()))[0]))
        else:
            asked = Asked(stored.kernel, stored, of)
        held = joined(log, own.assigned, first, metric, asked, (begin, end), gone(business, taken, moment))
        money, lines = priced.costs(business, metric, held.trial.arms, own.alone, each, worth)
        told = job.report(held.trial, money, name, f"{metric.name}: {metric.meaning}", seed)
        tags = {"experiment": name, "outcome": metric.name, "data": log.digest, "bundle": version}
        lines = [*_who(own, held, metric, business.zone), *lines]
        run_id = record.record(told, business.name, tags, page.html(told, lines))
    policy = told.chosen.policy
    if out is not None:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(policy), indent=1))
    for line in (*taken.said(), *lines, *told.lines()):
        typer.echo(line)
    if out is not None:
        typer.echo(f"written to {out}")
    typer.echo(f"run {run_id} of MLflow has it all: make ui")


def metric_of(outcome: str) -> Wanted:
    """Return the outcome.

    Raises:
        ValueError: nothing says which, or it is none of each customer that more is better of.
    """
    from activation.experiments.measure import MEASURES, wanted

    allowed = ", ".join(f"{name}_28d" for name, one in MEASURES.items() if not one.fewer_is_better)
    if not outcome:
        raise ValueError(f"outcome: got none; {allowed}, or the same over other days, are allowed.")
    metric = wanted(outcome)
    if metric.metric.kind != "mean" or metric.fewer_is_better:
        raise ValueError(f"outcome: got {outcome!r}; a number of each customer that more is better of: {allowed}.")
    return metric


def _stored(business: Dataset, segmenter: str) -> tuple[Bundle | None, str, Segmenter | None]:
    """Return the bundle that tells what is known of customers, its version, and the segmenter; None where none is.

    Raises:
        ValueError: the segmenter is none of the bundle.
    """
    from features.nearest import nearest
    from training.bundle import bundle as bundles
    from training.tracking import registry

    try:
        chosen = registry.find(tracking.client(tracking.place()), business.name)
    except registry.NothingRegistered:
        if segmenter:
            raise ValueError(f"segmenter: got {segmenter!r}, and no bundle is there: make train") from None
        return None, "", None
    bundle = bundles.load(Path(chosen.folder)).bundle
    names = [one.name for one in bundle.segmenters]
    if segmenter and segmenter not in names:
        raise ValueError(f"segmenter: got {segmenter!r}.{nearest(segmenter, names)}")
    own = [one for one in bundle.segmenters if one.name == (segmenter or one.name)]
    return bundle, str(chosen.version), own[0] if own else None


def _who(own: Found, held: Joined, metric: Wanted, zone: str) -> Iterator[str]:
    """Yield who is in the trial, and who is not and why."""
    from zoneinfo import ZoneInfo

    from features.clock import iso

    assigned = own.assigned
    first, last = (iso(int(at), ZoneInfo(zone)) for at in (assigned.moment.min(), assigned.moment.max()))
    yield f"assigned: {_by_arm(dict(zip(assigned.arms, assigned.counts(), strict=True)))}; from {first} to {last}"
    yield from own.notes
    people = held.people
    if people.crossed:
        yield f"not read: customers who turned out to be one person in two arms: {_by_arm(people.crossed)}"
    if people.merged:
        yield f"not read: people who were assigned more than once to the same arm: {_by_arm(people.merged)}"
    if people.unknown:
        yield f"not read: erased, left out or objecting: {_by_arm(people.unknown)}"
    if held.open:
        yield f"not read: the {metric.days} days of {metric.name} are not over at the data's end: {held.open:,}"
    if held.early:
        yield f"not read: assigned before the data begin: {held.early:,}"
    if held.strangers:
        yield f"read, and nothing was known of them when they were assigned: {held.strangers:,}"
    if people.silent:
        yield f"read with 0: never had an event: {_by_arm(people.silent)}"
    if held.trial.segmenter:
        yield f"segments are those of {held.trial.segmenter} of today's bundle, asked about each one's assignment"


def _by_arm(counts: dict[str, int]) -> str:
    return ", ".join(f"{arm} {count:,}" for arm, count in counts.items())


if __name__ == "__main__":
    command.run(main)
