"""Seen: all that rules can look at of some customers, each at a moment of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.rules.truth import Truths
from training.segmenters.facts import Facts

Floats32 = NDArray[np.float32]
Numbers = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """What is known of some customers, a row each."""

    facts: Facts
    """The features of the bundle, and its predictions."""
    segments: Mapping[str, pa.Array] = field(default_factory=dict)
    """By segmenter, the name of each row's segment."""
    attributes: pa.Table | None = None
    """What is known beside events; None where no rule asks."""
    own: Mapping[str, Floats32] = field(default_factory=dict)
    """What the rules count themselves, by name."""
    kept: dict[str, Truths] = field(default_factory=dict, repr=False, compare=False)
    """Of each rule that was asked about, what was found."""

    def feature(self, name: str) -> Floats32:
        """Return a feature of the bundle, or one that the rules count themselves, as it is kept: shape (rows,)."""
        own = self.own.get(name)
        return self.facts.x[:, self.facts.names.index(name)] if own is None else own

    def truth(self, rule: str, holds: Callable[["Seen"], Truths]) -> Truths:
        """Return of each customer whether a rule holds; it is asked once, however many others refer to it."""
        if rule not in self.kept:
            self.kept[rule] = holds(self)
        return self.kept[rule]
