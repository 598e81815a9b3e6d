"""Doubly robust scores: for each customer and arm a number whose mean over any group is what the arm brings there."""

import numpy as np

from training.uplift.folds import FOLDS, cross, folds
from training.uplift.ridge import ridge
from training.uplift.trial import Floats, Ints, Trial


def scores(trial: Trial, part: Ints) -> Floats:
    """Return m(x, a) + 1{arm = a} (y - m(x, a)) / p, shape (customers, arms).

    Robins, Rotnitzky and Zhao (1994). With the probabilities of an experiment it is right whatever m is; m makes it
    precise. m of a customer is fitted on others of the same part, so that no part's scores know of another part.

    Args:
        trial: the customers.
        part: the part that each is in, shape (customers,).
    """
    found = np.empty((len(trial), len(trial.arms)))
    for one in range(int(part.max()) + 1):
        rows = np.flatnonzero(part == one)
        found[rows] = _of_part(trial.where(rows))
    return found


def _of_part(trial: Trial) -> Floats:
    usual = np.empty((len(trial), len(trial.arms)))
    for learned, judged in cross(folds(trial.arm, FOLDS, seed=1)):
        for arm in range(len(trial.arms)):
            own = learned & (trial.arm == arm)
            usual[judged, arm] = ridge(trial.x[own], trial.y[own]).score(trial.x[judged])
    given = np.arange(len(trial.arms)) == trial.arm[:, None]
    found: Floats = usual + given * ((trial.y[:, None] - usual) * trial.weight[:, None])
    return found
