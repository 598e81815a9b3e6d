"""The market map of a segmenter, drawn."""

from collections.abc import Mapping

from markupsafe import Markup

from training.charts.bubbles import Bubble, bubbles
from training.charts.reader import ENGLISH, Reader
from training.personas.market import MarketMap


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
