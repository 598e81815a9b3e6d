"""Declarations of features: what a dataset can have, and when two sets are the same."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from features.catalogue import feature
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import Aggregate, Derived, Feature
from features.catalogue.kind import FORMULAS
from features.catalogue.kind import KINDS as AGGREGATES
from features.log.event import COLUMNS, KINDS, SELECTIONS

SPEND = Aggregate("spend", "net spend", "cents", "sum", "net", 28, "amount")
LINES = Aggregate("lines", "lines", "lines", "count", "purchase", 28)
VISITS = Aggregate("visits", "visits", "visits", "distinct", "purchase", 28, "order")
CHEAP = Aggregate("cheap", "lines at a discount", "lines", "count", "discounted", 28)
REFUNDS = Aggregate("refunds", "refunds", "lines", "count", "refund", 28)
TEA = Aggregate("tea", "lines of tea", "lines", "count", "purchase", 28, only=("category", "Tea"))
PER_VISIT = Derived("per_visit", "spend per visit", "cents", "ratio", "spend", "visits")
SHARE = Derived("refund_share", "share of refunds", "share", "share", "refunds", "lines")
ALL: tuple[Feature, ...] = (SPEND, LINES, VISITS, CHEAP, REFUNDS, TEA, PER_VISIT, SHARE)
EVERYTHING = {column.name for column in COLUMNS}


@pytest.mark.parametrize(
    ("columns", "kinds", "left_out"),
    [
        (EVERYTHING, KINDS, {}),
        ({"amount", "discount"}, KINDS, {"tea": "no column category"}),
        (
            {"order_id", "discount", "category"},
            KINDS,
            {"spend": "no column amount", "per_visit": "no column amount"},
        ),
        ({"amount", "category"}, KINDS, {"cheap": "no column discount"}),
        ({"amount", "discount", "category"}, KINDS, {}),
        (
            EVERYTHING,
            ["purchase"],
            {
                "refunds": "no event of kind cancellation or refund",
                "refund_share": "no event of kind cancellation or refund",
            },
        ),
        (EVERYTHING, ["purchase", "cancellation"], {}),
        (
            EVERYTHING,
            ["refund"],
            dict.fromkeys(
                ("lines", "visits", "cheap", "tea", "per_visit", "refund_share"), "no event of kind purchase"
            ),
        ),
    ],
)
def test_what_a_dataset_cannot_have_is_left_out_and_says_why(
    columns: set[str], kinds: list[str], left_out: dict[str, str]
) -> None:
    kept, reasons = feature.fitting(ALL, columns, kinds)
    assert reasons == left_out
    assert kept == tuple(one for one in ALL if one.name not in left_out)


@pytest.mark.parametrize("of", [iter, lambda names: (name for name in names), set, tuple, dict.fromkeys])
def test_columns_and_kinds_may_come_from_any_iterable(of: Callable[[Iterable[str]], Iterable[str]]) -> None:
    assert feature.fitting(ALL, of(sorted(EVERYTHING)), of(KINDS)) == (ALL, {})


def test_without_order_id_there_are_visits_still() -> None:
    kept, _ = feature.fitting([VISITS], {"customer_id", "occurred_at"}, ["purchase"])
    assert kept == (VISITS,)


def test_a_dataset_with_all_columns_and_kinds_has_the_whole_catalogue() -> None:
    assert feature.fitting(CATALOGUE, EVERYTHING, KINDS) == (CATALOGUE, {})


def test_a_dataset_without_events_has_no_feature() -> None:
    kept, left_out = feature.fitting(CATALOGUE, (), ())
    assert kept == ()
    assert list(left_out) == [one.name for one in CATALOGUE]
    assert all(left_out.values())


def test_what_is_kept_never_lacks_a_part() -> None:
    for missing in EVERYTHING:
        names = {one.name for one in feature.fitting(CATALOGUE, EVERYTHING - {missing}, KINDS)[0]}
        derived = [one for one in CATALOGUE if isinstance(one, Derived) and one.name in names]
        assert all({one.a, one.b} <= names for one in derived)


def test_the_fingerprint_of_the_same_declarations_is_the_same() -> None:
    again = feature.from_json(json.loads(json.dumps(feature.to_json(ALL))))
    assert feature.fingerprint(again) == feature.fingerprint(list(ALL)) == feature.fingerprint(ALL)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"meaning": "other"},
        {"unit": "other"},
        {"kind": "largest"},
        {"selection": "purchase"},
        {"window": 27},
        {"window": None},
        {"column": "quantity"},
        {"lag": 28},
        {"only": ("category", "Tea")},
    ],
)
def test_the_fingerprint_changes_with_a_declaration(change: dict[str, Any]) -> None:
    assert feature.fingerprint([replace(SPEND, **change)]) != feature.fingerprint([SPEND])


@pytest.mark.parametrize("change", [{"formula": "share"}, {"a": "lines"}, {"b": "spend"}])
def test_the_fingerprint_changes_with_a_derived_declaration(change: dict[str, str]) -> None:
    declared = (SPEND, LINES, VISITS)
    assert feature.fingerprint((*declared, replace(PER_VISIT, **change))) != feature.fingerprint((*declared, PER_VISIT))


def test_the_fingerprint_changes_with_the_order_and_the_number_of_features() -> None:
    assert len({feature.fingerprint(some) for some in ((SPEND, LINES), (LINES, SPEND), (SPEND,), ())}) == 4


Edit = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.parametrize(
    ("edit", "touched"),
    [
        (lambda p: p.setitem(AGGREGATES, "sum", replace(AGGREGATES["sum"], init="{x} = 1")), SPEND),
        (lambda p: p.setitem(AGGREGATES, "sum", replace(AGGREGATES["sum"], step="{x} += 2 * {v}")), SPEND),
        (lambda p: p.setitem(AGGREGATES, "sum", replace(AGGREGATES["sum"], value="{x} / 2")), SPEND),
        (lambda p: p.setitem(SELECTIONS, "net", replace(SELECTIONS["net"], kinds=("purchase",))), SPEND),
        (lambda p: p.setitem(SELECTIONS, "net", replace(SELECTIONS["net"], discounted_only=True)), SPEND),
        (lambda p: p.setitem(FORMULAS, "ratio", replace(FORMULAS["ratio"], value="b / a")), PER_VISIT),
        (lambda p: p.setattr(feature, "EVENT_KINDS", KINDS[::-1]), LINES),
    ],
)
def test_the_fingerprint_changes_with_the_meaning_of_what_a_feature_uses(
    monkeypatch: pytest.MonkeyPatch, edit: Edit, touched: Feature
) -> None:
    before = feature.fingerprint([touched])
    edit(monkeypatch)
    assert feature.fingerprint([touched]) != before


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: p.setitem(AGGREGATES, "largest", replace(AGGREGATES["largest"], step="pass")),
        lambda p: p.setitem(SELECTIONS, "contact", replace(SELECTIONS["contact"], kinds=("purchase",))),
        lambda p: p.setitem(FORMULAS, "rest", replace(FORMULAS["rest"], value="b / a")),
    ],
)
def test_the_fingerprint_does_not_change_with_what_no_feature_uses(monkeypatch: pytest.MonkeyPatch, edit: Edit) -> None:
    before = feature.fingerprint(ALL)
    edit(monkeypatch)
    assert feature.fingerprint(ALL) == before


@pytest.mark.parametrize("features", [ALL, CATALOGUE, ()])
def test_declarations_come_back_from_json(features: tuple[Feature, ...]) -> None:
    assert feature.from_json(json.loads(json.dumps(feature.to_json(features)))) == features
