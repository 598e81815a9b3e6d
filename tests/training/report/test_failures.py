"""Failures: groups that are off are found, small ones are not believed, and every row is in one band."""

import numpy as np
import pytest

from tests.training.report.sample import outcomes, target
from training.report import findings, recency
from training.report.failures import group


def test_a_group_that_is_predicted_too_low_is_off() -> None:
    y, p, customers = outcomes()
    assert group("binary", "all", y, p, customers, 400).off == ""
    low = group("binary", "all", y, p / 3, customers, 800)
    assert low.off == "too low"
    assert low.share == 0.5
    assert low.ratio.value == pytest.approx(p.sum() / 3 / y.sum())
    assert group("binary", "all", y, np.minimum(p * 3, 1), customers, 400).off == "too high"


def test_a_small_group_is_never_called_off() -> None:
    y, p, customers = outcomes()
    small = group("binary", "small", y[:49], p[:49] / 10, customers[:49], 400)
    assert (small.few, small.off, small.unranked("binary")) == (True, "", False)
    rare = group("binary", "rare", np.r_[np.ones(9), np.zeros(200)], np.full(209, 0.5), np.arange(209), 400)
    assert rare.few
    assert not group("value", "rare", np.r_[np.ones(9), np.zeros(200)], np.full(209, 0.5), np.arange(209), 400).few


def test_a_group_without_outcomes_has_no_figures_and_no_error() -> None:
    none = group("binary", "none", np.zeros(60), np.full(60, 0.1), np.arange(60), 60)
    assert np.isnan(none.ratio.value)
    assert np.isnan(none.headline.value)
    assert (none.observed, none.few, none.off) == (0, True, "")


def test_a_ranking_that_says_nothing_is_told() -> None:
    y, p, customers = outcomes()
    assert not group("binary", "all", y, p, customers, 400).unranked("binary")
    assert group("binary", "all", y, np.full(400, 0.4), customers, 400).unranked("binary")


def test_every_row_is_in_one_band_and_an_edge_is_in_the_longer() -> None:
    days = np.array([0, 6.99, 7, 27.9, 28, 364, 365, 5000, np.nan])
    names = [recency.NAMES[place] for place in recency.bands(days)]
    assert names == [
        "under 7 days",
        "under 7 days",
        "7 to 14 days",
        "14 to 28 days",
        "28 to 56 days",
        "182 to 365 days",
        "365 days and more",
        "365 days and more",
        "no purchase yet",
    ]


def test_findings_name_what_is_off_and_leave_out_what_is_small() -> None:
    found = findings.misjudged(target())
    assert [sentence.split(":")[0] for sentence in found] == ["last purchase off", "segment off"]
    assert "too low" in found[0]
    assert "200 rows" in found[0]
    assert findings.looked_at(target()) == 3  # one cut-off alone is no group; `few` is too small
