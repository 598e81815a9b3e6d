"""The choice of a segmenter: the first of some entries that passes the gate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from features.clock import DAY
from training.choice.choice import Choice
from training.panel.panel import Panel
from training.segmenters import Facts, Segmenter
from training.segmenters.entry import Entry
from training.stability.bootstrap import stability
from training.stability.gate import GATE, Gate, Verdict, too_little, unstable
from training.stability.grade import Grade
from training.stability.period import MAP, Period, tells
from training.targets.churn import Churn

Periods = tuple[Period, Period] | None
"""The one that rates are of, and the one that they are to tell; None where no churn is known of two."""


@dataclass(frozen=True)
class Fitted:
    """A segmenter, which no gate judges."""

    segmenter: Segmenter
    again: Callable[[Facts], Segmenter]
    """Fits the same to the customers of another moment, beginning with this one."""

    @property
    def passes(self) -> bool:
        """Whether customers are put into its segments."""
        return True


@dataclass(frozen=True)
class Gated(Fitted):
    """What was chosen, or what came nearest, with its verdict."""

    verdict: Verdict

    @property
    def passes(self) -> bool:
        """Whether customers are put into its segments."""
        return self.verdict.passes


def choose(entries: Sequence[Entry], facts: Facts, periods: Periods, gate: Gate = GATE) -> Gated:
    """Return the first entry that passes the gate; where none does, the first of them, which is refused.

    Args:
        entries: what is tried, the first choice first.
        facts: of the customers of now.
        periods: what segments must tell of.
        gate: the thresholds.

    Raises:
        ValueError: the customers allow none.
    """
    tried = []
    for entry in entries:
        found = judge(entry, facts, periods, gate)
        if found.passes:
            return found
        tried.append(found)
    return tried[0]


def judge(entry: Entry, facts: Facts, periods: Periods, gate: Gate = GATE) -> Gated:
    """Fit one entry and return it with its verdict.

    Raises:
        ValueError: the customers do not allow it.
    """
    own = facts.only(entry.needs)
    whole = entry.fit(own)
    found = stability(entry.fit, whole, own, gate.pairs, gate.sample)
    told = tells(entry.fit, *looked_at(periods, entry.needs)) if periods else None
    grade = Grade.CONSTRUCTIVE if entry.by_rule else Grade.REPRODUCIBLE
    verdict = Verdict(entry.title, found, grade, told, unstable(found, gate), too_little(told, gate))
    return Gated(whole, lambda then: entry.refit(then, whole), verdict)


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
