"""The stake: how much of what predictions know rests on some features.

Those features are given the value that was usual in training, for everybody, and the predictions are asked again: what
is lost is their divergence, of probabilities Kullback-Leibler's (the expected excess of the log-loss), of values the
squared difference; both over what would be lost were everybody predicted the mean.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import needs
from training.bundle.bundle import Bundle
from training.bundle.predictor import Predictor

Floats = NDArray[np.float64]

_SMALLEST = 1e-12


def stake(bundle: Bundle, x: NDArray[np.float32], medians: Floats, features: Collection[int]) -> float:
    """Return the mean share over all targets, from 0 to 1; 0 where nobody has a prediction.

    Args:
        bundle: whose predictions are asked for.
        x: the features of some customers, shape (rows, features).
        medians: what was usual, shape (at least features,).
        features: the places of those that are in doubt.
    """
    if not len(x) or not features:
        return 0.0
    width = max((len(predictor.names) for predictor in bundle.predictors), default=0)
    x = np.pad(x, ((0, 0), (0, max(0, width - x.shape[1]))), constant_values=np.nan)  # of contexts, which nobody has
    usual = np.array(x)
    places = sorted(features)
    usual[:, places] = medians[places]
    shares = [_share(predictor, x, usual) for predictor in bundle.predictors]
    return float(np.mean(shares)) if shares else 0.0


def of_prediction(bundle: Bundle) -> float:
    """Return the share of one target's predictions in all."""
    return 1 / max(len(bundle.predictors), 1)


def concerned(bundle: Bundle, kinds: Collection[str] = (), columns: Collection[str] = ()) -> list[int]:
    """Return the places of the features that look at events of some kinds, or at some columns."""
    by_name = {feature.name: feature for feature in bundle.kernel.features}
    found = []
    for place, feature in enumerate(bundle.kernel.features):
        looked_at, any_of = needs(feature, by_name)
        if looked_at & set(columns) or any_of & set(kinds):
            found.append(place)
    return found


def _share(predictor: Predictor, x: NDArray[np.float32], usual: NDArray[np.float32]) -> float:
    said, otherwise = predictor.predict(x), predictor.predict(usual)
    inside = ~np.isnan(said)
    if not inside.any():
        return 0.0
    lost = np.isnan(otherwise[inside])
    known = inside & ~np.isnan(otherwise)
    if not known.any():
        return 1.0
    most = _apart(predictor.target.task, said[known], np.full(int(known.sum()), said[inside].mean()))
    if most <= 0:
        return float(lost.mean())
    share = min(_apart(predictor.target.task, said[known], otherwise[known]) / most, 1.0)
    return float(lost.mean() + (1 - lost.mean()) * share)


def _apart(task: str, said: Floats, otherwise: Floats) -> float:
    if task != "binary":
        return float(((said - otherwise) ** 2).mean())
    p, q = (np.clip(one, _SMALLEST, 1 - _SMALLEST) for one in (said, otherwise))
    return float((p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).mean())
