"""The gate: what fails is refused with its figures, and what passes is said with them."""

from dataclasses import replace

import pytest

from training.metrics.bootstrap import Estimate
from training.stability.bootstrap import Stability
from training.stability.gate import Verdict, lowers, too_little, unstable
from training.stability.grade import Grade
from training.stability.period import Tells

GOOD = Stability(0.91, 0.85, (0.9, 0.88), (0.6, 0.4), 100, 2500)
TOLD = Tells(0.82, 0.81, Estimate(0.01, 0.002, 0.02))


def test_what_passes_is_said_with_its_figures() -> None:
    verdict = Verdict("nested 4 x 2", GOOD, Grade.CONSTRUCTIVE, TOLD)
    assert verdict.passes
    assert verdict.said() == (
        "nested 4 x 2: constructive, ARI 0.910 (10th percentile 0.850), smallest Jaccard 0.880 of 100 pairs;"
        " AUC of the next period 0.820, above the RFM map's 0.810 (+0.002 to +0.020)"
    )
    assert verdict.metrics()["stability_ari_p10"] == 0.85
    assert verdict.metrics()["next_period_auc_rfm"] == 0.81
    assert verdict.graded == "constructive"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ari": 0.79}, "mean ARI 0.790 of 100 pairs of samples of 2,500 customers, at least 0.80 is needed"),
        ({"p10": 0.699}, "10th percentile of ARI 0.699, at least 0.70 is needed"),
        ({"jaccard": (0.9, 0.74)}, "smallest Jaccard of a segment 0.740, at least 0.75 is needed"),
        ({"shares": (0.985, 0.015)}, "smallest segment 1.5\N{NO-BREAK SPACE}% of the customers, at least 2"),
    ],
)
def test_each_threshold_is_told_where_it_is_missed(changed: dict[str, object], said: str) -> None:
    assert unstable(GOOD) == ()
    found = replace(GOOD, **changed)  # type: ignore[arg-type]
    (fault,) = unstable(found)
    assert fault.startswith(said)
    verdict = Verdict("kmeans", found, Grade.REPRODUCIBLE, faults=(fault,))
    assert not verdict.passes
    assert verdict.graded == "not stable"
    assert verdict.said().startswith("not stable: kmeans: ")


def test_a_former_fit_may_differ_from_new_ones_that_are_alike() -> None:
    moved_on = replace(GOOD, jaccard=(0.9, 0.4))
    assert unstable(moved_on)
    assert unstable(moved_on, kept=True) == ()
    assert unstable(replace(moved_on, ari=0.7), kept=True)
    assert unstable(replace(moved_on, shares=(0.99, 0.01)), kept=True)


def test_better_than_the_map_is_said_only_where_the_interval_says_so() -> None:
    unsure = replace(TOLD, more=Estimate(0.01, -0.002, 0.02))
    assert "as good as the RFM map's" in Verdict("one", GOOD, Grade.CONSTRUCTIVE, unsure).said()


def test_an_auc_below_the_maps_is_of_no_use_unless_it_is_chance() -> None:
    behind = replace(TOLD, auc=0.804, more=Estimate(-0.006, -0.010, -0.001))
    assert too_little(None) == too_little(TOLD) == too_little(replace(behind, auc=0.806)) == ()
    assert too_little(replace(behind, more=Estimate(-0.006, -0.03, 0.02))) == ()
    (fault,) = too_little(behind)
    assert fault.startswith("AUC of the next period 0.804, at least 0.805 is needed beside the RFM map's 0.810 (")
    assert Verdict("one", GOOD, Grade.CONSTRUCTIVE, useless=(fault,)).graded == "of no use"


def test_the_map_may_not_tell_less_once_segments_divide_it() -> None:
    assert lowers(None) == lowers(TOLD) == lowers(replace(TOLD, more=Estimate(-0.001, -0.003, 0.001))) == ()
    (fault,) = lowers(replace(TOLD, auc=0.80, more=Estimate(-0.01, -0.02, -0.001)))
    assert fault.startswith("the RFM map divided by it tells the next period by an AUC of 0.800, undivided by 0.810 (")
