"""MBG/CNBD-k: regular buyers, who may leave after each purchase, the first one included."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from training.btyd import formulas
from training.btyd.history import Histories, refuse
from training.btyd.maximum_likelihood import maximise
from training.btyd.mbg_nbd import MbgNbd
from training.btyd.purchase_model import COORDINATES

Floats = NDArray[np.float64]

MOST_STEPS = 12
"""The largest k that is tried; BTYDplus stops there too."""
ROUNDING = 1e-5
"""By how much a geometric mean of gaps, kept as float32, may be above their arithmetic mean."""


class MbgCnbd(MbgNbd):
    """The modified beta-geometric/condensed NBD model: an MBG/NBD whose purchases are k exponential steps apart.

    The time between two purchases is gamma distributed with the whole shape k, the same for all customers, so that a
    customer of a large k comes like a clock: a silence of twice the usual gap says much. For k = 1 it is MBG/NBD.
    X has a fourth column, the geometric mean of the times between purchases (0 where there is no repeat); only the
    fit looks at it, to choose the k of the highest likelihood. With n = x + 1, s = r + k x and g the mean gap, the
    likelihood of x repeat purchases, the last at t of an age T, is

        L = g^((k-1)x) / G(k)^x G(s)/G(r) alpha^r B(a,b+n)/B(a,b) ((alpha+T)^-s H + a/(b+n-1) (alpha+t)^-s),
        H = sum over j from 0 to k-1 of G(s+j)/(G(s) j!) ((T-t)/(alpha+T))^j.

    Sources: Reutterer, Platzer & Schroeder (2021), "Leveraging purchase regularity for predicting customer behavior the
    easy way", International Journal of Research in Marketing 38(1), for the likelihood and P(alive); their expected
    purchases are approximated, `formulas` sums them exactly. Platzer & Reutterer (2016), "Ticking Away the Moments",
    Marketing Science 35(5), on regularity.

    Example:
        >>> fitted = MbgCnbd().fit([[0, 0, 39, 0], [1, 10, 38, 10], [4, 30, 37, 7.4], [2, 12, 30, 5.9], [3, 30, 39, 9]])
        >>> bool(fitted.k_ > 1)
        True
    """

    k_: float
    """How many steps lie between two purchases, a whole number."""

    model: ClassVar[int] = formulas.MBG_CNBD
    columns: ClassVar[tuple[str, ...]] = ("frequency", "recency", "age", "mean gap")
    names: ClassVar[tuple[str, ...]] = ("r_", "alpha_", "a_", "b_", "k_")

    def _checked(self, x: Any) -> Floats:
        rows = super()._checked(x)
        frequency, recency, _, gap = rows.T
        repeats = frequency > 0
        refuse(repeats & (gap == 0), gap, "mean gap (column 3)", "more than 0 is allowed where there are repeats")
        refuse(~repeats & (gap > 0), gap, "mean gap (column 3)", "0 is allowed where the frequency (column 0) is 0")
        most = "at most the recency (column 1) over the frequency (column 0) is allowed"
        refuse(gap * frequency > recency * (1 + ROUNDING), gap, "mean gap (column 3)", most)
        return rows

    def _maximise(self, histories: Histories) -> Floats:
        """Return the likeliest parameters, with k as the last.

        The gaps are a sum that k alone weighs, so the others are found from equal frequencies, recencies and ages once.
        Each k starts from what the one before found, at the same mean gap; the first that is less likely ends it. Where
        nobody repeats, nothing tells k, and it is 1.
        """
        frequency, gap = histories.rows[:, 0], np.where(histories.rows[:, 0] > 0, histories.rows[:, 3], 1.0)
        each = histories.weight / histories.weight.sum()
        repeats, logs = float(each @ frequency), float(each @ (frequency * np.log(gap)))
        timed = Histories(np.ascontiguousarray(histories.rows[:, :3]), histories.weight).collapsed()
        found = super()._maximise(timed)
        best, highest = np.append(found, 1.0), self._likelihood(timed)(found)[0]
        for k in range(2, MOST_STEPS + 1 if repeats > 0 else 2):
            likelihood = self._likelihood(timed, k)
            start = found * np.array([1.0, (k - 1) / k, 1.0, 1.0])
            found = maximise(likelihood, [start], COORDINATES, self.max_iter, self.tolerance)
            value = likelihood(found)[0] + (k - 1) * logs - repeats * float(gammaln(k))
            if value <= highest:
                break
            best, highest = np.append(found, float(k)), value
        return best
