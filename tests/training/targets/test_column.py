"""Columns: no target of a dataset takes that of another."""

import pytest

from features.dataset import DatasetError
from training.segmenters import Lifecycle, Nested, Rfm
from training.targets.column import SEGMENTERS, check


@pytest.mark.parametrize(
    ("targets", "column", "other"),
    [
        (["churn_28d", "churn_28d_by"], "churn_28d_by", "targets.churn_28d"),
        (["churn_28d_reason", "churn_28d"], "churn_28d_reason", "targets.churn_28d_reason"),
        (["spend", "spend_because_3"], "spend_because_3", "targets.spend"),
        (["buys_tea", "buys_tea"], "buys_tea", "targets.buys_tea"),
        (["rfm_segment"], "rfm_segment", "the segmenter rfm"),
        (["as_of"], "as_of", "the row's as_of"),
    ],
)
def test_targets_that_would_share_a_column_are_refused_by_name(targets: list[str], column: str, other: str) -> None:
    with pytest.raises(DatasetError, match=rf"targets\.{targets[-1]}: its column '{column}' .* {other}, too"):
        check("shop", targets)


def test_names_that_only_begin_alike_are_fine() -> None:
    check("shop", ["churn_28d", "churn_28d_bye", "churn_28d_because_4", "rfm", "segment"])


def test_every_segmenter_is_known() -> None:
    assert {Rfm.name, Lifecycle.name, Nested.name} < set(SEGMENTERS)
