"""Nested cuts: boxes of activity and spend, by value, which say exactly who is in them."""

from pathlib import Path

import numpy as np
import pytest

from training.segmenters.facts import Facts
from training.segmenters.nested import ACTIVITY, SILENCE, SPEND, Nested

GENERATOR = np.random.default_rng(7)
NAMES = ("other", SPEND, SILENCE, ACTIVITY)
ACTIVE = GENERATOR.gamma(1.2, 3, 900)
X = np.column_stack(
    [np.zeros(900), 900 * ACTIVE * GENERATOR.lognormal(0, 0.5, 900), GENERATOR.gamma(1, 40, 900), ACTIVE]
).astype(np.float32)
X[:50, 2] = np.nan
X[50:60, 1] = np.nan
NESTED = Nested.fit(Facts(X, NAMES), (4, 2), "EUR")


def _names(nested: Nested, facts: Facts) -> list[str]:
    return [nested.segments[place].name for place in nested.assign(facts)]


def test_every_customer_is_in_the_one_box_whose_rule_holds() -> None:
    facts = Facts(X, NAMES)
    rules = {segment.name: NESTED.rule(segment.name) for segment in NESTED.segments}
    assert len(rules) == 9
    for row, name in enumerate(_names(NESTED, facts)):
        values = {feature: float(facts.column(feature)[row]) for feature in NAMES}
        assert [own for own, rule in rules.items() if all(one.holds(values[one.feature]) for one in rule)] == [name]


def test_the_levels_are_about_equal_and_within_each_the_spend_is_halved() -> None:
    sizes = np.bincount(NESTED.assign(Facts(X, NAMES)), minlength=9)
    assert sizes[:-1].min() > 90
    assert sizes[:-1].max() < 125
    assert sizes[-1] == 50


def test_a_cut_is_easily_told_and_who_is_at_it_is_on_the_lower_side() -> None:
    cut, spend = NESTED.activity[-1], NESTED.spend[-1][0]
    assert all(one == np.float32(f"{one:.3g}") for own in (NESTED.activity, *NESTED.spend) for one in own)
    above, much = np.nextafter(np.float32(cut), np.float32(9e9)), np.nextafter(np.float32(spend), np.float32(9e9))
    rows = np.array([[0, spend, 1, above], [0, much, 1, above], [0, 9e9, 1, cut]], np.float32)
    assert _names(NESTED, Facts(rows, NAMES)) == ["activity_4_spend_1", "activity_4_spend_2", "activity_3_spend_2"]


def test_segments_are_ordered_by_what_is_predicted_and_their_names_stay() -> None:
    facts = Facts(X, NAMES, {"spend_28d": np.where(X[:, 3] > 3, np.nan, 9.0 - X[:, 3])})
    predicted = Nested.fit(facts, (4, 2), "EUR", by="predicted.spend_28d")
    assert predicted.segments[0].name.startswith("activity_1")
    assert NESTED.segments[0].name == "activity_4_spend_2"
    by_name = {segment.name: segment for segment in NESTED.segments}
    assert by_name == {segment.name: segment for segment in predicted.segments}
    assert sorted(_names(NESTED, facts)) == sorted(_names(predicted, facts))


def test_a_box_is_told_in_words_with_its_numbers() -> None:
    told = {segment.name: segment for segment in NESTED.segments}["activity_4_spend_2"]
    assert told.title == "Very often, higher spend"
    assert f"spend of 364 days above {NESTED.spend[-1][0] / 100:.0f} EUR" in told.meaning
    assert told.meaning.startswith(f"activity above {NESTED.activity[-1]:.3g} purchase days")
    assert all(segment.meaning and segment.action for segment in NESTED.segments)


def test_a_small_activity_is_told_as_one_purchase_long_ago() -> None:
    x = np.column_stack([np.repeat([2.0**-10, 2.0**-5, 1, 2], 20), np.arange(80)])
    nested = Nested.fit(Facts(x.astype(np.float32), (ACTIVITY, SILENCE)), (4, 2))
    told = {segment.name: segment.meaning for segment in nested.segments}
    assert told["activity_1"].startswith("activity up to that of one purchase 280 days ago")
    assert nested.activity == (float(np.float32(0.00098)), 2.0**-5, 1.0)


def test_a_dataset_without_amounts_has_activity_alone() -> None:
    nested = Nested.fit(Facts(X[:, 2:], NAMES[2:]), (3, 2))
    assert {segment.name for segment in nested.segments} == {"activity_1", "activity_2", "activity_3", "no_purchase"}
    assert [one.feature for one in nested.rule("activity_2")] == [SILENCE, ACTIVITY]


def test_equal_customers_share_a_segment_whatever_their_order() -> None:
    x = np.repeat(X[60:100], 5, axis=0)
    order = GENERATOR.permutation(len(x))
    assert Nested.fit(Facts(x, NAMES)) == Nested.fit(Facts(x[order], NAMES))
    assigned = Nested.fit(Facts(x, NAMES)).assign(Facts(x, NAMES))
    assert all(len(set(assigned[place : place + 5])) == 1 for place in range(0, len(x), 5))


def test_a_refit_that_begins_with_its_own_cuts_keeps_them() -> None:
    assert NESTED.refit(Facts(X, NAMES)) == NESTED


def test_one_row_alone_gets_what_it_gets_in_a_batch() -> None:
    alone = np.concatenate([NESTED.assign(Facts(X[row : row + 1], NAMES)) for row in range(0, 900, 5)])
    np.testing.assert_array_equal(NESTED.assign(Facts(X, NAMES))[::5], alone)


def test_what_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="got no customer with a purchase"):
        Nested.fit(Facts(X[:50], NAMES))
    with pytest.raises(ValueError, match="got no feature purchase_activity"):
        Nested.fit(Facts(X[:, :3], NAMES[:3]))


def test_the_stored_cuts_give_the_same_segments(tmp_path: Path) -> None:
    NESTED.save(tmp_path)
    assert Nested.load(tmp_path) == NESTED
