"""Windows of a dataset's own, beside those of the catalogue."""

import numpy as np
import pytest

from features.catalogue.catalogue import CATALOGUE, FAMILIES
from features.catalogue.feature import Aggregate, Derived
from features.catalogue.windows import catalogue, families, too_long
from features.clock import DAY
from features.kernel.kernel import Kernel
from tests.features.shop import made

BY_NAME = {feature.name: feature for feature in catalogue((45, 730))}


def test_without_windows_of_its_own_a_dataset_has_the_catalogue() -> None:
    assert families() == {name: tuple(family) for name, family in FAMILIES.items()}
    assert catalogue() == CATALOGUE


def test_every_name_stands_once_and_every_part_is_there() -> None:
    assert len(BY_NAME) == len(catalogue((45, 730)))
    derived = [feature for feature in BY_NAME.values() if isinstance(feature, Derived)]
    assert {part for feature in derived for part in (feature.a, feature.b)} <= BY_NAME.keys()


@pytest.mark.parametrize(
    "feature",
    [
        Aggregate("spend_45d", "net spend in 45 days", "cents", "sum", "net", 45, "amount"),
        Aggregate(
            "purchase_days_730d_before",
            "days with a purchase in the 730 days before the last 730",
            "days",
            "days",
            "purchase",
            730,
            None,
            730,
        ),
        Aggregate("night_lines_45d", "lines bought from 0 to 6 o'clock in 45 days", "lines", "night", "purchase", 45),
        Derived(
            "spend_trend_45d",
            "share of the last 45 days in the net spend of those and the 45 before",
            "share",
            "share",
            "spend_45d",
            "spend_45d_before",
        ),
        Derived(
            "overdue_45d",
            "days since the last purchase over the mean gap in 45 days",
            "ratio",
            "ratio",
            "purchase_recency",
            "gap_mean_45d",
        ),
    ],
)
def test_a_family_gets_the_window_in_name_meaning_and_declaration(feature: Aggregate | Derived) -> None:
    assert BY_NAME[feature.name] == feature


def test_a_window_of_a_fixed_day_is_not_moved() -> None:
    assert not [name for name in BY_NAME if "year" in name and ("45" in name or "730" in name)]


def test_a_window_that_the_catalogue_has_adds_only_what_it_lacks() -> None:
    added = {feature.name for feature in catalogue((28,))} - {feature.name for feature in CATALOGUE}
    assert "spend_28d" not in added
    assert {"weekend_lines_28d", "gap_mean_28d", "overdue_28d"} <= added


def test_what_looks_back_farther_than_the_history_is_named_and_of_the_catalogue_nothing() -> None:
    long = too_long(tuple(BY_NAME.values()), 300)
    assert long["spend_730d"] == long["spend_per_visit_730d"] == "fewer than 730 days of history"
    assert all("_730d" in name for name in long)
    assert too_long(tuple(BY_NAME.values()), 730) == {}


def test_the_kernel_computes_them() -> None:
    log = made(
        occurred_at=["2017-01-01", "2017-02-20", "2017-03-01"], amount=[5.0, 7.0, 11.0], quantity=[1.0, 2.0, 4.0]
    )
    asked = [BY_NAME[name] for name in ("spend_45d", "spend_45d_before", "spend_730d", "spend_trend_45d")]
    asked += [BY_NAME[name] for name in ("units_45d", "lines_45d", "units_per_line_45d")]
    kernel = Kernel(tuple(asked))
    as_of = int(log.columns["time"][-1]) + DAY
    x = kernel.exact(log, np.zeros(1, np.int64), np.array([as_of]))[0]
    told = dict(zip(kernel.names, x.tolist(), strict=True))
    assert (told["spend_45d"], told["spend_45d_before"], told["spend_730d"]) == (1800, 500, 2300)
    assert told["spend_trend_45d"] == 1800 / 2300
    assert told["units_per_line_45d"] == 3000
