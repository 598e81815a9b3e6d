"""The choice of a segmenter: the first of some entries that passes the gate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from features.clock import DAY
from training.choice.choice import Choice
from training.panel.panel import Panel
from training.segmenters import Facts, Segmenter
from training.segmenters.declared import Fit
from training.segmenters.entry import Entry
from training.stability.bootstrap import stability
from training.stability.gate import GATE, KEPT, Gate, NotStable, Verdict, too_little, unstable
from training.stability.grade import Grade
from training.stability.period import MAP, Period, tells
from training.targets.churn import Churn

Periods = tuple[Period, Period] | None
"""The one that rates are of, and the one that they are to tell; None where no churn is known of two."""


@dataclass(frozen=True)
class Gated:
    """What was chosen, or what came nearest, with its verdict."""

    segmenter: Segmenter
    verdict: Verdict
    again: Fit
    """Fits the same to the customers of another moment, beginning with this one."""

    @property
    def passes(self) -> bool:
        """Whether customers are put into its segments."""
        return self.verdict.passes


Choose = Callable[[Facts, Segmenter | None], Gated]
"""Chooses among what is tried, beginning with a former segmenter where there is one."""
Retry = Callable[[Segmenter, Facts], Gated | None]
"""Judges a former segmenter as it is, with the customers of now; None where it is none of what is tried."""


class Judge:
    """What decides about one segmenter by the gate: whether a former one stays, else what is taken."""

    def __init__(self, choose: Choose, retry: Retry) -> None:
        """Take how one is chosen, and how a former one is judged."""
        self._choose, self._retry = choose, retry
        self._found: Gated | None = None

    @property
    def verdict(self) -> Verdict | None:
        """The newest verdict; None where nothing could be judged."""
        return self._found.verdict if self._found else None

    def fit(self, facts: Facts, start: Segmenter | None = None) -> Segmenter:
        """Return what passes, fitted to customers of now; from a former one where it can be.

        Raises:
            ValueError: the customers allow none, or none passes.
        """
        self._found = self._choose(facts, start)
        if not self._found.passes:
            raise NotStable(self._found.verdict.said())
        return self._found.segmenter

    def fails(self, frozen: Segmenter, facts: Facts) -> str:
        """Return why a former segmenter does not pass the gate with the customers of now; empty where it does."""
        try:
            found = self._retry(frozen, facts)
        except ValueError as error:
            return str(error)
        if found is None:
            return "customers are put together in another way now"
        self._found = found
        return "" if found.passes else found.verdict.said()

    def again(self, facts: Facts) -> Segmenter:
        """Return the same fitted to the customers of another moment."""
        if self._found is None:
            raise ValueError("got nothing to fit again: nothing was judged.")
        return self._found.again(facts)


def among(entries: Sequence[Entry], periods: Periods, gate: Gate = GATE) -> Judge:
    """Return what decides among entries, the first choice first."""

    def retry(frozen: Segmenter, facts: Facts) -> Gated | None:
        entry = next((one for one in entries if one.suits(frozen, facts)), None)
        return judge(entry, facts, periods, gate, frozen, kept=True) if entry else None

    return Judge(lambda facts, start: choose(entries, facts, periods, gate, start), retry)


def choose(
    entries: Sequence[Entry], facts: Facts, periods: Periods, gate: Gate = GATE, start: Segmenter | None = None
) -> Gated:
    """Return the first entry that passes the gate; where none does, the first of them, which is refused.

    Args:
        entries: what is tried, the first choice first.
        facts: of the customers of now.
        periods: what segments must tell of.
        gate: the thresholds.
        start: a former segmenter, from whose cuts or centres they begin that are of its kind.

    Raises:
        ValueError: the customers allow none.
    """
    tried = []
    for entry in entries:
        found = judge(entry, facts, periods, gate, entry.refit(facts.only(entry.needs), start) if start else None)
        if found.passes:
            return found
        tried.append(found)
    return tried[0]


def judge(
    entry: Entry,
    facts: Facts,
    periods: Periods,
    gate: Gate = GATE,
    fitted: Segmenter | None = None,
    *,
    kept: bool = False,
) -> Gated:
    """Return one entry with its verdict, fitted to all, or as it was fitted.

    Args:
        entry: what is judged.
        facts: of the customers of now.
        periods: what segments must tell of.
        gate: the thresholds.
        fitted: what to judge; by default it is fitted here.
        kept: whether that is a former fit, which is to stay as it is.

    Raises:
        ValueError: the customers do not allow it.
    """
    own = facts.only(entry.needs)
    whole = fitted or entry.fit(own)
    found = stability(entry.fit, whole, own, gate.pairs, gate.sample)
    told = tells(entry.fit, *looked_at(periods, entry.needs)) if periods else None
    grade = Grade.CONSTRUCTIVE if entry.by_rule else Grade.REPRODUCIBLE
    faults, notes = unstable(found, gate, kept=kept), (KEPT,) if kept else ()
    verdict = Verdict(entry.title, found, grade, told, faults, too_little(told, gate), notes)
    return Gated(whole, verdict, lambda then: entry.refit(then, whole))


def last_two(panel: Panel, choices: Sequence[Choice]) -> Periods:
    """Return the newest two periods of which the first target of churn has all outcomes, in their order of time."""
    for choice in choices:
        target, split = choice.target, choice.split
        if isinstance(target, Churn):
            newest = split.test[0]
            before = [one for one in split.all() if one + target.horizon_days * DAY <= newest]
            return (_period(panel, choice, max(before)), _period(panel, choice, newest)) if before else None
    return None


def looked_at(periods: tuple[Period, Period], needs: tuple[str, ...]) -> tuple[Period, Period]:
    """Return the periods with the columns alone that are looked at."""
    one, other = (Period(own.facts.only((*MAP, *needs)), own.customers, own.left) for own in periods)
    return one, other


def _period(panel: Panel, choice: Choice, moment: int) -> Period:
    rows = panel.spine.at([moment])
    x = panel.x[rows]
    left = np.where(choice.predictor.eligible(x), panel.labels[choice.target.name][rows], np.nan)
    return Period(Facts(x, panel.names), panel.spine.people[rows], left)
