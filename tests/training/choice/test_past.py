"""The past: a day whose customers allow no segmenter has none, and stops nothing."""

import numpy as np

from training.choice.past import of_days
from training.segmenters import Facts, Rfm

NAMES = ("purchase_recency", "purchase_days_364d")


def test_a_day_before_the_first_purchase_has_no_segmenter_and_the_others_have_theirs() -> None:
    bought = Facts(np.array([[1, 2], [5, 1], [9, 4]], np.float32), NAMES)
    nobody = Facts(np.array([[np.nan, 0], [np.nan, 0]], np.float32), NAMES)
    assert of_days(Rfm.fit, {1: nobody, 2: bought}) == {2: Rfm.fit(bought)}
