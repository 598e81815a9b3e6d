"""A simulation: the knobs of a made-up business whose truth is known."""

import datetime
from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=0.5)]


class Simulation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is simulated. Equal knobs give equal files, whatever the number of processors.

    Example:
        >>> Simulation(customers=100, days=90).season
        0.3
    """

    customers: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = 4000
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 730
    start: datetime.date = datetime.date(2023, 1, 1)
    """The first day, which begins at midnight UTC."""
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    segments: bool = True
    """Whether there are latent segments, or one population without any."""
    season: Annotated[float, msgspec.Meta(ge=0, le=0.95)] = 0.3
    """How far activity swings around its mean over a year; 0 is off."""
    activity: Annotated[float, msgspec.Meta(gt=0, le=10)] = 1.0
    """Multiplies all rates, those of visits and those of mailings and campaigns."""
    late: Share = 0.0
    """Share of the rows that were recorded hours to weeks after they happened."""
    duplicates: Share = 0.0
    """Share of the rows that are written twice, with the same event_id."""
    broken: Share = 0.0
    """Share of the rows beside which one stands that cannot be used."""
    devices: Annotated[int, msgspec.Meta(ge=0, le=20)] = 0
    """How many each customer has; rows then carry users, mail addresses and devices in place of customers. 0 is off."""
    shared: Share = 0.05
    """Of the devices, the share that a neighbour uses, too."""
    logged_out: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.3
    """Share of the days on which who comes to the site or the app is not logged in."""
    typos: Share = 0.01
    """Share of the addresses typed by guests that are wrong."""
