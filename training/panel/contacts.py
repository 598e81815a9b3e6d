"""The spine of contacts: a row for each contact of a customer by a campaign, its outcome, and the split by time.

A row's features are those before the contact. Its cut-off, by which it belongs to a part of the split, is the start of
the day of the contact: a mailing goes out in hours, and its contacts belong together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY, calendar, iso, start_of_day
from features.dataset import Dataset, DatasetError
from features.kernel.kernel import Kernel
from features.log import as_of
from features.log.log import Log
from features.sources import campaigns as campaign
from features.sources.campaigns import OPEN, Campaigns
from training.panel import panel as panels
from training.panel.campaign import Campaign, Context
from training.panel.enough import Enough, Refused, check_features
from training.panel.examples import Examples
from training.targets.response import Response

WARM_UP_DAYS = 28
"""How much history the earliest contact has behind it at the least: there are few campaigns in a year."""
SHARE = 5
"""The newest campaigns that make up one in so many of the contacts are the test, those before them the validation."""


@dataclass(frozen=True)
class Asked:
    """A target of contacts, its rows, and how they are split."""

    target: Response
    rows: "Contacts"
    split: panels.Split


@dataclass(frozen=True)
class Contacts:
    """Rows of contacts; the arrays are of shape (rows,), times in microseconds UTC."""

    campaigns: tuple[Campaign, ...]
    customers: NDArray[np.int64]
    as_of: NDArray[np.int64]
    """When each was contacted; its features see what was before."""
    cut_off: NDArray[np.int64]
    """The start of that day."""
    ends: NDArray[np.int64]
    """When the answer is known: the campaign has ended."""
    place: NDArray[np.int64]
    """Which of the campaigns it was."""
    y: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.y.size)

    def features(self, kernel: Kernel, context: Context, log: Log) -> NDArray[np.float32]:
        """Return the rows' features, those of their campaigns behind; shape (rows, features)."""
        return context.append(kernel, kernel(log, self.customers, self.as_of), self.campaigns, self.place)

    def examples(self, kernel: Kernel, context: Context, log: Log) -> Examples:
        """Return the rows as a recipe learns from them, at their cut-offs."""
        x = self.features(kernel, context, log)
        return Examples((*kernel.names, *context.names), x, self.y, self.customers, self.cut_off)


def asked(
    targets: Sequence[Response], dataset: Dataset, log: Log, end: int, enough: Enough
) -> tuple[tuple[Asked, ...], dict[str, str]]:
    """Return those targets of contacts that the data allow, and why they do not allow the others.

    Args:
        targets: what is wanted.
        dataset: the declaration.
        log: its events.
        end: the moment that labels are complete up to.
        enough: the least data that is learned from.
    """
    begin = as_of.start(log.days)
    found, refused = [], {}
    for target in targets:
        try:
            enough.check_days((end - begin) // DAY)
            check_features(target.needs(), dataset)
            rows = contacts(target, dataset, log)
            found.append(Asked(target, rows, split(rows, end)))
        except (DatasetError, Refused) as reason:
            refused[target.name] = str(reason)
    return tuple(found), refused


def context(found: Sequence[Asked]) -> Context | None:
    """Return what rows take from a campaign; None where no target asks for one."""
    if not found:
        return None
    campaigns = {campaign.id: campaign for one in found for campaign in one.rows.campaigns}
    return Context(tuple(campaigns.values()), tuple(one.target for one in found))


def contacts(target: Response, dataset: Dataset, log: Log) -> Contacts:
    """Return a row for each contact that has enough history behind it and a window to be answered in.

    Raises:
        DatasetError: the sources do not say of which campaign contacts and answers are.
    """
    found = campaign.read(dataset, log, target.contact, target.answer)
    begin, zone = as_of.start(log.days), ZoneInfo(dataset.zone)
    rows = found.contacts
    own = found.ends[rows.campaign]
    ends = np.where(own == OPEN, rows.time + target.horizon_days * DAY, own)
    y = found.answered(ends)
    kept = np.flatnonzero((rows.time >= begin + WARM_UP_DAYS * DAY) & (ends > rows.time))
    _, first, day = np.unique(calendar(rows.time[kept], zone)[0], return_index=True, return_inverse=True)
    starts = np.array([start_of_day(int(rows.time[kept[place]]), zone) for place in first], np.int64)
    return Contacts(
        _campaigns(target, found, zone),
        rows.customers[kept],
        rows.time[kept],
        starts[day],
        ends[kept],
        rows.campaign[kept],
        y[kept].astype(np.float64),
    )


def _campaigns(target: Response, found: Campaigns, zone: ZoneInfo) -> tuple[Campaign, ...]:
    """Return every campaign with its length: from the day of its first contact to its end."""
    first = np.full(len(found.ids), OPEN)
    np.minimum.at(first, found.contacts.campaign, found.contacts.time)
    usual = float(target.horizon_days)
    return tuple(
        Campaign(name, type_, usual if OPEN in {start, end} else _days(start_of_day(start, zone), end))
        for name, type_, start, end in zip(found.ids, found.types, first.tolist(), found.ends.tolist(), strict=True)
    )


def _days(start: int, end: int) -> float:
    """Return whole days: those on which clocks change are no shorter."""
    return float(round((end - start) / DAY))


def split(rows: Contacts, end: int) -> panels.Split:
    """Cut contacts into training, validation and test by the newest campaigns whose windows are over.

    All contacts of a day are in one part. A part ends where the next begins: a campaign that runs on into the next is
    in neither.

    Args:
        rows: the contacts.
        end: the moment that answers are complete up to.

    Raises:
        Refused: there are too few campaigns, one after the other.
    """
    moments, place, count = np.unique(rows.cut_off, return_inverse=True, return_counts=True)
    over = np.zeros(moments.size, np.int64)
    np.maximum.at(over, place, rows.ends)

    def before(limit: int) -> NDArray[np.int64]:
        """Return the days, newest first, whose contacts' windows are over by a moment."""
        return np.flatnonzero(over <= limit)[::-1]

    def newest(limit: int) -> NDArray[np.int64]:
        """Return the newest of those days that hold enough contacts."""
        days = before(limit)
        whole = np.cumsum(count[days])
        return days[: int(np.searchsorted(whole, whole[-1] / SHARE)) + 1] if days.size else days

    def cut_offs(days: NDArray[np.int64]) -> tuple[int, ...]:
        return tuple(moments[days].tolist())

    test = cut_offs(newest(end))
    validation = cut_offs(newest(test[-1])) if test else ()
    train = cut_offs(before(validation[-1])) if validation else ()
    if not train:
        raise Refused(
            "campaigns one after the other are needed to train, choose and test; got"
            f" {moments.size} days of contacts up to {iso(end)}, and each must be over before the next part begins."
        )
    return panels.Split(train, validation, cut_offs(before(test[-1])), test, cut_offs(before(end)))
