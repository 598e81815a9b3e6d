"""RFM: a partition by value, with cut points that are kept."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.segmenters.facts import Facts
from training.segmenters.rfm import Rfm
from training.segmenters.rfm_map import GRID, SEGMENTS

NAMES = ("purchase_days_364d", "other", "purchase_recency", "spend_364d")


def _x(rows: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    x = np.column_stack(
        [
            generator.integers(0, 6, rows),
            generator.uniform(size=rows),
            generator.integers(0, 40, rows),
            generator.integers(0, 9, rows) * 100,
        ]
    ).astype(np.float32)
    never = generator.uniform(size=rows) < 0.1
    x[never, 2] = np.nan
    x[never, 0] = 0
    return x


def _by_hand(rfm: Rfm, row: np.ndarray) -> str:
    recency, days, spend = row[2], row[0], row[3]
    if np.isnan(recency):
        return "no_purchase"
    cuts = dict(zip(rfm.features, rfm.cuts, strict=True))
    r = 1 + sum(recency < cut for cut in cuts["purchase_recency"])
    f = 1 + sum(days > cut for cut in cuts["purchase_days_364d"])
    m = 1 + sum(spend > cut for cut in cuts["spend_364d"])
    return GRID[r - 1][(f + m + 1) // 2 - 1]


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(2, 200), seed=st.integers(0, 1000))
def test_every_customer_is_where_the_stored_cuts_put_them(rows: int, seed: int) -> None:
    x = _x(rows, seed)
    if np.isnan(x[:, 2]).all():
        return
    rfm = Rfm.fit(Facts(x, NAMES))
    assert [SEGMENTS[place].name for place in rfm.assign(Facts(x, NAMES))] == [_by_hand(rfm, row) for row in x]


def test_the_grid_is_the_one_that_is_promised() -> None:
    assert GRID[::-1] == (
        ("new", "potential_loyalists", "potential_loyalists", "champions", "champions"),
        ("promising", "potential_loyalists", "potential_loyalists", "champions", "champions"),
        ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
        ("hibernating", "hibernating", "at_risk", "at_risk", "at_risk"),
        ("lost", "lost", "at_risk", "cannot_lose", "cannot_lose"),
    )
    assert all(segment.meaning and segment.action for segment in SEGMENTS)


def test_who_came_back_once_after_years_is_not_new() -> None:
    x = np.column_stack([_x(300, 6), np.full(300, 400.0)]).astype(np.float32)
    rfm = Rfm.fit(Facts(x, (*NAMES, "purchase_tenure")))
    cut = rfm.shown()["new_since"]
    assert cut == rfm.cuts[0][1]
    rows = np.array([[0, 0, 0, 0, tenure] for tenure in (0, cut, cut + 1, 900)], np.float32)
    assert [SEGMENTS[place].name for place in rfm.assign(Facts(rows, (*NAMES, "purchase_tenure")))] == [
        "new",
        "new",
        "promising",
        "promising",
    ]


def test_equal_customers_share_a_segment_whatever_their_order() -> None:
    x = np.repeat(_x(30, 4), 5, axis=0)
    order = np.random.default_rng(0).permutation(len(x))
    rfm, shuffled = Rfm.fit(Facts(x, NAMES)), Rfm.fit(Facts(x[order], NAMES))
    assert rfm == shuffled
    assigned = rfm.assign(Facts(x, NAMES))
    assert all(len(set(assigned[i : i + 5])) == 1 for i in range(0, len(x), 5))
    np.testing.assert_array_equal(assigned[order], rfm.assign(Facts(x[order], NAMES)))


def test_the_grid_names_eleven_segments_and_each_exists() -> None:
    named = {name for row in GRID for name in row}
    assert len(named) == 11
    assert named | {"no_purchase"} == {segment.name for segment in SEGMENTS}


def test_more_recent_never_means_lost_and_the_best_are_champions() -> None:
    x = _x(500, 8)
    rfm = Rfm.fit(Facts(x, NAMES))
    best = np.array([[99, 0, 0, 1e6]], np.float32)
    worst = np.array([[0, 0, 900, 0]], np.float32)
    assert SEGMENTS[rfm.assign(Facts(best, NAMES))[0]].name == "champions"
    assert SEGMENTS[rfm.assign(Facts(worst, NAMES))[0]].name == "lost"


def test_a_dataset_without_amounts_has_recency_and_frequency() -> None:
    x = _x(300, 2)[:, :3]
    rfm = Rfm.fit(Facts(x, NAMES[:3]))
    assert rfm.features == ("purchase_recency", "purchase_days_364d")
    assert len(set(rfm.assign(Facts(x, NAMES[:3])).tolist())) > 5


def test_nobody_with_a_purchase_is_an_error() -> None:
    with pytest.raises(ValueError, match="got no customer with a purchase"):
        Rfm.fit(Facts(np.full((3, 4), np.nan, np.float32), NAMES))


def test_equal_recencies_take_the_worse_score_as_equal_frequencies_do() -> None:
    # Recency 3 is that of the second to the fifth of ten, better than the worst half alone: 1, 3, 3, 3, 3 | 9 ...
    recency = [1, 3, 3, 3, 3, 9, 9, 9, 9, 9]
    x = np.array([[days, 0, silence, 0] for days, silence in zip([1] * 5 + [2] * 5, recency, strict=True)], np.float32)
    rfm = Rfm.fit(Facts(x, NAMES))
    cuts = dict(zip(rfm.features, rfm.cuts, strict=True))
    assert list(cuts["purchase_recency"]) == [3, 3, 9, 9]  # a fifth, two fifths and so on of the worst, from 9 on
    assert list(cuts["purchase_days_364d"]) == [1, 1, 2, 2]
    names = [SEGMENTS[place].name for place in rfm.assign(Facts(x, NAMES))]
    # Scores of recency are 5, 3 and 1; those of frequency 1 and 3, of money 1: their mean is 1 and 2.
    assert names == ["new", *["about_to_sleep"] * 4, *["lost"] * 5]


def test_the_cuts_that_release_0_1_0_stored_put_customers_where_it_put_them(tmp_path: Path) -> None:
    cuts = [[3, 3, 9, 9], [1, 1, 2, 2]]
    stored = {"features": ["purchase_recency", "purchase_days_364d"], "columns": [2, 0], "cuts": cuts}
    (tmp_path / "rfm.json").write_text(json.dumps(stored))
    x = np.array([[1, 0, 3, 0], [1, 0, 9, 0], [1, 0, 10, 0]], np.float32)
    # 5 less the cuts that the silence exceeds: 5, 3 and 1.
    assert [SEGMENTS[place].name for place in Rfm.load(tmp_path).assign(Facts(x, NAMES))] == [
        "new",
        "about_to_sleep",
        "lost",
    ]
    best = np.array([[9, 0, 5, 9e6], [9, 0, 9.5, 9e6]], np.float32)
    stored["cuts"] = [[1, 6, 9, 10], *cuts[1:]]
    (tmp_path / "rfm.json").write_text(json.dumps(stored))
    assert [SEGMENTS[place].name for place in Rfm.load(tmp_path).assign(Facts(best, NAMES))] == ["loyal", "cannot_lose"]


def test_the_stored_cuts_give_the_same_segments(tmp_path: Path) -> None:
    x = _x(300, 5)
    rfm = Rfm.fit(Facts(x, NAMES))
    rfm.save(tmp_path)
    assert Rfm.load(tmp_path) == rfm
    np.testing.assert_array_equal(Rfm.load(tmp_path).assign(Facts(x, NAMES)), rfm.assign(Facts(x, NAMES)))
