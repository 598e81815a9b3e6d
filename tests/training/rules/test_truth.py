"""Truth in three values: as SQL has it."""

import itertools

import duckdb
import numpy as np

from training.rules import truth

_WORD = {truth.FALSE: "false", truth.UNKNOWN: "NULL::BOOLEAN", truth.TRUE: "true"}


def test_and_or_not_are_those_of_sql() -> None:
    for a, b in itertools.product(_WORD, repeat=2):
        one, other = np.array([a], np.int8), np.array([b], np.int8)
        (sql,) = duckdb.sql(f"SELECT {_WORD[a]} AND {_WORD[b]}, {_WORD[a]} OR {_WORD[b]}, NOT {_WORD[a]}").fetchall()
        found = truth.every([one, other]), truth.some([one, other]), truth.opposite(one)
        assert tuple(truth.SAID[int(each[0])] for each in found) == sql


def test_what_is_not_known_is_unknown_whatever_stands_there() -> None:
    found = truth.of(np.array([True, False, True]), np.array([True, True, False]))
    assert found.tolist() == [truth.TRUE, truth.FALSE, truth.UNKNOWN]
