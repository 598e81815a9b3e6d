"""A bar of shares: what all is made of, one part beside the other, each in the colour of its place in the palette."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from training.charts.svg import element, titled

COLOURS = 12
"""Of the palette; the page's style says which they are."""
WIDTH, HEIGHT = 1000.0, 30.0


@dataclass(frozen=True)
class Part:
    """One part of all."""

    name: str
    share: float
    """From 0 to 1."""
    colour: int
    """Its place in the palette, which begins again behind its end."""


def shares(parts: Sequence[Part], label: str) -> Markup:
    """Draw parts from left to right; their names show where the pointer rests, so a key stands beside the drawing."""
    drawn, at = [], 0.0
    for part in parts:
        width = part.share * WIDTH
        rect = element("rect", x=at, y=0.0, width=width, height=HEIGHT, class_=tint(part.colour))
        drawn.append(titled(part.name, rect))
        at += width
    box = f"0 0 {WIDTH:g} {HEIGHT:g}"
    return element(
        "svg", *drawn, class_="shares", viewBox=box, preserveAspectRatio="none", role="img", aria_label=label
    )


def tint(colour: int) -> str:
    """Return the class of a place in the palette."""
    return f"tint-{colour % COLOURS}"
