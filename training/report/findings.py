"""Findings: what the figures of a target amount to, in sentences that the page and the model card share."""

import math
from collections.abc import Iterator

from training.charts.number import amount, decimal, money, share, whole
from training.report.failures import Group
from training.report.report import Target


def quantity(target: Target, value: float) -> str:
    """Return a prediction or outcome of a target, with its unit."""
    if target.binary:
        return share(value)
    return f"{money(value, target.unit) if target.money else amount(value)} {target.unit}"


def level(target: Target) -> str:
    """Return how far the level of the period after the data may lie from what is said; empty of what has none."""
    if not target.level_sd:
        return ""
    said = f"Levels of periods differ: with a chance of two in three, in the {target.horizon_days} days after the data"
    if not target.binary:
        low, high = (decimal(math.exp(by), 2) for by in (-target.level_sd, target.level_sd))
        return f"{said} the outcomes sum to {low} to {high} times what is predicted."
    odds = target.base_rate.value / max(1 - target.base_rate.value, 1e-9)
    low, high = (
        share(1 / (1 + math.exp(-by) / odds)) if odds else share(0) for by in (-target.level_sd, target.level_sd)
    )
    return f"{said} {low} to {high} come true where {share(target.base_rate.value)} are predicted."


def looked_at(target: Target) -> int:
    """Return how many groups could have been found to fail."""
    return sum(not group.few for _, group in _groups(target))


def misjudged(target: Target) -> tuple[str, ...]:
    """Return a sentence for each group whose predictions are, beyond noise, too high or too low; the worst first."""
    groups = [(kind, group) for kind, group in _groups(target) if group.off]
    groups.sort(key=lambda pair: -abs(pair[1].predicted - pair[1].observed) * pair[1].rows)
    return tuple(_misjudged(target, kind, group) for kind, group in groups)


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


def _misjudged(target: Target, kind: str, group: Group) -> str:
    ratio = group.ratio
    return (
        f"{kind} {group.name}: {group.off}; {quantity(target, group.predicted)} predicted,"
        f" {quantity(target, group.observed)} observed (ratio {decimal(ratio.value, 2)},"
        f" {decimal(ratio.lo, 2)} to {decimal(ratio.hi, 2)}; {whole(group.rows)} rows)"
    )
