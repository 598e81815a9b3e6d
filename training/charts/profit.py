"""The profit curve. `profit.js` draws it again for other settings, by the same rules and in the same places."""

from collections.abc import Sequence

from markupsafe import Markup

from training.charts import axis
from training.charts.reader import ENGLISH, Reader
from training.charts.svg import element, frame, line, polyline, text

WIDTH, HEIGHT = 420.0, 330.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 408.0, 26.0, 286.0


def profit(
    counts: Sequence[int], profits: Sequence[float], label: str, currency: str, reader: Reader = ENGLISH
) -> Markup:
    """Draw the profit of every number of contacts, the best of them, and the straight line of contacts at random.

    Args:
        counts: numbers of contacts, from none to all.
        profits: what as many bring, of the same length.
        label: what the drawing shows, in words.
        currency: of the profits.
        reader: whose language its words are in.
    """
    x = axis.Scale(0, counts[-1], _LEFT, _RIGHT)
    low, high = reach(profits)
    y = axis.Scale(low, high, _BOTTOM, _TOP)
    best = max(profits)
    levels = (("high", high), ("zero", 0.0), ("low", low))
    return frame(
        WIDTH,
        HEIGHT,
        label,
        text(0.0, 12.0, reader("profit, {currency}", currency=currency), class_="title"),
        *axis.bottom(
            axis.Scale(0, 1, _LEFT, _RIGHT),
            _BOTTOM,
            reader("share of the rows contacted"),
            lambda v: reader.share(v, 0),
        ),
        *(line(_LEFT, y(level), _RIGHT, y(level), f"grid {name}") for name, level in levels),
        *(
            text(_LEFT - 6, y(level) + 4, reader.short(level, currency), text_anchor="end", class_=name)
            for name, level in levels
            if name != "zero" or apart(y, level, low, high)
        ),
        element(
            "svg",
            line(x(0), y(0), x(counts[-1]), y(profits[-1]), "even"),
            polyline([(x(k), y(value)) for k, value in zip(counts, profits, strict=True)], "line"),
            x=_LEFT,
            y=_TOP - 2,
            width=_RIGHT - _LEFT,
            height=_BOTTOM - _TOP + 2,
            viewBox=f"{_LEFT:g} {_TOP - 2:g} {_RIGHT - _LEFT:g} {_BOTTOM - _TOP + 2:g}",
        ),
        element("circle", cx=x(counts[profits.index(best)]), cy=y(best), r=5, class_="dot best"),
        class_="chart profit-chart",
    )


def reach(profits: Sequence[float]) -> tuple[float, float]:
    """Return the profits between which the curve is drawn: a loss larger than the best profit would flatten it."""
    low, high = min(profits), max(profits)
    return (max(low, -high) if high > 0 else low), high


def apart(y: axis.Scale, level: float, *others: float) -> bool:
    """Return whether a level's text would be clear of those of the others."""
    return all(abs(y(level) - y(other)) >= 14 for other in others)  # noqa: PLR2004  a line of text is as high
