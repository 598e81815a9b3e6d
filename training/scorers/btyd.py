"""A BTYD model's answer over a horizon, from a customer's days with a purchase."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from training.btyd import formulas
from training.scorers import arrays
from training.scorers.row_loop import logits

FILE = "btyd.npz"
_DAYS, _SILENCE, _TENURE = 0, 1, 2
"""Places of the columns that a scorer looks at."""


@dataclass(frozen=True)
class Btyd:
    """What a purchase model, fitted in days, says of the next `horizon` days.

    A customer's frequency is the days with a purchase but the first, recency the days from the first purchase to the
    last, age those from the first purchase to the as-of.
    """

    columns: NDArray[np.int32]
    """Where the matrix has purchase_days, purchase_recency, purchase_tenure and, for VALUE, spend: shape (3,) or (4,).

    These are the number of days with a purchase, and the days since the last and since the first purchase; spend is
    all that was spent, in the unit of `value`.
    """
    model: int
    """BG_NBD, MBG_NBD, PARETO_NBD or MBG_CNBD of the row loop."""
    parameters: NDArray[np.float64]
    """The purchase model's, in the order of its estimator's `parameters`: shape (4,), with k (5,), times in days."""
    value: NDArray[np.float64]
    """The Gamma-Gamma's p, q and v, fitted to all days with a purchase: shape (3,); of no meaning but for VALUE."""
    answer: int
    """NONE, ANY, PURCHASES, VALUE or MEDIAN of the row loop."""
    horizon: float
    """Days."""
    scale: float
    """What the answer is divided by: the cents of a unit of currency, say; 1 for probabilities."""
    missing: float
    """The answer for those who never purchased, and where the expected value does not exist."""

    family: ClassVar[str] = "btyd"

    def __post_init__(self) -> None:
        """Refuse what the row loop would read beyond, or could not answer.

        Raises:
            ValueError: there are too few columns, or too many or impossible parameters, or the horizon is below 0.
        """
        needed = _looked_at(self.answer)
        if self.columns.size < needed:
            raise ValueError(f"columns: got {self.columns.size}; this answer needs {needed}.")
        wanted = 5 if self.model == formulas.MBG_CNBD else 4
        if self.parameters.size != wanted or self.value.size != 3:  # noqa: PLR2004
            got = f"{self.parameters.size} and {self.value.size}"
            raise ValueError(f"parameters and value: got {got} numbers; {wanted} and 3 are allowed.")
        if not ((self.parameters > 0) & np.isfinite(self.parameters)).all():
            raise ValueError(f"parameters: got {self.parameters.tolist()}; finite numbers above 0 are allowed.")
        if self.model == formulas.MBG_CNBD and (self.parameters[4] < 1 or self.parameters[4] % 1):
            raise ValueError(f"k: got {self.parameters[4]:g}; a whole number, 1 or more, is allowed.")
        if not 0 <= self.horizon < np.inf:
            raise ValueError(f"horizon: got {self.horizon:g}; a finite time, 0 or more, is allowed.")

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows, shape (rows,), never NaN."""
        out = np.empty(len(x))
        formulas.score(
            x,
            self.columns,
            self.model,
            self.parameters,
            self.value,
            self.answer,
            self.horizon,
            self.scale,
            self.missing,
            out,
        )
        return out

    def contributions(self, x: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how far the answer lies from that of the usual history, shared among the numbers that bring it there.

        A number's share goes by how much of the way back the answer takes when it alone becomes the usual one; numbers
        that would lead further away have none. The shape is (rows, features). Probabilities are compared as logits, so
        that those of a blend can be added up. Where nothing is usual, it is what the model expects of a customer of the
        same age who has not left.
        """
        out = np.zeros(x.shape)
        looked_at = self.columns[: _looked_at(self.answer)]
        own = np.ascontiguousarray(x[:, looked_at])
        narrow = replace(self, columns=np.arange(looked_at.size, dtype=np.int32))
        normal = np.where(np.isnan(usual[looked_at]), self._expected(own), usual[looked_at]).astype(np.float32)
        here = _sums(narrow, own)
        away, agreed = here - _sums(narrow, normal), np.zeros(len(x))
        for place, column in enumerate(looked_at.tolist()):
            back = here - _sums(narrow, _with_usual(own, normal, place))
            out[:, column] = np.where(back * away > 0, back, 0.0)
            agreed += out[:, column]
        out[:, looked_at] *= np.divide(away, agreed, out=np.zeros(len(x)), where=agreed != 0)[:, None]
        return out

    def _expected(self, own: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the model expects of customers' histories, from the days since the first purchase alone."""
        steps = self.parameters[4] if self.model == formulas.MBG_CNBD else 1.0
        rate = self.parameters[0] / self.parameters[1] / steps
        tenure = own[:, 2]
        expected = [1 + rate * tenure, np.minimum(1 / rate, tenure), tenure]
        p, q, v = self.value
        if self.answer == formulas.VALUE:
            expected.append(own[:, 0] * p * v / (q - 1) if q > 1 else own[:, 3])
        return np.column_stack(expected).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write the scorer's files into an existing folder."""
        arrays.save(self, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return arrays.load(cls, folder / FILE)


def _looked_at(answer: int) -> int:
    """Return how many columns an answer needs: what is spent, the last, is of a value alone."""
    return 4 if answer == formulas.VALUE else 3


def _with_usual(own: NDArray[np.float32], normal: NDArray[np.float32], place: int) -> NDArray[np.float32]:
    """Return histories with one number the usual one.

    Days with a purchase are as many as are usual in the time since the first: more days than have passed no history
    has. Of one day the last purchase is the first; with more there is a later one, as long ago as is usual. Where a
    number lies between what is usual in all and in that time, it is left: nobody could tell what it is compared with.
    """
    other = own.copy()
    if place != _DAYS:
        other[:, place] = normal[:, place]
        return other
    days, silence, tenure = own[:, :3].T
    pace = np.minimum(np.divide(tenure, normal[:, _TENURE], out=np.ones_like(tenure), where=normal[:, _TENURE] > 0), 1)
    usual = 1 + (normal[:, _DAYS] - 1) * pace
    told = (days - normal[:, _DAYS]) * (days - usual) > 0
    other[:, _DAYS] = np.where(told, usual, days)
    other[:, _SILENCE] = np.where(told & (days <= 1), np.minimum(normal[:, _SILENCE], tenure), silence)
    return other


def _sums(scorer: Btyd, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the scores, of probabilities the logits."""
    out = scorer.score(x)
    if scorer.answer in {formulas.NONE, formulas.ANY}:
        logits(out)
    return out
