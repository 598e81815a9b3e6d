"""What the data allow of each target."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from features.clock import DAY
from features.dataset import Dataset
from features.log.log import Log
from training.choice.plan import plans
from training.panel.enough import Enough
from training.panel.ground import Ground
from training.targets import Churn, Decline, Spend

TARGETS = (Churn("churn_28d", 28, 56), Spend("spend_28d", 28, 56), Decline("decline_56d", 56))


@pytest.mark.parametrize(
    ("amounts", "refused"),
    [([0, 1], []), ([0, 0], ["spend_28d", "decline_56d"]), ([0, -5], ["spend_28d", "decline_56d"])],
)
def test_without_a_positive_amount_only_targets_of_money_are_refused(amounts: list[int], refused: list[str]) -> None:
    said = SimpleNamespace(name="gifts", columns=frozenset({"amount", "order_id"}), kinds=frozenset({"purchase"}))
    log = SimpleNamespace(columns={"amount": np.array(amounts, np.int64)})
    ground = Ground(cast(Dataset, said), cast(Log, log), 7 * DAY, 1007 * DAY)
    found = plans(TARGETS, ground, Enough(), season=False)
    assert list(found.refused) == refused
    assert [one.target.name for one in found.learned] == [t.name for t in TARGETS if t.name not in refused]
    for why in found.refused.values():
        assert why.startswith("no event of dataset 'gifts' has an amount above 0, and the target is money: ")
        assert "\n" not in why
