"""Maximum likelihood of positive parameters, by L-BFGS-B on their logarithms."""

import warnings
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize
from sklearn.exceptions import ConvergenceWarning

Floats = NDArray[np.float64]
Likelihood = Callable[[Floats], tuple[float, Floats]]
"""The mean log-likelihood of a customer, and its gradient with respect to the parameters."""

LOG_BOUND = 10.0
"""Coordinates end at -10 and 10, where shapes of 22,026 say that customers are alike; else they might go on forever."""
STILL_FLAT = 1e-4
"""A gradient of the mean at which a line search may fail for want of digits, with a maximum all the same."""


def maximise(
    likelihood: Likelihood, starts: Iterable[Floats], coordinates: Floats, max_iter: int, tolerance: float
) -> Floats:
    """Return the parameters of the highest likelihood that any start leads to.

    Args:
        likelihood: in units in which parameters near 1 are usual.
        starts: parameters above 0, each of shape (parameters,).
        coordinates: the matrix that turns the coordinates in which to climb into the parameters' logarithms, shape
            (parameters, parameters): a distribution's mean and shape are found sooner than two shapes.
        max_iter: iterations for each start.
        tolerance: the gradient, with respect to the coordinates, of a maximum.

    Warns:
        ConvergenceWarning: the best one is no maximum, or it lies at the bounds.
    """
    found = [_climb(likelihood, start, coordinates, max_iter, tolerance) for start in starts]
    best = min(found, key=lambda result: float(result.fun))
    parameters: Floats = np.exp(coordinates @ best.x)
    inside = np.abs(best.x) < LOG_BOUND
    if not best.success and np.abs(best.jac[inside]).max(initial=0.0) > STILL_FLAT:
        warnings.warn(f"The fit has not converged: {best.message}", ConvergenceWarning, stacklevel=4)
    if not inside.all():
        at = ", ".join(f"{value:.3g}" for value in parameters)
        warnings.warn(
            f"The likelihood still rises at the bounds: got parameters {at} in units of the mean. Customers are alike "
            "in what one of the distributions is of, or too few.",
            ConvergenceWarning,
            stacklevel=4,
        )
    return parameters


def _climb(
    likelihood: Likelihood, start: Floats, coordinates: Floats, max_iter: int, tolerance: float
) -> OptimizeResult:
    def descent(place: Floats) -> tuple[float, Floats]:
        parameters = np.exp(coordinates @ place)
        value, gradient = likelihood(parameters)
        return -value, -(gradient * parameters) @ coordinates

    options = {"maxiter": max_iter, "maxfun": 10 * max_iter, "gtol": tolerance, "ftol": 1e-14, "maxcor": 20}
    bounds = [(-LOG_BOUND, LOG_BOUND)] * start.size
    inside = np.clip(np.linalg.solve(coordinates, np.log(start)), -LOG_BOUND, LOG_BOUND)
    return minimize(descent, inside, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
