"""`python -m training.check my_shop.toml`: what the sources hold, which features and targets they allow."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import typer

from features import account, clock, command
from features.buckets import intake
from features.buckets import memory as memories
from features.consent.groups import enough
from features.dataset import Dataset, DatasetError, load
from features.kernel.kernel import Kernel
from features.log.log import Log, NoEvents
from training.bundle.bundle import Bundle, BundleError
from training.bundle.bundle import load as load_bundle
from training.choice.plan import Plan, plans
from training.panel import panel
from training.panel.campaign import Campaigns
from training.panel.ground import Ground
from training.panel.reach import TEST_DAYS
from training.panel.rung import WORDS, Rung
from training.rules import policies
from training.rules.preview import preview
from training.rules.rules import Rules
from training.segmenters.declared import lifecycle, settings
from training.targets.declared import declared
from training.tracking import registry, tracking
from training.tracking.answer import Unreachable


def report(dataset: Dataset, log: Log) -> Iterator[str]:
    """Yield a line for each target: its cohort and base rate where it is tested, or why it is refused."""
    ground = Ground.of(dataset, log)
    every, why = declared(dataset, log, ground.end - TEST_DAYS * clock.DAY)
    if why:
        yield why
    found = plans(every, ground, season=False)
    contexts = found.contexts(ground)
    for plan in found.labelled:
        yield f"target {plan.target.name}: {_told(plan, ground, contexts.get(plan.target.context))}"
    for line in found.told():
        yield f"target {line}"


def _told(plan: Plan, ground: Ground, table: Campaigns | None) -> str:
    """Return how many rows of a target there are that judge it, whose they are, and their mean outcome."""
    assert plan.split is not None
    target, rows, zone = plan.target, plan.target.rows(), ZoneInfo(ground.dataset.zone)
    spine = rows.spine(ground, plan.split.test, table)
    cohort = target.cohort()
    kernel = Kernel(cohort.features or target.needs()[:1])
    x = panel.features(kernel, ground.log, spine, table)
    inside = spine.where(cohort.failed(x, panel.names(kernel, table)) < 0)
    if plan.rung is Rung.ONE:
        inside = inside.where(~ground.sample.half(ground.log)[inside.customers])
    y = panel.labels(ground, {target.name: rows}, inside, table)[target.name]
    smallest = ground.dataset.smallest_group
    if not enough(np.unique(inside.customers).size, smallest):
        return f"fewer than {smallest:,} customers in the {WORDS[plan.rung].rows}, {cohort.inside}"
    mean = y.mean() if y.size else 0.0
    rate = f"base rate {mean:.1%}" if target.task == "binary" else f"mean {mean:,.2f}"
    rate += f" with those later as {target.horizon_days}" if target.task == "time" else ""
    days = [clock.iso(moment, zone)[:10] for moment in sorted(plan.split.test)]
    when = " and ".join(days) if target.rows().regular else f"from {days[0]} on"
    return f"{len(inside):,} {WORDS[plan.rung].rows}, {cohort.inside}, {when}; {rate}"


def of_rules(dataset: Dataset, taken: intake.Intake) -> Iterator[str]:
    """Yield what is to be told of the rule segments; those that look at predictions or segments need a bundle."""
    rules = Rules.read(dataset, None, taken.attributes, taken.log.products)
    if rules.left_out and (bundle := _bundle(dataset.name)):
        rules = Rules.read(dataset, bundle, taken.attributes, taken.log.products)
    end = Ground.of(dataset, taken.log).end
    yield from preview(rules, taken.log, end, dataset.smallest_group, settings(dataset).least)


def _bundle(dataset: str) -> Bundle | None:
    """Return the champion or the challenger of a dataset; None where there is neither, or none that can be loaded."""
    place = tracking.place()
    if place.database is not None and not place.database.is_file():
        return None
    try:
        return load_bundle(Path(registry.find(tracking.client(place), dataset).folder)).bundle
    except (registry.NothingRegistered, Unreachable, BundleError):
        return None


def main(
    dataset: command.DatasetArgument = command.DATASET,
    memory: memories.Option = None,
    now: command.NowOption = None,
    live: command.LiveOption = True,
) -> None:
    """Read a dataset's sources once and report what they hold, and which features and targets will be possible."""
    with command.told(DatasetError, NoEvents, memories.Wrong):
        business = load(dataset)
        lifecycle(business), settings(business)  # what is wrong is told before the sources are read
        Rules.read(business, None, "the sources are read later")
        held = list(policies.told(business))
        with command.told(ValueError):
            clock_now = command.read_clock(now, business.zone)
        taken = intake.take(business, memories.told(memory), now=clock_now, live=live)
        for line in (*account.report(business, taken), *report(business, taken.log), *of_rules(business, taken), *held):
            typer.echo(line)


if __name__ == "__main__":
    command.run(main)
