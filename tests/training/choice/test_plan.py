"""What the data allow of each target."""

from pathlib import Path

import pytest

from features.buckets import intake
from tests.features.shop import business
from training.choice.plan import plans
from training.panel.ground import Ground
from training.targets import Churn, Decline, Spend

TARGETS = (Churn("churn_28d", 28, 56), Spend("spend_28d", 28, 56), Decline("decline_56d", 56))
DAYS = [f"{year}-{month:02d}-{day:02d}" for year in (2024, 2025) for month in range(1, 13) for day in range(1, 29)]


@pytest.mark.parametrize(
    ("newest", "refused"), [("1", []), ("0", ["spend_28d", "decline_56d"]), ("-5", ["spend_28d", "decline_56d"])]
)
def test_without_a_positive_amount_only_targets_of_money_are_refused(
    newest: str, refused: list[str], tmp_path: Path
) -> None:
    rows = [f"ann,{day},0\nbob,{day},{newest}\n" for day in DAYS]
    (tmp_path / "s.csv").write_text("client,at,paid\n" + "".join(rows), encoding="utf-8")
    shop = business(tmp_path, {"path": "s.csv", "columns": {"amount": "paid"}})
    found = plans(TARGETS, Ground.of(shop, intake.take(shop).log), season=False)
    assert list(found.refused) == refused
    assert [one.target.name for one in found.learned] == [t.name for t in TARGETS if t.name not in refused]
    for why in found.refused.values():
        assert why.endswith(" is needed: no purchase has a positive amount; at least one is needed.")
        assert "\n" not in why
