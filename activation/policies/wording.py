"""A reading of a policy in words: what it says first, then all that it stands on; "no signal" is a result."""

from collections.abc import Iterator

from activation.policies.reading import POLICY, Reading
from features.consent.groups import said
from training.metrics.bootstrap import Estimate
from training.uplift.off_policy import FEWEST


def lines(reading: Reading, unit: str, smallest: int = 0) -> Iterator[str]:
    """Yield a reading, a line each; the first is the result.

    Args:
        reading: of a policy.
        unit: what values are in.
        smallest: customers of a figure at the least.
    """
    yield f"policy {reading.held.state}: {_result(reading)}"
    people, sizes = (
        reading.people,
        ", ".join(f"{name} {said(count, smallest)}" for name, count in reading.given.items()),
    )
    yield f"audience {reading.audience}: given and read: {sizes}"
    yield f"{reading.metric.name}, {unit} per customer, net of costs:"
    if sum(reading.given.values()) >= FEWEST:
        yield f"  as it was given, exploration and all: {_told(reading.as_given)}"
    for way, own in reading.ways.items():
        if isinstance(own, str):
            yield f"  {way}: not told: {own}"
            continue
        yield f"  {way}: {_told(own.dr)} (DR); SNIPS {_told(own.snips)}; effective sample {own.effective:,.0f}"
    for count, why in (
        (reading.waiting, f"their {reading.metric.days} days are not over at the data's end"),
        (sum(people.crossed.values()), "they turned out to be one person who was given several"),
        (sum(people.merged.values()), "they turned out to be one person who was given the same more than once"),
        (sum(people.unknown.values()), "erased, left out or objecting"),
        (reading.unjudged, "they have no event, and were given an action by another version"),
    ):
        yield from [f"not read: {said(count, smallest)}: {why}"] if count else []
    if people.silent:
        yield f"read with 0: never had an event: {said(sum(people.silent.values()), smallest)}"
    if reading.again:
        yield f"drawn again later, and read by what they were given first: {said(reading.again, smallest)}"


def _result(reading: Reading) -> str:
    own = reading.ways[POLICY]
    if isinstance(own, str):
        return f"NOT TOLD: {own}"
    found = reading.recommended
    ahead = ", ".join(f"{_told(told)} above {less}" for (more, less), told in reading.over.items() if more == POLICY)
    beside = f"; it is {ahead}" if ahead else ""
    if found == POLICY:
        return f"it brings {_told(own.dr)}, and nothing plainer is as good{beside}"
    return f"no signal that it is better: {found} is as good, and plainer{beside}"


def _told(one: Estimate) -> str:
    return f"{one.value:,.4g} ({one.lo:,.4g} to {one.hi:,.4g})"
