"""What a dataset file says of RFM: thresholds that are taken as they are, and maps that must be partitions."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from features.dataset import Dataset, DatasetError
from training.segmenters.declared import declared, needs
from training.segmenters.facts import Facts
from training.segmenters.rfm import Rfm
from training.segmenters.rfm_map import GRID, SEGMENTS
from training.segmenters.rfm_settings import RfmSettings

NAMES = ("purchase_recency", "purchase_days_364d", "spend_364d")
DEFAULT = {
    "champions": ("R5 FM4-5", "R4 FM4-5"),
    "loyal": ("R3 FM4-5",),
    "potential_loyalists": ("R4-5 FM2-3",),
    "new": ("R5 FM1",),
    "promising": ("R4 FM1",),
    "need_attention": ("R3 FM3",),
    "about_to_sleep": ("R3 FM1-2",),
    "at_risk": ("R2 FM3-5", "R1 FM3"),
    "cannot_lose": ("R1 FM4-5",),
    "hibernating": ("R2 FM1-2",),
    "lost": ("R1 FM1-2",),
}


def _names(rfm: Rfm, rows: list[list[float]]) -> list[str]:
    places = rfm.assign(Facts(np.array(rows, np.float32), NAMES))
    return [rfm.segments[place].name for place in places]


def _said(**settings: object) -> RfmSettings:
    return msgspec.convert(settings, RfmSettings)


def test_thresholds_are_in_days_and_in_the_currency_and_do_not_follow_the_data() -> None:
    said = _said(recency=[7, 28, 90, 180], days=[1, 3, 6, 12], spend=[50, 100, 200.5, 400])
    rows: list[list[float]] = [[6, 13, 40_001], [7, 12, 20_050], [100, 1, 0], [181, 1, 0], [np.nan, 0, 0]]
    rfm = Rfm.fit(Facts(np.array(rows, np.float32), NAMES), said)
    assert [*map(list, rfm.cuts)] == [[7, 28, 90, 180], [1, 3, 6, 12], [5_000, 10_000, 20_050, 40_000]]
    # Scores: 5 and 5; 4 with 4 and 3; 2 with 1; 1 with 1. Who is at a threshold has the worse score.
    assert _names(rfm, rows) == ["champions", "champions", "hibernating", "lost", "no_purchase"]
    assert rfm.shown()["fixed"] == list(NAMES)


def test_what_has_no_threshold_is_cut_by_the_customers() -> None:
    rows = [[float(n), n, n * 100.0] for n in range(1, 11)]
    rfm = Rfm.fit(Facts(np.array(rows, np.float32), NAMES), _said(recency=[90, 28, 7, 2]))
    assert [*map(list, rfm.cuts)] == [[2, 7, 28, 90], [2, 4, 6, 8], [200, 400, 600, 800]]


def test_rules_by_ranges_are_the_map() -> None:
    assert _said(rules=DEFAULT).grid == GRID
    assert _said(rules=DEFAULT).segments == SEGMENTS
    assert _said(map=GRID[::-1]).grid == GRID


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (DEFAULT | {"loyal": ("R3 FM4",)}, "no partition; missing: R3 FM5"),
        (DEFAULT | {"loyal": ("R3 FM4-5", "R5 FM5")}, r"overlapping: R5 FM5 \(champions and loyal\)"),
        (DEFAULT | {"loyal": ("R3 FM4-6",)}, "rules.loyal: got 'R3 FM4-6'; ranges such as"),
        ({"lost": ("R1-5 FM1-5",), "losst": ("R1 FM1",)}, r"overlapping: R1 FM1 \(lost and losst\)"),
        ({"losst": ("R1-5 FM1-5",)}, "got 'losst'; a name of your own .* 'lost'"),
        ({"no_purchase": ("R1-5 FM1-5",)}, "got 'no_purchase'"),
    ],
)
def test_a_map_that_is_no_partition_is_refused_with_its_cells(rules: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        _said(rules=rules)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"map": GRID[:4]}, "map: got 4 rows; 5 are needed, R5 first"),
        ({"map": [*GRID[:4], GRID[4][:3]]}, "map: got 3 names for R1; missing: R1 FM4, R1 FM5"),
        ({"map": GRID, "rules": DEFAULT}, "only one of both"),
        ({"recency": [7, 28, 90]}, r"recency: got \[7.0, 28.0, 90.0\]; 4 different thresholds in order"),
        ({"spend": [1, 3, 2, 4]}, "spend: got"),
        ({"names": {"champoins": {}}}, "names: got 'champoins', which no cell has.*champions"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        _said(**settings)


def test_names_of_ones_own_have_their_texts_and_are_stored(tmp_path: Path) -> None:
    texts = {"stars": {"title": "Stars", "action": "invite them"}, "lost": {"title": "Gone"}}
    said = _said(rules={"stars": ["R4-5 FM1-5"], "lost": ["R1-3 FM1-5"]}, names=texts)
    rows = [[float(n), n, n * 100.0] for n in range(1, 11)]
    rfm = Rfm.fit(Facts(np.array(rows, np.float32), NAMES), said)
    assert [(one.name, one.title) for one in rfm.segments[:2]] == [("lost", "Gone"), ("stars", "Stars")]
    assert rfm.segments[1].meaning == "scores R4 FM1-5, R5 FM1-5"
    assert rfm.segments[0].action == "one last try, then leave them in peace"
    rfm.save(tmp_path)
    assert Rfm.load(tmp_path) == rfm
    assert set(_names(rfm, rows)) == {"stars", "lost"}


def test_thresholds_of_what_the_data_do_not_have_are_refused() -> None:
    known = Facts(np.array([[1, 1], [2, 2]], np.float32), NAMES[:2])
    with pytest.raises(ValueError, match="thresholds for spend_364d"):
        Rfm.fit(known, _said(spend=[1, 2, 3, 4]))


def test_a_dataset_file_is_refused_before_anything_is_computed() -> None:
    dataset = Dataset(name="shop", sources=(), segments={"rfm": {"recency": [1]}})
    with pytest.raises(DatasetError, match=r"dataset 'shop': segments: recency: got \[1.0\].*rfm"):
        needs(dataset, ())
    with pytest.raises(DatasetError, match=r"lifecycle: .*actve"):
        declared(Dataset(name="shop", sources=(), lifecycle={"actve": 0.7}))
    assert list(declared(Dataset(name="shop", sources=()))) == ["rfm", "lifecycle"]
