"""Every segmenter is a partition, whatever the data: ties, what is missing and duplicates included."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from training.segmenters import FAMILIES, Clusters, Facts, Lifecycle, Nested, Rfm, Segmenter, Value
from training.segmenters.inputs import Inputs
from training.segmenters.lifecycle_settings import LifecycleSettings, Told

STATES = Told(28, 56, "churn", "comeback")
NAMES = (
    *("purchase_recency", "purchase_activity", "spend_364d", "purchase_days_364d", "purchase_tenure", "lines_364d"),
    *("purchase_days", "gap_mean", STATES.before.name, STATES.first.name),
)
ODD = [np.nan, 0.0, -0.0, 1.0, -3.0, 1e30, np.inf, -np.inf, 1e-30]
"""What floats have in store."""

FITS: dict[str, Callable[[Facts], Segmenter]] = {
    "rfm": Rfm.fit,
    "nested": lambda facts: Nested.fit(facts, (4, 2), "EUR"),
    "nested 3 x 3": lambda facts: Nested.fit(facts, (3, 3), "EUR"),
    "rfm_kmeans": Value.fit,
    "clusters": lambda facts: Clusters.fit("value", Inputs.ranked(facts, NAMES[1:3], NAMES[0]), facts, 3, starts=1),
    "lifecycle": lambda facts: Lifecycle.fit(facts, LifecycleSettings(), STATES),
    "shares": lambda facts: Clusters.fit("tastes", Inputs(NAMES[3:4], "shares", NAMES[5], 2), facts, 3, starts=1),
}
"""By what is tried, every family among it."""


def _facts(x: np.ndarray) -> Facts:
    """Return customers with predictions for those who bought on more than one day."""
    told = np.where(x[:, 6] > 1, x[:, 0] / 12, np.nan).astype(np.float64)
    return Facts(x, NAMES, {"churn": told, "comeback": np.where(np.isnan(told), x[:, 1] / 12, np.nan)})


def _plain(rows: int, seed: int) -> Facts:
    """Return customers with many equals and some of whom much is missing."""
    generator = np.random.default_rng(seed)
    x = generator.integers(0, 12, (rows, len(NAMES))).astype(np.float32)
    x[generator.random(x.shape) < 0.1] = np.nan
    return _facts(x)


FITTED = {name: fit(_plain(400, 1)) for name, fit in FITS.items()}


def test_every_family_is_tried() -> None:
    assert {segmenter.family for segmenter in FITTED.values()} == set(FAMILIES)


@pytest.mark.parametrize("name", FITS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_everybody_is_in_one_segment_and_equals_in_the_same(name: str, data: st.DataObject) -> None:
    segmenter = FITTED[name]
    one = st.one_of(st.sampled_from(ODD), st.floats(width=32))
    x = data.draw(arrays.arrays(np.float32, (data.draw(st.integers(1, 12)), len(NAMES)), elements=one))
    order = data.draw(st.permutations(range(2 * len(x))))
    twice = _facts(np.ascontiguousarray(np.vstack([x, x])[order]))
    assigned = segmenter.assign(twice)
    assert assigned.shape == (2 * len(x),)
    assert set(assigned.tolist()) <= set(range(len(segmenter.segments)))
    places = np.empty(2 * len(x), np.int32)
    places[order] = assigned
    np.testing.assert_array_equal(places[: len(x)], places[len(x) :])
    alone = [segmenter.assign(_facts(row[None]))[0] for row in x]
    np.testing.assert_array_equal(places[: len(x)], alone)


@pytest.mark.parametrize("name", FITS)
@settings(max_examples=6, deadline=None)
@given(rows=st.integers(1, 60), seed=st.integers(0, 99))
def test_a_fit_to_any_customers_is_a_partition_or_says_why_there_is_none(name: str, rows: int, seed: int) -> None:
    facts = _plain(rows, seed)
    try:
        segmenter = FITS[name](facts)
    except ValueError as error:
        assert "got " in str(error)  # noqa: PT017  most fits succeed
        return
    assert len({segment.name for segment in segmenter.segments}) == len(segmenter.segments)
    assigned = segmenter.assign(facts)
    assert assigned.min() >= 0
    assert assigned.max() < len(segmenter.segments)
