"""The scope: what names mean, what two things bear is refused, and what is not known has the nearest name."""

import msgspec
import pytest

from features.buckets.intake import Intake
from features.dataset import Dataset, DatasetError
from tests.training.rules.conftest import read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spend_28dd > 1", "there is no feature 'spend_28dd'. Did you mean 'spend_28d'?"),
        ("age > 1", "'age' is no feature: write attribute.age"),
        ("attribute.agee > 1", "there is no attribute 'agee'. Did you mean 'age'?"),
        ("attribute.belief == 'none'", "consent.sensitive names it, and no rule looks at what is sensitive"),
        ("attribute.customer_id == 'a'", "there is no attribute 'customer_id'"),
        ("count('page_vie', 3) > 1", "no events of kind 'page_vie'. Did you mean 'page_view'?"),
        ("mails_opened_28d > 1", "the dataset has no event of kind mail_open, which mails_opened_28d needs"),
        ("discount_28d > 1", "the dataset has no column discount"),
        ("in_eu(belief)", "consent.sensitive names it"),
        ("in_eu(town)", "town holds 'Paris' and the like, and no countries as two letters"),
        ("in_eu(age)", "age is a number; text is needed here"),
        ("rule.bb", "there is no rule 'bb'"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest(shop: Dataset, taken: Intake, text: str, said: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read(shop, taken.attributes, a=text)
    assert said in str(caught.value)


def test_what_two_things_bear_is_refused_with_both_readings(shop: Dataset, taken: Intake) -> None:
    (table,) = shop.attributes
    named = msgspec.structs.replace(table, columns=table.columns | {"visits": "age"})
    both = msgspec.structs.replace(shop, attributes=(named,))
    with pytest.raises(DatasetError, match=r"'visits' means two things: write feature\.visits or attribute\.visits"):
        read(both, taken.attributes, a="visits > 3")
    assert read(both, taken.attributes, a="feature.visits > 3").conditions["a"].text == "feature.visits > 3"
    with pytest.raises(DatasetError, match=r"write feature\.visits or rule\.visits"):
        read(shop, visits="spend() > 1", a="visits > 3")


def test_any_window_is_counted_beside_the_catalogue_and_only_what_is_asked_for(shop: Dataset) -> None:
    rules = read(shop, a="spend(45) > 1 and days_trend_10d > 0.5 and silent('purchase', 3)")
    assert set(rules.kernel.names) == {
        "spend_45d", "purchase_days_10d", "purchase_days_10d_before", "days_trend_10d", "purchase_times_3d",
    }  # fmt: skip


def test_what_is_not_at_hand_leaves_out_the_rule_and_those_that_refer_to_it(shop: Dataset) -> None:
    rules = read(
        shop, a="predicted.churn_28d > 0.7", b="spend() > 1 and not rule.a", c="attribute.age > 3", d="spend() > 1"
    )
    assert list(rules.declared) == ["d"]
    assert rules.left_out["a"] == rules.left_out["b"] == "predictions need a trained bundle, and there is none"
    assert rules.left_out["c"] == "no attributes are at hand"
