"""A blend: the mean of other recipes, which err in different ways."""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.scorers import Combined, Scorer
from training.scorers.combined import combined

if TYPE_CHECKING:
    from training.panel.examples import Examples
    from training.recipes.recipe import Recipe


@dataclass(frozen=True)
class Blend:
    """The plain mean of its parts, of probabilities on the logit; weights would be learned from too little."""

    name: str
    parts: tuple[Any, ...] = field(metadata={"of": "recipes"})
    how: int
    baseline: bool = False

    def fit(self, examples: Examples) -> Scorer:
        """Fit every part to the examples."""
        return self.of({part.name: part.fit(examples) for part in self.parts})

    def of(self, fitted: dict[str, Scorer]) -> Scorer:
        """Return the blend of parts that were fitted before, by name."""
        return Combined(tuple(fitted[part.name] for part in self.parts), self.how)


def fit_all(
    recipes: tuple[Recipe, ...], examples: Examples, took: MutableMapping[str, float] | None = None
) -> dict[str, Scorer]:
    """Fit recipes to the same examples, each once; a blend takes what its parts left.

    Args:
        recipes: a blend stands behind its parts.
        examples: what they learn from.
        took: the seconds that each fit takes are added to it, by recipe; those of a blend are those of its parts.
    """
    fitted: dict[str, Scorer] = {}
    seconds: dict[str, float] = {}
    for recipe in recipes:
        began = time.perf_counter()
        fitted[recipe.name] = recipe.of(fitted) if isinstance(recipe, Blend) else recipe.fit(examples)
        of_parts = sum(seconds[part.name] for part in recipe.parts) if isinstance(recipe, Blend) else 0.0
        seconds[recipe.name] = of_parts + time.perf_counter() - began
    if took is not None:
        took.update({name: took.get(name, 0.0) + own for name, own in seconds.items()})
    return fitted


def said_by_all(
    recipes: tuple[Recipe, ...], fitted: Mapping[str, Scorer], examples: Examples
) -> dict[str, NDArray[np.float64]]:
    """Return what recipes that `fit_all` fitted say of examples, each asked once; a blend takes what its parts said."""
    said: dict[str, NDArray[np.float64]] = {}
    for recipe in recipes:
        if isinstance(recipe, Blend):
            said[recipe.name] = combined([said[part.name] for part in recipe.parts], recipe.how)
        else:
            said[recipe.name] = examples.said(fitted[recipe.name].score)
    return said
