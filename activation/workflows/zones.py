"""Zones: by which clocks a customer lives: their own zone, their country's where it has one, else what may be."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import msgspec

_FILE = Path(__file__).with_name("zones.toml")


@dataclass(frozen=True)
class Zones:
    """The zones that a customer may live in; quiet hours count in all of them."""

    every: tuple[ZoneInfo, ...]
    """The likeliest first."""
    guessed: bool = False
    """Whether it is not known which."""


@functools.cache
def countries() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the zones of each country, by its two letters."""
    return msgspec.toml.decode(_FILE.read_bytes(), type=dict[str, tuple[str, ...]])


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def of(zone: object, country: object, business: ZoneInfo) -> Zones:
    """Return the zones of a customer.

    Args:
        zone: the attribute `zone`, where there is one.
        country: the attribute `country`, where there is one.
        business: where the business is, which is among a guess.
    """
    if isinstance(zone, str) and zone.strip() in _known():
        return Zones((ZoneInfo(zone.strip()),))
    names = countries().get(country.strip().upper(), ()) if isinstance(country, str) else ()
    found = tuple(ZoneInfo(name) for name in names)
    if len(found) == 1:
        return Zones(found)
    return Zones((business, *(one for one in found if one.key != business.key)), guessed=True)
