"""The page of a reading: one HTML file that loads nothing; the result, its intervals drawn, what it stands on."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from activation.experiments import wording
from activation.experiments.comparison import Comparison
from activation.experiments.reading import Reading
from training.charts import axis
from training.charts.svg import element, frame, line, text, titled
from training.report.page import PARTS

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 640.0, 250.0, 620.0, 26.0, 12.0
_ROOM = 36
"""Letters of a line's name."""
_HEAD = Markup(
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,'
    ' initial-scale=1"><title>{}</title><style>{}</style><main><h1>{}</h1>'
)
_STYLE = (
    ".chart { width: 100%; max-width: 44rem; } .chart text { font: 12px var(--sans); fill: var(--ink); }"
    " .chart line { stroke: var(--soft); } .chart .zero { stroke: var(--ink); } .chart circle { fill: var(--main); }"
    " .chart .whisker { stroke: var(--main); stroke-width: 2; }"
    " .crossed { text-decoration: line-through; color: var(--soft); }"
)


def html(reading: Reading, currency: str = "") -> str:
    """Return the page; whatever the data say is escaped.

    Args:
        reading: of an experiment.
        currency: what amounts are in.
    """
    style = Markup((PARTS / "style.css").read_text(encoding="utf-8") + _STYLE)  # noqa: S704  a file of ours
    first, *rest = wording.lines(reading, currency)
    name = reading.experiment.name
    parts = [_HEAD.format(name, style, name), Markup('<p class="lead">{}</p>').format(first)]
    if drawn := _drawn(reading):
        parts.append(_chart(drawn, f"Relative effects of {name} with their intervals"))
    parts.append(Markup('<ul class="sentences">'))
    parts += [Markup("<li>{}</li>").format(one) for one in rest]
    return Markup("").join([*parts, Markup("</ul></main></html>\n")])


def _drawn(reading: Reading) -> list[tuple[str, Comparison]]:
    """Return what is drawn: comparisons whose relative effect can be told."""
    if reading.primary is None:
        return []
    capped = [("values cut off", reading.capped)] if reading.capped is not None else []
    others = [(_short(one), one) for one, _ in reading.secondary]
    each = [(_short(reading.primary), reading.primary), *capped, *others]
    return [(label, one) for label, one in each if one is not None and math.isfinite(float(one.share_interval.high))]


def _short(one: Comparison) -> str:
    """Return which arm and metric a line is of, no longer than there is room."""
    name = f"{one.other}: {one.metric.name}"
    return name if len(name) <= _ROOM else f"{name[: _ROOM - 1]}…"


def _chart(drawn: Sequence[tuple[str, Comparison]], label: str) -> Markup:
    """Draw intervals of relative effects, one below the other."""
    ends = [float(end) for _, one in drawn for end in (one.share_interval.low, one.share_interval.high)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    room = (high - low) * 0.05 or 0.01
    x = axis.Scale(low - room, high + room, _LEFT, _RIGHT)
    floor = _TOP + _ROW * len(drawn)
    parts = [line(x(0), _TOP - 6, x(0), floor, "zero"), line(_LEFT, floor, _RIGHT, floor, "axis")]
    parts += [text(x(mark), floor + 16, f"{mark:+.0%}", text_anchor="middle") for mark in x.marks()]
    for place, (name, one) in enumerate(drawn):
        y = _TOP + _ROW * (place + 0.5)
        at, left, right = (float(end) for end in (one.share.value, one.share_interval.low, one.share_interval.high))
        dot = element("circle", cx=x(at), cy=y, r=4)
        said = f"{name}: {at:+.1%} ({left:+.1%} to {right:+.1%})"
        named = text(_LEFT - 10, y + 4, name, text_anchor="end")
        parts.append(titled(said, named, line(x(left), y, x(right), y, "whisker"), dot))
    return frame(_WIDTH, floor + 26, label, *parts)
