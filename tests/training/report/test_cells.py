"""The rows that judge are told in groups of enough customers."""

import numpy as np

from features.dataset import Profit
from training.report.calibration import calibration
from training.report.cells import cells, least, steps
from training.report.gain import gain
from training.report.profit import curve

PLACE = np.repeat([0, 1, 2, 3], [30, 4, 6, 40])
WHO = np.arange(80)


def groups(place: np.ndarray, customers: np.ndarray, smallest: int) -> list[tuple[tuple[int, ...], int]]:
    return [(group, int(inside.sum())) for group, inside in cells(place, 5, customers, smallest)]


def test_groups_of_few_are_merged_with_those_beside_them() -> None:
    assert groups(PLACE, WHO, 0) == [((0,), 30), ((1,), 4), ((2,), 6), ((3,), 40)]
    assert groups(PLACE, WHO, 10) == [((0,), 30), ((1, 2), 10), ((3,), 40)]
    assert groups(PLACE, WHO, 11) == [((0, 1, 2), 40), ((3,), 40)]
    assert groups(PLACE, WHO, 81) == []


def test_a_customer_with_several_rows_counts_once() -> None:
    twice = np.where(np.arange(80) < 40, 0, WHO)
    assert groups(PLACE, twice, 10) == [((0, 1, 2, 3), 80)]
    assert groups(np.repeat([0, 1], 40), np.tile(np.arange(10), 8), 12) == []  # merged, they are ten customers still
    assert least(np.array([1, 1, 2, 3, 3, 3]), 20) == 60
    assert least(WHO, 0) == 0


def test_steps_hold_enough_rows() -> None:
    assert [steps(1000, 200, 20), steps(1000, 10, 20), steps(10, 200, 20), steps(90, 200, 0)] == [50, 10, 1, 200]


def test_bins_tenths_and_profits_are_of_enough_rows() -> None:
    p, y = np.arange(80) / 80, (np.arange(80) % 2).astype(np.float64)
    assert [one.rows for one in calibration(y, p, WHO, 0).bins] == [8] * 10
    assert [one.rows for one in calibration(y, p, WHO, 20).bins] == [32, 48]
    few = gain(y, p, 20)
    assert len(few.deciles) == 4
    assert few.part == "part of 4"
    assert [one.observed for one in few.deciles] == [0.5] * 4
    assert [one.gain for one in few.deciles] == [0.25, 0.5, 0.75, 1.0]
    assert len(few.curve) == len(few.perfect) == 5
    assert gain(y, p).part == "tenth"
    profit = curve(Profit(), "value", y, p, WHO, 20)
    assert profit.counts == (0, 20, 40, 60, 80)
    assert list(profit.held) == [0, 10, 20, 30, 40]
    assert profit.rule_count == 40  # 39 rows have more than a half, which pays a contact: the nearest step is told
    assert profit.rule.value == 20 * 2 - 40
    assert curve(Profit(), "value", y, p, WHO).rule_count == 39


def test_equal_predictions_share_what_a_step_takes_of_them() -> None:
    p, y = np.full(40, 0.6), np.r_[np.ones(30), np.zeros(10)]
    found = curve(Profit(), "value", y, p, np.arange(40), 20)
    assert found.rule_count == 40
    low = np.r_[np.full(30, 0.6), np.full(10, 0.1)]
    assert curve(Profit(), "value", y, low, np.arange(40), 20).rule_count == 20  # of two as near, the smaller
    assert curve(Profit(), "value", y, low, np.arange(40), 20).rule.value == 20 * 2 - 20
