"""Kinds that no family has, a dataset's own among them: counts, recency and days, by the kernel as by hand."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features import clock
from features.buckets import intake
from features.catalogue.catalogue import CATALOGUE, is_of_kind, of_kind, of_kinds
from features.catalogue.feature import MOST_SELECTIONS, Aggregate, fitting
from features.catalogue.feature_set import allowed_by, feature_set
from features.catalogue.windows import catalogue, too_long
from features.dataset import DatasetError
from features.kernel.kernel import Kernel
from features.kernel.scan import TooManySelections, source
from features.log.event import FORMERLY, KINDS, MOST_KINDS
from features.log.log import Log
from tests.features.shop import business

QUOTE, CALL = "custom:quote_asked", "custom:call back"
AS_OF = clock.parse("2017-07-01", ZoneInfo("UTC"))
ROWS: list[tuple[str, str, str]] = [
    ("ann", "2017-06-30 12:00", QUOTE),  # half a day before
    ("ann", "2017-06-30 18:00", "purchase"),
    ("ann", "2017-06-10 08:00", QUOTE),
    ("ann", "2017-06-10 09:00", QUOTE),
    ("ann", "2017-05-01 00:00", QUOTE),  # 61 days before
    ("ann", "2017-06-20 00:00", CALL),
    ("bob", "2017-06-01 00:00", "web_session"),  # 30 days before
]
EXPECTED = {
    "custom_quote_asked_recency": (0.5, None),
    "custom_quote_asked_count_28d": (3, 0),
    "custom_quote_asked_count_84d": (4, 0),
    "custom_quote_asked_days_28d": (2, 0),
    "custom_quote_asked_days_84d": (3, 0),
    "web_session_recency": (None, 30),
    "web_session_count_28d": (0, 0),
    "web_session_count_84d": (0, 1),
    "web_session_days_84d": (0, 1),
}


def log(kinds: tuple[str, ...], rows: list[tuple[str, str, str]] = ROWS) -> Log:
    """Return the log of rows of a dataset with some kinds."""
    columns: dict[str, list[Any]] = dict(
        zip(("customer_id", "occurred_at", "event"), map(list, zip(*rows, strict=True)), strict=True)
    )
    few = intake.of_rows(columns, "UTC", kinds)
    assert few.log is not None
    return few.log


FEATURES = tuple(one for one in of_kinds([QUOTE, "web_session", "purchase"]) if one.name in EXPECTED)


@pytest.mark.parametrize("more", [(), ("custom:a",), ("custom:zz",)])
def test_counts_recency_and_days_are_those_by_hand_whatever_codes_the_log_has(more: tuple[str, ...]) -> None:
    asked = log((*KINDS, *sorted((QUOTE, CALL, *more))))
    kernel = Kernel(FEATURES)
    assert kernel.kinds == (*KINDS, QUOTE)
    got = kernel.exact(asked, np.arange(2), np.full(2, AS_OF))
    for column, name in enumerate(kernel.names):
        expected = [np.nan if one is None else one for one in EXPECTED[name]]
        np.testing.assert_array_equal(got[:, column], expected, name)


def test_a_kernel_of_fewer_kinds_takes_no_other_for_its_own() -> None:
    kernel = Kernel(FEATURES)
    other = log((*KINDS, CALL), [("ann", "2017-06-30", CALL), ("bob", "2017-06-01", "web_session")])
    got = dict(zip(kernel.names, kernel.exact(other, np.arange(2), np.full(2, AS_OF))[0].tolist(), strict=True))
    assert got["custom_quote_asked_count_28d"] == 0  # the code of the call is that of a quote in the kernel
    assert np.isnan(got["custom_quote_asked_recency"])


def test_only_kinds_without_a_family_have_generic_features() -> None:
    assert of_kinds(FORMERLY) == ()
    assert catalogue(kinds=FORMERLY) == CATALOGUE
    names = [one.name for one in of_kinds([*KINDS, QUOTE])]
    assert len(names) == len(set(names)) == 7 * (len(KINDS) - len(FORMERLY) + 1)
    assert all(map(is_of_kind, names))
    assert not {one.name for one in CATALOGUE} & set(names)
    assert not any(is_of_kind(one.name) for one in CATALOGUE)


def test_own_kinds_whose_names_fold_to_one_have_features_of_their_own() -> None:
    names = [one.name for kind in ("custom:c++", "custom:c#", "custom:c") for one in of_kind(kind)]
    assert len(set(names)) == 3 * 7
    assert "custom_c_recency" in names


def test_windows_of_a_datasets_own_are_those_of_generic_features_too() -> None:
    found = of_kinds([QUOTE], (45, 730))
    assert [one.name for one in found][4:] == [
        "custom_quote_asked_count_45d",
        "custom_quote_asked_count_730d",
        *(f"custom_quote_asked_days_{w}d" for w in (28, 84, 364, 45, 730)),
    ]
    assert set(too_long(found, 100)) == {"custom_quote_asked_count_730d", "custom_quote_asked_days_730d"}


def sources(folder: Path, kinds: list[str]) -> Any:
    """Return a dataset with a source that holds some kinds."""
    (folder / "s.csv").write_text("client,at,kind\nann,2017-03-01,k0\n")
    values = {f"k{place}": kind for place, kind in enumerate(kinds)}
    return business(folder, {"path": "s.csv", "event": {"column": "kind", "values": values}})


def test_a_dataset_has_the_features_of_its_own_kinds(tmp_path: Path) -> None:
    shop = sources(tmp_path, ["purchase", QUOTE, CALL])
    assert shop.every_kind == (*KINDS, CALL, QUOTE)
    features, left_out = allowed_by(shop)
    names = {one.name for one in features}
    assert {"custom_quote_asked_recency", "purchase_recency"} < names
    assert not any("web_session" in name for name in names | set(left_out))
    assert fitting(features, shop.columns, shop.kinds) == (features, {})


def test_more_selections_than_a_mask_holds_are_refused_by_name(tmp_path: Path) -> None:
    own = [f"custom:k{place:02}" for place in range(63)]  # beside purchases, which are one selection without amounts
    shop = sources(tmp_path, ["purchase", *own[:-1]])
    assert len({one.selection for one in allowed_by(shop)[0] if isinstance(one, Aggregate)}) == MOST_SELECTIONS
    with pytest.raises(DatasetError) as error:
        allowed_by(sources(tmp_path, ["purchase", *own]))
    assert str(error.value) == (
        "dataset 'shop': features of its kinds of event need 64 selections, and there is room for 63: leave out 1 of"
        " its own kinds; without room are custom:k62."
    )


def test_a_kernel_refuses_more_selections_than_its_mask_holds() -> None:
    features = [of_kind(f"custom:k{place:02}")[0] for place in range(MOST_SELECTIONS)]
    assert "# 'custom:k62'" in source(features, (*KINDS, *(f"custom:k{place:02}" for place in range(63))))
    with pytest.raises(
        TooManySelections, match=r"look at 64 selections of events, and there is room for 63: leave out 1"
    ):
        source([*features, of_kind("custom:last")[0]])


def test_there_is_room_for_127_kinds(tmp_path: Path) -> None:
    own = [f"custom:k{place:03}" for place in range(MOST_KINDS - len(KINDS))]
    shop = sources(tmp_path, own)
    assert len(shop.every_kind) == 127
    assert intake.take(shop).log.columns["code"].tolist() == [shop.codes["custom:k000"]]
    with pytest.raises(
        DatasetError, match=r"sources: got 95 kinds of your own, and there is room for 94; .* custom:z\.$"
    ):
        sources(tmp_path, [*own, "custom:z"])


def test_the_last_kind_that_has_room_is_counted() -> None:
    kinds = (*KINDS, *(f"custom:k{place:03}" for place in range(MOST_KINDS - len(KINDS))))
    rows = [("ann", "2017-06-30", kinds[-1]), ("ann", "2017-06-29", kinds[-2])]
    kernel = Kernel(of_kind(kinds[-1])[:2])
    got = kernel.exact(log(kinds, rows), np.zeros(1, np.int64), np.full(1, AS_OF))
    assert got.tolist() == [[1.0, 1.0]]


CATEGORIES = ["C++", "C#", "Go", "C++", "C#", "C++"]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (1, 0, 2, 4, 5, 3)])
def test_categories_whose_names_fold_to_one_are_two_features(tmp_path: Path, order: tuple[int, ...]) -> None:
    lines = [f"ann,2017-0{place + 1}-01,{CATEGORIES[place]},{place + 1}\n" for place in order]
    (tmp_path / "s.csv").write_text("client,at,group,paid\n" + "".join(lines))
    columns = {"category": "group", "amount": "paid"}
    shop = business(tmp_path, {"path": "s.csv", "columns": columns}, end="2017-07-01")
    made = intake.take(shop).log
    named = [one for one in feature_set(shop, made, AS_OF)[0] if one.name.startswith("lines_364d_")]
    assert {one.only[1]: one.name for one in named if one.only} == {  # type: ignore[union-attr]
        "C++": "lines_364d_c_f1deb7",
        "C#": "lines_364d_c_040228",
        "Go": "lines_364d_go",
    }
    got = Kernel(tuple(named)).exact(made, np.zeros(1, np.int64), np.full(1, AS_OF))
    assert dict(zip([one.name for one in named], got[0].tolist(), strict=True)) == {
        "lines_364d_c_f1deb7": 3.0,
        "lines_364d_c_040228": 2.0,
        "lines_364d_go": 1.0,
    }
