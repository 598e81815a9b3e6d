"""A reading in words: what it says first, then all that it stands on; "no signal" is a result."""

from collections.abc import Iterable, Iterator

import numpy as np

from activation.experiments.comparison import Comparison, smallest
from activation.experiments.measure import Wanted
from activation.experiments.reading import Reading
from features import clock

SIGNAL, NO_SIGNAL, NOT_TOLD, NOT_READ = "signal", "no signal", "not told", "not read"
_UNTOLD = "it does not vary within the arms, or an arm has nothing to divide by"


def lines(reading: Reading, currency: str = "") -> Iterator[str]:
    """Yield a reading, a line each; the first is the result.

    Args:
        reading: of an experiment.
        currency: what amounts are in.
    """
    yield verdict(reading, currency)
    yield from _proposed(reading)
    yield from _who(reading)
    yield from _balanced(reading)
    if reading.primary is not None:
        yield from _told(reading.primary)
        if reading.capped is not None:
            yield f"with values above {reading.cap:,.2f} cut off, which the time before fixed: {_said(reading.capped)}"
        for one, p in reading.secondary:
            of_all = f"; p {p:.3f} over all of these (Benjamini and Hochberg)" if one.told else ""
            yield f"beside it: {one.label}: {_said(one)}{of_all}"
    yield from _segments(reading)


def unit(metric: Wanted, currency: str = "") -> str:
    """Return what a metric's numbers are, in words."""
    return metric.unit.replace("currency", currency or "units of currency", 1)


def result(reading: Reading) -> str:
    """Return the result in a word or two: SIGNAL, NO_SIGNAL, NOT_TOLD or NOT_READ."""
    primary = reading.primary
    if primary is None:
        return NOT_READ
    if not primary.told:
        return NOT_TOLD
    return SIGNAL if primary.interval.above or primary.interval.below else NO_SIGNAL


def verdict(reading: Reading, currency: str = "") -> str:
    """Return the result in one sentence."""
    name = reading.experiment.name
    if reading.primary is None:
        parts = ", ".join(reading.balance.off)
        return (
            f"{name}: NOT READ: the arms are not as large as chance makes them ({parts}): something lost customers of"
            " one arm and not of the other, and no difference between them means anything"
        )
    primary, so_far = reading.primary, "" if reading.ended else " so far"
    low, high = float(primary.interval.low), float(primary.interval.high)
    if not primary.told:
        return f"{name}: NOT TOLD{so_far}: {primary.metric.name} of {primary.other} and {primary.base}: {_UNTOLD}"
    if low > 0 or high < 0:
        way = "more" if low > 0 else "less"
        return (
            f"{name}: signal{so_far}: {primary.other} brings {abs(float(primary.effect.value)):,.4g} {way}"
            f" {unit(primary.metric, currency)} per customer than {primary.base}, by {primary.metric.name}"
            f"{', of which fewer is better' if primary.metric.fewer_is_better else ''}"
        )
    return (
        f"{name}: {NO_SIGNAL}{so_far}: {primary.other} and {primary.base} do not differ beyond chance in"
        f" {primary.metric.name}; a difference of less than about {smallest(primary):,.4g}"
        f" {unit(primary.metric, currency)} could not be told from none"
    )


def _proposed(reading: Reading) -> Iterator[str]:
    if reading.proposal == "stop":
        yield f"proposed: stop: a gain is excluded{'; what is still to be sent is to be held' if reading.hold else ''}"
    if reading.proposal == "more":
        yield "proposed: more: a loss is excluded"


def _who(reading: Reading) -> Iterator[str]:
    state = "ended" if reading.ended else f"running: whole days up to {clock.iso(reading.as_of)}"
    yield f"began {clock.iso(reading.began)}; {state}"
    yield f"assigned: {_by_arm(reading.assigned.items())}"
    own = reading.people
    yield f"read: {_by_arm(zip(own.assigned.arms, own.assigned.counts(), strict=True))}"
    if own.crossed:
        each = _by_arm(own.crossed.items())
        yield f"not read: customers who turned out to be one person in two arms, by the arm they go on in: {each}"
    if own.merged:
        yield f"not read: people who were assigned more than once to the same arm: {_by_arm(own.merged.items())}"
    if own.unknown:
        yield f"not read: erased, left out or objecting: {_by_arm(own.unknown.items())}"
    if own.silent:
        yield f"read with 0: never had an event: {_by_arm(own.silent.items())}"
    if reading.phased_out:
        yield f"not read: in a phase that has fewer than two of an arm: {reading.phased_out:,}"
    if reading.waiting:
        yield f"not read: assigned too late for it: {reading.waiting:,}"
    if reading.late:
        days = reading.experiment.metric.days
        late = f"{reading.late:,} assigned too late for {days} days"
        yield f"not to be read at the end: {late}: a longer horizon reads them"


def _balanced(reading: Reading) -> Iterator[str]:
    for part, p in reading.balance.p.items():
        off = part in reading.balance.off
        sizes = ", ".join(f"{count:,}" for count in reading.balance.counts[part])
        yield f"sizes of arms, {part}: {sizes}: p {p:.4g}{': OUT OF BALANCE' if off else ''}"


def _told(one: Comparison) -> Iterator[str]:
    low, high = (f"{mean:,.4f}" if np.isfinite(mean) else "nothing to divide by" for mean in one.means)
    kind = "sequential: holds at every look" if one.interval.sequential else "of this one look"
    yield f"{one.label}: {one.metric.meaning}: {high} against {low}, {one.n[1]:,} and {one.n[0]:,} customers"
    if not one.told:
        return
    yield f"difference: {_said(one)}; p {one.p:.4g} ({kind})"
    yield f"known before: {round(one.taken_off, 2) + 0.0:.0%} of the variance is taken off"


def _said(one: Comparison) -> str:
    """Return an effect with its interval, and the same as a share where it can be told."""
    if not one.told:
        return f"{NOT_TOLD}: {_UNTOLD}"
    sure = 1 - one.interval.alpha
    text = f"{float(one.effect.value):+,.4f} ({float(one.interval.low):+,.4f} to {float(one.interval.high):+,.4f})"
    if np.isnan(one.share.estimate):
        return f"{text}, interval of {sure:.0%}"
    low, high = float(one.share_interval.low), float(one.share_interval.high)
    return f"{text}, {float(one.share.value):+.1%} ({low:+.1%} to {high:+.1%}), interval of {sure:.0%}"


def _segments(reading: Reading) -> Iterator[str]:
    own = reading.segments
    if own is None:
        return
    alpha = 1 - 0.95
    low, high = own.differing.interval(alpha)
    seen = "they differ by no more than chance" if not own.differing.between else "they vary around the whole"
    yield f"by segment: {seen} (Cochran's Q {own.differing.q:.2f}, p {own.differing.p:.3f})"
    for place, name in enumerate(own.names):
        if name in own.balance.off:
            yield f"  {name}: not told: its arms are out of balance, p {own.balance.p[name]:.4g}"
            continue
        yield (
            f"  {name}: {own.effects[place]:+,.4f} ({low[place]:+,.4f} to {high[place]:+,.4f}) by itself;"
            f" shrunken {own.differing.shrunken[place]:+,.4f}; {sum(own.n[place]):,} customers"
        )
    if own.left_out:
        yield f"  not told: {own.left_out:,} segments of too few customers"


def _by_arm(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{arm} {count:,}" for arm, count in counts)
