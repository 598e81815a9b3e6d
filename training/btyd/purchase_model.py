"""Purchase models: what BG/NBD, MBG/NBD, MBG/CNBD-k and Pareto/NBD share. Customers purchase until they leave.

A customer's purchases are a Poisson process whose rate is gamma distributed over customers (shape r, rate alpha: the
NBD), or each k-th event of such a process; the models differ in that and in when a customer leaves, which nobody sees.
"""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, psi
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from training.btyd import formulas
from training.btyd.history import Histories, checked, horizons, refuse, weights
from training.btyd.maximum_likelihood import Likelihood, maximise

Floats = NDArray[np.float64]

COORDINATES = np.array([[1.0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]])
"""The parameters' logarithms are found as each pair's first and their ratio: a gamma's shape and its mean."""
SAMPLE = 10_000
"""Histories that the starts are tried on; the best of them is then followed on all."""


class PurchaseModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator of X, shape (customers, 3): frequency, recency and age of each customer.

    Frequency is the number of repeat purchases, recency the time from the first purchase to the last (0 where there
    is no repeat), age the time from the first purchase to now; a model may ask for more, which are times. Any unit of
    time will do: the fit is in the mean age, and `alpha_`, `beta_` and horizons are in the unit of X.

    Args:
        max_iter: iterations of L-BFGS-B.
        tolerance: the mean log-likelihood's gradient, by the parameters' logarithms, that counts as a maximum.
    """

    r_: float
    """The shape of the purchase rates' distribution."""
    alpha_: float
    """Its rate, a time: the mean customer purchases r_ / alpha_ times in a unit of time (k: a k-th of it)."""
    log_likelihood_: float
    """The weighted sum over the customers of the fit."""
    n_features_in_: int

    model: ClassVar[int]
    """The row loop's number of the model."""
    columns: ClassVar[tuple[str, ...]] = ("frequency", "recency", "age")
    """What X has; all but the first are times."""
    names: ClassVar[tuple[str, ...]]
    """The fitted attributes, in the row loop's order."""
    times: ClassVar[tuple[int, ...]]
    """Which of them are times."""

    def __init__(self, max_iter: int = 500, tolerance: float = 1e-6) -> None:
        self.max_iter = max_iter
        self.tolerance = tolerance

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    @property
    def parameters(self) -> Floats:
        """The fitted parameters, in the row loop's order, shape (len(names),)."""
        check_is_fitted(self)
        return np.array([getattr(self, name) for name in self.names], np.float64)

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:  # noqa: ARG002, N803
        """Fit the model by maximum likelihood.

        Args:
            X: frequency, recency and age, and what else the model asks for, shape (customers, columns).
            y: not used; scikit-learn passes it.
            sample_weight: how often each customer counts, shape (customers,).

        Raises:
            ValueError: X or the weights are not what they should be.
        """
        rows = self._checked(X)
        given = weights(sample_weight, len(rows))
        counted = Histories(rows[given > 0], given[given > 0]).collapsed()
        unit = float(np.average(counted.rows[:, 2], weights=counted.weight))
        if unit <= 0:
            raise ValueError("age (column 2): got 0 for every customer; at least one must be above 0.")
        scaled = replace(counted, rows=counted.rows / np.array([1.0] + [unit] * (len(self.columns) - 1)))
        found = self._maximise(scaled)
        found[list(self.times)] *= unit
        for name, value in zip(self.names, found, strict=True):
            setattr(self, name, float(value))
        self.n_features_in_ = len(self.columns)
        self.log_likelihood_ = float(counted.weight @ self._by_row(formulas.log_likelihood, counted.rows))
        return self

    def log_likelihood(self, X: Any) -> Floats:  # noqa: N803
        """Return each customer's log-likelihood, shape (customers,): the log density of the purchases' times."""
        return self._by_row(formulas.log_likelihood, self._checked(X))

    def probability_alive(self, X: Any) -> Floats:  # noqa: N803
        """Return each customer's probability of not having left, shape (customers,)."""
        return self._by_row(formulas.alive, self._checked(X))

    def expected_purchases(self, X: Any, horizon: ArrayLike) -> Floats:  # noqa: N803
        """Return the expected number of purchases in the horizon from now, shape (customers,)."""
        return self._answers(formulas.PURCHASES, X, horizon)

    def probability_of_none(self, X: Any, horizon: ArrayLike) -> Floats:  # noqa: N803
        """Return the probability of no purchase in the horizon from now, shape (customers,).

        It is the likelihood of the same purchases at the age plus the horizon, over that at the age.
        """
        return self._answers(formulas.NONE, X, horizon)

    @abstractmethod
    def _starts(self, rate: float) -> Iterable[Floats]:
        """Return parameters to start from, for customers who repeat `rate` purchases in a mean age, which is 1."""

    @abstractmethod
    def _constants(self, parameters: Floats, frequency: Floats) -> tuple[Floats, Floats]:
        """Return what of the log-likelihood the times do not change, without the gamma functions of r.

        Args:
            parameters: shape (4,).
            frequency: the different frequencies, shape (frequencies,).

        Returns:
            The part, shape (frequencies,), and its gradient, shape (4, frequencies).
        """

    def _checked(self, x: Any) -> Floats:
        rows = checked(x, self.columns, self)
        frequency, recency, age = rows.T[:3]
        refuse(recency > age, recency, "recency (column 1)", "at most the customer's age (column 2) is allowed")
        silent = (frequency == 0) & (recency > 0)
        refuse(silent, recency, "recency (column 1)", "0 is allowed where the frequency (column 0) is 0")
        return rows

    def _maximise(self, histories: Histories) -> Floats:
        """Return the likeliest parameters of scaled histories, shape (len(names),)."""
        few = histories.every(-(-len(histories.rows) // SAMPLE))
        repeats, ages = few.weight @ few.rows[:, 0], few.weight @ few.rows[:, 2]
        rate = float((repeats + 0.5) / (ages + 0.5))
        best = maximise(self._likelihood(few), self._starts(rate), COORDINATES, self.max_iter, self.tolerance)
        if len(few.rows) == len(histories.rows):
            return best
        return maximise(self._likelihood(histories), [best], COORDINATES, self.max_iter, self.tolerance)

    def _likelihood(self, histories: Histories, k: int = 1) -> Likelihood:
        """Return the mean log-likelihood of scaled histories, purchases `k` steps apart, by the other parameters."""
        frequency, which = np.unique(histories.rows[:, 0], return_inverse=True)
        count = np.bincount(which, histories.weight)
        total = float(count.sum())

        def likelihood(parameters: Floats) -> tuple[float, Floats]:
            gradient = np.zeros(4)
            value = formulas.silence(self.model, np.append(parameters, k), histories.rows, histories.weight, gradient)
            r, alpha = parameters[:2]
            shape = r + k * frequency
            constants, slopes = self._constants(parameters, frequency)
            value += float(count @ (gammaln(shape) - gammaln(r) + r * np.log(alpha) + constants))
            gradient += slopes @ count
            gradient[0] += count @ (psi(shape) - psi(r) + np.log(alpha))
            gradient[1] += total * r / alpha
            return value / total, gradient / total

        return likelihood

    def _by_row(self, loop: Any, rows: Floats) -> Floats:
        out = np.empty(len(rows))
        loop(self.model, self.parameters, rows, out)
        return out

    def _answers(self, answer: int, x: Any, horizon: ArrayLike) -> Floats:
        rows = self._checked(x)
        out = np.empty(len(rows))
        formulas.answers(answer, self.model, self.parameters, rows, horizons(horizon, len(rows)), out)
        return out
