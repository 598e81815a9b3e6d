"""The reliability diagram: mean prediction across, mean outcome up; on the diagonal both are the same."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from training.charts import axis
from training.charts.svg import element, frame, line, titled
from training.report.calibration import Bin
from training.report.number import whole

WIDTH, HEIGHT = 420.0, 330.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 408.0, 26.0, 286.0


def calibration(bins: Sequence[Bin], label: str, unit: str, written: Callable[[float], str]) -> Markup:
    """Draw the bins with the intervals of their outcomes.

    Args:
        bins: by increasing prediction.
        label: what the drawing shows, in words.
        unit: of predictions and outcomes; empty for shares.
        written: how one of them is written.
    """
    of = f", {unit}" if unit else ""
    highest = max(max(b.predicted, b.observed.hi) for b in bins)
    x, y = axis.Scale(0, highest, _LEFT, _RIGHT), axis.Scale(0, highest, _BOTTOM, _TOP)
    return frame(
        WIDTH,
        HEIGHT,
        label,
        *axis.left(y, _LEFT, _RIGHT, f"mean outcome{of}", written),
        *axis.bottom(x, _BOTTOM, f"mean prediction{of}", written),
        line(x(0), y(0), x(highest), y(highest), "even"),
        *(_bin(b, x, y, written) for b in bins),
    )


def _bin(b: Bin, x: axis.Scale, y: axis.Scale, written: Callable[[float], str]) -> Markup:
    title = f"{whole(b.rows)} rows: predicted {written(b.predicted)}, observed {written(b.observed.value)}"
    at = x(b.predicted)
    whisker = line(at, y(max(b.observed.lo, 0)), at, y(b.observed.hi), "whisker")
    return titled(title, whisker, element("circle", cx=at, cy=y(b.observed.value), r=4, class_="dot"))
