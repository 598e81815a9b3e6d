"""A grove: scorers whose trees a row passes together, since one pass over all costs less than each by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
from numpy.typing import NDArray

from training.scorers import row_loop
from training.scorers.calibrated import Calibrated
from training.scorers.combined import Combined
from training.scorers.duration import Duration
from training.scorers.forest import Forest
from training.scorers.scorer import Scorer
from training.scorers.trees import Trees

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Score = Callable[[Scorer, Rows], Floats]
"""What gives a scorer's answers for rows of features, shape (rows,)."""
_Plan = Callable[[Rows, Floats], Floats]
"""What gives them from the rows and all trees' answers, shape (models, rows)."""


def alone(scorer: Scorer, x: Rows) -> Floats:
    """Return what a scorer answers by itself: a `Score`."""
    return scorer.score(x)


def trees_in(scorer: Scorer) -> tuple[Trees, ...]:
    """Return the trees that a scorer is made of; none where it has none."""
    match scorer:
        case Trees():
            return (scorer,)
        case Calibrated() | Duration():
            return trees_in(scorer.inner)
        case Combined():
            return tuple(trees for part in scorer.parts for trees in trees_in(part))
        case _:
            return ()


@dataclass(frozen=True)
class Grove:
    """Scorers, and the forest of all of their trees."""

    scorers: tuple[Scorer, ...]

    @cached_property
    def forest(self) -> Forest | None:
        """All trees; None where there are none."""
        return Forest.of([trees.nodes for trees in self._trees]) if self._trees else None

    @cached_property
    def _trees(self) -> tuple[Trees, ...]:
        return tuple(trees for scorer in self.scorers for trees in trees_in(scorer))

    @cached_property
    def _links(self) -> NDArray[np.int32]:
        return np.array([trees.link for trees in self._trees], np.int32)

    @cached_property
    def _plans(self) -> dict[int, _Plan]:
        places = count()
        return {id(scorer): _plan(scorer, places) for scorer in self.scorers}

    def passed(self, x: Rows) -> Score:
        """Return what gives the answers of the grove's own scorers for some rows, whose trees are passed now.

        They are those that each scorer gives by itself, to the bit.
        """
        answers = self.forest.sums(x) if self.forest is not None else np.empty((0, len(x)))
        row_loop.answers(answers, self._links)
        return lambda scorer, _: self._plans[id(scorer)](x, answers)


def _plan(scorer: Scorer, places: Iterator[int]) -> _Plan:
    """Return how a scorer's answers are made; `places` counts the models as `trees_in` does."""
    match scorer:
        case Trees():
            place = next(places)
            return lambda _, answers: answers[place].copy()  # since others overwrite what they are made of
        case Calibrated() | Duration():
            inner = _plan(scorer.inner, places)
            return lambda x, answers: scorer.made(inner(x, answers))
        case Combined():
            parts = [_plan(part, places) for part in scorer.parts]
            return lambda x, answers: scorer.made([part(x, answers) for part in parts])
        case _:
            return lambda x, _: scorer.score(x)
