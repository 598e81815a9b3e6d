"""The wall: a clock that is set back does not make answers older."""

import pytest

from serving import wall
from serving.wall import Wall


def test_time_goes_on_and_never_backward(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = iter([100, 90, 95, 101])
    monkeypatch.setattr(wall, "now", lambda: next(shown))
    one = Wall()
    assert [one.read() for _ in range(4)] == [100, 100, 100, 101]


def test_it_shows_the_time_of_now() -> None:
    assert Wall().read() > 1_700_000_000_000_000  # later than November 2023, in microseconds
