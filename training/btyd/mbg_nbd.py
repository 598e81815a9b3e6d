"""MBG/NBD: a customer may leave after each purchase, the first one included."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from training.btyd import beta_geometric, formulas
from training.btyd.purchase_model import PurchaseModel

Floats = NDArray[np.float64]


class MbgNbd(PurchaseModel):
    """The modified beta-geometric/NBD model, also known as CBG/NBD.

    It is the BG/NBD with one chance more to leave, at the first purchase, so that those who never came back may have
    left. With n = x + 1, the likelihood of x repeat purchases, the last at t of an age T, is

        L = G(r+x)/G(r) alpha^r B(a,b+n)/B(a,b) ((alpha+T)^-(r+x) + a/(b+n-1) (alpha+t)^-(r+x)).

    Sources: Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models for customer base
    analysis", International Journal of Research in Marketing 24(3), section 3; the same model in Hoppe & Wagner (2007),
    "Customer Base Analysis: The Case for a Central Variant of the Betageometric/NBD Model", Marketing ZFP 3(2).

    Example:
        >>> fitted = MbgNbd().fit([[0, 0, 39], [1, 10, 38], [4, 30, 37], [0, 0, 30], [2, 5, 39]])
        >>> bool(fitted.probability_alive([[0, 0, 39]])[0] < 1)
        True
    """

    a_: float
    """The leaving probability's first beta parameter."""
    b_: float
    """Its second."""

    model: ClassVar[int] = formulas.MBG_NBD
    names: ClassVar[tuple[str, ...]] = ("r_", "alpha_", "a_", "b_")
    times: ClassVar[tuple[int, ...]] = (1,)

    def _starts(self, rate: float) -> Iterable[Floats]:
        return beta_geometric.starts(rate)

    def _constants(self, parameters: Floats, frequency: Floats) -> tuple[Floats, Floats]:
        return beta_geometric.stayed(parameters[2], parameters[3], frequency + 1.0)
