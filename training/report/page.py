"""The page: one HTML file that loads nothing, with the drawings inside it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from features.catalogue.unit import digits
from training.charts import bar, calibration, gain, groups, number, profit, windows
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE
from training.panel.rung import WORDS
from training.report import findings
from training.report.failures import FEW_OUTCOMES, FEW_ROWS, Group
from training.report.figure import FIGURES, LEVEL, SHOWN
from training.report.report import Report, Target
from training.report.windows import Windows

TEMPLATE = "index.html.j2"


def html(report: Report) -> str:
    """Return the page of a run; whatever the data say is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= _known(report)
    environment.filters |= {
        "whole": number.whole,
        "share": number.share,
        "decimal": number.decimal,
        "amount": number.amount,
        "interval": _interval,
    }
    return environment.get_template(TEMPLATE).render(report=report)


def _known(report: Report) -> dict[str, Any]:
    """Return what the template may call and look up."""
    return {
        "HEADLINE": HEADLINE,
        "LEVEL": LEVEL,
        "SHOWN": SHOWN,
        "FIGURES": FIGURES,
        "WORDS": WORDS,
        "FEW_ROWS": FEW_ROWS,
        "FEW_OUTCOMES": FEW_OUTCOMES,
        "anchors": {target.name: f"target-{place}" for place, target in enumerate(report.targets, 1)},
        "findings": findings,
        "outcome": _outcome,
        "figure": _figure,
        "money": partial(number.money, currency=report.data.currency),
        "digits": digits(report.data.currency),
        "two_digits": partial(number.decimal, decimals=2),
        "data": _data,
        "bar": bar.bar,
        "calibration_chart": _calibration,
        "gain_chart": _gain,
        "groups_chart": _groups,
        "profit_chart": partial(_profit, currency=report.data.currency),
        "windows_chart": _windows,
    }


def _data(value: float, text: str) -> Markup:
    """Return a number as people read it, with all its digits for whoever reads the page by a program."""
    return Markup('<data value="{}">{}</data>').format(repr(float(value)), text)


def _interval(estimate: Estimate, written: Callable[[float], str], sign: bool = False) -> Markup:
    """Return a figure with its interval below."""

    def text(value: float) -> str:
        return number.signed(written(value)) if sign else written(value)

    interval = f"{text(estimate.lo)} to {text(estimate.hi)}"
    return _data(estimate.value, text(estimate.value)) + Markup(' <span class="ci">{}</span>').format(interval)


def _outcome(target: Target) -> Callable[[float], str]:
    """Return how a prediction or outcome of a target is written where a column names its unit."""
    if target.money:
        return partial(number.money, currency=target.unit)
    return number.share if target.binary else number.amount


def _figure(name: str, target: Target) -> Callable[[float], str]:
    """Return how a metric of a target is written."""
    figure = FIGURES[name]
    return _outcome(target) if figure.in_unit and not target.binary else figure.text


def _calibration(target: Target) -> Markup:
    label = f"{target.name}: mean outcome by mean prediction, in ten bins of equal count"
    written = partial(number.share, decimals=0) if target.binary else _outcome(target)
    dots = [
        calibration.Dot(one.rows, one.predicted, one.observed.value, one.observed.lo, one.observed.hi)
        for one in target.calibration.bins
    ]
    return calibration.calibration(dots, label, "" if target.binary else target.unit, written)


def _gain(target: Target) -> Markup:
    first = target.gain.deciles[0]
    label = f"{target.name}: gain curve; the first {target.gain.part} holds {number.share(first.gain)} of the outcome"
    return gain.gain(target.gain.curve, target.gain.perfect, label)


def _groups(found: Sequence[Group], label: str) -> Markup:
    rows = []
    for one in found:
        class_ = "few" if one.few else "off" if one.off else "fine"
        rows.append(groups.Row(one.name, one.rows, one.ratio.value, one.ratio.lo, one.ratio.hi, class_))
    return groups.groups(rows, label)


def _profit(target: Target, currency: str) -> Markup:
    best = target.profit.best
    most = number.money(best.profit, currency)
    label = (
        f"{target.name}: profit by the share of the rows contacted, at most {most} {currency}"
        f" with {number.whole(best.count)} contacts"
    )
    return profit.profit(target.profit.counts, target.profit.profits, label, currency)


def _windows(found: Windows) -> Markup:
    parts = ", ".join(f"{part.name} {len(part.cut_offs)}" for part in found.parts)
    return windows.windows(found, f"Time line of {', '.join(found.targets)}; number of cut-offs: {parts}")
