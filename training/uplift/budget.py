"""Budget: what several actions bring at each amount that may be spent, beside one action alone and a draw by lot."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.metrics.bootstrap import NORMAL, Estimate
from training.uplift.chosen import Costs, predicted
from training.uplift.folds import cross
from training.uplift.judged import Scored
from training.uplift.knapsack import Spent, by_lot, path, spent
from training.uplift.trial import Floats

STEPS = 10


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


def budget(scored: Scored, costs: Costs, steps: int = STEPS) -> Budget | None:
    """Return what is gained at each budget, by effects that others taught; None where no action costs anything."""
    arms = len(scored.trial.arms)
    own = costs.cost - costs.cost[0]
    if not own.any() or (own < 0).any():
        return None
    effect = np.empty((len(scored.trial), arms))
    for learned, asked in cross(scored.part):
        effect[asked] = predicted(scored, learned, asked)
    budgets = np.linspace(0, own.max(), steps + 1)
    whole = spent(path(effect, own), scored.scores, budgets)
    over = {}
    for action in range(1, arms):
        pair = [0, action]
        alone = spent(path(effect[:, pair], own[pair]), scored.scores[:, pair], budgets)
        over[scored.trial.arms[action]] = _estimates(whole.minus(alone))
    means = (scored.scores - scored.scores[:, :1]).mean(0)
    return Budget(budgets, _estimates(whole), over, by_lot(means, own, budgets))


def _estimates(told: Spent) -> tuple[Estimate, ...]:
    pairs = zip(told.gain.tolist(), told.error.tolist(), strict=True)
    return tuple(Estimate(gain, gain - NORMAL * error, gain + NORMAL * error) for gain, error in pairs)
