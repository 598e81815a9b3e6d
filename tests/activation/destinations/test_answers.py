"""Answers: what each destination says of each row, of the batch, and of when to come back."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from activation.destinations.outcome import Answered, Verdict
from activation.destinations.request import Answer
from tests.activation.destinations import example

NUMBER = 4
DONE, ACCEPTED, AGAIN = Verdict.DONE, Verdict.ACCEPTED, Verdict.AGAIN
HALVE, NEVER, DOUBT, RENEW = Verdict.HALVE, Verdict.NEVER, Verdict.DOUBT, Verdict.RENEW


def told(
    kind: str,
    operation: str,
    status: int,
    body: Any = None,
    number: int = NUMBER,
    headers: Mapping[str, str] | None = None,
) -> Answered:
    """Return what an answer says of rows; a body that is no text is JSON."""
    one = example.destination(kind)
    change = next(change for change, step in example.asked(kind) if step == operation)
    raw = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
    answer = Answer(status, headers or {}, raw)
    return one.answered(operation, example.rows(kind, change, number), answer, example.NOW)


def verdicts(answered: Answered) -> list[Verdict]:
    return [answered.rows[f"row-{place}"].verdict for place in range(len(answered.rows))]


def one_bad(place: int, bad: Verdict, others: Verdict) -> list[Verdict]:
    return [bad if one == place else others for one in range(NUMBER)]


FINE = [
    ("klaviyo", "find", 200, {"data": []}),
    ("hubspot", "find", 207, {"results": [], "numErrors": 4}),
    ("activecampaign", "find", 200, {"contacts": []}),
    ("marketo", "find", 200, {"success": True, "result": []}),
    ("activecampaign", "event", 200, {"success": 1}),
    ("activecampaign", "erase", 404, None),
    ("amplitude", "identify", 200, "success"),
    ("amplitude", "add", 200, {}),
    ("amplitude", "remove", 200, {}),
    ("amplitude", "event", 200, {"code": 200}),
    ("amplitude", "erase", 200, {}),
    ("cm", "event", 204, None),
    ("csv", "change", 200, {}),
    ("google_events", "event", 204, None),
    ("hubspot", "add", 200, {"recordsIdsAdded": ["900"], "recordIdsMissing": []}),
    ("hubspot", "event", 204, None),
    ("hubspot", "erase", 204, None),
    ("klaviyo", "remove", 204, None),
    ("klaviyo", "event", 202, None),
    ("klaviyo", "erase", 202, None),
    ("mailchimp", "upsert", 200, {}),
    ("mailchimp", "add", 200, {"errors": [], "error_count": 0}),
    ("mailchimp", "remove", 200, {}),
    ("mailchimp", "event", 204, None),
    ("mailchimp", "erase", 404, {"title": "Resource Not Found"}),
    ("marketo", "event", 200, {"success": True, "result": [{"id": 77}]}),
    ("mixpanel", "profile", 200, {"status": 1, "error": None}),
    ("mixpanel", "event", 200, {"code": 200, "num_records_imported": NUMBER}),
    ("mparticle", "attributes", 202, None),
    ("mparticle", "event", 202, None),
    ("optimizely", "profiles", 202, {}),
    ("optimizely", "event", 202, {}),
    ("pardot", "upsert", 201, {}),
    ("segment", "identify", 200, {"success": True}),
    ("segment", "track", 200, {"success": True}),
    ("webhook", "change", 200, None),
    ("webhook", "event", 204, None),
    ("webhook", "erase", 202, None),
]


@pytest.mark.parametrize(("kind", "operation", "status", "body"), FINE)
def test_an_answer_that_is_fine_makes_every_row_done(kind: str, operation: str, status: int, body: Any) -> None:
    answered = told(kind, operation, status, body)
    assert verdicts(answered) == [DONE] * NUMBER
    assert {one.reason for one in answered.rows.values()} == {""}


def _pointer(place: int) -> dict[str, Any]:
    pointer = f"/data/attributes/profiles/data/{place}/attributes/email"
    return {"errors": [{"code": "invalid", "title": "Invalid input.", "source": {"pointer": pointer}}]}


def _ordered(place: int, fine: str) -> dict[str, Any]:
    bad = {"status": "skipped", "reasons": [{"code": "1003", "message": "Value missing"}]}
    return {"success": True, "result": [bad if one == place else {"id": one, "status": fine} for one in range(NUMBER)]}


def _results(place: int, error: dict[str, Any]) -> dict[str, Any]:
    good = [{"id": f"90{one}", "objectWriteTraceId": f"row-{one}"} for one in range(NUMBER) if one != place]
    return {
        "status": "COMPLETE",
        "results": good,
        "numErrors": 1,
        "errors": [{"category": "VALIDATION_ERROR", **error}],
    }


BAD = [
    ("klaviyo", "upsert", 400, _pointer, AGAIN),
    ("hubspot", "upsert", 207, lambda n: _results(n, {"context": {"objectWriteTraceId": [f"row-{n}"]}}), DONE),
    ("hubspot", "upsert", 207, lambda n: _results(n, {"context": {"id": [f"anna.{n}@example.com"]}}), DONE),
    ("hubspot", "add", 200, lambda n: {"recordIdsAdded": [], "recordIdsMissing": [f"90{n}"]}, DONE),
    ("mailchimp", "add", 200, lambda n: {"errors": [{"email_addresses": [f"anna.{n}@example.com"]}]}, DONE),
    ("activecampaign", "upsert", 400, lambda n: {"failureReasons": [{"contact": n, "failureReason": "wrong"}]}, AGAIN),
    ("marketo", "upsert", 200, lambda n: _ordered(n, "updated"), DONE),
    ("marketo", "add", 200, lambda n: _ordered(n, "added"), DONE),
    ("marketo", "remove", 200, lambda n: _ordered(n, "removed"), DONE),
    ("marketo", "erase", 200, lambda n: _ordered(n, "deleted"), DONE),
    ("mixpanel", "event", 400, lambda n: {"failed_records": [{"index": n, "field": "time"}]}, DONE),
    ("amplitude", "event", 400, lambda n: {"events_with_invalid_fields": {"time": [n]}}, AGAIN),
    ("amplitude", "event", 400, lambda n: {"events_with_missing_fields": {"user_id": [n]}}, AGAIN),
    ("webhook", "change", 200, lambda n: {"failed": [{"id": f"row-{n}", "code": "no_such_key"}]}, DONE),
]


@pytest.mark.parametrize("place", range(NUMBER))
@pytest.mark.parametrize(("kind", "operation", "status", "body", "others"), BAD)
def test_a_bad_row_is_found_wherever_it_stands(
    kind: str, operation: str, status: int, body: Any, others: Verdict, place: int
) -> None:
    answered = told(kind, operation, status, body(place))
    assert verdicts(answered) == one_bad(place, NEVER, others)
    assert "@" not in "".join(one.reason for one in answered.rows.values())


@pytest.mark.parametrize(
    ("kind", "operation", "status", "body", "headers", "wait"),
    [
        ("klaviyo", "upsert", 429, {"errors": []}, {"retry-after": "7"}, 7.0),
        ("klaviyo", "upsert", 429, None, {"retry-after": "Mon, 21 Sep 2026 14:13:50 GMT"}, 30.0),
        ("klaviyo", "upsert", 429, None, {"retry-after": "Mon, 21 Sep 2020 14:13:50 GMT"}, 0.0),
        ("klaviyo", "upsert", 429, None, {"retry-after": "soon"}, 1.0),
        ("klaviyo", "upsert", 429, None, {}, 1.0),
        ("segment", "track", 429, None, {"retry-after": "1e9"}, 86_400.0),
        ("mparticle", "event", 503, None, {}, 5.0),
        ("mailchimp", "upsert", 403, "Forbidden", {}, 10.0),
        ("mailchimp", "add", 429, "", {}, 10.0),
        ("marketo", "upsert", 200, {"success": False, "errors": [{"code": "606"}]}, {}, 20.0),
        ("marketo", "upsert", 200, {"success": False, "errors": [{"code": "615"}]}, {}, 2.0),
        ("activecampaign", "upsert", 400, {"success": 0, "message": "Rate limit exceeded."}, {}, 60.0),
        ("amplitude", "event", 429, {"throttled_events": [0]}, {}, 30.0),
    ],
)
def test_slower_is_understood(
    kind: str, operation: str, status: int, body: Any, headers: dict[str, str], wait: float
) -> None:
    answered = told(kind, operation, status, body, headers=headers)
    assert verdicts(answered) == [AGAIN] * NUMBER
    assert answered.wait == pytest.approx(wait)


@pytest.mark.parametrize(
    ("kind", "operation", "status", "body", "verdict"),
    [
        ("mailchimp", "upsert", 403, {"title": "Forbidden"}, NEVER),
        ("hubspot", "upsert", 401, {"category": "INVALID_AUTHENTICATION"}, RENEW),
        ("marketo", "upsert", 200, {"success": False, "errors": [{"code": "602", "message": "expired"}]}, RENEW),
        ("marketo", "upsert", 200, {"success": False, "errors": [{"code": "601"}]}, RENEW),
        ("marketo", "upsert", 200, {"success": False, "errors": [{"code": "609"}]}, HALVE),
        ("hubspot", "upsert", 409, {"category": "CONFLICT"}, HALVE),
        ("hubspot", "upsert", 400, {"category": "VALIDATION_ERROR"}, HALVE),
        ("klaviyo", "upsert", 400, {"errors": [{"code": "invalid", "source": {"pointer": "/data"}}]}, HALVE),
        ("mixpanel", "event", 400, {"error": "some"}, HALVE),
        ("mixpanel", "event", 413, {"error": "too large"}, HALVE),
        ("mixpanel", "profile", 200, {"status": 0, "error": "no token"}, HALVE),
        ("amplitude", "add", 400, {"error": "unknown id"}, HALVE),
        ("activecampaign", "event", 200, {"success": 0}, NEVER),
        ("segment", "track", 302, None, NEVER),
        ("hubspot", "add", 404, {"category": "OBJECT_NOT_FOUND"}, NEVER),
        # Nobody knows: what is safe goes again, a message does not.
        ("klaviyo", "upsert", 500, None, AGAIN),
        ("klaviyo", "event", 500, None, AGAIN),
        ("mailchimp", "event", 500, None, DOUBT),
        ("activecampaign", "event", 502, None, DOUBT),
        ("marketo", "event", 504, None, DOUBT),
        ("amplitude", "event", 500, None, DOUBT),
        ("google_events", "event", 500, None, DOUBT),
        ("hubspot", "upsert", 200, {"results": []}, AGAIN),
        ("marketo", "upsert", 200, {"success": True, "result": []}, AGAIN),
        ("marketo", "upsert", 200, "not JSON", AGAIN),
        ("klaviyo", "upsert", 202, {"data": {}}, AGAIN),
        ("klaviyo", "upsert", 200, {"data": {"id": "J"}}, AGAIN),
        ("webhook", "change", 200, {"failed": [{"id": "somebody else"}]}, AGAIN),
        ("klaviyo", "find", 200, {}, AGAIN),
        ("hubspot", "find", 200, {"status": "PENDING"}, AGAIN),
        ("activecampaign", "find", 200, {"meta": {}}, AGAIN),
        ("marketo", "find", 200, {"success": False, "errors": [{"code": "1003"}]}, HALVE),
        ("mailchimp", "add", 200, {"errors": [{"email_addresses": ["x@y.z"]}]}, AGAIN),
    ],
)
def test_an_answer_to_all_rows(kind: str, operation: str, status: int, body: Any, verdict: Verdict) -> None:
    answered = told(kind, operation, status, body)
    assert verdicts(answered) == [verdict] * NUMBER
    assert all(one.reason for one in answered.rows.values())


def test_one_row_has_no_halves() -> None:
    assert verdicts(told("hubspot", "upsert", 409, {"category": "CONFLICT"}, number=1)) == [NEVER]


def test_the_ids_that_a_vendor_tells_are_kept() -> None:
    body = {"results": [{"id": f"70{one}", "objectWriteTraceId": f"row-{one}"} for one in range(NUMBER)]}
    found = told("hubspot", "upsert", 201, body).rows
    assert [found[f"row-{one}"].vendor for one in range(NUMBER)] == ["700", "701", "702", "703"]
    looked = {"data": [{"id": "01H", "attributes": {"email": "Anna.2@example.com"}}]}
    rows = told("klaviyo", "find", 200, looked)
    assert verdicts(rows) == [DONE] * NUMBER
    assert [one.vendor for one in rows.rows.values()] == ["", "", "01H", ""]
    marketo = told("marketo", "upsert", 200, {"success": True, "result": [{"id": 5, "status": "created"}]}, number=1)
    assert marketo.rows["row-0"].vendor == "5"
    contacts = {"contacts": [{"id": "9", "email": "anna.0@example.com"}]}
    assert told("activecampaign", "find", 200, contacts, number=1).rows["row-0"].vendor == "9"


JOBS = [
    ("klaviyo", "upsert", 202, {"data": {"id": "job-1"}}),
    ("activecampaign", "upsert", 200, {"Success": 1, "batchId": "job-1"}),
    ("google", "add", 200, {"requestId": "job-1"}),
    ("google", "remove", 200, {"requestId": "job-1"}),
]


@pytest.mark.parametrize(("kind", "operation", "status", "body"), JOBS)
def test_accepted_is_not_done(kind: str, operation: str, status: int, body: Any) -> None:
    answered = told(kind, operation, status, body)
    assert (verdicts(answered), answered.job) == ([ACCEPTED] * NUMBER, "job-1")
    for request in example.destination(kind).poll(operation, answered.job, example.SECRETS):
        assert (request.method, request.body) == ("GET", b"")
        assert "job-1" in request.url
        assert "{" not in request.url


def polled(kind: str, operation: str, *answers: tuple[int, Any]) -> Answered:
    one = example.destination(kind)
    rows = example.rows(kind, "enter", NUMBER)
    told = [Answer(status, {}, b"" if body is None else json.dumps(body).encode()) for status, body in answers]
    return one.polled(operation, rows, told, example.NOW)


def _klaviyo(status: str, failed: int, *places: int) -> list[tuple[int, Any]]:
    errors = [
        {
            "attributes": {
                "code": "invalid",
                "title": "Bad",
                "source": {"pointer": f"/data/attributes/profiles/data/{one}"},
            }
        }
        for one in places
    ]
    return [(200, {"data": {"attributes": {"status": status, "failed_count": failed}}}), (200, {"data": errors})]


@pytest.mark.parametrize("place", range(NUMBER))
def test_a_job_tells_which_rows_failed(place: int) -> None:
    assert verdicts(polled("klaviyo", "upsert", *_klaviyo("complete", 1, place))) == one_bad(place, NEVER, DONE)
    failure = {"status": "completed", "success": ["1"], "failure": [f"anna.{place}@example.com"]}
    assert verdicts(polled("activecampaign", "upsert", (200, failure))) == one_bad(place, NEVER, DONE)
    counts = [{"reason": "PROCESSING_ERROR_REASON_INVALID_FORMAT", "recordIndices": [place]}]
    part = {"requestStatus": "PARTIAL_SUCCESS", "errorInfo": {"errorCounts": counts}}
    google = polled("google", "add", (200, {"requestStatusPerDestination": [part]}))
    assert verdicts(google) == one_bad(place, NEVER, DONE)


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (_klaviyo("complete", 0), DONE),
        (_klaviyo("processing", 0), ACCEPTED),
        (_klaviyo("queued", 0), ACCEPTED),
        (_klaviyo("cancelled", 0), AGAIN),
        (_klaviyo("complete", 2), AGAIN),
        ([(500, None), (200, {})], ACCEPTED),
        ([(401, None)], RENEW),
        ([_klaviyo("complete", 0)[0], (401, {"errors": [{"code": "not_authenticated"}]})], RENEW),
        ([(429, None), (429, None)], ACCEPTED),
        ([(200, None), (200, None)], ACCEPTED),
        ([(404, None), (404, None)], AGAIN),
    ],
)
def test_a_job(answers: list[tuple[int, Any]], verdict: Verdict) -> None:
    assert verdicts(polled("klaviyo", "upsert", *answers)) == [verdict] * NUMBER


def test_a_job_whose_failures_are_not_all_told_makes_nobody_else_done() -> None:
    assert verdicts(polled("klaviyo", "upsert", *_klaviyo("complete", 3, 1))) == one_bad(1, NEVER, AGAIN)


def test_a_job_that_failed_at_google_failed() -> None:
    failed = {"requestStatusPerDestination": [{"requestStatus": "FAILED"}]}
    assert verdicts(polled("google", "add", (200, failed))) == [NEVER] * NUMBER


@pytest.mark.parametrize("kind", example.TABLES)
def test_a_lost_answer_is_again_where_that_is_safe_and_else_doubt(kind: str) -> None:
    one = example.destination(kind)
    for change, operation in example.asked(kind):
        answered = one.lost(operation, example.rows(kind, change, NUMBER))
        assert verdicts(answered) == [AGAIN if one.safe(operation) else DOUBT] * NUMBER


@pytest.mark.parametrize("kind", example.TABLES)
def test_a_page_for_people_says_that_nothing_is_done(kind: str) -> None:
    """A proxy, or a host that moved, answers so: with 200 and where one signs in."""
    for _, operation in example.asked(kind):
        for body in ("<!DOCTYPE html><p>Sign in</p>", "\n <html><body>moved</body></html>"):
            found = set(verdicts(told(kind, operation, 200, body)))
            assert not found & {DONE, ACCEPTED}, (operation, found)


@pytest.mark.parametrize("kind", example.TABLES)
def test_every_row_has_an_outcome_whatever_comes_back(kind: str) -> None:
    """Bodies that no vendor should send: nothing is raised, and nothing is done that nobody said."""
    for _, operation in example.asked(kind):
        for body in ("", "null", "[]", "{}", "[[]]", '"x"', "\x00", "[" * 5_000, '{"errors": 1, "data": "x"}', "1e999"):
            for status in (100, 200, 204, 207, 302, 400, 404, 409, 418, 429, 500, 503):
                answered = told(kind, operation, status, body)
                assert set(answered.rows) == {f"row-{one}" for one in range(NUMBER)}
                assert status < 300 or kind in {"mailchimp", "activecampaign"} or DONE not in verdicts(answered)
