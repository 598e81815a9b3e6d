"""An account: no window has more calls than it may, whoever makes them, and whenever."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activation.destinations.vendor import Rate
from activation.outbox import account
from features.clock import SECOND
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.destination import Fake


@settings(max_examples=40, deadline=None)
@given(
    rates=st.lists(st.builds(Rate, st.integers(1, 4), st.sampled_from([0.5, 1.0, 7.0])), max_size=3),
    waits=st.lists(st.floats(0, 3), min_size=1, max_size=20),
    took=st.floats(0, 2),
)
def test_calls_keep_to_all_windows_from_the_end_of_one_to_the_start_of_the_next(
    rates: list[Rate], waits: list[float], took: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fake = Fake("", Behaviour(rates=tuple(rates)))
    ours = account.of(fake, tmp_path_factory.mktemp("accounts"))
    now, begun, ended = 0, [], []
    for place, wait in enumerate(waits):
        operation = ("profile", "add")[place % 2]
        now += round(wait * SECOND)
        with ours.held() as turn:  # as another process would
            now = max(now, turn.free(fake, operation))
            turn.began(operation, now, account.longest(fake, operation))
            begun.append(now)
            now += round(took * SECOND)
            turn.ended(now)
            ended.append(now)
    for rate in rates:
        pairs = zip(ended, begun[rate.calls :], strict=False)
        assert all(later - earlier >= round(rate.seconds * SECOND) for earlier, later in pairs)
    if not rates:
        assert begun[-1] == sum(round(wait * SECOND) for wait in waits) + round(took * SECOND) * (len(waits) - 1)


def test_a_pause_is_of_one_operation_and_holds_for_every_process(tmp_path: Path) -> None:
    fake = Fake("", Behaviour(rates=()))
    ours = account.of(fake, tmp_path)
    with ours.held() as turn:
        turn.began("profile", 5, 0.0)
        turn.ended(7)
        turn.pause("profile", 90)
    with account.of(fake, tmp_path).held() as turn:
        assert (turn.free(fake, "profile"), turn.free(fake, "add")) == (90, 0)
    other = account.of(Fake("", Behaviour(rates=()), account="another"), tmp_path)
    with other.held() as turn:
        assert turn.free(fake, "profile") == 0
