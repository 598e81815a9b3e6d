"""Conditions: numbers as people write them part those that are kept where they should."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue.feature import Aggregate
from training.personas.rule import exact
from training.rules import condition, truth
from training.rules.because import Because
from training.rules.seen import Seen
from training.rules.term import of_attribute, of_feature
from training.segmenters.facts import Facts

SPEND = Aggregate("spend_364d", "", "cents", "sum", "net", 364, "amount")


def _seen(*values: float) -> Seen:
    return Seen(Facts(np.array([values], np.float32).T, (SPEND.name,)))


@given(st.floats(0.001, 1e7, width=64), st.integers(-3, 3))
def test_the_rule_of_a_segmenter_saved_as_a_rule_segment_takes_the_same_customers(cut: float, steps: int) -> None:
    value = np.float32(cut)
    for _ in range(abs(steps)):
        value = np.nextafter(value, np.float32(np.sign(steps) * math.inf))
    above, below = exact([(SPEND.name, cut, math.inf), (SPEND.name, -math.inf, cut)], {SPEND.name: SPEND}).split(
        " and "
    )
    term = of_feature(SPEND.name, SPEND, "EUR")
    for text, expected in ((above, float(value) > cut), (below, float(value) <= cut)):
        _, sign, number = text.split()
        found = condition.number(text, term, sign, float(number)).holds(_seen(float(value)))
        assert found.tolist() == [truth.TRUE if expected else truth.FALSE]


@pytest.mark.parametrize("written", [0.1, 0.3, 0.7, 1.1, 100.05])
def test_what_is_kept_of_a_number_is_equal_to_what_is_written_of_it(written: float) -> None:
    term = of_feature(SPEND.name, SPEND, "EUR")
    for sign, expected in (("==", 2), ("<=", 2), (">=", 2), ("<", 0), (">", 0), ("!=", 0)):
        assert condition.number("", term, sign, written).holds(_seen(written * 100)).tolist() == [expected]


def test_a_value_is_told_as_people_read_it_and_a_missing_one_as_unknown() -> None:
    term = of_feature(SPEND.name, SPEND, "EUR")
    few = condition.number("spend_364d > 5", term, ">", 5)
    assert few.because(_seen(1234567, math.nan), 0) == Because("spend_364d > 5", True, "12,345.67 EUR")
    assert few.because(_seen(1234567, math.nan), 1) == Because("spend_364d > 5", None, "unknown")


def test_attributes_are_told_as_what_they_are() -> None:
    table = pa.table({"age": [34.0, None], "member": [True, False], "town": ["Paris", None]})
    seen = Seen(Facts(np.empty((2, 0), np.float32), ()), attributes=table)
    told = [
        [of_attribute(name, name, table.schema.field(name).type).found(seen, row) for row in range(2)]
        for name in table.column_names
    ]
    assert told == [["34", "unknown"], ["yes", "no"], ["Paris", "unknown"]]
