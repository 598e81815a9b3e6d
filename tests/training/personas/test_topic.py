"""Topics: what customers contact support about, counted by customer."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from features.clock import DAY
from features.log.event import KINDS
from features.log.log import Log
from training.personas.topic import counted, topics

END = 1_000 * DAY


def _log(rows: list[tuple[int, str, int, int]], customers: int) -> Log:
    """Return a log of customer, kind, category and days ago, in two pieces."""
    rows = sorted(rows, key=lambda row: row[0])

    def piece(first: int, last: int) -> tuple[int, Any]:
        own = [row for row in rows if first <= row[0] < last]
        columns = {
            "time": np.array([END - row[3] * DAY for row in own], np.int64),
            "category": np.array([row[2] for row in own], np.int64),
            "code": np.array([KINDS.index(row[1]) for row in own], np.int64),
        }
        return first, SimpleNamespace(columns=columns, owners=np.array([row[0] - first for row in own], np.int64))

    half = customers // 2
    return cast(
        Log,
        SimpleNamespace(
            kinds=KINDS,
            names={"category": pa.array(["billing", "delivery"])},
            columns={"category": np.zeros(1)},
            pieces=lambda: [piece(0, half), piece(half, customers)],
        ),
    )


def test_customers_with_a_topic_are_counted_once_in_a_year() -> None:
    rows = [(0, "support_contact", 1, 1), (0, "support_contact", 1, 2), (1, "support_contact", 0, 400)]
    rows += [(3, "survey_answered", 0, 3), (3, "support_contact", -1, 3), (2, "purchase", 1, 1)]
    found = counted(_log(rows, 4), END, np.array([0, 0, 1, 1], np.int32), 2)
    assert [(one.kind, one.categories, one.customers.tolist()) for one in found] == [
        ("support_contact", ("delivery",), [[1], [0]]),
        ("survey_answered", ("billing",), [[0], [1]]),
    ]


def test_a_topic_is_told_where_chance_would_hardly_give_it_and_never_of_few() -> None:
    rows = [(n, "support_contact", 1, 5) for n in range(60)] + [(n, "support_contact", 1, 5) for n in range(200, 210)]
    assigned = np.repeat([0, 1], 200).astype(np.int32)
    every, sizes = counted(_log(rows, 400), END, assigned, 2), np.array([200, 200])
    first, second = topics(every, sizes)
    assert [(one.category, one.inside, one.overall) for one in first] == [("delivery", 0.3, 70 / 400)]
    assert second == ()
    assert topics(every, sizes, smallest=20) == [(), ()]
