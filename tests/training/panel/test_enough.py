"""Enough: targets of money need money."""

import pytest

from features.catalogue.feature import Aggregate
from tests.features.shop import made
from training.panel.enough import Refused, check_money
from training.targets.cohort import lines, net_spend

SPEND: tuple[Aggregate, ...] = (lines(28), net_spend(28))


@pytest.mark.parametrize("amounts", [[0, 0], [-5, 0], [None, None]])
def test_a_target_of_money_needs_a_positive_amount(amounts: list[float | None]) -> None:
    log = made(event=["purchase", "contact"], amount=[amounts[0] or 0, amounts[1]])
    with pytest.raises(Refused, match=r"^spend_28d is needed: no purchase has a positive amount; at"):
        check_money(SPEND, log)
    check_money(SPEND[:1], log)


def test_one_positive_amount_is_enough() -> None:
    check_money(SPEND, made(event=["purchase", "purchase"], amount=[0, 0.01]))
