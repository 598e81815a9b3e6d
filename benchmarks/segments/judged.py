"""What the gate says of segmenters at dates of a business's past."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.segments.business import Business, Case, moment
from features.clock import DAY
from training.choice.gated import judge
from training.choice.grouped import Words, grouped
from training.metrics.bootstrap import Estimate
from training.segmenters.behaviour import sets, words
from training.segmenters.entry import values
from training.segmenters.nested import SPEND


@dataclass(frozen=True)
class Row:
    """An entry of value at one date."""

    dataset: str
    date: str
    entry: str
    ari: float
    p10: float
    jaccard: float
    share: float
    auc: float
    map: float
    more: Estimate
    """By how much the AUC is above the map's."""


def value(case: Case, business: Business) -> Iterator[Row]:
    """Yield each entry of value at each date of a case."""
    entries = [one for named in ("nested", "kmeans", "bisecting", "rfm_kmeans") for one in values(named, "", "", {})]
    for date in case.dates:
        at = moment(date)
        periods = business.period(at - case.horizon * DAY), business.period(at)
        for entry in entries:
            found = judge(entry, periods[1].facts, periods).verdict
            if found.tells is not None:
                own, told = found.stability, found.tells
                figures = (own.ari, own.p10, min(own.jaccard), min(own.shares), told.auc, told.map, told.more)
                yield Row(case.dataset, date, entry.title, *figures)


def behaviour(case: Case, business: Business) -> Iterator[str]:
    """Yield what is chosen for behaviour at each date of a case, and what the gate says."""
    for date in case.dates:
        at = moment(date) + case.horizon * DAY
        before = at - case.horizon * DAY
        periods = business.period(before - case.horizon * DAY), business.period(before)
        after = business.after(before)
        own = sets(business.features)
        try:
            _, facts = business.facts(at)
            told = Words(words(business.features), business.currency, SPEND)
            found = grouped(own, facts, periods, after, told)
            yield f"{date}: {found.verdict.said()}"
        except ValueError as error:
            yield f"{date}: {error}"
