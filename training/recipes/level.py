"""Level: a scorer moved so that what it says of the rows that it was fitted on adds up to what happened."""

import numpy as np

from training.examples import Examples
from training.scorers import Calibrated, Scorer


def to_the_sum(scorer: Scorer, examples: Examples) -> Scorer:
    """Return a scorer of values by which the predictions of the examples add up to their outcomes."""
    predicted, happened = (float(examples.weights @ values) for values in (scorer.score(examples.x), examples.y))
    if predicted <= 0 or happened <= 0:
        return scorer
    return Calibrated(scorer, binary=False, slope=1.0, shift=float(np.log(happened / predicted)))
