"""`python -m training.check my_shop.toml`: what the sources hold, which features and targets they allow."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np
import typer

from features import account, clock, command
from features.buckets import intake
from features.buckets import memory as memories
from features.dataset import Dataset, DatasetError, load
from features.kernel.kernel import Kernel
from features.log import as_of
from features.log.log import Log, NoEvents
from training import targets as all_targets
from training.choice import learn as job
from training.panel import contacts, panel
from training.panel.enough import Enough


def report(dataset: Dataset, log: Log) -> Iterator[str]:
    """Yield a line for each target: its cohort and base rate at the newest test cut-off, or why it is refused."""
    begin, end = as_of.start(log.days), as_of.end(log.days, dataset.end)
    every, why = all_targets.declared(dataset, log, end - panel.TEST_DAYS * clock.DAY)
    if why:
        yield why
    wanted = tuple(target for target in every if not isinstance(target, all_targets.Response))
    splits, refused = job.possible(wanted, dataset, begin, end, Enough())
    for target in wanted:
        if target.name in refused:
            yield f"target {target.name}: not possible: {refused[target.name]}"
            continue
        cut_off = splits[target.name].test[0]
        customers = log.known_before(cut_off)
        moments = np.full(customers.size, cut_off, np.int64)
        cohort = target.cohort()
        kernel = Kernel(cohort.features)
        inside = cohort.failed(kernel.exact(log, customers, moments), kernel.names) < 0
        mean = (
            all_targets.outcomes(log, [target], customers, moments)[target.name][inside].mean() if inside.any() else 0
        )
        rate = f"base rate {mean:.1%}" if target.task == "binary" else f"mean {mean:,.2f}"
        rate += f" with those later as {target.horizon_days}" if target.task == "time" else ""
        when = clock.iso(cut_off, ZoneInfo(dataset.zone))[:10]
        yield f"target {target.name}: {inside.sum():,} customers with {cohort.inside} at {when}, {rate}"
    of_contacts = [target for target in every if isinstance(target, all_targets.Response)]
    found, why_not = contacts.asked(of_contacts, dataset, log, end, Enough())
    for one in found:
        test = np.isin(one.rows.cut_off, one.split.test)
        since = clock.iso(one.split.test[-1], ZoneInfo(dataset.zone))[:10]
        rate = f"base rate {one.rows.y[test].mean():.1%}"
        yield f"target {one.target.name}: {test.sum():,} contacts from {since} on, {rate}"
    for name, reason in why_not.items():
        yield f"target {name}: not possible: {reason}"


def main(
    dataset: command.DatasetArgument = command.DATASET,
    memory: memories.Option = None,
) -> None:
    """Read a dataset's sources once and report what they hold, and which features and targets will be possible."""
    with command.told(DatasetError, NoEvents, memories.Wrong):
        business = load(dataset)
        taken = intake.take(business, memories.told(memory))
        for line in (*account.report(business, taken), *report(business, taken.log)):
            typer.echo(line)


if __name__ == "__main__":
    command.run(main)
