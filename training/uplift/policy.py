"""A policy: which action a customer is to have, as a table of rules with a version, given with some exploration.

Where effects that were learned by customer are of use, it holds those in the place of rules.
"""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np

from training.uplift.learned import Learned
from training.uplift.trial import Floats, Ints

EXPLORATION = 0.1
"""The share whose action is not the policy's own: half of them have the first action, half one by lot."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Customers of a segment have an action."""

    segment: str
    action: str


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of rules; each customer is in one segment at the most, and has the action of its rule, or `other`."""

    name: str
    actions: tuple[str, ...]
    """The first leaves a customer alone."""
    other: str
    """The action of whom no rule speaks of."""
    rules: tuple[Rule, ...] = ()
    exploration: float = EXPLORATION
    segmenter: str = ""
    """Whose segments rules speak of, such as `rfm`; empty where they were read from a table of the user's own."""
    learned: Learned | None = None
    """Tells each customer's action in the place of rules; None where rules do."""

    def __post_init__(self) -> None:
        """Check that it says one known action of everybody.

        Raises:
            ValueError: an action is not known, a segment has two rules, the exploration is no share, or effects are
                learned of other actions, or beside rules.
        """
        for place, action in enumerate((self.other, *(rule.action for rule in self.rules))):
            if action not in self.actions:
                where = f"rules[{place - 1}].action" if place else "other"
                raise ValueError(f"policy.{self.name}.{where}: got {action!r}; allowed are {', '.join(self.actions)}.")
        named = [rule.segment for rule in self.rules]
        if twice := sorted({one for one in named if named.count(one) > 1}):
            raise ValueError(f"policy.{self.name}.rules: got {twice[0]!r} twice; a segment has one rule.")
        if not 0 <= self.exploration < 1:
            raise ValueError(f"policy.{self.name}.exploration: got {self.exploration:g}; 0 to below 1 is allowed.")
        if self.learned and (self.rules or len(self.learned.cost) != len(self.actions)):
            raise ValueError(
                f"policy.{self.name}.learned: an effect of each action but the first, and no rule is allowed."
            )

    @property
    def version(self) -> str:
        """A hash of all that it says: two policies of one version do the same."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:12]

    def wanted(self, segments: list[str]) -> Ints:
        """Return the action of customers by their segments, as places in `actions`, shape (customers,)."""
        by = {rule.segment: self.actions.index(rule.action) for rule in self.rules}
        other = self.actions.index(self.other)
        return np.array([by.get(segment, other) for segment in segments], np.int64)

    def chances(self, wanted: Ints) -> Floats:
        """Return the chance of each action, shape (customers, actions), by what the policy wants."""
        return explored(wanted, len(self.actions), self.exploration)


def explored(wanted: Ints, actions: int, exploration: float = EXPLORATION) -> Floats:
    """Return the chances of a policy that explores, so that whatever is sent can be judged; shape (customers, actions).

    Args:
        wanted: places of actions, shape (customers,).
        actions: how many there are; the first leaves a customer alone.
        exploration: the share that is not the policy's: half of it left alone, half by lot among all actions.
    """
    found = np.full((wanted.size, actions), exploration / 2 / actions)
    found[:, 0] += exploration / 2
    found[np.arange(wanted.size), wanted] += 1 - exploration
    return found


def drawn(chances: Floats, lot: Floats) -> tuple[Ints, Floats]:
    """Return the action of each customer and its probability, which is to be logged with it.

    Args:
        chances: shape (customers, actions).
        lot: even numbers from 0 to below 1, such as a customer's hash, shape (customers,).
    """
    allowed = (lot[:, None] < chances.cumsum(1)) & (chances > 0)
    last = chances.shape[1] - 1 - np.argmax(chances[:, ::-1] > 0, axis=1)  # sums of shares may end just below 1
    action = np.where(allowed.any(1), np.argmax(allowed, axis=1), last)
    return action, chances[np.arange(lot.size), action]
