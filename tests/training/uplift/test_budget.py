"""Budgets: the plainest way that nothing is above is recommended, from the report to the page, with and without one."""

import msgspec
import numpy as np
import pytest
from markupsafe import escape

from activation.uplift import page as pages
from tests.training.uplift.trials import made
from training.uplift import record
from training.uplift.budget import LOT
from training.uplift.chosen import NOBODY, SAME, SEGMENT, Costs
from training.uplift.job import report
from training.uplift.policy import parse


@pytest.mark.parametrize(
    ("effect", "cost", "way", "at_budgets"),
    [
        ("all", 0.2, SAME, [NOBODY, *[LOT] * 10]),
        ("none", 0.2, NOBODY, [NOBODY] * 11),
        ("all", 2.0, NOBODY, [NOBODY] * 11),
        ("some", 0.5, SEGMENT, [NOBODY, *[SEGMENT] * 10]),
        ("all", 0.0, SAME, []),
    ],
)
def test_the_plainest_way_that_nothing_beats_is_told_with_and_without_a_budget(
    effect: str, cost: float, way: str, at_budgets: list[str]
) -> None:
    told = report(made(effect=effect), Costs(1.0, np.array([0.0, cost])), "spring", "spend")
    assert told.chosen.recommended == way
    assert list(told.budget.recommended if told.budget else []) == at_budgets
    page = msgspec.json.decode(record.plain(told))
    assert page["chosen"]["recommended"] == way
    lines = list(told.lines())
    assert page["verdict"] == list(told.verdict())
    assert set(page["verdict"]) < set(lines)
    assert sum(line.startswith("Recommended where so much") for line in lines) == bool(at_budgets)
    if at_budgets:
        assert page["budget"]["recommended"] == at_budgets
        assert page["verdict"][-2].endswith(f": {at_budgets[-1].replace(NOBODY, 'leave everybody alone')}.")
    html = pages.html(told, [])
    assert html.index("Recommended: ") < html.index("<svg")
    assert all(str(escape(line)) in html for line in page["verdict"])
    policy = parse(msgspec.json.encode(told.chosen.policy))
    assert bool(policy.rules) == (way == SEGMENT)
    assert way == SEGMENT or policy.other == ("mail" if way == SAME else "none")
