"""Rules: who is in them, told by hand; and the same in a batch and for one customer, to the bit."""

import re
import tomllib
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from features.buckets.intake import Intake
from features.clock import DAY
from features.dataset import Dataset, DatasetError
from features.log import log as logs
from features.log.log import Log
from features.log.spine import Spine
from features.sources import attributes
from tests.conftest import Trained
from tests.training.rules.conftest import CUSTOMERS, Ruled, read, with_rules
from training.bundle.bundle import Stored
from training.rules.rules import Judged, Rules

HAND = [
    ("count('purchase', 45) >= 2", "a"),
    ("count('purchase') == 1", "b c"),
    ("count('page_view', 28) > 0", "a d"),
    ("spend(45) > 100", "a"),
    ("spend(45) == 130.5", "a"),
    ("spend() <= 10", "b c d"),
    ("0 < spend(100) <= 10", "b c"),
    ("silent('page_view', 20)", "b c"),
    ("silent('purchase', 100)", "d"),
    ("silent('purchase', 60) and count('page_view') > 0", "b d"),
    ("purchase_recency > 30", "b ?d"),
    ("not purchase_recency > 30", "a c ?d"),
    ("missing(purchase_recency)", "d"),
    ("purchase_recency > 30 or missing(purchase_recency)", "b d"),
    ("purchase_recency > 30 or count('page_view') > 0", "a b d"),
    ("purchase_recency > 30 and count('page_view') > 3", ""),
    ("bought(\"category == 'Wine'\")", "a"),
    ("bought(\"category == 'Wine'\", days = 90, times = 2)", "a"),
    ("bought(\"category == 'Wine'\", 15)", "a"),
    ("bought(\"category == 'Wine'\", 5)", ""),
    ("bought(\"category == 'Wine' and channel == 'shop'\", times = 2)", ""),
    ("bought(\"category in ('Wine', 'Beer') and channel == 'web'\", times = 1)", "a"),
    ("bought(\"category != 'Wine'\")", "a b"),
    ("not bought(\"category == 'Wine'\")", "b c d"),
    ("bought(\"category == 'Beer'\", 100)", "a b"),
    ("attribute.age >= 18", "a ?c ?d"),
    ("attribute.country in ('FR', 'CH')", "a b ?c ?d"),
    ("attribute.country != 'FR'", "b ?c ?d"),
    ("attribute.member", "a ?c ?d"),
    ("attribute.member == false", "b ?c ?d"),
    ("in_eu(country)", "a ?c ?d"),
    ("not in_eu(attribute.country)", "b ?c ?d"),
    ("distance_km(latitude, longitude, 48.86, 2.35) < 20", "a ?c ?d"),
    ("spend(28) > spend_28d_before", "c"),
]
"""Conditions, and those for whom they hold, `?` before whom it is unknown."""


@pytest.fixture(scope="module")
def by_hand(judged: Ruled) -> Judged:
    """Return what all of them say at once: they share what is compiled."""
    return judged(**{f"r{place}": text for place, (text, _) in enumerate(HAND)})


@pytest.mark.parametrize(("place", "text", "who"), [(place, *one) for place, one in enumerate(HAND)])
def test_who_is_in_is_told_as_by_hand(by_hand: Judged, place: int, text: str, who: str) -> None:
    truths = by_hand.truths[f"r{place}"].tolist()
    found = " ".join(f"{'?' * (t == 1)}{one}" for one, t in zip(CUSTOMERS, truths, strict=True) if t)
    assert found == who, text


def test_what_is_unknown_is_in_no_segment_nor_in_its_opposite(judged: Ruled) -> None:
    found = judged(a="attribute.age >= 18", b="not rule.a", c="rule.a or not rule.a")
    assert found.inside("a").tolist() == [True, False, False, False]
    assert found.inside("b").tolist() == [False, True, False, False]
    assert found.inside("c").tolist() == [True, True, False, False]


def test_rules_refer_to_each_other_and_a_circle_is_refused_by_name(shop: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"rules\.c\.where: rule\.a refers to itself: a -> b -> c -> a"):
        read(shop, a="rule.b", b="rule.c", c="not rule.a")


def test_a_category_that_no_line_has_is_told_with_the_nearest(shop: Dataset, taken: Intake) -> None:
    rules = read(shop, a="bought(\"category == 'Vine' or category == 'Wine'\")")
    said = "no category 'Vine' is known. Did you mean 'Wine'?"
    assert rules.strangers(taken.log) == {("category", "Vine"): said}


@pytest.mark.parametrize(
    ("where", "light"),
    [
        ("spend(45) > 100 and not silent('purchase', 60)", True),
        ("attribute.age >= 18", False),
        ("bought(\"category == 'Wine' and channel == 'web'\", days = 30)", False),
    ],
)
def test_rules_are_light_that_look_at_neither_lines_nor_attributes(
    shop: Dataset, taken: Intake, where: str, light: bool
) -> None:
    assert Rules().light
    assert read(shop, taken.attributes, a="count('page_view') > 0", b=where).light == light


WHERE = {
    "lapsing": "predicted.churn_28d > 0.5 and spend(45) > 50",
    "best": "segment.rfm in ('champions', 'loyal') and not rule.lapsing",
    "fresh": "bought(\"category == 'PRODUCE'\", days = 37, times = 2) or category_top_share_84d > 60%",
    "older": "attribute.age == '65+' and feature.spend_28d >= 12.34",
    "rich": "predicted.spend_28d >= 100",
}


@pytest.fixture(scope="module")
def known(trained: Trained, stored: Stored) -> Rules:
    dataset = trained.dataset
    return Rules.read(with_rules(dataset, **WHERE), stored.bundle, attributes.read(dataset)[0])


def test_in_a_batch_and_alone_everybody_is_in_the_same_rules_to_the_bit(known: Rules, stored: Stored, log: Log) -> None:
    bundle, moment = stored.bundle, stored.bundle.as_of - 5 * DAY
    places = np.flatnonzero(log.known(moment))
    spine = Spine.of(places, moment)
    batch = known.on(log)(places, spine.as_of, bundle.score(log, spine))
    for row in range(0, places.size, 97):
        few = logs.pick(log, [int(places[row])])
        one = Spine.of(np.zeros(1, np.int64), moment)
        alone = known.on(few)(one.customers, one.as_of, bundle.score(few, one))
        for name, truths in batch.truths.items():
            assert truths[row] == alone.truths[name][0]
            assert batch.because(name, row) == alone.because(name, 0)
        for name, numbers in batch.seen.own.items():
            assert numbers[row].tobytes() == alone.seen.own[name][0].tobytes()
    for name in WHERE:
        assert 0 < batch.inside(name).sum() < places.size, name


def test_what_the_bundle_computes_already_is_not_counted_again(known: Rules, stored: Stored) -> None:
    assert set(known.kernel.names) == {"spend_45d"}
    assert not set(known.kernel.names) & set(stored.bundle.kernel.names)


def test_a_prediction_or_segment_that_the_bundle_lacks_is_refused_with_the_nearest(
    trained: Trained, stored: Stored
) -> None:
    for text, said in (
        ("predicted.churn_28 > 0.5", "there is no prediction 'churn_28'. Did you mean 'churn_28d'?"),
        ("predicted.churn_28d > 50", "lies between 0 and 1"),
        ("segment.rmf == 'lost'", "there is no segmenter 'rmf'. Did you mean 'rfm'?"),
        ("segment.rfm == 'champion'", "segment.rfm is never 'champion'. Did you mean 'champions'?"),
        ("predicted.response > 0.5", "it is another for each campaign"),
        ("churn_28d > 0.5", "'churn_28d' is no feature: write predicted.churn_28d"),
        ("spend_28d > 5", "'spend_28d' means two things: write feature.spend_28d or predicted.spend_28d"),
    ):
        with pytest.raises(DatasetError) as caught:
            Rules.read(with_rules(trained.dataset, a=text), stored.bundle, "none")
        assert said in str(caught.value)


def test_the_example_of_the_docs_is_of_the_grammar(shop: Dataset) -> None:
    page = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(\[rules\.lapsing\].*?)```", page, re.DOTALL)
    rules = msgspec.structs.replace(shop, rules=tomllib.loads(example)["rules"])
    assert set(Rules.read(rules, None, "none").left_out) == {"lapsing", "wine_lovers"}  # they look at a prediction


def test_without_rules_nothing_is_compiled_or_said(log: Log) -> None:
    judged = Rules().on(log)(np.arange(3), np.full(3, 10**16))
    assert not Rules()
    assert not judged.truths
    assert not judged.seen.own
    assert isinstance(judged.seen.attributes, pa.Table | None)
