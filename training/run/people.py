"""People: what a segmenter's run keeps of who its customers are: personas, rules, contrasts, ranking and market map."""

from pathlib import Path

import msgspec

from training.personas.market import MarketMap
from training.personas.people import People
from training.report.market import picture

PERSONAS, MAP = "personas.json", "market_map.svg"
_SVG = "<svg "
_ALONE = '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12" stroke-width="1" '
"""A drawing that stands alone says what it is; in the page it does not."""


def write(told: People, name: str, folder: Path) -> None:
    """Write what is told of a segmenter's segments into an existing folder."""
    (folder / PERSONAS).write_bytes(msgspec.json.format(msgspec.json.encode(told)))
    (folder / MAP).write_text(alone(told.market, name), encoding="utf-8")


def alone(market: MarketMap, name: str) -> str:
    """Return the market map as a file of its own."""
    lines = "<style>line { stroke: #999 } .grid { stroke: #ddd } .bubble { color: #1f6f8b }</style>"
    return str(picture(market, name)).replace(_SVG, _ALONE, 1).replace(">", f">{lines}", 1)
