"""The market map of a segmenter, drawn; and how far our customers reach into the market, where that is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from training.charts.bubbles import Bubble, bubbles
from training.charts.reader import ENGLISH, Reader
from training.personas.market import MarketMap


@dataclass(frozen=True)
class Reached:
    """How far our customers reach into one part of the market."""

    who: str
    """The attribute and the value of that part."""
    size: int
    """Of the market."""
    source: str
    """Who says so, and of when."""
    customers: int
    """Ours."""
    reach: str
    segments: tuple[tuple[str, str], ...]
    """What each segment is called, and its share of the market; none where that would tell of few."""


def reached(
    market: MarketMap, reader: Reader = ENGLISH, titles: Mapping[str, str] | None = None
) -> tuple[Reached, ...]:
    """Return how far our customers reach into the market, the largest segments first; nothing where it is not known."""
    known = titles or {}
    return tuple(
        Reached(
            reader.filled("{one}: {other}", one=one.attribute.replace("_", " "), other=one.value),
            one.size,
            f"{one.source}, {one.day}",
            one.customers,
            reader.share(one.reach, 2),
            tuple(
                (known.get(name, name), reader.share(share, 2))
                for name, share in sorted(one.segments.items(), key=lambda pair: -pair[1])
                if share
            ),
        )
        for one in market.reaches
    )


def picture(market: MarketMap, name: str, reader: Reader = ENGLISH, titles: Mapping[str, str] | None = None) -> Markup:
    """Return the market map of a segmenter: growth across, value up, customers as size, risk as darkness.

    Args:
        market: the map.
        name: the segmenter's.
        reader: who reads it.
        titles: what segments are called, by name, where that is otherwise than on the map.
    """
    known = titles or {}
    found = [
        Bubble(known.get(one.segment, one.title), one.customers, one.value, one.growth, one.risk)
        for one in market.points
    ]
    value = reader("{what} a customer", what=market.worth) if market.worth else reader("value")
    label = reader(
        "{segmenter}: each segment by the change of its customers in {days} days and by {value}",
        segmenter=name,
        days=reader.whole(market.days),
        value=value,
    )
    titled = Markup("{}, {}").format(value, market.currency) if market.currency else value
    return bubbles(found, label, titled, market.currency, reader)
