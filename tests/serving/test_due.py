"""Due: erased people are refused by a service that runs, and a bundle of before is warned of, then refused."""

import shutil
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from features import clock, settings
from features.consent import lineage, secret, suppression
from features.consent.consent import Consent
from features.consent.suppression import CUSTOMER, Suppression
from features.log.as_of import Moment
from features.log.log import Log
from serving import answer, shape, whose
from serving.answered import Answered
from tests.conftest import Trained
from tests.serving.conftest import Server, ask, refusal, serving
from training import due
from training.bundle.bundle import Stored

KEY = "a key of the tests that is long"
NOW = clock.parse("2024-03-01", ZoneInfo("UTC"))
ERASED = Suppression(listed=frozenset({(CUSTOMER, "1")}))


def _event(customer: str, day: int) -> dict[str, object]:
    return {"customer_id": customer, "event": "purchase", "occurred_at": f"2017-12-0{day}T10:00:00Z", "amount": 3.5}


def test_nothing_is_answered_of_the_erased_and_the_others_answers_stay(stored: Stored, log: Log) -> None:
    base = Moment(stored.bundle.as_of, "end of data")
    plain = answer.answer(stored.bundle, log, ["8", "1"], base)
    one, two = answer.answer(stored.bundle, log, ["8", "1"], base, suppressed=ERASED)
    assert one == plain[0]
    assert two == shape.Customer("1", error=whose.ERASED)


def test_their_events_are_kept_aside_in_their_places(stored: Stored) -> None:
    base, known = Moment(stored.bundle.as_of, "end of data"), answer.Known(suppressed=ERASED)
    events = [_event("1", 1), _event("new", 2), {**_event("new", 3), "event": "no such"}, _event("1", 4)]
    asked = msgspec.convert({"events": events}, shape.ScoreRequest)
    scored = answer.score(stored.bundle, asked, base, known)
    assert [(one.event, one.reason) for one in scored.kept_aside] == [
        (0, whose.ERASED),
        (2, "event is not a known kind"),
        (3, whose.ERASED),
    ]
    alone = msgspec.convert({"events": events[1:2]}, shape.ScoreRequest)
    assert scored.customers == [
        shape.Customer("1", error=whose.ERASED),
        answer.score(stored.bundle, alone, base).customers[0],
    ]
    only = msgspec.convert({"events": events[:1]}, shape.ScoreRequest)
    assert answer.score(stored.bundle, only, base, known).customers == [shape.Customer("1", error=whose.ERASED)]


def test_answers_that_were_kept_are_dropped(stored: Stored, log: Log) -> None:
    kept = Answered()
    base = Moment(stored.bundle.as_of, "end of data")
    answer.answer(stored.bundle, log, ["1", "8"], base, note=lambda scores: kept.add(stored.bundle, scores, 0))
    kept.forget(ERASED)
    assert list(kept._kept) == ["8"]


def test_a_bundle_is_warned_of_until_its_day_and_refused_afterwards(
    stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    monkeypatch.setenv(secret.KEY, KEY)
    suppression.suppress("part", [(CUSTOMER, "1")], NOW, NOW + 30 * clock.DAY)
    suppressed = suppression.load("part")
    before, after = NOW + 30 * clock.DAY - 1, NOW + 30 * clock.DAY
    assert due.retrain_by(stored, suppressed, before) == "2024-03-31"
    with pytest.raises(due.Overdue, match="was to be trained again by 2024-03-31: make train"):
        due.retrain_by(stored, suppressed, after)
    assert due.retrain_by(stored, suppressed, after, due.rule(Consent({}, overdue="warn"))) == "2024-03-31"
    monkeypatch.setenv(due.OVERDUE, "warn")
    assert due.retrain_by(stored, suppressed, after) == "2024-03-31"
    lineage.trained("part", stored.id, 1)
    assert due.retrain_by(stored, suppressed, after) == ""
    assert due.rule(None) == due.REFUSE


@pytest.fixture(scope="module")
def alone(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of the trained bundle in a home of its own, where people may be erased."""
    home = tmp_path_factory.mktemp("alone")
    shutil.copytree(settings.events("part"), home / "mlruns" / "events" / "part")
    with serving(
        trained.toml, home / "said", HABITUS_HOME=str(home), HABITUS_BUNDLE=str(trained.bundle), HABITUS_KEY=KEY
    ) as running:
        yield running


def test_a_service_that_runs_learns_of_an_erasure(alone: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(alone.out.parents[1]))
    monkeypatch.setenv(secret.KEY, KEY)
    with alone.client() as client:
        assert "retrain_by" not in ask(client, "1")
        suppression.suppress("part", [(CUSTOMER, "1")], clock.now(), clock.now() + clock.DAY)
        told = ask(client, "1", "8")
        assert told["customers"][0] == {"customer_id": "1", "error": whose.ERASED}
        assert told["customers"][1]["predictions"]
        assert told["retrain_by"] == client.get("/bundle").json()["retrain_by"]
        posted = client.post("/score", json={"events": [_event("1", 1)]}).json()
        assert posted["kept_aside"] == [{"event": 0, "reason": whose.ERASED}]
        suppression.suppress("part", [(CUSTOMER, "8")], 0, clock.now() - 1)
        said = refusal(client.post("/predict", json={"customer_ids": ["7"]}), HTTPStatus.SERVICE_UNAVAILABLE)
        assert said.startswith("the bundle learned from somebody who may have been erased since")
        assert client.get("/bundle").status_code == HTTPStatus.OK
    assert alone.complained == ""
