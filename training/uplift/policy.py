"""A policy: which action a customer is to have, as a table of rules with a version, given with some exploration.

Where effects that were learned by customer are of use, it holds those in the place of rules.
"""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.uplift.learned import Learned

EXPLORATION = 0.1
"""The share whose action is drawn among all actions, each as likely, the policy's own among them."""
_VERSION = 12
"""Hexadecimal digits of a version."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Customers of a segment, or those of whom a condition holds, have an action."""

    segment: str = ""
    action: str = ""
    where: str = ""
    """A condition as those of `[rules]`, in the place of a segment."""


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of rules; each customer has the action of the first rule that holds of them, or `other`."""

    name: str
    actions: tuple[str, ...]
    """The first is the one that effects were told against, such as leaving a customer alone."""
    other: str
    """The action of whom no rule speaks of."""
    rules: tuple[Rule, ...] = ()
    exploration: float = EXPLORATION
    segmenter: str = ""
    """Whose segments rules speak of, such as `rfm`; empty where they were read from a table of the user's own: whoever
    uses the policy says it."""
    learned: Learned | None = None
    """Tells each customer's action in the place of rules; None where rules do."""

    def __post_init__(self) -> None:
        """Check that it says one known action of everybody.

        Raises:
            ValueError: an action is not known, a rule is of nobody or of two things, a segment has two rules, the
                exploration is no share, or effects are learned of other actions, or beside rules.
        """
        if twice := sorted({one for one in self.actions if self.actions.count(one) > 1}):
            raise ValueError(f"policy.{self.name}.actions: got {twice[0]!r} twice; each is allowed once.")
        for place, action in enumerate((self.other, *(rule.action for rule in self.rules))):
            if action not in self.actions:
                where = f"rules[{place - 1}].action" if place else "other"
                raise ValueError(f"policy.{self.name}.{where}: got {action!r}; allowed are {', '.join(self.actions)}.")
        for place, rule in enumerate(self.rules):
            if bool(rule.segment) == bool(rule.where.strip()):
                got = "both" if rule.segment else "neither"
                raise ValueError(f"policy.{self.name}.rules[{place}]: got {got}; `segment` or `where` is allowed.")
        named = [rule.segment for rule in self.rules if rule.segment]
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
        said = msgspec.to_builtins(self)
        later = {one for one in ("segmenter", "learned") if not said[one]}  # files of before keep their version
        said = {key: value for key, value in said.items() if key not in later}
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:_VERSION]

    def wanted(self, segments: list[str]) -> NDArray[np.int64]:
        """Return the action of customers by their segments, as places in `actions`, shape (customers,).

        Raises:
            ValueError: a rule looks at more than a segment.
        """
        if conditions := [rule.where for rule in self.rules if rule.where]:
            raise ValueError(f"policy.{self.name}: {conditions[0]!r} cannot be told by segments alone.")
        by = {rule.segment: self.actions.index(rule.action) for rule in self.rules}
        other = self.actions.index(self.other)
        return np.array([by.get(segment, other) for segment in segments], np.int64)


def explored(wanted: NDArray[np.int64], actions: int, exploration: float = EXPLORATION) -> NDArray[np.float64]:
    """Return the chances of a policy that explores, so that whatever is sent can be judged; shape (customers, actions).

    Args:
        wanted: places of actions, shape (customers,).
        actions: how many there are.
        exploration: the share whose action is drawn among all, each as likely.
    """
    found = np.full((wanted.size, actions), exploration / actions)
    found[np.arange(wanted.size), wanted] += 1 - exploration
    return found


def parse(text: bytes) -> Policy:
    """Return the policy that a file says.

    Raises:
        ValueError: it is none; the message says what was got.
    """
    try:
        return msgspec.json.decode(text, type=Policy)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    except msgspec.DecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
