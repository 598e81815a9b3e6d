"""Contacts: a row for each contact of a customer by a campaign, and whether it is answered before the campaign ends.

A row's features are those before the contact. Its cut-off, by which it belongs to a part of the split, is the start of
the day of the contact: a mailing goes out in hours, and its contacts belong together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Aggregate, Given
from features.clock import DAY, calendar, start_of_day
from features.log.spine import Spine
from features.sources.campaigns import OPEN, Happened
from features.sources.campaigns import Campaigns as Found
from training.panel import split
from training.panel.campaign import Campaign, Campaigns
from training.panel.ground import Ground
from training.panel.split import Split

WARM_UP_DAYS = 28
"""How much history the earliest contact has behind it at the least: there are few campaigns in a year."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Contacts:
    """The rows of a target of contacts."""

    contact: str
    """The kind of event that is answered."""
    answer: str
    """The kind by which customers answer."""
    horizon_days: int
    """How long a contact can be answered whose campaign's end the data do not know."""
    types: tuple[str, ...]
    """The types of campaigns that features look at one by one."""
    given: tuple[Given, ...]
    """What a row has of its campaign."""

    context: ClassVar[str] = "campaign"
    regular: ClassVar[bool] = False

    @property
    def spine_key(self) -> str:
        """Rows are shared by those who ask for the same contacts, over as soon."""
        return f"{self.contact}_{self.answer}_{self.horizon_days}"

    @property
    def counted(self) -> tuple[Aggregate, ...]:
        """Nothing that the kernel counts: it knows no campaign from another."""
        return ()

    def split(self, ground: Ground) -> Split:
        """Return the days of contacts in each part, by the newest campaigns whose windows are over.

        Raises:
            Refused: there are too few campaigns, one after the other.
            DatasetError: the sources do not say of which campaign contacts and answers are.
        """
        rows = self._rows(ground)
        return split.by_end(rows.cut_off, rows.ends, ground.end)

    def spine(self, ground: Ground, cut_offs: Collection[int], table: Campaigns | None) -> Spine:
        """Return the contacts of some days that have enough history behind them and a window to be answered in."""
        rows = self._rows(ground)
        code = self._codes(ground, table)
        contacts = rows.contacts
        spine = Spine(contacts.customers, contacts.time, rows.cut_off, code[contacts.campaign]).of_people(ground.log)
        drawn = ground.sample.inside(ground.log, self.spine_key)
        spine = spine.where(spine.at(cut_offs) & drawn[spine.customers])
        return spine.where(np.lexsort((spine.context, spine.as_of, ground.rank[spine.customers], -spine.cut_off)))

    def count(self, ground: Ground, cut_offs: Collection[int]) -> Ints:
        """Return how many rows each customer has on some days, shape (customers,)."""
        rows = self._rows(ground)
        inside = np.isin(rows.cut_off, list(cut_offs))
        return np.bincount(rows.contacts.customers[inside], minlength=len(ground.log.customers))

    @classmethod
    def table(cls, ground: Ground, asked: Sequence[Self]) -> Campaigns:
        """Return the campaigns of some rows, and what these have of them.

        Raises:
            DatasetError: the sources do not say of which campaign contacts and answers are.
        """
        every = tuple(dict.fromkeys(campaign for rows in asked for campaign in rows.campaigns(ground)))
        return cls.of_campaigns(asked, every)

    @staticmethod
    def of_campaigns(asked: Sequence["Contacts"], campaigns: tuple[Campaign, ...]) -> Campaigns:
        """Return the table of some campaigns, with what rows have of them."""
        return Campaigns(
            campaigns,
            tuple({feature.name: feature for rows in asked for feature in rows.given}.values()),
            tuple(dict.fromkeys(one for rows in asked for one in rows.types)),
            asked[0].horizon_days,
        )

    @classmethod
    def labels(
        cls, ground: Ground, asked: Mapping[str, Self], spine: Spine, table: Campaigns | None
    ) -> dict[str, NDArray[np.float64]]:
        """Return, by name, 1 for the contacts of a spine that were answered in time, else 0."""
        return {name: rows.answered(ground, spine, table) for name, rows in asked.items()}

    def campaigns(self, ground: Ground) -> tuple[Campaign, ...]:
        """Return every campaign with its length: from the day of its first contact to its end."""
        found, zone = self._found(ground), ZoneInfo(ground.dataset.zone)
        first = np.full(len(found.ids), OPEN)
        np.minimum.at(first, found.contacts.campaign, found.contacts.time)
        usual = float(self.horizon_days)
        return tuple(
            Campaign(name, type_, usual if OPEN in {start, end} else _days(start_of_day(start, zone), end))
            for name, type_, start, end in zip(found.ids, found.types, first.tolist(), found.ends.tolist(), strict=True)
        )

    def _found(self, ground: Ground) -> Found:
        return ground.campaigns(self.contact, self.answer)

    def _codes(self, ground: Ground, table: Campaigns | None) -> Ints:
        """Return the place in the table of each campaign that was found."""
        places = {campaign: place for place, campaign in enumerate(table.campaigns)} if table else {}
        return np.array([places[campaign] for campaign in self.campaigns(ground)], np.int64)

    def _until(self, ground: Ground, contacts: Happened) -> Ints:
        """Return when each contact can no longer be answered."""
        own = self._found(ground).ends[contacts.campaign]
        return np.where(own == OPEN, contacts.time + self.horizon_days * DAY, own)

    def _rows(self, ground: Ground) -> "_Rows":
        contacts = self._found(ground).contacts
        ends = self._until(ground, contacts)
        kept = np.flatnonzero((contacts.time >= ground.begin + WARM_UP_DAYS * DAY) & (ends > contacts.time))
        inside = Happened(contacts.customers[kept], contacts.time[kept], contacts.campaign[kept])
        return _Rows(inside, _days_of(inside.time, ZoneInfo(ground.dataset.zone)), ends[kept])

    def answered(self, ground: Ground, spine: Spine, table: Campaigns | None) -> NDArray[np.float64]:
        """Return 1 for the contacts of a spine that were answered in time, else 0."""
        code = self._codes(ground, table)
        found_at = np.full(int(code.max(initial=-1)) + 1, -1)
        found_at[code] = np.arange(code.size)
        contacts = Happened(spine.people, spine.as_of, found_at[spine.context])
        return self._found(ground).answered(contacts, self._until(ground, contacts)).astype(np.float64)


@dataclass(frozen=True)
class _Rows:
    """The contacts that are rows, the start of each one's day, and when its answer is known."""

    contacts: Happened
    cut_off: Ints
    ends: Ints


def _days_of(times: Ints, zone: ZoneInfo) -> Ints:
    """Return the start of each time's day."""
    _, first, day = np.unique(calendar(times, zone)[0], return_index=True, return_inverse=True)
    starts = np.array([start_of_day(int(times[place]), zone) for place in first], np.int64)
    return starts[day]


def _days(start: int, end: int) -> float:
    """Return whole days: those on which clocks change are no shorter."""
    return float(round((end - start) / DAY))
