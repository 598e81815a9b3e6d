"""Judged: how well each method says whom an action helps, and whether what was learned is of use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from training.metrics.bootstrap import Estimate
from training.uplift import doubly_robust, influence
from training.uplift.folds import FOLDS, Rows, cross, folds, forward
from training.uplift.influence import Figure, Over, beaten, differences
from training.uplift.method import LEARNED, METHODS, RESPONSE, Method
from training.uplift.qini import Gain, coefficient, gain
from training.uplift.rate import AUTOC, QINI, rate
from training.uplift.trial import Floats, Ints, Trial


@dataclass(frozen=True)
class Scored:
    """A trial in parts, with the doubly robust scores of each customer."""

    trial: Trial
    part: Ints
    """Shape (customers,)."""
    scores: Floats
    """Shape (customers, arms)."""

    @classmethod
    def of(cls, trial: Trial, seed: int = 0, count: int = FOLDS) -> "Scored":
        """Return a trial in parts that a seed draws.

        Raises:
            NoTrial: effects cannot be read from it.
        """
        trial.check()
        part = folds(trial.arm, count, seed)
        return cls(trial, part, doubly_robust.scores(trial, part))

    def effect(self, action: int) -> Floats:
        """Return what an action brings over the first arm, whose mean over any group is its effect there."""
        effect: Floats = self.scores[:, action] - self.scores[:, 0]
        return effect


@dataclass(frozen=True)
class Judged:
    """One action beside the first arm; figures in units of the outcome per customer."""

    action: str
    customers: int
    effect: Estimate
    """Of giving it to everybody."""
    signal: Estimate
    """AUTOC of the learned ranking, forward: by how much those ranked first gain more, if anybody does."""
    area: Mapping[str, Estimate]
    """By method, the Qini area, forward."""
    ahead: Over
    """By how much the area of a more learned method is above a plainer one's, forward, paired: (learned, plain)."""
    qini: Mapping[str, float]
    """By method, the mean Qini coefficient of the parts, cross; only where the outcome is 0 or 1."""
    curves: Mapping[str, Gain]
    """By method, the gain curve, cross."""
    slope: Estimate
    """Of the effect on the predicted effect, cross: 1 where predictions are right, 0 where they tell nothing."""

    @property
    def any_signal(self) -> bool:
        """Whether customers differ in what the action brings them, as far as can be told."""
        return self.signal.lo > 0

    @property
    def of_use(self) -> bool:
        """Whether targeting by the learned effect is better than by response, as far as can be told."""
        return self.any_signal and self.ahead[LEARNED.name, RESPONSE.name].lo > 0

    @property
    def recommended(self) -> str:
        """The plainest method that no other is above by more than chance; what was learned only where it is of use."""
        every = [name for name in self.area if name != LEARNED.name or self.of_use]
        ahead = {pair: told for pair, told in self.ahead.items() if {*pair} <= {*every}}
        return next(name for name in every if not beaten(name, ahead))


def judged(scored: Scored, action: int, cost: float = 0.0, methods: tuple[Method, ...] = METHODS) -> Judged:
    """Judge methods for one action.

    Args:
        scored: the trial.
        action: the arm, a place in `Trial.arms`.
        cost: of giving it to a customer, in units of the outcome; gain curves are net of it.
        methods: from plain to learned.
    """
    effect, trial, part = scored.effect(action), scored.trial, scored.part
    ahead = _ranked(scored, action, methods, forward(part))
    areas = {name: _rate(ranks, effect) for name, ranks in ahead.items()}
    ranked = _ranked(scored, action, methods, cross(part))
    whole = {name: _joined(ranks) for name, ranks in ranked.items()}
    pair = (trial.arm == action) | (trial.arm == 0)

    def qini(score: Floats) -> float:
        told = []
        for one in range(int(part.max()) + 1):
            own = trial.where(rows := np.flatnonzero((part == one) & pair))
            told.append(coefficient(score[rows], (own.arm == action).astype(np.int64), own.y, own.weight))
        return float(np.mean(told))

    return Judged(
        trial.arms[action],
        len(trial),
        influence.mean(effect).estimate,
        _rate(ahead[LEARNED.name], effect, AUTOC).estimate,
        {name: area.estimate for name, area in areas.items()},
        differences(areas),
        {name: qini(score) for name, score in whole.items()} if trial.binary else {},
        {name: gain(score, effect - cost, part) for name, score in whole.items()},
        _slope(whole[LEARNED.name], effect).estimate,
    )


Ranks = list[tuple[Rows, Floats]]
"""Who is judged, and their scores."""


def _ranked(
    scored: Scored, action: int, methods: tuple[Method, ...], splits: Iterable[tuple[Rows, Rows]]
) -> dict[str, Ranks]:
    """Return, by method, the scores of those who are judged, by what the others taught."""
    found: dict[str, Ranks] = {method.name: [] for method in methods}
    for learned, asked in splits:
        own, others = scored.trial.where(learned), scored.trial.where(asked)
        for method in methods:
            found[method.name].append((asked, method.fit(own, scored.scores[learned], action)(others)))
    return found


def _rate(ranks: Ranks, effect: Floats, weighting: tuple = QINI) -> Figure:  # type: ignore[type-arg]
    return influence.pooled([rate(score, effect[asked], weighting) for asked, score in ranks])


def _joined(ranks: Ranks) -> Floats:
    whole = np.empty(ranks[0][0].size)
    for asked, score in ranks:
        whole[asked] = score
    return whole


def _slope(predicted: Floats, effect: Floats) -> Figure:
    """Return the slope of the effect on the prediction (Chernozhukov et al. 2018, best linear predictor)."""
    centred = predicted - predicted.mean()
    spread = (centred**2).mean()
    if spread <= 1e-12 * max(float((effect**2).mean()), 1e-300):
        return Figure(0.0, np.zeros(effect.size))
    slope = float((centred * effect).mean() / spread)
    left = effect - effect.mean() - slope * centred
    return Figure(slope, centred * left / spread)
