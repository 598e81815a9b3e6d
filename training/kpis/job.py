"""The job: the KPIs of a dataset's segments in a window, from logs that come one by one. It does not print."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.clock import DAY
from features.consent.groups import enough
from features.dataset import Dataset, Profit
from features.log.event import MONEY_UNITS
from features.log.log import Log
from features.log.products import Products
from features.nearest import nearest
from features.sources import costs as all_costs
from features.sources.costs import Costs
from training.kpis import have, kpi, members, spent
from training.kpis.acquired import FEWEST
from training.kpis.counted import Counted
from training.kpis.figure import NOBODY, UNKNOWN, Figure, figures
from training.kpis.margin import Margin
from training.kpis.measure import arriving
from training.kpis.members import EVERYBODY, Ask
from training.kpis.moves import Moves
from training.kpis.window import Window
from training.metrics.bootstrap import Estimate

MATCHED = 0.5
"""Of what came back, the share whose order must be known for a refund rate."""
SURVEY = "survey"
"""In the name of the workflow that asks customers."""
_ASKED_ABOUT = ("satisfaction", "engagement")


@dataclass(frozen=True)
class Topic:
    """What surveys of a segment were about."""

    segmenter: str
    segment: str
    topic: str
    answers: int
    score: float
    """The mean."""


@dataclass(frozen=True)
class Kpis:
    """What was found."""

    windows: tuple[Window | None, ...]
    figures: tuple[Figure, ...]
    """By segmenter, EVERYBODY first, then by segment and as in KPIS."""
    segments: Mapping[str, Sequence[str]]
    moves: Mapping[str, Moves]
    earlier: Mapping[str, Moves]
    """Of the window before; of nobody where there is none."""
    topics: tuple[Topic, ...]
    proposals: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What is asked for."""

    windows: tuple[Window | None, ...]
    start: int
    """Where the data begin, in microseconds UTC."""
    segments: Mapping[str, Sequence[str]]
    """By segmenter, what its segments are called."""
    ask: Ask
    predicts: bool
    """Whether `ask` predicts spend."""


def told(dataset: Dataset, logs: Iterable[Log], products: Products, asked: Asked) -> Kpis:
    """Return the KPIs of everybody and of each segment, of who was in it when each window began.

    Args:
        dataset: the declaration.
        logs: of whole customers, each once; none is kept.
        products: what is known of products, their costs among it.
        asked: what is asked for.

    Raises:
        DatasetError: `[[costs]]` is not declared as is allowed, or cannot be read.
    """
    costs = all_costs.read(dataset)
    segments = {EVERYBODY: (EVERYBODY,), **asked.segments}
    counted = Counted(dataset, asked.windows, segments, asked.ask, Margin.of(dataset, products), costs)
    for log in logs:
        counted.add(log)
    there = have.have(dataset, predicts=asked.predicts, acquired=bool(costs.acquisition.any()))
    lacks = _lacks(there, counted)
    found = list[Figure]()
    for name, own in segments.items():
        found += figures(counted, name, own, lacks, dataset, asked.start)
        if name == EVERYBODY:
            found.append(_returning(counted, there, dataset, asked.start))
            found += _acquiring(counted, costs, there, dataset, asked.start)
    topics = tuple(
        Topic(name, segment, *one)
        for name, own in segments.items()
        for place, segment in enumerate(own)
        for one in counted.kept[name].topics.of(place, dataset.smallest_group)
    )
    moves = {name: counted.kept[name].moves for name in segments}
    earlier = {name: counted.kept[name].earlier for name in segments}
    notes = (*costs.notes, *_notes(dataset, counted, costs))
    proposals = tuple(_proposals(found, dataset))
    return Kpis(asked.windows, tuple(found), segments, moves, earlier, topics, proposals, notes)


def _lacks(there: frozenset[str], counted: Counted) -> dict[str, str]:
    """Return by KPI what is missing for it, of those for which something is."""
    found = {
        one.name: f"missing: {', '.join(lacking)}" for one in kpi.KPIS if (lacking := kpi.lacking(one.needs, there))
    }
    if counted.back and counted.matched < MATCHED * counted.back:
        said = f"{counted.matched:,} of {counted.back:,} lines that came back name an order that was bought"
        found.setdefault("refund", f"missing: orders of what came back ({said})")
    return found


def _known(counted: Counted, start: int) -> list[bool]:
    """Return of which windows it is known who is new."""
    return [one is not None and one.begin - start >= kpi.LOOKS_BACK * DAY for one in counted.windows]


def _returning(counted: Counted, there: frozenset[str], dataset: Dataset, start: int) -> Figure:
    """Return who of the buyers had bought before: of all, since who comes for the first time was in no segment."""
    own, known, smallest = counted.acquired, _known(counted, start), dataset.smallest_group
    told = [known[number] and enough(int(buyers), smallest) for number, buyers in enumerate(own.buyers)]
    now, before, year_ago = (own.returning(number) if told[number] else UNKNOWN for number in range(len(told)))
    lacks = kpi.lacking(kpi.ACQUIRING_NEEDS[kpi.RETURNING], there)
    few = "" if enough(int(own.buyers[0]), smallest) else f"of fewer than {smallest:,} customers"
    why = ("" if known[0] else kpi.TOO_NEW) or few or ("" if own.buyers[0] else NOBODY)
    missing = f"missing: {', '.join(lacks)}" if lacks else why
    figure = Figure(EVERYBODY, EVERYBODY, kpi.RETURNING, kpi.SHARE, None, UNKNOWN, np.nan, np.nan, missing=missing)
    if missing:
        return figure
    return replace(
        figure,
        result=now,
        numerator=float(own.buyers[0] - own.counts[0]),
        denominator=float(own.buyers[0]),
        before=before,
        change=_apart(now, before),
        year_ago=year_ago,
        year_change=_apart(now, year_ago),
    )


def _acquiring(counted: Counted, costs: Costs, there: frozenset[str], dataset: Dataset, start: int) -> list[Figure]:
    """Return what new customers cost, and when that is earned back: of all alone, since nobody joins in a segment."""
    lacks = {name: kpi.lacking(needs, there) for name, needs in kpi.ACQUIRING_NEEDS.items()}
    amounts, smallest = [spent.acquired(costs, one) for one in counted.windows], dataset.smallest_group
    known = _known(counted, start)
    new = counted.acquired.counts.tolist()
    each = [
        counted.acquired.cost(number, amount)
        if known[number] and np.isfinite(amount) and enough(new[number], smallest)
        else UNKNOWN
        for number, amount in enumerate(amounts)
    ]
    few = "" if enough(new[0], smallest) else f"of fewer than {smallest:,} customers"
    unspent = "" if np.isfinite(amounts[0]) else "missing: [[costs]] of acquisition that reach over the window"
    days = counted.acquired.payback(0, each[0].value * MONEY_UNITS, smallest)
    why = unspent or ("" if known[0] else kpi.TOO_NEW) or few or ("" if new[0] else NOBODY)
    never = why or ("" if days else f"not earned back by {max(smallest, FEWEST)} customers or more observed so long")

    def figure(name: str, unit: str, result: Estimate, missing: str) -> Figure:
        said = f"missing: {', '.join(lacks[name])}" if lacks[name] else missing
        of = UNKNOWN if said else result
        return Figure(EVERYBODY, EVERYBODY, name, unit, None, of, np.nan, np.nan, missing=said)

    cost = figure(kpi.CAC, kpi.MONEY, each[0], why)
    back = figure(kpi.PAYBACK, kpi.DAYS, Estimate(float(days or 0), np.nan, np.nan), never)
    if cost.missing:
        return [cost, back]
    return [
        replace(
            cost,
            numerator=amounts[0],
            denominator=float(new[0]),
            before=each[1],
            change=_apart(*each[:2]),
            year_ago=each[2],
            year_change=_apart(each[0], each[2]),
        ),
        back,
    ]


def _apart(now: Estimate, then: Estimate) -> Estimate:
    """Return the change of figures that are of other customers (Zou & Donner 2008)."""
    lo = now.value - then.value - float(np.hypot(now.value - now.lo, then.hi - then.value))
    hi = now.value - then.value + float(np.hypot(now.hi - now.value, then.value - then.lo))
    return Estimate(now.value - then.value, lo, hi)


def _notes(dataset: Dataset, counted: Counted, costs: Costs) -> list[str]:
    """Return what is to be known by who reads the figures."""
    notes = []
    if {"mail_sent", "mail_delivered"} & dataset.kinds:
        notes.append(f"mails: rates are of {arriving(dataset.kinds)}")
        machines = any(one.machine for one in dataset.sources if {"mail_open", "mail_click"} & one.kinds)
        apart = "opens and clicks of machines are kept apart as declared, and are in no figure"
        notes.append(
            f"mails: {apart}"
            if machines
            else "mails: no source says which opens and clicks are by machines (`machine`), so some of them may be"
        )
    if dataset.profit:
        own = dataset.profit
        notes.append(
            f"[profit]: {own.margin:.0%} of revenue is earned where neither the product's cost nor its category says"
            f" more, and a contact costs {own.cost:g}{_placeholders(own)}"
        )
    made = counted.kept[EVERYBODY].made[0]
    if made is not None and (nowhere := made.nowhere()):
        notes.append(f"costs: {', '.join(nowhere)} contacted nobody in the window: what they cost is in no roi")
    if made is not None and (outside := made.outside()):
        own_costs = ", ".join(f"{name} {amount:,.2f}" for name, amount in outside.items())
        notes.append(
            f"costs: on days outside the window, of campaigns with contacts in it: {own_costs}: in no roi of it"
        )
    window = counted.windows[0]
    assert window is not None
    other = spent.within(costs, window, acquisition=False)
    rest = [row for row in np.flatnonzero(other).tolist() if not (costs.campaign[row] or costs.channel[row])]
    if rest:
        total = float(costs.amount[rest].sum())
        notes.append(
            f"costs: {total:,.2f} of the window are for neither acquisition, a campaign nor a channel: in no figure"
        )
    return notes


def _placeholders(own: Profit) -> str:
    """Return what is to be said of settings that stand at their default, which is an example."""
    names = [name for name in ("margin", "cost") if getattr(own, name) == getattr(Profit(), name)]
    return f" ({' and '.join(names)}: the default, which is an example)" if names else ""


def _proposals(found: Sequence[Figure], dataset: Dataset) -> list[str]:
    """Return whom to ask: segments whose satisfaction or engagement fell beyond chance."""
    asks = sorted(name for name in dataset.workflows if SURVEY in name)
    how = f"workflow {asks[0]!r}" if asks else "a workflow of surveys, of which none is declared ([workflows.survey])"
    return [
        f"{one.segmenter} / {one.segment}: {one.kpi} fell from {one.before.value:.3g} to {one.result.value:.3g} beyond"
        f" chance: proposed is {how}"
        for one in found
        if one.kpi in _ASKED_ABOUT and not one.missing and one.fell and members.told(one.segmenter, one.segment)
    ]


def segments_of(names: Sequence[str], chosen: str | None) -> list[str]:
    """Return the segmenters that are asked for.

    Raises:
        ValueError: there is none of that name.
    """
    if chosen is None:
        return list(names)
    if chosen not in names:
        raise ValueError(f"SEGMENTER: got {chosen!r}.{nearest(chosen, names)}")
    return [chosen]
