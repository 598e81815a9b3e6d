"""Gamma-Gamma: what a customer's purchases are worth."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, psi
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from training.btyd import formulas
from training.btyd.history import Histories, checked, refuse, weights
from training.btyd.maximum_likelihood import Likelihood, maximise

Floats = NDArray[np.float64]

COLUMNS = ("frequency", "mean value")
COORDINATES = np.array([[1.0, 0, 0], [0, 1, 0], [-1, 1, 1]])
"""The parameters' logarithms are found as both shapes and p v / q, which is near the mean value."""


class GammaGamma(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator of X, shape (customers, 2): the number of purchases and their mean value, of each customer.

    A purchase's value is gamma distributed about the customer's own mean (shape p), and the rates of these gammas are
    gamma distributed over customers (shape q, rate v, Fader & Hardie's gamma), whatever the number of purchases. The
    density of a mean z of x purchases is

        G(px+q)/(G(px) G(q)) v^q z^(px-1) x^(px) / (v + x z)^(px+q).

    Customers without purchases tell nothing and are left out of the fit. Any unit of money will do; `v_` is in it.

    Sources: Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value", equations 1a (density) and 5 (conditional
    expectation); Colombo & Jiang (1999), "A stochastic RFM model", Journal of Interactive Marketing 13(3).

    Args:
        max_iter: iterations of L-BFGS-B.
        tolerance: the mean log-likelihood's gradient, by the parameters' logarithms, that counts as a maximum.

    Example:
        >>> fitted = GammaGamma().fit([[1, 20.0], [3, 35.0], [2, 12.0], [5, 30.0], [0, 0.0]])
        >>> bool(fitted.expected_value([[5, 60.0]])[0] > fitted.expected_value([[1, 60.0]])[0])
        True
    """

    p_: float
    """The shape of a customer's values."""
    q_: float
    """The shape of the rates' distribution; at 1 or below, customers' mean value has no expectation."""
    v_: float
    """Its rate, in the unit of the values."""
    log_likelihood_: float
    """The weighted sum over the customers of the fit who purchased."""
    n_features_in_: int

    def __init__(self, max_iter: int = 500, tolerance: float = 1e-6) -> None:
        self.max_iter = max_iter
        self.tolerance = tolerance

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    @property
    def parameters(self) -> Floats:
        """p, q and v, shape (3,)."""
        check_is_fitted(self)
        return np.array([self.p_, self.q_, self.v_])

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:  # noqa: ARG002, N803
        """Fit the model by maximum likelihood.

        Args:
            X: number of purchases and their mean value, shape (customers, 2).
            y: not used; scikit-learn passes it.
            sample_weight: how often each customer counts, shape (customers,).

        Raises:
            ValueError: X or the weights are not what they should be, or nobody purchased.
        """
        rows = self._checked(X)
        given = weights(sample_weight, len(rows))
        counts = (given > 0) & (rows[:, 0] > 0)
        if not counts.any():
            raise ValueError("frequency (column 0): got 0 for every customer; at least one must be above 0.")
        histories = Histories(rows[counts], given[counts])
        unit = float(np.average(histories.rows[:, 1], weights=histories.weight))
        likelihood = _likelihood(Histories(histories.rows / np.array([1.0, unit]), histories.weight))
        starts = (np.array([p, q, q / p]) for p in (1.0, 6.0) for q in (1.5, 4.0))
        p, q, v = maximise(likelihood, starts, COORDINATES, self.max_iter, self.tolerance)
        self.p_, self.q_, self.v_ = float(p), float(q), float(v * unit)
        self.n_features_in_ = len(COLUMNS)
        self.log_likelihood_ = float(histories.weight @ self.log_likelihood(histories.rows))
        return self

    def log_likelihood(self, X: Any) -> Floats:  # noqa: N803
        """Return each customer's log density of the mean value, shape (customers,); 0 where nothing was purchased."""
        rows = self._checked(X)
        p, q, v = self.parameters
        some = rows[:, 0] > 0
        x, z = rows[some].T
        out = np.zeros(len(rows))
        out[some] = (
            gammaln(p * x + q) - gammaln(p * x) - gammaln(q)
            + q * np.log(v) + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(v + x * z)
        )  # fmt: skip
        return out

    def expected_value(self, X: Any) -> Floats:  # noqa: N803
        """Return the expected value of each customer's next purchase, shape (customers,), in the unit of the values.

        Where nothing was purchased it is the population's mean, p v / (q - 1), infinite for q of 1 or below.
        """
        rows = self._checked(X)
        out = np.empty(len(rows))
        formulas.values(self.parameters, rows, out)
        return out

    def _checked(self, x: Any) -> Floats:
        rows = checked(x, COLUMNS, self)
        worthless = (rows[:, 0] > 0) & (rows[:, 1] == 0)
        refuse(worthless, rows[:, 1], "mean value (column 1)", "more than 0 is allowed where there are purchases")
        return rows


def _likelihood(histories: Histories) -> Likelihood:
    """Return the mean log-likelihood of histories with purchases: all but one logarithm is a sum over frequencies."""
    mean = histories.rows[:, 1]
    frequency, which = np.unique(histories.rows[:, 0], return_inverse=True)
    count = np.bincount(which, histories.weight)
    logs = np.bincount(which, histories.weight * np.log(mean))
    spent = histories.rows[:, 0] * mean
    total = float(count.sum())

    def likelihood(parameters: Floats) -> tuple[float, Floats]:
        p, q, v = parameters
        px = p * frequency
        both = np.log(v + spent)
        by_frequency = np.bincount(which, histories.weight * both)
        alone = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v) + px * np.log(frequency)
        value = count @ alone + (px - 1) @ logs - (px + q) @ by_frequency
        by_p = count * (psi(px + q) - psi(px) + np.log(frequency)) + logs - by_frequency
        by_q = count * (psi(px + q) - psi(q) + np.log(v)) - by_frequency
        per = np.bincount(which, histories.weight / (v + spent))
        by_v = count * q / v - (px + q) * per
        return float(value) / total, np.array([frequency @ by_p, by_q.sum(), by_v.sum()]) / total

    return likelihood
