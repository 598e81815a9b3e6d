"""Outcomes of the next period: none is the next value of what was clustered."""

import numpy as np

from training.segmenters import Facts
from training.stability.outcome import After

X = np.array([[500, 3, 6, 0.5], [np.nan, 0, 0, np.nan]], np.float32)
END = Facts(X, ("spend_per_day_28d", "products_28d", "lines_28d", "discounted_line_share_28d"))


def test_outcomes_are_those_that_are_known_and_that_no_input_is_akin_to() -> None:
    after = After(END, END, 28)
    every = after.outcomes(())
    assert list(every) == ["basket", "discount", "variety"]
    np.testing.assert_array_equal(every["basket"], [500, np.nan])
    np.testing.assert_array_equal(every["variety"], [0.5, np.nan])
    assert list(after.outcomes(("lines_per_visit_364d", "discounted_line_share_364d"))) == ["basket"]
    assert after.outcomes(("spend_per_visit_364d", "repeat_share_364d")).keys() == {"discount"}
    assert After(END, END, 84).outcomes(()) == {}
