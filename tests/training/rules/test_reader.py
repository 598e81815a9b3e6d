"""The reader: what is of the grammar, and what is refused, with a hint."""

import pytest

from features.buckets.intake import Intake
from features.dataset import Dataset, DatasetError
from tests.training.rules.conftest import read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spend(28) = 3", "is no condition: write == to compare"),
        ("spend(28) <> 3", "write != for what differs"),
        ("spend(28) > 3 AND spend(7) > 1", "write and, or, not, in in small letters"),
        ("attribute.age is null", "missing(...) for what is not known"),
        ("spend(28) + 1 > 3", "arithmetic is not known"),
        ("spend_28d", "'spend_28d' is a number, and no condition"),
        ("spend(28)", "'spend(28)' is a number, and no condition"),
        ("spend(28) == 'x'", "compare it with a number, without quotes"),
        ("attribute.country == 3", "text in quotes is needed here"),
        ("attribute.country < 'FR'", "text is compared by ==, != and in"),
        ("attribute.member == 3", "is yes or no; compare it with true or false"),
        ("attribute.country in 'FR'", "stands in brackets, as in ('a', 'b')"),
        ("spend(28) > visits_28d", "spend(28) is currency and visits_28d is visits, which cannot be compared"),
        ("attribute.age > attribute.country", "cannot be compared"),
        ("silent('page_view', 30) == true", "is a condition by itself"),
        ("rule.a.b > 1", "is not allowed in a rule"),
        ("__import__('os').system('x')", "is not allowed in a rule"),
        ("[1 for _ in spend]", "is not allowed in a rule"),
        ("foo.bar == 1", "'foo' is not known before a point"),
        ("page_view_share_of > 30%", "there is no feature"),
        ("spend(28) > 30%", "spend(28) is currency, and no share: leave the % out"),
        ("overdue > 'x", "is no condition"),
        ("1 == 1", "is not allowed in a rule"),
    ],
)
def test_what_is_not_of_the_grammar_is_refused_with_the_key_and_what_is_allowed(
    shop: Dataset, taken: Intake, text: str, said: str
) -> None:
    with pytest.raises(DatasetError) as caught:
        read(shop, taken.attributes, a=text)
    assert str(caught.value).startswith("dataset 'ruled_shop': rules.a.where: ")
    assert said in str(caught.value)


def test_a_share_is_written_as_a_part_or_in_per_cent_and_a_number_beyond_one_is_refused(shop: Dataset) -> None:
    read(shop, a="category_top_share_84d > 30%", b="category_top_share_84d > 0.3", c="view_to_buy_28d >= 150 %")
    with pytest.raises(DatasetError, match=r"lies between 0 and 1: write 0\.3 or 30% for thirty per cent"):
        read(shop, a="category_top_share_84d > 30")


def test_a_condition_is_told_as_it_was_written(shop: Dataset) -> None:
    text = "not (spend(28) > 100 or count('purchase', 45) in (1, 2)) and 0 < purchase_recency <= 3"
    assert read(shop, a=text).conditions["a"].text == text


def test_rules_of_any_length_or_depth_end_in_one_error(shop: Dataset) -> None:
    for text in ("not " * 900 + "spend() > 1", " and ".join(["spend() > 1"] * 900), "spend() > " + "9" * 999):
        with pytest.raises(DatasetError, match=r"rules\.a\.where"):
            read(shop, a=text)


def test_an_argument_that_is_given_twice_is_refused(shop: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"spend\(days = 84, days = 7\) has 'days' more than once: spend\(28\)"):
        read(shop, a="spend(days = 84, days = 7) > 1")
