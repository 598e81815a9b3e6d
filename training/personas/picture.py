"""The picture of a market map."""

from markupsafe import Markup

from training.charts.bubbles import Bubble, bubbles
from training.personas.market import MarketMap


def picture(market: MarketMap, name: str) -> Markup:
    """Return the market map of a segmenter: growth across, value up, customers as size, risk as darkness."""
    found = [Bubble(one.title, one.customers, one.value, one.growth, one.risk) for one in market.points]
    value = f"{market.worth} a customer" if market.worth else "value"
    label = f"{name}: each segment by the change of its customers in {market.days:.0f} days and by {value}"
    return bubbles(found, label, f"{value}, {market.currency}" if market.currency else value, market.currency)
