"""Permissions: whose answers count for whom, where several identifiers and traces are one customer."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from features.clock import DAY
from features.consent.answers import Answers
from features.consent.consent import Consent
from features.consent.loop import AGE_UNKNOWN, DENY, EVERYTHING, GRANT, OBJECT, UNDATED
from features.consent.permissions import Counts, Permissions, gathered

CONSENT = Consent({"profiling": "legitimate_interest", "mail": "consent"})
IDS = ["ann", "device 7", "bob", "zoe"]
"""Ann, whose device was found to be hers on day 20; Bob; Zoe has no events."""
PERSON = np.array([0, 0, 2])
NOW = 100 * DAY


def made(*answers: tuple[str, str, int, int, int | None], apart: list[bool] | None = None) -> Permissions:
    """Return what people allow by answers of kind, identifier, purpose, what is said, and day."""
    tables = [
        Answers(
            kind,
            pa.array([value]),
            np.array([purpose]),
            np.array([said], np.uint8),
            np.array([UNDATED if day is None else day * DAY]),
            np.zeros(1, np.int64),
        )
        for kind, value, purpose, said, day in answers
    ]
    whose = {"ann": 0, "a@x.example": 0, "7": 0, "bob": 2, "zoe": 3}
    since = {"7": 20 * DAY}

    def owners(_: str, values: pa.Array) -> NDArray[np.int64]:
        return np.array([whose.get(value, -1) for value in values.to_pylist()], np.int64)

    def linked(_: str, values: pa.Array) -> NDArray[np.int64]:
        return np.array([since.get(value, UNDATED) for value in values.to_pylist()], np.int64)

    given = gathered(tables, np.full(4, AGE_UNKNOWN), owners, linked)
    out = None if apart is None else np.array(apart)
    return Permissions(CONSENT, pa.array(IDS), 3, given, apart=out, person=PERSON)


def test_all_traces_of_a_person_answer_alike() -> None:
    refused = made(("device", "7", 0, DENY, 10))
    assert refused.refused(NOW).tolist() == [True, True, False]
    assert refused.profiled(NOW).refused == {"ann", "device 7"}
    assert refused.profiled(NOW).said() == "not profiled: 1 of 2 customers"  # each person once
    assert refused.table(NOW).to_pylist() == [{"customer_id": "bob", "mail": False}]


@pytest.mark.parametrize(("day", "mailed"), [(15, False), (20, False), (21, True)])
def test_a_grant_lifts_what_another_identifier_refused_only_after_the_link(day: int, mailed: bool) -> None:
    found = made(("device", "7", 1, DENY, 10), ("email", "a@x.example", 1, GRANT, day))
    assert found.allowed("mail", NOW).tolist() == [mailed, mailed, False, False]


def test_who_is_asked_about_in_any_order_and_strangers_follow_silence() -> None:
    found = made(
        ("user", "bob", 1, GRANT, 1), ("user", "nobody", 1, GRANT, 1), ("user", "zoe", EVERYTHING, OBJECT, None)
    )
    asked = pa.array(["new", "bob", "zoe", "bob"])
    assert found.allowed("mail", NOW, asked).tolist() == [False, True, False, True]
    assert found.allowed("profiling", NOW, asked).tolist() == [True, True, False, True]
    with pytest.raises(KeyError):
        found.allowed("sms", NOW)


def test_counts_are_of_people_who_count() -> None:
    found = made(("user", "ann", 1, DENY, 1), ("user", "bob", 1, GRANT, 1))
    assert (found.counts("profiling", NOW), found.counts("mail", NOW)) == (Counts(0, 0, 2), Counts(1, 1, 0))
    without = made(("user", "ann", 0, OBJECT, 1), ("user", "bob", 1, GRANT, 1), apart=[False, False, True])
    assert (without.counts("profiling", NOW), without.counts("mail", NOW)) == (Counts(0, 1, 0), Counts(0, 0, 0))


def test_of_answers_that_nobody_gave_there_are_none() -> None:
    found = made()
    assert found.allowed("profiling", NOW).tolist() == [True] * 4
    assert found.not_lifted(NOW).sum() == 0
