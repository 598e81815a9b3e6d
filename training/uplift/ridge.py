"""Ridge: a linear model that shrinks by what leaving one out would tell, as a scorer that serving could load."""

import numpy as np
from numpy.typing import NDArray

from training.scorers import Linear, row_loop
from training.uplift.trial import Floats

PENALTIES = np.logspace(-4, 2, 25)
"""Each over the number of rows."""


def ridge(x: NDArray[np.float32], y: Floats) -> Linear:
    """Fit rows.

    What is never negative and takes several values is read as log(1 + x), the missing as the mean; the penalty is the
    one with the least generalised cross-validation error n x RSS / (n - df)^2 (Golub, Heath and Wahba 1979).

    Args:
        x: shape (rows, features).
        y: shape (rows,).
    """
    known = np.where(np.isnan(x), np.float32(0), x)
    grows = (known.min(0) >= 0) & (known.max(0) > 1)
    read = np.where(grows, np.log1p(np.maximum(x.astype(np.float64), 0)), x)
    raw_fill = _mean(x.astype(np.float64))
    fill = np.where(grows, np.log1p(np.maximum(raw_fill, 0)), raw_fill)
    read = np.where(np.isnan(read), fill, read)
    mean, spread = read.mean(0), read.std(0)
    scale = np.where(spread > 1e-9, spread, 1.0)  # noqa: PLR2004  what does not vary but by rounding
    z = np.where(spread > 1e-9, (read - mean) / scale, 0.0)  # noqa: PLR2004
    return Linear(
        feature=np.arange(x.shape[1], dtype=np.int32),
        transform=np.where(grows, row_loop.LOG, row_loop.RAW).astype(np.int32),
        fill=raw_fill,
        mean=mean,
        scale=scale,
        weight=_weights(z, y - y.mean()),
        intercept=float(y.mean()),
        link=row_loop.IDENTITY,
    )


def _mean(x: Floats) -> Floats:
    there = ~np.isnan(x)
    means: Floats = np.where(there, x, 0.0).sum(0) / np.maximum(there.sum(0), 1)
    return means


def _weights(z: Floats, y: Floats) -> Floats:
    """Return the weights of standardised features for centred outcomes."""
    n = len(y)
    values, vectors = np.linalg.eigh(z.T @ z / n)
    values = np.maximum(values, 0.0)
    along = vectors.T @ (z.T @ y) / n
    shrunk = along / (values + PENALTIES[:, None])
    freedom = 1 + (values / (values + PENALTIES[:, None])).sum(1)
    left = (y @ y) / n - 2 * (shrunk * along).sum(1) + (shrunk**2 * values).sum(1)
    error = np.where(freedom < n, left / np.maximum(1 - freedom / n, 1e-9) ** 2, np.inf)
    weights: Floats = vectors @ shrunk[int(np.argmin(error))]
    return weights
