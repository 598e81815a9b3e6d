"""Pareto/NBD: a customer may leave at any time."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from training.btyd import formulas
from training.btyd.purchase_model import PurchaseModel

Floats = NDArray[np.float64]


class ParetoNbd(PurchaseModel):
    """The Pareto/NBD model.

    While a customer is there, purchases are Poisson with a gamma distributed rate (r, alpha); the time until the
    customer leaves is exponential, with a rate that is gamma distributed too (s, beta). The likelihood of x repeat
    purchases, the last at t of an age T, is

        L = G(r+x)/G(r) alpha^r beta^s ((alpha+T)^-(r+x) (beta+T)^-s + I),
        I = integral over u from t to T of s (alpha+u)^-(r+x) (beta+u)^-(s+1).

    Sources: Schmittlein, Morrison & Colombo (1987), "Counting Your Customers: Who Are They and What Will They Do
    Next?", Management Science 33(1); Fader & Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related
    Expressions", for the likelihood, P(alive) and the expected purchases. `formulas` integrates I by quadrature.

    Example:
        >>> fitted = ParetoNbd().fit([[0, 0, 39], [1, 10, 38], [4, 30, 37], [0, 0, 30], [2, 5, 39]])
        >>> bool(fitted.probability_alive([[0, 0, 39]])[0] < 1)
        True
    """

    s_: float
    """The shape of the leaving rates' distribution."""
    beta_: float
    """Its rate, a time."""

    model: ClassVar[int] = formulas.PARETO_NBD
    names: ClassVar[tuple[str, ...]] = ("r_", "alpha_", "s_", "beta_")
    times: ClassVar[tuple[int, ...]] = (1, 3)

    def _starts(self, rate: float) -> Iterable[Floats]:
        for r in (0.3, 1.5):
            for s, beta in ((0.5, 0.5), (1.0, 2.0)):
                yield np.array([r, r / rate, s, beta])

    def _constants(self, parameters: Floats, frequency: Floats) -> tuple[Floats, Floats]:
        s, beta = parameters[2:]
        slopes = np.zeros((4, frequency.size))
        slopes[2], slopes[3] = np.log(beta), s / beta
        return np.full(frequency.size, s * np.log(beta)), slopes
