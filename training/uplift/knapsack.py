"""The knapsack: whom to give which of several actions, one at the most, at each budget.

Sverdrup, Wu, Athey and Wager (2025, Qini curves for multi-armed treatment rules), after Zemel's (1980) greedy of the
multiple-choice knapsack: of each customer's actions those count that lie on the upper hull of effect over cost, and
their steps are taken by effect per cost, the largest first, until the budget is spent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.uplift.trial import Floats, Ints

DRAWS = 200
_CELLS = 2_000_000
_SEED = 20170101


@dataclass(frozen=True)
class Path:
    """The steps from nobody to everybody who gains, the best first; each shape (steps,)."""

    customers: int
    customer: Ints
    action: Ints
    """What the customer has from this step on, 0 for nothing."""
    before: Ints
    """What the customer had up to it."""
    ratio: Floats
    """Predicted effect per cost, falling."""
    cost: Floats
    """What the step costs more; 0 where it is for nothing."""

    def given(self, budget: float) -> Ints:
        """Return the action of each customer for a budget per customer; a step that it does not cover is not taken."""
        taken = self.cost.cumsum() <= budget * self.customers * (1 + 1e-12)
        found = np.zeros(self.customers, np.int64)
        last = int(np.argmin(taken)) if not taken.all() else taken.size
        found[self.customer[:last]] = self.action[:last]  # a customer's later steps stand behind the earlier ones
        return found


def path(effect: Floats, cost: Floats) -> Path:
    """Return the path of predicted effects.

    Args:
        effect: of each action over none, shape (customers, actions); the first column is none, and 0.
        cost: of each action, shape (actions,); the first is 0, none is negative.

    Raises:
        ValueError: a cost is negative, or none costs something.
    """
    if (cost < 0).any() or cost[0] != 0:
        raise ValueError(
            f"cost: got {', '.join(f'{one:g}' for one in cost)}; 0 for the first, none below 0 is allowed."
        )
    n = len(effect)
    everyone = np.arange(n)
    now = np.zeros(n, np.int64)
    parts: list[tuple[Ints, Ints, Ints, Floats, Floats]] = []
    free = np.where(cost == 0, effect, -np.inf)
    for _ in range(cost.size):
        more, extra = effect - effect[everyone, now][:, None], cost - cost[now][:, None]
        ratio = np.full(effect.shape, -np.inf)
        np.divide(more, extra, out=ratio, where=(extra > 0) & (more > 0))
        if not parts:  # what is for nothing comes before all
            ratio[(free == free.max(1)[:, None]) & (more > 0) & np.isfinite(free)] = np.inf
        # Of equal ratios the cheaper one is the next corner of the hull.
        best = ratio.max(1)
        chosen = np.argmin(np.where(ratio == best[:, None], cost, np.inf), axis=1)
        rows = np.flatnonzero(best > 0)
        parts.append((rows, chosen[rows], now[rows], best[rows], np.maximum(extra[rows, chosen[rows]], 0.0)))
        now = np.where(best > 0, chosen, now)
    customer, action, before, ratio_of, extra_of = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(-ratio_of, kind="stable")
    return Path(n, customer[order], action[order], before[order], ratio_of[order], extra_of[order])


@dataclass(frozen=True)
class Spent:
    """What paths bring at budgets, per customer, with what chance does to them: the same draws for all."""

    budget: Floats
    """Per customer, shape (budgets,)."""
    gain: Floats
    """In units of the outcome, shape (budgets,)."""
    draws: Floats
    """The gain in each draw of the customers, shape (draws, budgets)."""

    @property
    def error(self) -> Floats:
        """The standard errors, shape (budgets,)."""
        error: Floats = self.draws.std(0)
        return error

    def minus(self, other: Spent) -> Spent:
        """Return the paired difference at each budget."""
        return Spent(self.budget, self.gain - other.gain, self.draws - other.draws)


def spent(path: Path, scores: Floats, budgets: Floats, draws: int = DRAWS) -> Spent:
    """Return what a path brings at each budget, by scores that the path knows nothing of.

    Steps of one ratio are taken together, in part where the budget ends among them: ties are cut by value. The draws
    are multinomial, of customers; a path is not fitted anew, so the variance of learning is left out.

    Args:
        path: whom to give what.
        scores: doubly robust, shape (customers, actions), of which the first is none.
        budgets: per customer, shape (budgets,).
        draws: how often the customers are drawn.
    """
    more = scores[path.customer, path.action] - scores[path.customer, path.before]
    # What is for nothing has the ratio inf, whose difference would be no number.
    starts = np.flatnonzero(np.append(True, path.ratio[1:] != path.ratio[:-1])[: path.ratio.size])
    random = np.random.default_rng(_SEED)
    chunk = max(1, _CELLS // max(path.customer.size, path.customers, 1))
    found = [_at(path, more, starts, budgets, np.ones((1, path.customers)))]
    even = np.full(path.customers, 1 / path.customers)
    for begin in range(0, draws, chunk):
        weight = random.multinomial(path.customers, even, min(chunk, draws - begin)).astype(np.float64)
        found.append(_at(path, more, starts, budgets, weight))
    return Spent(budgets, found[0][0], np.concatenate(found[1:]))


def _at(path: Path, more: Floats, starts: Ints, budgets: Floats, weight: Floats) -> Floats:
    """Return the gain at each budget for some weightings of the customers, shape (weightings, budgets)."""
    if not starts.size:
        return np.zeros((len(weight), budgets.size))
    own = weight[:, path.customer] / path.customers
    cost, gain = (np.add.reduceat(own * values, starts, axis=1).cumsum(1) for values in (path.cost, more))
    first = np.zeros((len(weight), 1))
    cost, gain = np.concatenate([first, cost], 1), np.concatenate([first, gain], 1)
    return np.stack([_interpolated(budgets, x, y) for x, y in zip(cost, gain, strict=True)])


def _interpolated(budgets: Floats, cost: Floats, gain: Floats) -> Floats:
    """Return the gain at budgets; where steps are for nothing, the one after all of them."""
    last = np.append(np.diff(cost) > 0, True)
    found: Floats = np.interp(budgets, cost[last], gain[last])
    return found


def by_lot(effects: Floats, cost: Floats, budgets: Floats) -> Floats:
    """Return what the best mixture of actions by lot brings at budgets, of mean effects, shape (budgets,).

    Args:
        effects: mean of each action over none, shape (actions,).
        cost: as for `path`.
        budgets: per customer.
    """
    whole = path(effects[None, :], cost)
    gain = np.concatenate([[0.0], np.cumsum(effects[whole.action] - effects[whole.before])])
    return _interpolated(budgets, np.concatenate([[0.0], np.cumsum(whole.cost)]), gain)
