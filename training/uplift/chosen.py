"""Chosen: which way to act brings most, the same for everybody among them, and the simplest that nothing beats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.metrics.bootstrap import Estimate
from training.uplift import influence
from training.uplift.folds import Rows, cross, forward
from training.uplift.influence import Figure, Over, beaten, differences
from training.uplift.judged import Scored
from training.uplift.learned import Learned
from training.uplift.method import LEARNED
from training.uplift.policy import Policy, Rule
from training.uplift.trial import Floats, Ints

NOBODY, SAME, SEGMENT, LEARNT = "nobody", "same for everybody", "by segment", "learned"
WAYS = (NOBODY, SAME, SEGMENT, LEARNT)
"""From plain to learned."""


@dataclass(frozen=True)
class Costs:
    """What outcomes are worth and actions cost."""

    worth: float
    """Of one unit of the outcome, in money; 1 where costs are told in units of the outcome."""
    cost: Floats
    """Of each arm for one customer, in the same, shape (arms,)."""


@dataclass(frozen=True)
class Chosen:
    """Ways to act beside each other; values per customer, net of costs."""

    value: Mapping[str, Estimate]
    """By way, of what all other parts taught, cross."""
    over: Over
    """By which a more learned way is above a plainer one, forward, paired: (learned, plain)."""
    recommended: str
    policy: Policy
    """The recommended way, learned from everybody: a table of rules, or effects by customer."""

    @property
    def unbeaten(self) -> tuple[str, ...]:
        """The ways that no other is above by more than chance."""
        return tuple(way for way in WAYS if not beaten(way, self.over))


def chosen(scored: Scored, costs: Costs, name: str) -> Chosen:
    """Compare the ways, each learned by some customers and judged by others.

    Args:
        scored: the trial.
        costs: by which all are judged.
        name: of the policy that is made.
    """
    net = costs.worth * scored.scores - costs.cost
    over = differences(_values(scored, costs, net, forward(scored.part)))
    value = {way: told.estimate for way, told in _values(scored, costs, net, cross(scored.part)).items()}
    recommended = plainest(over)
    return Chosen(value, over, recommended, _policy(scored, costs, net, recommended, name))


def plainest(over: Over, ways: Sequence[str] = WAYS) -> str:
    """Return the plainest way that nothing is above; but for nobody, one that is itself above nobody.

    Args:
        over: by how much a later way is above an earlier one.
        ways: from plain to learned, nobody first.
    """
    nobody, *others = ways
    if not beaten(nobody, over):
        return nobody
    above = [way for way in others if over[way, nobody].lo > 0]
    return next((way for way in above if not beaten(way, over)), above[0])


def _values(scored: Scored, costs: Costs, net: Floats, splits: Iterable[tuple[Rows, Rows]]) -> dict[str, Figure]:
    """Return the mean of what each way gives to those who are judged."""
    found: dict[str, list[Figure]] = {way: [] for way in WAYS}
    for learned, asked in splits:
        told, own = net[asked], np.arange(int(asked.sum()))
        for way, action in _given(scored, costs, net, learned, asked).items():
            found[way].append(influence.mean(told[own, action]))
    return {way: influence.pooled(parts) for way, parts in found.items()}


def _given(scored: Scored, costs: Costs, net: Floats, learned: Rows, asked: Rows) -> dict[str, Ints]:
    """Return the action that each way gives to those who are judged; of equal ones the first."""
    trial = scored.trial
    best = int(np.argmax(net[learned].mean(0)))
    segment = trial.segment[asked]
    return {
        NOBODY: np.zeros(segment.size, np.int64),
        SAME: np.full(segment.size, best),
        SEGMENT: by_segment(trial.segment[learned], net[learned], len(trial.segments))[segment],
        LEARNT: np.argmax(costs.worth * predicted(scored, learned, asked) - costs.cost, axis=1),
    }


def by_segment(segment: Ints, net: Floats, segments: int) -> Ints:
    """Return the best action of each segment, shape (segments,); of one that nobody is in, the best of all."""
    count = np.bincount(segment, minlength=segments)
    total = np.stack([np.bincount(segment, net[:, arm], segments) for arm in range(net.shape[1])], axis=1)
    best: Ints = np.argmax(np.where(count[:, None] > 0, total, net.mean(0)), axis=1)
    return best


def predicted(scored: Scored, learned: Rows, asked: Rows) -> Floats:
    """Return the learned effect of each arm over the first for those who are asked, shape (customers, arms)."""
    own, others = scored.trial.where(learned), scored.trial.where(asked)
    each = [LEARNED.fit(own, scored.scores[learned], action)(others) for action in range(1, len(scored.trial.arms))]
    return np.stack([np.zeros(len(others)), *each], axis=1)


def _policy(scored: Scored, costs: Costs, net: Floats, way: str, name: str) -> Policy:
    """Return a way as it is told by everybody; a rule is told where it differs from what the others have."""
    arms, trial = scored.trial.arms, scored.trial
    if way == LEARNT:
        models = [LEARNED.model(trial, scored.scores, action) for action in range(1, len(arms))]
        return Policy(name, arms, arms[0], learned=Learned.of(models, trial.names, costs.cost, costs.worth))
    other = arms[0 if way == NOBODY else int(np.argmax(net.mean(0)))]
    rules: tuple[Rule, ...] = ()
    if way == SEGMENT:
        best = by_segment(trial.segment, net, len(trial.segments))
        pairs = zip(trial.segments, best.tolist(), strict=True)
        rules = tuple(Rule(segment, arms[action]) for segment, action in pairs if arms[action] != other)
    return Policy(name, arms, other, rules, segmenter=trial.segmenter if rules else "")
