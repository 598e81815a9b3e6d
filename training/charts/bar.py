"""A bar in a table's row, beside the number that it draws."""

from markupsafe import Markup

from training.charts.svg import element

_WIDTH = 100.0


def bar(value: float, most: float) -> Markup:
    """Draw a value as a part of the largest; it is hidden from screen readers, which read the number."""
    rect = element("rect", x=0, y=0, width=max(value, 0.0) / (most or 1.0) * _WIDTH, height=10)
    box = f"0 0 {_WIDTH:g} 10"
    return element("svg", rect, class_="bar", viewBox=box, preserveAspectRatio="none", aria_hidden="true")
