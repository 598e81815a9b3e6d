"""The Qini coefficient, as the field compares rankings by it, and the gain curve in units per customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.uplift.trial import Floats, Ints


def counted(score: Floats, treated: Ints, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return Radcliffe's (2007) Qini curve: how many came first, and Y_t - Y_c N_t / N_c among them.

    Equal scores come together, so no order of rows shows. With weights of one it is scikit-uplift's `qini_curve`.

    Args:
        score: the higher, the earlier, shape (customers,), as all that follow.
        treated: 1 for the treated, 0 for the others.
        y: what came after.
        weight: one over the probability of what was given, up to a factor; so arms of any size are alike.
    """
    _, group = np.unique(-score, return_inverse=True)

    def up_to(values: Floats) -> Floats:
        return np.concatenate([[0.0], np.cumsum(np.bincount(group, values))])

    n, n_treated = up_to(weight), up_to(weight * treated)
    y_all, y_treated = up_to(weight * y), up_to(weight * treated * y)
    others = n - n_treated
    ratio = np.divide(n_treated, others, out=np.zeros_like(others), where=others > 0)
    return n, y_treated - (y_all - y_treated) * ratio


def coefficient(score: Floats, treated: Ints, y: Floats, weight: Floats | None = None) -> float:
    """Return the area between the curve and a draw by lot, over that of a perfect ranking; NaN where that is 0.

    The outcome is 0 or 1. With weights of one it is scikit-uplift 0.5.1's `qini_auc_score`, whose perfect ranking puts
    the treated who answered and the others who did not first; the arguments are those of `counted`.
    """
    own = np.ones(y.size) if weight is None else weight
    crossed = (own * (y == 1) * (treated == 0)).sum() > (own * (y == 0) * (treated == 1)).sum()
    perfect = 2.0 * (y == treated) + (y if crossed else treated)
    best = _area(*counted(perfect, treated, y, own))
    return _area(*counted(score, treated, y, own)) / best if best else float("nan")


def _area(count: Floats, curve: Floats) -> float:
    return float(np.trapezoid(curve, count) - count[-1] * curve[-1] / 2)


@dataclass(frozen=True)
class Gain:
    """What treating the share that is ranked first brings per customer, over leaving everybody alone."""

    share: Floats
    """From 0 to 1, shape (points,)."""
    gain: Floats
    """Units of the outcome, or money where it was asked net of costs, over all customers; shape (points,)."""
    error: Floats
    """The standard error at each share, for these customers and their places in the ranking."""

    @property
    def best(self) -> float:
        """The share with the largest gain, the smallest of equal ones: 0, nobody, where the action only harms."""
        return float(self.share[int(np.argmax(self.gain))])

    @property
    def at_best(self) -> float:
        """The largest gain; it is looked for, so it tells too much: what counts is told by policies."""
        return float(self.gain.max())


STEPS = 20
"""Shares at which a curve is told."""


def gain(score: Floats, effect: Floats, part: Ints, steps: int = STEPS) -> Gain:
    """Return the gain curve of a ranking inside parts; who stands at a share among equals counts in part.

    Args:
        score: the higher, the earlier inside a part, shape (customers,).
        effect: doubly robust effects, net of the cost where there is one, shape (customers,).
        part: whose scores can be compared, shape (customers,).
        steps: how many shares above 0.
    """
    share = np.linspace(0, 1, steps + 1)
    inside = np.empty((share.size, score.size))
    for one in np.unique(part):
        rows = np.flatnonzero(part == one)
        _, group, count = np.unique(-score[rows], return_inverse=True, return_counts=True)
        before = (np.cumsum(count) - count) / rows.size
        inside[:, rows] = np.clip((share[:, None] - before) / (count / rows.size), 0, 1)[:, group]
    told = inside * effect
    return Gain(share, told.mean(1), told.std(1) / np.sqrt(score.size))
