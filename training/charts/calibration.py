"""The reliability diagram: mean prediction across, mean outcome up; on the diagonal both are the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from training.charts import axis
from training.charts.reader import ENGLISH, Reader
from training.charts.svg import element, frame, line, titled

WIDTH, HEIGHT = 420.0, 330.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 408.0, 26.0, 286.0


@dataclass(frozen=True)
class Dot:
    """Rows with predictions next to each other."""

    rows: int
    predicted: float
    """Their mean prediction."""
    observed: float
    """Their mean outcome."""
    lo: float
    hi: float
    """The ends of that one's interval."""


def calibration(
    dots: Sequence[Dot], label: str, unit: str, written: Callable[[float], str], reader: Reader = ENGLISH
) -> Markup:
    """Draw the dots with the intervals of their outcomes.

    Args:
        dots: by increasing prediction.
        label: what the drawing shows, in words.
        unit: of predictions and outcomes; empty for shares.
        written: how one of them is written.
        reader: whose language its words are in.
    """
    of = f", {unit}" if unit else ""
    highest = max(max(dot.predicted, dot.hi) for dot in dots)
    x, y = axis.Scale(0, highest, _LEFT, _RIGHT), axis.Scale(0, highest, _BOTTOM, _TOP)
    return frame(
        WIDTH,
        HEIGHT,
        label,
        *axis.left(y, _LEFT, _RIGHT, reader("mean outcome") + of, written),
        *axis.bottom(x, _BOTTOM, reader("mean prediction") + of, written),
        line(x(0), y(0), x(highest), y(highest), "even"),
        *(_dot(dot, x, y, written, reader) for dot in dots),
    )


def _dot(dot: Dot, x: axis.Scale, y: axis.Scale, written: Callable[[float], str], reader: Reader) -> Markup:
    title = reader(
        "{rows} rows: predicted {predicted}, observed {observed}",
        rows=reader.whole(dot.rows),
        predicted=written(dot.predicted),
        observed=written(dot.observed),
    )
    at = x(dot.predicted)
    whisker = line(at, y(max(dot.lo, 0)), at, y(dot.hi), "whisker")
    return titled(title, whisker, element("circle", cx=at, cy=y(dot.observed), r=4, class_="dot"))
