"""BG/NBD: a customer may leave after each repeat purchase."""

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from training.btyd import beta_geometric, formulas
from training.btyd.purchase_model import PurchaseModel

Floats = NDArray[np.float64]


class BgNbd(PurchaseModel):
    """The beta-geometric/NBD model.

    While a customer is there, purchases are Poisson with a gamma distributed rate; after each repeat purchase the
    customer leaves with a probability that is beta distributed over customers. With n = x, the likelihood of x repeat
    purchases, the last at t of an age T, is

        L = G(r+x)/G(r) alpha^r B(a,b+n)/B(a,b) ((alpha+T)^-(r+x) + [n>0] a/(b+n-1) (alpha+t)^-(r+x)).

    Sources: Fader, Hardie & Lee (2005), "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model",
    Marketing Science 24(2), equations 3 (likelihood) and 10 (expected purchases); Fader, Hardie & Lee (2008),
    "Computing P(alive) Using the BG/NBD Model".

    Example:
        >>> fitted = BgNbd().fit([[0, 0, 39], [1, 10, 38], [4, 30, 37], [0, 0, 30], [2, 5, 39]])
        >>> bool(fitted.expected_purchases([[2, 30, 38]], 39)[0] > fitted.expected_purchases([[0, 0, 38]], 39)[0])
        True
    """

    a_: float
    """The leaving probability's first beta parameter."""
    b_: float
    """Its second."""

    model: ClassVar[int] = formulas.BG_NBD
    names: ClassVar[tuple[str, ...]] = ("r_", "alpha_", "a_", "b_")
    times: ClassVar[tuple[int, ...]] = (1,)

    def probability_alive(self, X: Any) -> Floats:  # noqa: N803
        """Return each customer's probability of not having left, shape (customers,); NaN where there is no repeat.

        This model lets nobody leave before the first repeat purchase, however long ago the first purchase was. That is
        an assumption and no finding, so it is not told as a probability of 1. MBG/NBD and Pareto/NBD have an answer;
        so has `probability_of_none`.
        """
        rows = self._checked(X)
        return np.where(rows[:, 0] > 0, self._by_row(formulas.alive, rows), np.nan)

    def _starts(self, rate: float) -> Iterable[Floats]:
        return beta_geometric.starts(rate)

    def _constants(self, parameters: Floats, frequency: Floats) -> tuple[Floats, Floats]:
        return beta_geometric.stayed(parameters[2], parameters[3], frequency)
