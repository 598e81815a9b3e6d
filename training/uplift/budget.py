"""Budget: what several actions bring at each amount that may be spent, beside one action alone and a draw by lot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from training.metrics.bootstrap import NORMAL, Estimate
from training.uplift.chosen import NOBODY, SEGMENT, Costs, plainest, predicted
from training.uplift.folds import Rows, cross, forward
from training.uplift.judged import Scored
from training.uplift.knapsack import Spent, by_lot, path, spent
from training.uplift.trial import Floats, Ints

STEPS = 10
LOT = "the same for everybody, by lot as far as it goes"
ALONE, SEVERAL = "{} by its learned effect", "several actions by their learned effects"
"""Ways to spend a budget beside nobody and by segment."""


@dataclass(frozen=True)
class Budget:
    """Gains per customer over leaving all alone, in units of the outcome, at budgets per customer."""

    budget: Floats
    """From 0 to what the dearest action costs for everybody, shape (budgets,)."""
    gain: tuple[Estimate, ...]
    """Of the best action of each customer, as far as the budget goes."""
    over: Mapping[str, tuple[Estimate, ...]]
    """By which that is above each action alone, given by its learned effect, paired; by action."""
    lot: Floats
    """Of the best mixture by lot, shape (budgets,)."""
    recommended: tuple[str, ...]
    """At each budget the plainest way that none is above by more than chance, net of costs, forward, paired."""


def budget(scored: Scored, costs: Costs, steps: int = STEPS) -> Budget | None:
    """Return what is gained at each budget, by effects that others taught; None where no action costs anything."""
    own = costs.cost - costs.cost[0]
    if not own.any() or (own < 0).any():
        return None
    arms, budgets = scored.trial.arms, np.linspace(0, own.max(), steps + 1)
    drawn = _ways(scored, Costs(1.0, np.zeros(own.size)), own, budgets, cross(scored.part))
    whole = drawn[SEVERAL]
    over = {arm: _estimates(whole.minus(drawn[ALONE.format(arm)])) for arm in arms[1:]}
    means = (scored.scores - scored.scores[:, :1]).mean(0)
    decided = _ways(scored, Costs(costs.worth, own), own, budgets, forward(scored.part))
    return Budget(budgets, _estimates(whole), over, by_lot(means, own, budgets), _recommended(decided))


def _ways(
    scored: Scored, costs: Costs, own: Floats, budgets: Floats, splits: Iterable[tuple[Rows, Rows]]
) -> dict[str, Spent]:
    """Return what each way brings to those who are judged, by what others taught, at each budget.

    Args:
        scored: the trial.
        costs: what is taken off of what it brings; a step that costs more than it is worth is not taken.
        own: what an action takes of the budget.
        budgets: per customer.
        splits: who teaches, and who is judged.
    """
    whose, count = scored.trial.segment, len(scored.trial.segments)
    effect = np.full(scored.scores.shape, np.nan)
    mean, segment = np.empty_like(effect), np.empty_like(effect)
    for learned, asked in splits:
        effect[asked] = predicted(scored, learned, asked)
        taught = scored.scores[learned] - scored.scores[learned][:, :1]
        mean[asked] = taught.mean(0)
        segment[asked] = _by_segment(whose[learned], taught, count)[whose[asked]]
    rows = ~np.isnan(effect).any(axis=1)
    every = (effect, mean, segment, scored.scores)
    effect, mean, segment, scores = (costs.worth * one[rows] - costs.cost for one in every)
    plain = {NOBODY: np.zeros_like(effect), LOT: mean, SEGMENT: segment}
    found = {way: spent(path(told, own), scores, budgets) for way, told in plain.items()}
    for action, arm in enumerate(scored.trial.arms[1:], 1):
        pair = [0, action]
        found[ALONE.format(arm)] = spent(path(effect[:, pair], own[pair]), scores[:, pair], budgets)
    return found | {SEVERAL: spent(path(effect, own), scores, budgets)}


def _by_segment(segment: Ints, effect: Floats, segments: int) -> Floats:
    """Return the mean effects of each segment, shape (segments, arms); of one that nobody is in, those of all."""
    count = np.bincount(segment, minlength=segments)[:, None]
    total = np.stack([np.bincount(segment, one, segments) for one in effect.T], axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), effect.mean(0))


def _recommended(ways: Mapping[str, Spent]) -> tuple[str, ...]:
    """Return the plainest way at each budget; the ways stand from plain to learned, nobody first.

    A way is above another by more than chance where it would be at any of the budgets (Bonferroni).
    """
    names, sure = tuple(ways), float(norm.ppf(1 - 0.025 / next(iter(ways.values())).budget.size))
    ahead = {
        (more, less): _estimates(ways[more].minus(ways[less]), sure)
        for place, less in enumerate(names)
        for more in names[place + 1 :]
    }
    budgets = next(iter(ways.values())).budget.size
    return tuple(plainest({pair: told[place] for pair, told in ahead.items()}, names) for place in range(budgets))


def _estimates(told: Spent, sure: float = NORMAL) -> tuple[Estimate, ...]:
    pairs = zip(told.gain.tolist(), told.error.tolist(), strict=True)
    return tuple(Estimate(gain, gain - sure * error, gain + sure * error) for gain, error in pairs)
