"""Kept: each report as it was published, whole and for good; one made again says what is other, from what to what."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from activation.weekly.facts import Expected, Weekly
from activation.weekly.week import DAYS
from activation.weekly.words import Words
from features import scratch, settings
from training.kpis.members import RULE

PAGE, MAIL, CONTACTS = "index.html", "mail.html", "contacts.csv"


@dataclass(frozen=True)
class Difference:
    """A figure that is other than it was published before."""

    figure: str
    old: float | None
    new: float | None


def folder(weekly: Weekly) -> Path:
    """Return the folder of a week."""
    return settings.weekly(weekly.dataset) / weekly.first


def published(weekly: Weekly) -> list[Weekly]:
    """Return what was published of the same week, the oldest first."""
    return of_week(weekly.dataset, weekly.first)


def of_week(dataset: str, monday: str) -> list[Weekly]:
    """Return what was published of a week, the oldest first."""
    paths = sorted((settings.weekly(dataset) / monday).glob("[0-9]*.json"), key=lambda path: int(path.stem))
    return [msgspec.json.decode(path.read_bytes(), type=Weekly) for path in paths]


def forecast(dataset: str, monday: str, bundle: str, declaration: str) -> dict[tuple[str, str], Expected]:
    """Return what was forecast of a week's end, by segmenter and segment, as it was published first.

    Args:
        dataset: its name.
        monday: of the week.
        bundle: whose segments they are: those of another one are others.
        declaration: the dataset file's hash: rule segments of another one may be others.
    """
    before = (datetime.date.fromisoformat(monday) - datetime.timedelta(DAYS)).isoformat()
    first = next((one for one in of_week(dataset, before) if one.bundle == bundle), None)
    sizes = first.sizes if first else []
    same = first is not None and first.declaration == declaration
    return {
        (one.segmenter, one.segment): one.next
        for one in sizes
        if one.next is not None and (same or one.segmenter != RULE)
    }


def keep(weekly: Weekly, before: list[Weekly]) -> Path:
    """Keep a report beside those that were published of its week before; none of these is ever written again.

    Returns:
        The file.
    """
    path = folder(weekly) / f"{len(before) + 1}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch.draft(path) as draft:
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(weekly), indent=1))
    return path


def differences(old: Weekly, new: Weekly) -> list[Difference]:
    """Return the figures that are other than before, to the last digit."""
    then, now = dict(_figures(old)), dict(_figures(new))
    names = list(dict.fromkeys([*then, *now]))
    return [
        Difference(name, then.get(name), now.get(name)) for name in names if not _same(then.get(name), now.get(name))
    ]


_DIGITS = 1e-12
"""Relative: sums in another order are the same."""


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _DIGITS * max(abs(one), abs(other))


def why(old: Weekly, new: Weekly, say: Words) -> list[str]:
    """Return what is other of what figures are made of; one that nothing tells is said to be so."""
    said = []
    if old.events != new.events:
        counts = {"old": say.whole(old.events), "new": say.whole(new.events)}
        said.append(say.filled("events from before the week's end, {old} then and {new} now", **counts))
    if old.bundle != new.bundle:
        versions = {"old": old.version, "new": new.version}
        said.append(say.filled("the bundle, version {old} then and version {new} now", **versions))
    if old.declaration != new.declaration:
        said.append(say.filled("the dataset file"))
    return said or [say.filled("values of rows, or the program: all else is the same")]


def _figures(weekly: Weekly) -> Iterator[tuple[str, float | None]]:
    """Yield all figures of the week by name: not those that stand as of the day on which they are read."""
    for tile in weekly.tiles:
        whose = " / ".join(dict.fromkeys((tile.segmenter, tile.segment)))
        yield f"{tile.kpi}: {whose}", tile.value
        yield f"{tile.kpi}: {whose}: the week before", tile.week.then
        yield f"{tile.kpi}: {whose}: a year ago", tile.year.then
    for size in weekly.sizes:
        for name in ("began", "left", "joined", "today"):
            yield f"{size.segmenter} / {size.segment}: {name}", getattr(size, name)
    for cohort in weekly.cohorts:
        yield f"cohort {cohort.month}", cohort.customers
        yield from ((f"cohort {cohort.month}: month {at}", share) for at, share in enumerate(cohort.shares, 1))
    for thing in weekly.things:
        yield f"product {thing.name}", thing.revenue
    for campaign in weekly.campaigns:
        yield f"campaign {campaign.name}", campaign.customers
