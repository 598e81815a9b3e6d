"""Clusters: the nearest of stored centres by a stored transformation, told in words with numbers."""

from pathlib import Path

import numpy as np
import pytest

from features.catalogue.catalogue import of_category
from features.catalogue.feature import Aggregate, Derived, Feature
from training.segmenters.clusters import TOO_LITTLE, Clusters
from training.segmenters.facts import Facts
from training.segmenters.inputs import Inputs

GENERATOR = np.random.default_rng(11)
GAP, LINES, SPEND = "gap_mean_364d", "lines_per_visit_364d", "spend_364d"
GROUPS = np.repeat([[3, 4], [25, 5], [12, 30]], 150, axis=0)
X = np.column_stack([GROUPS * GENERATOR.lognormal(0, 0.15, (450, 2)), np.repeat([900, 100, 500], 150) * 100.0])
X[::30, 0] = np.nan
FACTS = Facts(X.astype(np.float32), (GAP, LINES, SPEND))
INPUTS = Inputs.ranked(FACTS, (GAP, LINES))
FEATURES: dict[str, Feature] = {
    GAP: Aggregate(GAP, "mean days between purchase days in 364 days", "days", "gap_mean", "purchase", 364),
    LINES: Derived(LINES, "lines per visit in 364 days", "lines", "ratio", "lines_364d", "visits_364d"),
}
FOUND = Clusters.fit("behaviour", INPUTS, FACTS, 3).told(FACTS, SPEND, FEATURES, "EUR")


def test_groups_are_found_ordered_by_the_column_and_told_in_words_with_numbers() -> None:
    assert [segment.name for segment in FOUND.segments[:3]] == ["behaviour_1", "behaviour_2", "behaviour_3"]
    titles = [segment.title for segment in FOUND.segments]
    assert "uy every 3 days" in titles[0]
    assert "lines a visit" in titles[1]
    assert "uy every 2" in titles[2]
    assert FOUND.segments[3] == TOO_LITTLE
    assert "(all: buy every 12 days)" in FOUND.segments[0].meaning


def test_every_customer_is_at_the_nearest_centre_and_who_lacks_an_input_outside() -> None:
    z = INPUTS.of(FACTS)
    distances = ((z[:, None, :] - np.array(FOUND.centres)[None]) ** 2).sum(2)
    expected = np.where(np.isnan(X[:, 0]), 3, distances.argmin(1))
    np.testing.assert_array_equal(FOUND.assign(FACTS), expected)


@pytest.mark.parametrize("algorithm", ["kmeans", "bisecting"])
def test_one_row_alone_gets_what_it_gets_in_a_batch(algorithm: str) -> None:
    found = Clusters.fit("value", INPUTS, FACTS, 4, algorithm)  # type: ignore[arg-type]
    alone = np.concatenate([found.assign(FACTS.take(np.array([row]))) for row in range(0, 450, 7)])
    np.testing.assert_array_equal(found.assign(FACTS)[::7], alone)


def test_ranks_of_equals_are_their_mean_and_beyond_all_the_last_counts() -> None:
    x = np.repeat([1.0, 2.0, 7.0], [100, 200, 100])[:, None].astype(np.float32)
    inputs = Inputs.ranked(Facts(x, (GAP,)), (GAP,))
    ends = inputs.of(Facts(np.array([[0], [1], [2], [7], [99]], np.float32), (GAP,)))[:, 0]
    assert ends == pytest.approx([-1.15035, -1.15035, 0, 1.15035, 1.15035], abs=1e-4)


def test_shares_are_of_the_lines_with_what_is_in_no_category_last() -> None:
    inputs = Inputs(("a", "b"), "shares", "lines_364d", 4)
    x = np.array([[3, 1, 6], [0, np.nan, 4], [1, 1, 2]], np.float32)
    found = inputs.of(Facts(x, ("a", "b", "lines_364d")))
    assert (found[0] ** 2).tolist() == pytest.approx([3.5 / 7.5, 1.5 / 7.5, 2.5 / 7.5])
    assert (found[1] ** 2).sum() == pytest.approx(1)
    assert np.isnan(found[2]).all()


def test_tastes_are_told_by_their_shares_in_per_cent() -> None:
    counts = np.repeat([[18, 1], [1, 18]], 100, axis=0) + GENERATOR.integers(0, 2, (200, 2))
    names = tuple(of_category(one, one.lower())[0].name for one in ("WINE", "TOYS"))
    facts = Facts(np.column_stack([counts, np.full(200, 20)]).astype(np.float32), (*names, "lines_364d"))
    features = {name: of_category(one, one.lower())[0] for name, one in zip(names, ("WINE", "TOYS"), strict=True)}
    found = Clusters.fit("behaviour", Inputs(names, "shares", "lines_364d", 4), facts, 2)
    told = found.told(facts, names[0], features, "EUR")
    assert told.segments[0].title.split(", ")[0] in {"90 % wine", "95 % wine", "5 % toys", "10 % toys"}


def test_a_refit_that_begins_with_its_centres_keeps_the_names() -> None:
    again = FOUND.refit(FACTS)
    assert again.segments == FOUND.segments
    np.testing.assert_array_equal(again.assign(FACTS), FOUND.assign(FACTS))


def test_too_few_different_customers_are_refused_with_the_numbers() -> None:
    few = Facts(np.repeat(X[1:3], 9, axis=0).astype(np.float32), FACTS.names)
    with pytest.raises(ValueError, match="got 2 different customers with enough purchases; 3 are needed"):
        Clusters.fit("behaviour", INPUTS, few, 3)


def test_the_stored_centres_give_the_same_segments(tmp_path: Path) -> None:
    FOUND.save(tmp_path)
    assert Clusters.load(tmp_path) == FOUND
