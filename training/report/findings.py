"""Findings: what the figures of a target amount to, in sentences that the page and the model card share."""

import math
from collections.abc import Iterator

from training.charts.reader import ENGLISH, Reader
from training.report.failures import Group
from training.report.report import Target

LEVEL_OF_A_VALUE = (
    "Levels of periods differ: with a chance of two in three, in the {days} days after the data the outcomes sum to"
    " {low} to {high} times what is predicted."
)
LEVEL_OF_A_SHARE = (
    "Levels of periods differ: with a chance of two in three, in the {days} days after the data {low} to {high} come"
    " true where {base} are predicted."
)
MISJUDGED = (
    "{kind} {name}: {off}; {predicted} predicted, {observed} observed (ratio {ratio}, {lo} to {hi}; {rows} rows)"
)


def quantity(target: Target, value: float, reader: Reader = ENGLISH) -> str:
    """Return a prediction or outcome of a target, with its unit."""
    if target.binary:
        return reader.share(value)
    return f"{reader.money(value, target.unit) if target.money else reader.amount(value)} {reader.phrase(target.unit)}"


def level(target: Target, reader: Reader = ENGLISH) -> str:
    """Return how far the level of the period after the data may lie from what is said; empty of what has none."""
    if not target.level_sd:
        return ""
    days, around = target.horizon_days, (-target.level_sd, target.level_sd)
    if not target.binary:
        low, high = (reader.decimal(math.exp(by), 2) for by in around)
        return reader.filled(LEVEL_OF_A_VALUE, days=days, low=low, high=high)
    odds = target.base_rate.value / max(1 - target.base_rate.value, 1e-9)
    low, high = (reader.share(1 / (1 + math.exp(-by) / odds) if odds else 0) for by in around)
    return reader.filled(LEVEL_OF_A_SHARE, days=days, low=low, high=high, base=reader.share(target.base_rate.value))


def looked_at(target: Target) -> int:
    """Return how many groups could have been found to fail."""
    return sum(not group.few for _, group in _groups(target))


def misjudged(target: Target, reader: Reader = ENGLISH) -> tuple[str, ...]:
    """Return a sentence for each group whose predictions are, beyond noise, too high or too low; the worst first."""
    groups = [(kind, group) for kind, group in _groups(target) if group.off]
    groups.sort(key=lambda pair: -abs(pair[1].predicted - pair[1].observed) * pair[1].rows)
    return tuple(_misjudged(target, kind, group, reader) for kind, group in groups)


def unranked(target: Target) -> tuple[str, ...]:
    """Return the names of the groups within which the ranking is not shown to beat chance."""
    found = target.failures
    return tuple(group.name for group in (*found.recency, *found.segments) if group.unranked(target.task))


def _groups(target: Target) -> Iterator[tuple[str, Group]]:
    """Yield the groups with what they are groups by; one cut-off alone is no group, but all of the rows."""
    found = target.failures
    if len(found.cut_offs) > 1:
        yield from (("cut-off", group) for group in found.cut_offs)
    yield from (("last purchase", group) for group in found.recency)
    yield from (("segment", group) for group in found.segments)


def _misjudged(target: Target, kind: str, group: Group, reader: Reader) -> str:
    ratio = group.ratio
    return reader.filled(
        MISJUDGED,
        kind=reader.phrase(kind),
        name=reader.phrase(group.name),
        off=reader.phrase(group.off),
        predicted=quantity(target, group.predicted, reader),
        observed=quantity(target, group.observed, reader),
        ratio=reader.decimal(ratio.value, 2),
        lo=reader.decimal(ratio.lo, 2),
        hi=reader.decimal(ratio.hi, 2),
        rows=reader.whole(group.rows),
    )
