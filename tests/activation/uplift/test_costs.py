"""Costs: what was asked counts before `[profit]`, and nothing is made up without a word."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from activation.experiments.measure import wanted
from activation.uplift.costs import costs
from features.dataset import Dataset, Profit
from tests.features.shop import business
from training.uplift.trial import NoTrial

ARMS = ("none", "mail", "call")


@pytest.fixture
def shop(tmp_path: Path) -> Dataset:
    """Return a business that says nothing of profit."""
    return business(tmp_path, {"path": "s.csv"})


def _told(shop: Dataset, outcome: str, cost: dict[str, float], worth: float | None = None) -> tuple[Any, ...]:
    found, lines = costs(shop, wanted(outcome), ARMS, ("call",), cost, worth)
    return found.worth, found.cost.tolist(), lines


def test_costs_are_those_asked_then_those_of_profit_then_none(shop: Dataset) -> None:
    worth, cost, lines = _told(shop, "spend_7d", {})
    assert (worth, cost) == (1, [0, 0, 0])
    (line,) = lines
    assert line.startswith(
        "cost of one customer: none 0, mail 0, call 0; one unit of spend_7d is worth 1: nothing says"
    )
    rich = msgspec.structs.replace(shop, profit=Profit(cost=0.5, value=20, margin=0.4, margins={"food": 0.1}))
    worth, cost, lines = _told(rich, "spend_7d", {"none": 0.1})
    assert (worth, cost) == (0.4, [0.1, 0.5, 0])  # nothing is done in the arm `call`
    assert lines[1] == "margins by category are not told apart here: [profit] margin is that of all"
    assert _told(rich, "buyers_7d", {})[0] == 20
    assert _told(rich, "clicks_7d", {}, 2.0)[:2] == (2, [0, 0.5, 0])


def test_what_would_be_made_up_is_refused(shop: Dataset) -> None:
    with pytest.raises(NoTrial, match=r"nothing says what spend_7d is worth; WORTH="):
        _told(shop, "spend_7d", {"mail": 0.1})
    rich = msgspec.structs.replace(shop, profit=Profit())
    with pytest.raises(NoTrial, match="nothing says what clicks_7d is worth"):
        _told(rich, "clicks_7d", {})
    with pytest.raises(NoTrial, match="cost: got 'fax'; arms are none, mail, call"):
        _told(shop, "spend_7d", {"fax": 0.1})
    with pytest.raises(NoTrial, match="worth: got 0; above 0 is allowed"):
        _told(shop, "spend_7d", {}, 0.0)
