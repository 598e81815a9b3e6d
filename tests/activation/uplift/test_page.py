"""The page: what is recommended first, a chart of each action, nothing loaded, and what the data say escaped."""

from dataclasses import replace

import numpy as np

from activation.uplift import page
from tests.training.uplift.trials import made
from training.uplift.chosen import Costs
from training.uplift.job import report


def test_the_page_is_whole_and_escapes_what_the_data_say() -> None:
    trial = replace(made(1000), arms=("none", "<b>mail"))
    told = report(trial, Costs(1.0, np.array([0.0, 0.2])), "spring", "spend_28d")
    html = page.html(told, ["assigned: <i>all"])
    assert html.count("<svg") == 1
    assert html.count("<polyline") == 2 * len(told.judged[0].curves)
    assert html.index("Recommended: ") < html.index("<svg")
    assert "&lt;i&gt;all" in html
    assert "<b>" not in html
    assert not any(word in html for word in ("http:", "https:", "src="))
