"""The choice of behaviour: the inputs and the number of clusters that are most stable, and of use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.catalogue.feature import Feature
from features.clock import DAY
from training.charts import number
from training.choice.gated import Gated, Judge, Periods, looked_at
from training.panel.panel import Panel
from training.segmenters import Facts, Rfm, Segmenter
from training.segmenters.behaviour import NAME, Set
from training.segmenters.clusters import Clusters
from training.stability import groups
from training.stability.bootstrap import stability
from training.stability.explained import Explained, explained
from training.stability.gate import GATE, KEPT, Gate, NotStable, Verdict, lowers, unstable
from training.stability.grade import Grade
from training.stability.outcome import OUTCOMES, WINDOWS, After
from training.stability.period import MAP, tells

FEW = 300
"""Of fewer customers nothing is clustered."""
MOST_TRIED = 3
"""Candidates that are judged, the most stable first."""
_PERCENTILE = 95
_TASTE = 0.05
"""Tastes are tried first where they are less stable by so little: they alone may be natural."""
_BEST = 10
"""Beginnings of the fit to all."""


@dataclass(frozen=True)
class Candidate:
    """Some inputs with a number of clusters."""

    inputs: Set
    clusters: int
    ari: float
    """As it was looked at first, with few pairs."""
    peak: int | None
    """Its place among the peaks of these inputs; None: it is none."""

    @property
    def title(self) -> str:
        """What it is, in words."""
        return f"{self.clusters} clusters by {self.inputs.title}"

    def is_of(self, former: Clusters) -> bool:
        """Return whether a former segmenter has the same inputs and number of clusters."""
        return self.clusters == len(former.centres) and set(former.inputs.needs) == set(self.inputs.needs)

    def refit(self, facts: Facts, start: Any = None, starts: int = 0) -> Clusters:
        """Fit it, beginning with the centres of an older one of its kind."""
        inputs = self.inputs.inputs(facts) if start is None else start.inputs
        centres = () if start is None else start.centres
        return Clusters.fit(NAME, inputs, facts, self.clusters, "kmeans", starts or self.inputs.starts, centres)


@dataclass(frozen=True)
class Words:
    """What puts clusters into words, and in which order they stand."""

    features: Mapping[str, Feature]
    """By name, what the inputs mean."""
    currency: str
    by: str
    """The column that orders the segments."""

    def told(self, clusters: Clusters, facts: Facts) -> Clusters:
        """Return clusters in order, with names and meanings."""
        return clusters.told(facts, self.by, self.features, self.currency)


def of_groups(sets: Sequence[Set], periods: Periods, after: Callable[[], After | None], words: Words) -> Judge:
    """Return what decides about groups of customers by how they buy.

    Args:
        sets: the inputs that a dataset allows.
        periods: what they must not tell less of than the map, once they divide it.
        after: tells how customers bought in a period, and before.
        words: what names them.
    """
    return Judge(
        lambda facts, start: grouped(sets, facts, periods, after(), words, start=start),
        lambda frozen, facts: _retried(sets, frozen, facts, periods, after()),
    )


def grouped(
    sets: Sequence[Set],
    facts: Facts,
    periods: Periods,
    after: After | None,
    words: Words,
    gate: Gate = GATE,
    start: Segmenter | None = None,
) -> Gated:
    """Return the first candidate that passes; where none does, the most stable of them, which is refused.

    Args:
        sets: the inputs that a dataset allows.
        facts: of the customers of now.
        periods: what they must not tell less of than the map, once they divide it.
        after: how customers bought in a period, and before.
        words: what names them.
        gate: the thresholds.
        start: a former segmenter, from whose centres one of its kind begins.

    Raises:
        NotStable: no number of clusters is stable enough to be looked at.
        ValueError: too little is known of the customers.
    """
    tried = []
    for one in candidates(sets, facts, gate)[:MOST_TRIED]:
        former = start if isinstance(start, Clusters) and one.is_of(start) else None
        whole = one.refit(facts.only(one.inputs.needs), former, _BEST)
        verdict = judge(one, whole, facts, periods, after, gate)
        if verdict.passes:
            told = words.told(whole, facts)
            return Gated(told, verdict, told.refit)
        tried.append(Gated(whole, verdict, one.refit))
    return tried[0]


def _retried(
    sets: Sequence[Set], frozen: Segmenter, facts: Facts, periods: Periods, after: After | None
) -> Gated | None:
    """Return a former segmenter with its verdict; None where it is not among the stable candidates of now."""
    if not isinstance(frozen, Clusters):
        return None
    one = next((one for one in candidates(sets, facts) if one.is_of(frozen)), None)
    if one is None:
        return None
    return Gated(frozen, judge(one, frozen, facts, periods, after, kept=True), frozen.refit)


def candidates(sets: Sequence[Set], facts: Facts, gate: Gate = GATE) -> list[Candidate]:
    """Return the stable numbers of clusters of each set of inputs: peaks before others, each set's highest first.

    Raises:
        NotStable: there are none.
        ValueError: too little is known of the customers.
    """
    every, few = list[Candidate](), 0
    for one in sets:
        own = facts.only(one.needs)
        z = groups.looked_at(one.inputs(own).of(own))
        few = max(few, len(z))
        if len(z) >= FEW:
            scanned = groups.scan(z, one.starts)
            peaks = groups.peaks(scanned, gate.ari)
            places = {clusters: place for place, clusters in enumerate(peaks)}
            inner = list(scanned.items())[1:-1]
            every += [Candidate(one, clusters, ari, places.get(clusters)) for clusters, ari in inner]
    if not every:
        raise ValueError(f"{NAME}: got {few} customers with enough purchases; {FEW} are needed.")
    found = [one for one in every if one.ari >= gate.ari]
    if not found:
        best = max(every, key=lambda one: one.ari)
        raise NotStable(f"not stable: at best {best.title}, mean ARI {best.ari:.3f}, at least {gate.ari:.2f} is needed")
    return sorted(found, key=lambda one: (one.peak is None, one.peak or 0, -one.ari - _TASTE * (not one.inputs.bound)))


def judge(
    one: Candidate,
    whole: Clusters,
    facts: Facts,
    periods: Periods,
    after: After | None,
    gate: Gate = GATE,
    *,
    kept: bool = False,
) -> Verdict:
    """Return the verdict of a candidate, fitted to all or, where it is kept, as it was.

    Raises:
        ValueError: the customers do not allow it.
    """
    own = facts.only(one.inputs.needs)
    found = stability(one.refit, whole, own, gate.pairs, gate.sample)
    if faults := unstable(found, gate, kept=kept):
        return Verdict(one.title, found, Grade.REPRODUCIBLE, None, faults)
    grade, note = _graded(one, own, found.ari)
    told = tells(one.refit, *looked_at(periods, one.inputs.needs), crossed=True) if periods else None
    said, useless = _use(one, after, grade)
    notes = (note, *((KEPT,) if kept else ()), *said)
    return Verdict(one.title, found, grade, told, (), (*useless, *lowers(told)), notes)


def _graded(one: Candidate, facts: Facts, ari: float) -> tuple[Grade, str]:
    """Return the grade and what it rests on: only a peak above what customers without groups give is natural."""
    if one.peak is None or one.inputs.bound:
        return Grade.REPRODUCIBLE, "no natural groups"
    z = groups.looked_at(one.inputs.inputs(facts).of(facts))
    nulls = groups.null(z, one.clusters, one.inputs.starts)
    bound = float(np.percentile(nulls, _PERCENTILE, axis=1).max())
    natural = min(one.ari, ari) > bound + groups.NEAR  # what was looked at first was chosen for being high
    beside = f"ARI of {nulls.size} datasets without groups up to {bound:.3f} (95th percentile)"
    return (Grade.NATURAL if natural else Grade.REPRODUCIBLE), beside


def _use(one: Candidate, after: After | None, grade: Grade) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what clusters explain of the next period, and why that is not enough, both in words."""
    if after is None:
        fault = "there is no period after which to show that it is of use"
        return (), () if grade is Grade.NATURAL else (fault,)
    then = after.then.only((*MAP, *one.inputs.needs))
    fitted, rfm = one.refit(then), Rfm.fit(then)
    assigned = fitted.assign(then)
    outside = assigned == len(fitted.segments) - 1
    found = explained(
        np.where(outside, -1, assigned).astype(np.int32), rfm.assign(then), after.outcomes(one.inputs.needs)
    )
    said = tuple(map(_said, found))
    if any(told.enough and (told.beyond_chance or grade is Grade.NATURAL) for told in found):
        return said, ()
    return said, (f"of the next {after.window} days it tells no more than the RFM map: {'; '.join(said) or 'nothing'}",)


def _said(one: Explained) -> str:
    figures = f"{number.decimal(one.own.value, 3)} ({number.decimal(one.own.lo, 3)} to {number.decimal(one.own.hi, 3)})"
    return (
        f"eta squared of the next {one.outcome} {figures}, the map's {one.map:.3f}, by chance up to {one.by_chance:.3f}"
    )


def newest_period(panel: Panel, end: int) -> After | None:
    """Return the newest period of a panel that ends with its end and is long enough; None where none is."""
    moments = sorted(
        {int(one) for one in np.unique(panel.spine.cut_off) if end - one >= WINDOWS[-1] * DAY}, reverse=True
    )
    if not moments:
        return None
    window = next(w for w in WINDOWS if end - moments[0] >= w * DAY)
    then, now = (np.flatnonzero(panel.spine.at([moment])) for moment in (moments[0], end))
    who = panel.spine.customers
    _, a, b = np.intersect1d(who[then], who[now], return_indices=True)
    needs = [name for one in OUTCOMES for name in one.needs(window)]
    told = Facts(panel.x[now[b]], panel.names).only(needs)
    return After(Facts(panel.x[then[a]], panel.names), told, window)
