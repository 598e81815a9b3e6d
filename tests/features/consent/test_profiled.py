"""Profiled: what a service asks at the moment of a request."""

import json

from features.consent.profiled import Profiled

TOLD = Profiled(100, frozenset({"no"}), {"soon": 200}, left_out=1, customers=3)


def test_it_is_asked_at_the_moment_of_the_clock_and_never_before_its_own() -> None:
    assert not TOLD.may("no", 150, ())
    assert [TOLD.may("soon", now, ()) for now in (0, 199, 200, 500)] == [True, True, False, False]
    assert Profiled(300, until={"soon": 200}).may("soon", 150, ()) is False


def test_strangers_may_where_silence_allows_it() -> None:
    assert TOLD.may("anybody", 150, ())
    closed = Profiled(100, strangers=False, known=frozenset({"granted"}))
    assert [closed.may(one, 150, {"there"}) for one in ("anybody", "granted", "there")] == [False, True, True]


def test_it_is_the_same_after_json() -> None:
    assert Profiled.restored(json.loads(json.dumps(TOLD.plain()))) == TOLD
    assert TOLD.said() == "not profiled: 1 of 3 customers"
