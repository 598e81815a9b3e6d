"""Stale: the cause is named where moment and bundle lie a horizon apart, to the microsecond."""

import pytest

from features.clock import DAY
from features.log.as_of import Why
from serving.stale import stale

LEARNED_TO = 17_000 * DAY  # 2016-07-18
HORIZON = 28


@pytest.mark.parametrize(
    ("moment", "why", "said"),
    [
        (LEARNED_TO, "end of data", ""),
        (LEARNED_TO + 28 * DAY - 1, "own event", ""),
        (LEARNED_TO - 28 * DAY + 1, "asked", ""),
        (
            LEARNED_TO + 28 * DAY,
            "own event",
            "the bundle's as-of, 2016-07-18T00:00:00Z, is a horizon or more before this moment: train again",
        ),
        (
            LEARNED_TO - 28 * DAY,
            "asked",
            (
                "asked about a moment a horizon or more before the bundle's as-of, 2016-07-18T00:00:00Z:"
                " the bundle learned from what came after it"
            ),
        ),
        (
            LEARNED_TO - 28 * DAY,
            "end of data",
            "the stored events end a horizon or more before the bundle's as-of, 2016-07-18T00:00:00Z: bring newer data",
        ),
    ],
)
def test_the_cause_is_named(moment: int, why: Why, said: str) -> None:
    assert stale(moment, why, LEARNED_TO, HORIZON) == said
