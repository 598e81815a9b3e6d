"""The last answers beside what the bundle was made of: the same figures as a batch's, and whose they are."""

from http import HTTPStatus

import httpx
import numpy as np
import pytest

from features.clock import DAY
from features.log.log import Log
from features.log.spine import Spine
from serving import answered as answers
from serving.answered import Answered
from tests.serving.conftest import ask
from training.bundle.bundle import Bundle, Stored
from training.bundle.scores import Scores
from training.drift import reference
from training.drift.figures import Seen, figures


def _scores(bundle: Bundle, log: Log, customers: list[int]) -> Scores:
    return bundle.score(log, Spine.of(np.array(customers), bundle.as_of))


def test_it_has_the_figures_of_a_batch_beside_answers_at_own_events(stored: Stored, log: Log) -> None:
    """Who asks about everybody is told of no change: own events of the day begun are in the reference, too."""
    bundle, kept = stored.bundle, Answered()
    assert bundle.reference is not None
    known = log.known_before(bundle.as_of)
    spine = Spine.of(known, np.maximum(log.own[known], bundle.as_of))
    assert (spine.as_of > bundle.as_of).any()
    scores = bundle.score(log, spine)
    kept.add(bundle, scores, 0)
    told = kept.told(bundle, 1)
    batch = Seen(bundle, bundle.reference, live=True)
    batch.add(reference.values(scores, len(bundle.kernel.features)), spine.as_of)
    assert told["last_28_days"] == told["last_1000"] == figures(batch)
    assert told["last_1000"].alarms == []


def test_a_customer_counts_once_with_the_newest_answer(
    stored: Stored, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, kept = stored.bundle, Answered()
    for _ in range(3):
        kept.add(bundle, _scores(bundle, log, list(range(150))), 0)
    assert kept.told(bundle, 1)["last_1000"].rows == 150
    kept.add(bundle, _scores(bundle, log, list(range(100, 260))), 28 * DAY)
    told = kept.told(bundle, 28 * DAY)
    assert (told["last_1000"].rows, told["last_28_days"].rows) == (260, 160)
    monkeypatch.setattr(answers, "NEWEST", 120)
    monkeypatch.setattr(answers, "MOST", 200)
    kept.add(bundle, _scores(bundle, log, [0]), 28 * DAY)
    told = kept.told(bundle, 28 * DAY)
    assert (told["last_1000"].rows, told["last_28_days"].rows) == (120, 161)


def test_nobody_and_few_are_too_few(stored: Stored, log: Log) -> None:
    kept = Answered()
    assert kept.told(stored.bundle, 0)["last_1000"].short.startswith("too few: 0 customers")
    kept.add(stored.bundle, _scores(stored.bundle, log, [0, 1]), 0)
    assert kept.told(stored.bundle, 1)["last_28_days"].short.startswith("too few: 2 customers")


def test_over_http_the_answers_are_counted_but_those_about_another_moment(client: httpx.Client, log: Log) -> None:
    def rows() -> int:
        response = client.get("/drift")
        assert response.status_code == HTTPStatus.OK, response.text
        found: int = response.json()["last_1000"]["rows"]
        return found

    ids = log.customers.to_pylist()
    ask(client, *ids[:130])
    before = rows()
    assert before >= 130
    client.post("/predict", json={"customer_ids": ids, "as_of": "2017-06-01"})
    assert rows() == before
    told = client.get("/drift").json()
    assert told["bundle_as_of"] == "2017-12-31T00:00:00Z"
    assert {"psi", "usual", "limit", "alarm", "name"} <= told["last_1000"]["columns"][0].keys()
