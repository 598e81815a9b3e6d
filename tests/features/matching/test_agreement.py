"""Agreement: what levels mean, and who only lives together."""

import numpy as np
import pyarrow as pa
import pytest

from features.identity.identity import Form
from features.matching.agreement import DIFFERS, NEARLY, SAME, UNKNOWN, agreement, apart
from features.matching.field import Field


@pytest.mark.parametrize(
    ("form", "levels"),
    [
        ("name", [UNKNOWN, DIFFERS, NEARLY, NEARLY, SAME]),
        ("date", [UNKNOWN, DIFFERS, NEARLY, SAME]),
        ("exact", [UNKNOWN, DIFFERS, SAME]),
    ],
)
def test_the_highest_level_is_the_same(form: Form, levels: list[int]) -> None:
    table = pa.table({"gamma_f0": pa.array(range(-1, len(levels) - 1), pa.int32())})
    assert agreement(table, "f0", Field("x", form)).tolist() == levels


def test_who_shares_nothing_of_their_own_lives_together() -> None:
    #               parent    slip     twins   slip, other born   only a name   three fields, two slips
    first = np.array([DIFFERS, NEARLY, DIFFERS, NEARLY, SAME, NEARLY])
    born = np.array([DIFFERS, SAME, SAME, DIFFERS, UNKNOWN, DIFFERS])
    mail = np.array([UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, NEARLY])
    alone, household = apart(np.array([first, born, mail]))
    assert alone.tolist() == [True, False, False, True, False, False]
    assert household.tolist() == [False, False, True, False, False, False]
