"""Findings: sentences about the level of the period to come."""

from dataclasses import replace

from tests.training.report import sample
from training.metrics.bootstrap import Estimate
from training.report.findings import level

AT_A_FIFTH = replace(sample.target(), base_rate=Estimate(0.2, 0.19, 0.21), level_sd=0.5)


def test_the_level_of_a_probability_is_told_around_its_base_rate() -> None:
    # odds of 1 to 4, times e^.5 and over it: 0.25 * 1.6487 = 0.412, 0.25 / 1.6487 = 0.152
    said = level(AT_A_FIFTH)
    assert "in the 28 days after the data 13.2" in said
    assert "29.2" in said
    assert "where 20.0" in said


def test_the_level_of_a_value_is_told_as_a_ratio() -> None:
    said = level(replace(AT_A_FIFTH, task="value"))
    assert said.endswith("the outcomes sum to 0.61 to 1.65 times what is predicted.")


def test_of_what_has_no_level_nothing_is_said() -> None:
    assert level(replace(AT_A_FIFTH, level_sd=None)) == level(replace(AT_A_FIFTH, level_sd=0.0)) == ""
