"""The account: what a dataset's sources hold and allow, in lines, before anything is trained."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from features import clock, suspect
from features.arrow import to_numpy
from features.buckets.intake import Intake
from features.buckets.tally import Tally
from features.catalogue import left_out as left_outs
from features.catalogue.feature_set import allowed_by
from features.consent.groups import enough, said
from features.dataset import Dataset
from features.identity.links import FOREVER
from features.log import ends, subscriptions
from features.log.event import PAYING
from features.log.log import Log
from features.log.products import Products
from features.sources.attributes import KINDS

EXAMPLES = 3
GAPS = 3
SHOWN = 40
"""As many letters of an attribute's value are shown."""


def report(dataset: Dataset, taken: Intake) -> Iterator[str]:
    """Yield what there is to say of a dataset, a line each."""
    yield f"{dataset.name}: {dataset.title}".rstrip(": ")
    yield from _sources(dataset, taken)
    yield from _rejects(taken)
    if taken.people is not None:
        yield from taken.people.told(taken.apart, alone=dataset.smallest_group <= 1)
    yield from suspect.report(dataset, taken.log)
    yield from _time(dataset, taken.log)
    yield from _subscriptions(dataset, taken.log)
    yield from _missing(dataset, taken.tally)
    yield from _attributes(dataset, taken)
    yield from _products(dataset, taken.log.products)
    features, left_out = allowed_by(dataset)
    yield f"features: {len(features)} of {len(features) + len(left_out)}"
    if left_out:
        yield f"  {left_outs.told(left_out, '`python -m features.describe --dataset`')}"


def _sources(dataset: Dataset, taken: Intake) -> Iterator[str]:
    for source, rows in zip(dataset.sources, taken.tally.rows, strict=True):
        yield f"source {source.path}: {rows:,} good rows ({', '.join(sorted(source.kinds))})"
    yield from taken.aside.unwanted()
    yield from taken.aside.notes
    events, customers = taken.log.counts
    yield f"events: {events:,} of {customers:,} customers"
    if before := len(taken.log.customers) - customers:
        yield f"  {before:,} more were customers of their own until they were found to be one of these"
    if taken.permitted:
        yield from taken.permitted.account()


def _rejects(taken: Intake) -> Iterator[str]:
    if not taken.rejects:
        yield "rows kept aside: none"
        return
    for reason, count in taken.rejects.items():
        yield f"rows kept aside: {count:,}: {reason}{taken.aside.such(reason)}"
    yield f"  all of them are in {taken.kept_in}"


def _time(dataset: Dataset, log: Log) -> Iterator[str]:
    begin, end, zone = ends.start(log.days), ends.end(log.days, dataset.end), ZoneInfo(dataset.zone)
    first, last = clock.iso(begin, zone), clock.iso(end, zone)
    yield f"time: {first} to {last}, {clock.days_between(begin, end, zone)} days ({dataset.zone})"
    days = np.array(log.days.plain()["day"])
    until = ends.kept_until(log.days, dataset.end)
    first_day, past = clock.calendar(np.array([begin, until]), zone)[0].tolist()
    days = days[(days >= first_day) & (days < past)]
    gaps = np.diff(days) - 1
    longest = [g for g in np.argsort(-gaps, kind="stable")[:GAPS] if gaps[g] > 0]
    silent = ", ".join(f"{gaps[g]} after {np.datetime64(int(days[g]), 'D')}" for g in longest)
    yield f"days without any event: {int(gaps.sum()):,}" + (f"; the longest runs: {silent}" if silent else "")


def _subscriptions(dataset: Dataset, log: Log) -> Iterator[str]:
    """Yield how many customers pay up to a date, and whether their purchases are those of subscriptions."""
    found, smallest = subscriptions.subscriptions(log, ends.end(log.days, dataset.end)), dataset.smallest_group
    if not found.customers:
        if dataset.kinds & set(PAYING):
            yield "subscriptions: no event that starts or renews one has an `until`: no renewal can be told"
        return
    yield (
        f"subscriptions: {said(found.customers, smallest)} customers have paid up to a date"
        f" ({found.period_days:.0f} days at a time, the median), {said(found.running, smallest)} beyond the end of the"
        " data; a target of kind `renewal` tells who renews"
    )
    if found.snapshot:
        low, high = found.spread
        yield (
            f"  looks like a snapshot of today: {found.periods:,} dates of {found.customers:,} customers, {low:.0f} to"
            f" {high:.0f} days after the payment (a tenth to nine tenths of them), the lengths of no plan: what came"
            " later moved the dates; leave `until` out, or bring the history of periods"
        )
    if found.buyers:
        carry = "subscriptions carry" if found.carry else "subscriptions do not carry"
        yield f"  {carry} the purchases: {found.share:.0%} of those who purchased subscribe"


def _missing(dataset: Dataset, tally: Tally) -> Iterator[str]:
    """Yield the share of missing values of each optional column, among the rows of the sources that have it."""
    shares = {}
    for name in sorted(tally.missing):
        having = [n for n, source in enumerate(dataset.sources) if name in dataset.filled(source)]
        shares[name] = tally.missing[name][having].sum() / max(tally.read[having].sum(), 1)
    said = ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
    yield f"missing values: {said or 'only the required columns are there'}"


def _attributes(dataset: Dataset, taken: Intake) -> Iterator[str]:
    """Yield for each attribute its type, how many customers with events have it, and its most frequent values."""
    end = ends.end(taken.log.days, dataset.end)
    today = taken.log.customers.filter(pa.array(taken.log.absorbed == FOREVER)) if taken.people else taken.log.customers
    known = taken.attributes.at(today, end)
    smallest = dataset.smallest_group
    for name in taken.attributes.names:
        values = known[name].drop_null()
        kind, share = KINDS[str(values.type)], len(values) / len(known)
        if not (enough(len(values), smallest) and enough(len(known) - len(values), smallest)):
            yield f"attribute {name}: {kind}; of too few customers known, or not known, to tell"
            continue
        yield f"attribute {name}: {kind}, known of {share:.1%} of customers{_told(values, smallest)}"


def _products(dataset: Dataset, products: Products) -> Iterator[str]:
    """Yield how many products are known, what of them, and whose category events take."""
    for history in products.histories:
        yield f"products: {len(history.ids):,}; of each {', '.join(history.columns)}"
    if taking := [source.path for source in dataset.sources if dataset.of_products(source)]:
        yield f"products: events take their product's category: {', '.join(taking)}"


def _told(values: pa.ChunkedArray, smallest: int) -> str:
    """Return the most frequent values, or the middle and the range of a number; values has no nulls.

    Where there are many, those of one customer alone are not told: mail addresses and names are such. Nor are those of
    too few, nor the last that would leave the others too few, nor a range.
    """
    if not len(values):
        return ""
    if pa.types.is_floating(values.type):
        numbers = to_numpy(values)
        if smallest > 1:
            return f"; median {np.median(numbers):,.6g}"
        return f"; median {np.median(numbers):,.6g}, from {numbers.min():,.6g} to {numbers.max():,.6g}"
    counts = sorted(values.value_counts().to_pylist(), key=lambda one: (-one["counts"], one["values"]))
    words = {True: "yes", False: "no"}
    least = smallest if len(counts) <= EXAMPLES else max(smallest, 2)
    shown = [one for one in counts[:EXAMPLES] if one["counts"] >= least]
    while shown and not enough(len(values) - sum(one["counts"] for one in shown), smallest):
        shown.pop()
    told = [f"{words.get(one['values'], one['values'])[:SHOWN]} {one['counts'] / len(values):.0%}" for one in shown]
    return f"; most often {', '.join(told)}" if told else ""
