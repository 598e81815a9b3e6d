"""`python -m training.check my_shop.toml`: which targets a dataset allows. `python -m features.check` ends with it."""

from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import typer

from features import clock, command
from features.buckets import intake
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
    dataset: Annotated[str, typer.Argument(help="A shipped dataset's name, or the path of a dataset's TOML file.")],
) -> None:
    """Report which targets a dataset allows, without training anything."""
    with command.told(DatasetError, NoEvents):
        business = load(dataset)
        for line in report(business, intake.take(business).log):
            typer.echo(line)


if __name__ == "__main__":
    command.run(main)
