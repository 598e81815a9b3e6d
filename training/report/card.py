"""The model card: what whoever takes up a registered version must know of it, in Markdown and short."""

from collections.abc import Iterable

from features.clock import iso
from training.charts.number import MISSING, decimal, signed, whole
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE
from training.panel.rung import WORDS, Rung
from training.report import findings
from training.report.figure import FIGURES
from training.report.report import Report, Target
from training.report.windows import Windows

LONGEST = 5000
"""Characters that the description of a registered version may have where MLflow keeps it in a database."""
_REST = "\n\n(shortened; the whole is the run's artifact `report/MODEL_CARD.md`)\n"
_NAMED = 3
"""As many targets are named of those that share a split."""
_FAILURES = (5, 3, 2, 1)
"""As many failures of each target are told, the first number with which the card fits."""
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>|#"} | {"\n": " ", "\r": " "})

_USE = """To rank and to size the customers of this business for contacts and planning: one customer or all, as of a
moment after the data cut-off. Not for decisions about a person's rights, credit, work or health, and not for the
customers of another business. A prediction says what will happen, not what a contact would change: that takes an
experiment."""

_COLUMNS = (
    "`total` is predicted over observed, 1 is right; `level sd` how far that may be off in the period after the data,"
    " one standard deviation of the logit, or of a value's logarithm"
)
_LIMITS = (
    "A customer outside a target's cohort gets no prediction.",
    "A season, a campaign or a price that the history does not hold is not foreseen: a period's level can be wrong.",
    "About one interval in twenty is off by chance alone.",
)
_SMALLEST = "No figure is of fewer than {} customers: smaller groups are told with those beside them."


def card(report: Report) -> str:
    """Return the card of a run: with as many failures as fit, and at least the worst of each target."""
    whole_card = ""
    for most in _FAILURES:
        sections = {
            "Intended use": [_USE],
            "Data and windows": [_data(report), "", *(f"- {_windows(found)}" for found in report.windows)],
            "Figures and calibration": _figures(report.targets),
            "Limits": [f"- {said}" for said in (*_LIMITS, *_few(report), *_stands(report), *_refused(report))],
            "How to reproduce": [_origin(report)],
            "Known failures": _failures(report.targets, most),
        }
        parts = [f"## {title}\n\n" + "\n".join(lines) for title, lines in sections.items()]
        whole_card = "\n\n".join([f"# {_plain(report.data.title)}", *parts]) + "\n"
        if len(whole_card) <= LONGEST:
            break
    return whole_card


def description(text: str) -> str:
    """Return a card short enough for the registry: cut after a line, and saying so, where it is longer."""
    if len(text) <= LONGEST:
        return text
    return text[: text.rindex("\n", 0, LONGEST - len(_REST))].rstrip() + _REST


def _plain(text: str) -> str:
    """Return text of the data so that Markdown shows it as it is."""
    return text.translate(_MARKS)


def _code(text: str) -> str:
    return f"`{text.replace('`', '')}`"


def _data(report: Report) -> str:
    data = report.data
    excluded = f" ({data.left} are excluded, as declared)" if data.excluded else ""
    refused = f" ({data.not_profiled})" if data.not_profiled else ""
    return (
        f"{whole(data.events)} events of {whole(data.customers)} customers{excluded}{refused},"
        f" {data.begin} to {data.end[:10]} ({data.zone}, {_plain(data.currency)});"
        f" {whole(sum(data.rejects.values()))} rows kept aside;"
        f" {whole(data.features)} features of events before each cut-off. Split by time:"
    )


def _windows(found: Windows) -> str:
    days = {part.name: [iso(moment, found.zone)[:10] for moment in part.cut_offs] for part in found.parts}
    told = {"validation": "chosen", "test": "judged"}
    looked = "".join(f"{word} at {', '.join(days[part])}, " for part, word in told.items() if part in days)
    return (
        f"{_named(found.targets)}: outcomes of {found.horizon_days} days of those with {found.cohort};"
        f" {looked}then fitted up to {days['final'][-1]}."
    )


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return _plain(", ".join(names[:_NAMED])) + more


def _figures(targets: tuple[Target, ...]) -> list[str]:
    columns = ("target", "rows", "base rate", "recipe", "figure", "minus best baseline", "total", "level sd")
    return [
        f"Of the chosen recipes, with 95 % intervals; {_COLUMNS}.",
        *(f"{_named(names)}: on {WORDS[rung].judged}." for rung, names in _by_rung(targets).items()),
        "",
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
        *(f"| {' | '.join(_row(target))} |" for target in targets),
    ]


def _few(report: Report) -> list[str]:
    """Return what is said where small groups are merged."""
    smallest = report.data.smallest
    return [_SMALLEST.format(whole(smallest))] if smallest > 1 else []


def _by_rung(targets: Iterable[Target]) -> dict[Rung, tuple[str, ...]]:
    """Return the names of the targets on each rung."""
    found: dict[Rung, tuple[str, ...]] = {}
    for target in targets:
        found[target.rung] = (*found.get(target.rung, ()), target.name)
    return found


def _stands(report: Report) -> list[str]:
    """Return what the figures of each rung leave open, and what the targets without any stand on."""
    fitted = [f"{_named(names)}: {WORDS[rung].served}." for rung, names in _by_rung(report.targets).items()]
    without = [f"{_plain(one.name)}, by {_plain(one.recipe)}: {_plain(one.stands)}." for one in report.unjudged]
    rates = [f"{_plain(one.name)}: {_plain(one.floored)}." for one in report.targets if one.floored]
    return fitted + without + rates + _reasons(report.targets)


def _reasons(targets: Iterable[Target]) -> list[str]:
    """Return whose reasons are approximate, and how far such reasons agree with the exact ones."""
    told = {target.name: target.agreement for target in targets if target.agreement}
    cheap = [f"{_plain(name)} ({one.share:.1%} of {whole(one.rows)})" for name, one in told.items() if one.enough]
    shares = [one.share for one in told.values() if not one.enough]
    said = []
    if cheap:
        same = "in so many rows of the validation the same as the exact ones"
        said.append(f"The reasons of {', '.join(cheap)} are approximate, {same}.")
    if shares:
        of = f"{min(shares):.0%}" + (f" to {max(shares):.0%}" if len(shares) > 1 else "")
        said.append(f"{'Other reasons' if cheap else 'Reasons'} are exact; approximate ones agree in {of} of rows.")
    return said


def _row(target: Target) -> tuple[str, ...]:
    figure = FIGURES[HEADLINE[target.task]]
    other = target.runner_up
    ahead = signed(decimal(other.ahead.value)) if other and other.ahead else MISSING
    return (
        _plain(target.name),
        whole(target.rows["test"]),
        _plain(findings.quantity(target, target.base_rate.value)),
        _plain(target.recipe),
        f"{figure.title} {_interval(target.headline)}",
        ahead,
        MISSING if target.task == "time" else _interval(target.calibration.ratio),
        decimal(target.level_sd, 2) if target.level_sd else MISSING,
    )


def _interval(estimate: Estimate) -> str:
    return f"{decimal(estimate.value, 2)} ({decimal(estimate.lo, 2)}-{decimal(estimate.hi, 2)})"


def _failures(targets: tuple[Target, ...], most: int) -> list[str]:
    lines = []
    for target in targets:
        wrong = findings.misjudged(target)
        more = f"; {len(wrong) - most} more in the report" if len(wrong) > most else ""
        if wrong:
            lines.append(f"- {_plain(target.name)}: {_plain('; '.join(wrong[:most]))}{more}")
    return lines or ["No group of customers was found whose predictions are off beyond noise."]


def _refused(report: Report) -> list[str]:
    return [f"{_plain(name)} was not learned: {_plain(why)}" for name, why in report.data.refused.items()]


def _origin(report: Report) -> str:
    origin = report.origin
    changed = ", with changes that were not committed" if origin.changed else ""
    commit = f" at commit {_code(origin.commit[:12])}{changed}" if origin.commit else ""
    return (
        f"{_code(origin.command)}{commit}, on events of the digest {_code(report.data.digest)};"
        f" MLflow run {_code(origin.run_id)}, whose artifact `report/index.html` has it all."
    )
