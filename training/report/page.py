"""The page: one HTML file that loads nothing, with the drawings inside it."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from features.catalogue.unit import digits
from training.charts import bar, calibration, gain, groups, number, profit, shares, windows
from training.charts.reader import Reader
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE
from training.panel.rung import WORDS
from training.report import findings, opening
from training.report.failures import FEW_OUTCOMES, FEW_ROWS, Group
from training.report.figure import FIGURES, LEVEL, SHOWN
from training.report.report import Report, Target
from training.report.segments import SegmenterTold
from training.report.texts import reader, typeset
from training.report.windows import Windows

PARTS = Path(__file__).parent / "parts"
"""The templates: one for each part of the page, and the whole."""
TEMPLATE = "index.html.j2"

_LEAST = 0.01
"""A smaller share is told as less than that."""

SETTINGS = {
    "cost": "what a contact costs",
    "value": "what a success is worth",
    "margin": "the share of spend that is earned",
    "rate": "the success rate",
}
"""What the settings of the profit curve are, where they are placeholders."""


def html(report: Report) -> str:
    """Return the page of a run; whatever the data say is escaped."""
    say = reader(report.data.language)
    environment = templates()
    environment.globals |= _known(report, say) | _drawings(report, say)
    environment.filters |= {
        "whole": say.whole,
        "share": say.share,
        "decimal": say.decimal,
        "amount": say.amount,
        "phrased": say.phrase,
        "phrases": lambda text: "; ".join(map(say.phrase, text.split("; "))),
        "portion": partial(_portion, say),
        "typeset": partial(typeset, language=say.language),
        "interval": partial(_interval, say),
        "setting": lambda name: say(SETTINGS[name]),
    }
    return environment.get_template(TEMPLATE).render(report=report)


def templates() -> Environment:
    """Return what reads the templates."""
    return Environment(
        loader=FileSystemLoader(PARTS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _known(report: Report, say: Reader) -> dict[str, Any]:
    """Return what the templates may call and look up."""
    return {
        "HEADLINE": HEADLINE,
        "LEVEL": LEVEL,
        "SHOWN": SHOWN,
        "FIGURES": FIGURES,
        "WORDS": WORDS,
        "FEW_ROWS": FEW_ROWS,
        "FEW_OUTCOMES": FEW_OUTCOMES,
        "anchors": {target.name: f"target-{place}" for place, target in enumerate(report.targets, 1)},
        "say": say,
        "capital": opening.capital,
        "code": Markup("<code>{}</code>").format,
        "findings": findings,
        "opening": opening,
        "outcome": partial(_outcome, say),
        "figure": partial(_figure, say),
        "money": partial(say.money, currency=report.data.currency),
        "digits": digits(report.data.currency),
        "two_digits": partial(say.decimal, decimals=2),
        "three_digits": say.decimal,
        "data": _data,
    }


def _drawings(report: Report, say: Reader) -> dict[str, Any]:
    """Return what the templates draw with."""
    return {
        "bar": bar.bar,
        "tint": shares.tint,
        "shares_chart": partial(_shares, say),
        "calibration_chart": partial(_calibration, say),
        "gain_chart": partial(_gain, say),
        "groups_chart": partial(_groups, say),
        "profit_chart": partial(_profit, say, report.data.currency),
        "windows_chart": partial(_windows, say),
    }


def _data(value: float, text: str) -> Markup:
    """Return a number as people read it, with all its digits for whoever reads the page by a program."""
    return Markup('<data value="{}">{}</data>').format(repr(float(value)), text)


def _interval(say: Reader, estimate: Estimate, written: Callable[[float], str], sign: bool = False) -> Markup:
    """Return a figure with its interval below."""

    def text(value: float) -> str:
        return number.signed(written(value)) if sign else written(value)

    if not (math.isfinite(estimate.lo) and math.isfinite(estimate.hi)):
        return _data(estimate.value, text(estimate.value))
    interval = say("{lo} to {hi}", lo=text(estimate.lo), hi=text(estimate.hi))
    return _data(estimate.value, text(estimate.value)) + Markup(' <span class="ci">{}</span>').format(interval)


def _portion(say: Reader, share: float) -> str:
    """Return how much of all something is; what is there is never told as nothing."""
    return say("under {share}", share=say.share(_LEAST, 0)) if 0 < share < _LEAST else say.share(share, 0)


def _outcome(say: Reader, target: Target) -> Callable[[float], str]:
    """Return how a prediction or outcome of a target is written where a column names its unit."""
    if target.money:
        return partial(say.money, currency=target.unit)
    return say.share if target.binary else say.amount


def _figure(say: Reader, name: str, target: Target) -> Callable[[float], str]:
    """Return how a metric of a target is written."""
    if not FIGURES[name].in_unit:
        return say.decimal
    return say.amount if target.binary else _outcome(say, target)


def _shares(say: Reader, told: SegmenterTold, name: str) -> Markup:
    parts = [
        shares.Part(
            f"{segment.title}: {say.share(segment.share)}",
            segment.share,
            place if segment.colour is None else segment.colour,
        )
        for place, segment in enumerate(told)
    ]
    return shares.shares(parts, say("Share of the customers by segment of {segmenter}", segmenter=told.title or name))


def _calibration(say: Reader, target: Target) -> Markup:
    label = say("{target}: mean outcome by mean prediction, in ten bins of equal count", target=target.name)
    written = partial(say.share, decimals=0) if target.binary else _outcome(say, target)
    dots = [
        calibration.Dot(one.rows, one.predicted, one.observed.value, one.observed.lo, one.observed.hi)
        for one in target.calibration.bins
    ]
    return calibration.calibration(dots, label, "" if target.binary else say.phrase(target.unit), written, say)


def _gain(say: Reader, target: Target) -> Markup:
    label = say(
        "{target}: gain curve; the first {part} holds {share} of the outcome",
        target=target.name,
        part=say.phrase(target.gain.part),
        share=say.share(target.gain.deciles[0].gain),
    )
    return gain.gain(target.gain.curve, target.gain.perfect, label, say)


def _groups(say: Reader, found: Sequence[Group], label: str) -> Markup:
    rows = []
    for one in found:
        class_ = "few" if one.few else "off" if one.off else "fine"
        rows.append(groups.Row(say.phrase(one.name), one.rows, one.ratio.value, one.ratio.lo, one.ratio.hi, class_))
    return groups.groups(rows, label, say)


def _profit(say: Reader, currency: str, target: Target) -> Markup:
    best = target.profit.best
    label = say(
        "{target}: profit by the share of the rows contacted, at most {most} {currency} with {count} contacts",
        target=target.name,
        most=say.money(best.profit, currency),
        currency=currency,
        count=say.whole(best.count),
    )
    return profit.profit(target.profit.counts, target.profit.profits, label, currency, say)


def _windows(say: Reader, found: Windows) -> Markup:
    label = say(
        "Time line of {targets}; number of cut-offs: {parts}",
        targets=", ".join(found.targets),
        parts=", ".join(f"{part.name} {len(part.cut_offs)}" for part in found.parts),
    )
    return windows.windows(found, label, say)
