"""The gain curve: share of the customers across, the best first; share of the outcome that they hold, up."""

from collections.abc import Sequence

from markupsafe import Markup

from training.charts import axis
from training.charts.number import share
from training.charts.reader import ENGLISH, Reader
from training.charts.svg import frame, line, polyline

WIDTH, HEIGHT = 420.0, 330.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 408.0, 26.0, 286.0


def gain(curve: Sequence[float], perfect: Sequence[float], label: str, reader: Reader = ENGLISH) -> Markup:
    """Draw a ranking's curve between that of a perfect ranking and that of none.

    Args:
        curve: shares of the outcome that the first rows hold, at steps of equal size from none to all.
        perfect: the same of a ranking by the outcome itself, of the same length.
        label: what the drawing shows, in words.
        reader: whose language its words are in.
    """
    x, y = axis.Scale(0, 1, _LEFT, _RIGHT), axis.Scale(0, 1, _BOTTOM, _TOP)
    last = len(curve) - 1
    curves = [
        polyline([(x(place / last), y(held)) for place, held in enumerate(shares)], class_)
        for shares, class_ in ((perfect, "other"), (curve, "line"))
    ]
    return frame(
        WIDTH,
        HEIGHT,
        label,
        *axis.left(y, _LEFT, _RIGHT, reader("share of the outcome"), lambda value: share(value, 0)),
        *axis.bottom(
            x, _BOTTOM, reader("share of the rows, the highest predictions first"), lambda value: share(value, 0)
        ),
        line(x(0), y(0), x(1), y(1), "even"),
        *curves,
    )
