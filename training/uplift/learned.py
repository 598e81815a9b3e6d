"""Learned effects: what each action brings a customer over being left alone, as numbers that a file can hold."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.scorers import Linear, row_loop

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FLOATS = ("fill", "mean", "scale", "weight")
_SIZED = ("transform", *_FLOATS)
_ALL = slice(None)
CLOSE = 1e-9
"""How near a self-test must come: the last bits of a logarithm may differ from one processor to another."""


class Effect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an action brings, in units of the outcome: `scorers.Linear`, a number for each feature."""

    transform: tuple[int, ...]
    fill: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weight: tuple[float, ...]
    intercept: float

    @classmethod
    def of(cls, model: Linear, terms: NDArray[np.bool_] | slice = _ALL) -> Effect:
        """Return some terms of a fitted model, by default all; its terms are the features in their order."""
        numbers = {name: tuple(getattr(model, name)[terms].tolist()) for name in _SIZED}
        return cls(**numbers, intercept=model.intercept)

    def score(self, x: NDArray[np.float32]) -> Floats:
        """Return the effect for rows of the features, shape (rows,), by the row loop: one row is as one of many."""
        fill, mean, scale, weight = (np.array(getattr(self, name), np.float64) for name in _FLOATS)
        feature, transform = np.arange(len(self.weight), dtype=np.int32), np.array(self.transform, np.int32)
        return Linear(feature, transform, fill, mean, scale, weight, self.intercept, row_loop.IDENTITY).score(x)


class Learned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is needed to say each customer's best action."""

    features: tuple[str, ...]
    """Names of the catalogue, in the order of the terms of each effect."""
    effects: tuple[Effect, ...]
    """Of each action but the first, which leaves a customer alone."""
    cost: tuple[float, ...]
    """Of each action for one customer, the first among them."""
    worth: float
    """Of one unit of the outcome, in what costs are told in."""
    told: tuple[tuple[float, ...], ...] = ()
    """What each effect says of made-up customers, where it was learned: a self-test wherever it is read."""

    def __post_init__(self) -> None:
        """Check that every list has the length that it needs, and that effects say here what they said where learned.

        Raises:
            ValueError: one has not, a number is none, or effects say something else.
        """
        numbers = [len(self.cost) - 1, *(len(getattr(one, name)) for one in self.effects for name in _SIZED)]
        if numbers != [len(self.effects)] + [len(self.features)] * (len(numbers) - 1):
            raise ValueError("policy: learned: a list is not as long as there are features, or effects.")
        every = np.concatenate([[self.worth, *self.cost], *(np.array(_all(one)) for one in self.effects)])
        if not np.isfinite(every).all() or not self.worth > 0:
            raise ValueError("policy: learned: got a number that is none, or a worth that is not above 0.")
        here, there = np.array(self._tried()), np.array(self.told)
        if self.told and (here.shape != there.shape or not np.allclose(here, there, CLOSE, CLOSE * abs(here).max())):
            raise ValueError("policy: learned: the self-test gives other numbers here.")

    def _tried(self) -> tuple[tuple[float, ...], ...]:
        """Return what each effect says of the unknown, of who did nothing, of the usual, and of who does much."""
        usual = [np.array(one.fill) for one in self.effects[:1]] or [np.zeros(len(self.features))]
        rows = np.stack([np.full(len(self.features), np.nan), 0 * usual[0], usual[0], 3 * usual[0] + 1])
        return tuple(tuple(one.score(rows.astype(np.float32)).tolist()) for one in self.effects)

    @classmethod
    def of(cls, models: Sequence[Linear], names: Sequence[str], cost: Floats, worth: float) -> Learned:
        """Return fitted models of effects with the features that at least one of them looks at.

        Args:
            models: of each action but the first.
            names: of the features, in the order of the models' terms.
            cost: of each action, the first among them.
            worth: of one unit of the outcome.
        """
        used = np.any([model.weight != 0 for model in models], axis=0)
        looked_at = tuple(name for name, one in zip(names, used.tolist(), strict=True) if one)
        own = cls(looked_at, tuple(Effect.of(one, used) for one in models), tuple(cost.tolist()), float(worth))
        return msgspec.structs.replace(own, told=own._tried())

    def missing(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the features that are not among some."""
        return tuple(sorted({*self.features} - {*names}))

    def wanted(self, x: NDArray[np.float32], names: Sequence[str]) -> Ints:
        """Return the action that brings most net of costs, of equal ones the first; shape (rows,).

        Args:
            x: features, shape (rows, names).
            names: of its columns.

        Raises:
            ValueError: a feature is not among them.
        """
        if lacking := self.missing(names):
            raise ValueError(f"policy: learned: the features lack {', '.join(lacking)}.")
        place = {name: column for column, name in enumerate(names)}
        own = np.ascontiguousarray(x[:, [place[name] for name in self.features]])
        net = [np.zeros(len(x)), *(one.score(own) for one in self.effects)]
        best: Ints = np.argmax(self.worth * np.stack(net, axis=1) - np.array(self.cost), axis=1)
        return best


def _all(effect: Effect) -> list[float]:
    return [effect.intercept, *(number for name in _FLOATS for number in getattr(effect, name))]
