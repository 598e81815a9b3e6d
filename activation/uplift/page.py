"""The page of an experiment's uplift: one HTML file that loads nothing: what is recommended, curves, its grounds."""

from collections.abc import Sequence

from markupsafe import Markup

from training.charts import axis
from training.charts.svg import element, frame, line, polyline, text, titled
from training.report.page import PARTS
from training.uplift.job import Report
from training.uplift.judged import Judged

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640.0, 320.0, 70.0, 500.0, 26.0, 270.0
_HEAD = Markup(
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,'
    ' initial-scale=1"><title>{}</title><style>{}</style><main><h1>{}</h1>'
)
_STYLE = (
    ".chart { width: 100%; max-width: 44rem; } .chart text { font: 12px var(--sans); fill: var(--ink); }"
    " .chart line { stroke: var(--soft); } .chart .zero { stroke: var(--ink); }"
    " .chart polyline { fill: none; stroke: var(--soft); stroke-width: 2; } .chart .plain { stroke-dasharray: 2 4; }"
    " .chart .middle { stroke-dasharray: 7 4; } .chart .learned { stroke: var(--main); }"
)
_LINES = ("plain", "middle", "learned")
"""How the curves of the methods are drawn, from plain to learned."""


def html(report: Report, lines: Sequence[str]) -> str:
    """Return the page; whatever the data say is escaped.

    Args:
        report: of a trial.
        lines: what else is said of it: who was read, at what cost.
    """
    style = Markup((PARTS / "style.css").read_text(encoding="utf-8") + _STYLE)  # noqa: S704  a file of ours
    *of_actions, recommended = report.verdict()
    parts = [_HEAD.format(report.name, style, report.name), Markup('<p class="lead">{}</p>').format(recommended)]
    parts += [_chart(one, report.outcome) for one in report.judged]
    parts.append(Markup('<ul class="sentences">'))
    parts += [Markup("<li>{}</li>").format(one) for one in (*of_actions, *lines, *report.lines())]
    return Markup("").join([*parts, Markup("</ul></main></html>\n")])


def _chart(judged: Judged, outcome: str) -> Markup:
    """Draw what giving an action to those ranked first brings, by method."""
    gains = [value for curve in judged.curves.values() for value in curve.gain.tolist()]
    low, high = min(0.0, *gains), max(0.0, *gains)
    room = (high - low) * 0.05 or 1.0
    x, y = axis.Scale(0, 1, _LEFT, _RIGHT), axis.Scale(low - room, high + room, _BOTTOM, _TOP)
    drawn = [
        *axis.left(y, _LEFT, _RIGHT, f"{outcome}, net of costs, per customer", lambda value: f"{value:.4g}"),
        *axis.bottom(x, _BOTTOM, f"share who get {judged.action!r}, those ranked first", lambda value: f"{value:.0%}"),
        line(x(0), y(0), x(1), y(0), "zero"),
    ]
    for place, (name, curve) in enumerate(judged.curves.items()):
        points = [(x(at), y(value)) for at, value in zip(curve.share.tolist(), curve.gain.tolist(), strict=True)]
        class_, height = _LINES[place], _TOP + 20.0 * place + 10
        key = polyline([(_RIGHT + 16, height), (_RIGHT + 44, height)], class_)
        named = text(_RIGHT + 50, height + 4, name)
        drawn.append(titled(f"by {name}: best share {curve.best:.0%}", polyline(points, class_), key, named))
    heading = element("h2", judged.action)
    return Markup("").join([heading, frame(_WIDTH, _HEIGHT, f"Gain of {judged.action} by share and method", *drawn)])
