"""Bad input, one table: what is asked, what is said; never an answer outside the contract, nor a customer's values."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from features.consent.watch import Watch
from features.log.log import Log
from features.log.store.sqlite import Sqlite
from serving.history import History
from serving.loaded import Loaded
from serving.routes.operations import OPERATIONS
from serving.service import make_app
from serving.state import State
from tests.conftest import NAME
from tests.serving import contract
from tests.serving.conftest import Client
from training.bundle.bundle import Stored

PRIVATE = "47114711"
ONE = "/customers/{customer_id}"
EVENT = {"customer_id": PRIVATE, "event": "purchase", "occurred_at": "2017-12-20T10:30:00Z"}


@pytest.fixture(scope="module")
def app(stored: Stored, log: Log, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Return the application over a store of its own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("bad")
        patch.setenv("HABITUS_HOME", str(folder / "home"))
        live = Sqlite(folder / "live.sqlite")
        loaded = Loaded(stored, "1", "challenger", log, History(log, live))
        yield Client(make_app(State(loaded, Watch(NAME), live)))


def _whole(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


_SYNTAX: list[bytes] = [
    b"", b" ", b"{", b"}", b"[", b"]", b"nul", b"tru", b'"', b"'", b"{]", b"[}", b"{,}", b"[,]", b"{:}", b'{"a"}', b'{"a":}',
    b'{"a":1,}', b"[1,]", b"{'a':1}", b"{a:1}", b"// x\n{}", b"/* x */{}", b"{}{}", b"{} x", b"\x00", b"{}\x00", b"\xff",
    b"\xef\xbb\xbf{}", b"+1", b"01", b"1.", b".5", b"0x10", b"1e", b"-", b"NaN", b"Infinity", b"-Infinity", b"undefined",
    "{}".encode("utf-16"), "{}".encode("utf-32"), b"\x1f\x8b\x08\x00", b"customer_ids=47114711", b"<a>47114711</a>",
    b"- 47114711", b'"\\x41"', b'"\\u12"', b'"\t"', b'"\n"', b'"\\ud800"', b'"\xed\xa0\x80"', b'"\xc0\xaf"', b'"\xf5\x80\x80\x80"',
]  # fmt: skip
"""No JSON."""

_IDS: list[Any] = [
    None, True, 1, 1.5, "a", {}, [], [None], [True], [1], [1.5], [[]], [{}], ["a", None], ["a", 1], ["a", ["b"]], {"0": "a"},
]  # fmt: skip
"""No list of ids."""

_FIELDS: list[tuple[str, Any]] = [
    ("as_of", 1), ("as_of", True), ("as_of", []), ("as_of", {}), ("as_of", "yesterday"), ("as_of", "2017-13-01"),
    ("as_of", "2017-02-30"), ("as_of", "2017-12-20T25:00:00Z"), ("as_of", "9" * 400), ("as_of", "99999-01-01"),
    ("as_of", "2017-12-20T10:30:00+99:00"), ("as_of", "é" * 200), ("as_of", "-0001-01-01"), ("as_of", " "),
    ("language", None), ("language", 1), ("language", ""), ("language", "it"), ("language", "EN"), ("language", "x" * 500),
    ("reasons", 1), ("reasons", "true"), ("reasons", None), ("reasons", []),
    ("campaign", 1), ("campaign", "no such"), ("campaign", ""), ("campaign", "x" * 500), ("campaign", []), ("channel", 1),
    ("customer_id", PRIVATE), ("Customer_ids", [PRIVATE]), ("limit", 1), ("", 1), (PRIVATE, 1), ("é" * 300, 1), ("__proto__", {}),
]  # fmt: skip
"""Fields of a request that there are not, or that are wrong; most are of /score, too."""

_EVENTS: list[dict[str, Any]] = [
    {}, {"customer_id": None}, {"customer_id": 1}, {"customer_id": 1.5}, {"customer_id": []}, {"event": None}, {"event": 1},
    {"occurred_at": None}, {"occurred_at": True}, {"occurred_at": []}, {"occurred_at": {}}, {"amount": "1.5"}, {"amount": True},
    {"amount": []}, {"quantity": "1"}, {"quantity": {}}, {"discount": "0"}, {"event_id": 1}, {"order_id": 1}, {"product_id": 1},
    {"category": 1.5}, {"store_id": True}, {"channel": []}, {"campaign_id": 1}, {"recorded_at": []}, {"recorded_at": True},
    {"score": "1"}, {"duration": "1"}, {"until": []}, {"customer": PRIVATE}, {PRIVATE: PRIVATE}, {"Amount": 1.5},
]  # fmt: skip
"""Changes of an event, each of which makes it one of another form; the first is one without anything."""

_RAW: list[tuple[bytes, int]] = [
    (b'"amount":1e400', 422), (b'"amount":-1e400', 422), (b'"amount":1' + b"0" * 400, 422), (b'"amount":NaN', 400),
    (b'"amount":Infinity', 400), (b'"amount":-Infinity', 400), (b'"amount":1.5,"amount":2.5', 422), (b'"occurred_at":1', 422),
    (b'"customer_id":"b"', 422), (b'"order_id":"\\u0000"', 422), (b'"order_id":"a\\u0000b"', 422), (b'"order_id":"\\ud800"', 400),
    (b'"order_id":"\xff"', 400), (b'"order_id":"\x00"', 400), (b'"recorded_at":1e400', 422), (b'"score":1e999', 422),
    (b'"order_id":' + b"[" * 100_000, 0), (b'"order_id":' + b'{"a":' * 100_000, 0),
]  # fmt: skip
"""What is added to an event as bytes, and the status; 0: 400 or 422, by who looks first."""

_OF_ONE: list[tuple[str, int]] = [
    ("/customers/1?as_of=yesterday", 422), ("/customers/1?as_of=", 422), ("/customers/1?as_of=1&as_of=2", 422),
    ("/customers/1?language=it", 422), ("/customers/1?why=rule.none", 422), ("/customers/1?why=segment.", 422),
    ("/customers/1?why=" + "x" * 2000, 422), ("/customers/1?limit=1", 422), (f"/customers/1?{PRIVATE}=1", 422),
    ("/customers/1?=1", 422), ("/customers/1?why=%00", 422), ("/customers/%00", 422), ("/customers/a%00b", 422), ("/customers/", 404),
    ("/customers/nobody", 404), ("/customers/%ff", 422), ("/customers/" + "x" * 3000, 404), ("/customers/..%2f..%2fetc", 404),
    ("/customers/1?language=" + "x," * 200, 422), ("/customers/1?as_of=" + "x," * 200, 422), ("/customers/1?why=" + "x," * 200, 422),
    ("/customers/1?as_of=99999-01-01", 422), ("/customers/1?as_of=2017-12-20T10:30:00%2B99:00", 422),
]  # fmt: skip
"""Paths and queries of one customer."""

_TIMES: list[Any] = [
    "", " ", "yesterday", "2017-13-01", "2017-12-20T25:00Z", 10**400, -(10**400), 10**30, -1e308, 1e308, 0, -1, "9" * 400,
    "0000-00-00", "10000-01-01", "2017-12-20T10:30:00+99:99",
]  # fmt: skip
"""Times that an event cannot have, or none of today's: it is kept aside or taken, never an error of the service."""

_MONEY: list[Any] = [1e308, -1e308, 1e19, 9.3e14, -0.0, 5e-324, 2**63, -(2**63), 1e-400]
"""Amounts at the edge of what is kept."""


def _bad(app: Client, method: str, path: str, status: int, template: str = "", **options: Any) -> None:
    headers = {"Content-Type": "application/json"} if "content" in options else {}
    response = app._asked(method, path, headers=headers, **options)
    contract.kept(response, method, template or path)
    assert response.status_code in ({status} if status else {400, 422}), response.text
    detail = response.json()["detail"]
    assert PRIVATE not in detail
    assert all(letter * (contract.MOST + 1) not in detail for letter in ("x", "é", "9", "x,"))


def test_the_table_is_long() -> None:
    tables: tuple[list[Any], ...] = (_SYNTAX, _IDS, _FIELDS, _EVENTS, _RAW, _OF_ONE, _TIMES, _MONEY)
    assert sum(map(len, tables)) >= 100


@pytest.mark.parametrize("path", ["/predict", "/explain", "/score", "/events"])
@pytest.mark.parametrize("body", _SYNTAX)
def test_no_json(app: Client, path: str, body: bytes) -> None:
    response = app.post(path, content=body, headers={"Content-Type": "application/json"})
    contract.kept(response, "POST", path)
    # What is wrong in its form at the first byte is told so, whatever follows.
    assert response.status_code in {400, 422}
    assert PRIVATE not in response.text


@pytest.mark.parametrize("ids", _IDS)
def test_no_ids(app: Client, ids: object) -> None:
    for path in ("/predict", "/explain"):
        _bad(app, "POST", path, 422, content=_whole({"customer_ids": ids}))


@pytest.mark.parametrize(("name", "value"), _FIELDS)
def test_wrong_fields(app: Client, name: str, value: object) -> None:
    for path in ("/predict", "/explain"):
        _bad(app, "POST", path, 422, content=_whole({"customer_ids": ["1"], name: value}))
    _bad(app, "POST", "/score", 422, content=_whole({"events": [EVENT | {"customer_id": "a"}], name: value}))


@pytest.mark.parametrize("change", _EVENTS)
def test_wrong_events(app: Client, change: dict[str, Any]) -> None:
    event = {**EVENT, **change} if change else {}
    _bad(app, "POST", "/score", 422, content=_whole({"events": [EVENT, event]}))
    _bad(app, "POST", "/events", 422, content=_whole({"events": [EVENT, event]}))
    _bad(app, "POST", "/events", 422, content=_whole(event))


@pytest.mark.parametrize(("added", "status"), _RAW)
def test_wrong_bytes_in_events(app: Client, added: bytes, status: int) -> None:
    event = _whole(EVENT)[:-1] + b"," + added + b"}"
    for path in ("/score", "/events"):
        _bad(app, "POST", path, status, content=b'{"events":[' + event + b"]}")
    _bad(app, "POST", "/events", status, content=event)


@pytest.mark.parametrize(("path", "status"), _OF_ONE)
def test_wrong_questions_about_one(app: Client, path: str, status: int) -> None:
    _bad(app, "GET", path, status, ONE)


@pytest.mark.parametrize("field", ["occurred_at", "recorded_at", "until"])
@pytest.mark.parametrize("value", _TIMES)
def test_times_that_cannot_be(app: Client, field: str, value: object) -> None:
    _each_is_told(app, EVENT | {field: value})


@pytest.mark.parametrize("field", ["amount", "quantity", "discount", "score", "duration"])
@pytest.mark.parametrize("value", _MONEY)
def test_numbers_at_the_edge(app: Client, field: str, value: object) -> None:
    _each_is_told(app, EVENT | {field: value})


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "\t", "\ufeff", "\u202e", "x" * 100_000, "😀", "a\nb", "';DROP TABLE events;--",
        "'" + " " * 100_000 + "x", "'" + " " * 100_000 + "'", "a@" + "." * 100_000 + "@", "a" * 100_000 + "@", "@." * 50_000,
        "0" * 100_000 + ".", " " * 50_000 + "x" + " " * 50_000, "2017-12-20" + " " * 100_000 + "x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["customer_id", "event", "event_id", "order_id", "product_id", "occurred_at"])
def test_texts_that_nobody_expects(app: Client, field: str, value: str) -> None:
    _each_is_told(app, EVENT | {field: value})


@pytest.mark.parametrize("levels", [100, 600, 900, 2000])
@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("path", [one.path for one in OPERATIONS if one.door.body and one.path != "/"])  # 1 KB alone
def test_whatever_is_nested_deeply_is_refused(app: Client, path: str, begin: bytes, end: bytes, levels: int) -> None:
    nested = begin * levels + b"1" + end * levels
    for body in (nested, b'{"more":' + nested + b"}", b'{"events":[{"customer_id":' + nested + b"}]}"):
        _bad(app, "POST", path, 0, content=body)


def _each_is_told(app: Client, event: dict[str, Any]) -> None:
    for path in ("/score", "/events"):
        response = app.post(path, content=_whole({"events": [event]}), headers={"Content-Type": "application/json"})
        contract.kept(response, "POST", path)
        assert response.status_code in {200, 422}, response.text


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/predict", {"customer_ids": ["1"] * 1001}, "got 1,001 customer_ids; at most 1,000 are allowed"),
        ("/score", {"events": [EVENT] * 10_001}, "got 10,001 events; at most 10,000 are allowed"),
        (
            "/score",
            {"events": [EVENT | {"customer_id": str(number)} for number in range(1001)]},
            "got 1,001 customers; at most 1,000 are allowed",
        ),
        ("/events", {"events": [EVENT] * 1001}, "got 1,001 events; at most 1,000 are allowed"),
        ("/predict", b" " * (1 << 20) + b"{}", "the body is over the limit of 1,048,576 bytes"),
        ("/events", b" " * (4 << 20) + b"{}", "the body is over the limit of 4,194,304 bytes"),
    ],
)
def test_too_much(app: Client, path: str, body: object, says: str) -> None:
    response = app.post(path, content=_whole(body), headers={"Content-Type": "application/json"})
    contract.kept(response, "POST", path)
    assert response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert response.json()["detail"] == says
