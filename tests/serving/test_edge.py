"""The edge of the service: what it refuses, how it says so, and what it keeps to itself."""

import asyncio
import http.client
import json
import logging
import socket
import traceback
from http import HTTPStatus

import httpx
import pytest
from prometheus_client import generate_latest
from starlette.types import ASGIApp, Receive, Scope, Send

from serving import edge
from serving.limits.settings import Limits
from tests.serving.conftest import Server, ask, refusal

PRIVATE = "47114711"
LIMITS = Limits()
POST = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "Input data was truncated"),
        (b"{", "Input data was truncated"),
        (b'{"customer_ids":["47114711"', "Input data was truncated"),
        (b'{"customer_ids":["47114711"]', "Input data was truncated"),
        (b'{"customer_ids":["47114711"]} 47114711', "trailing characters (byte 31)"),
        (b'{"customer_ids":["47114711",]}', "trailing comma in array (byte 28)"),
        (b"{'customer_ids':['47114711']}", "object keys must be strings (byte 1)"),
        (b'{"customer_ids":[NaN]}', "invalid character (byte 17)"),
        (b"customer_ids=47114711", "invalid character (byte 0)"),
        (b'{"customer_ids":["\xff\xfe"]}', "'utf-8' codec can't decode byte 0xff"),
        ('{"customer_ids":["47114711"]}'.encode("utf-16"), "invalid character (byte 0)"),
        (b"\x1f\x8b" + b"\x00" * 30, "invalid character (byte 0)"),
    ],
)
def test_what_is_no_json_is_400(client: httpx.Client, body: bytes, says: str) -> None:
    detail = refusal(client.post("/predict", content=body), HTTPStatus.BAD_REQUEST)
    assert detail.startswith("malformed JSON: ")
    assert says in detail
    assert PRIVATE not in detail


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("null", "Expected `object`, got `null`"),
        ("[]", "Expected `object`, got `array`"),
        ('"47114711"', "Expected `object`, got `str`"),
        ("47114711.5", "Expected `object`, got `float`"),
        ("true", "Expected `object`, got `bool`"),
        ("{}", "Object missing required field `customer_ids`"),
        ('{"customer_ids":null}', "Expected `array`, got `null` - at `$.customer_ids`"),
        ('{"customer_ids":{}}', "Expected `array`, got `object` - at `$.customer_ids`"),
        ('{"customer_ids":"47114711"}', "Expected `array`, got `str` - at `$.customer_ids`"),
        ('{"customer_ids":47114711}', "Expected `array`, got `int` - at `$.customer_ids`"),
        ('{"customer_ids":[]}', "Expected `array` of length >= 1 - at `$.customer_ids`"),
        ('{"customer_ids":["47114711",47114711.5]}', "Expected `str`, got `float` - at `$.customer_ids[1]`"),
        ('{"customer_ids":["47114711",47114711]}', "Expected `str`, got `int` - at `$.customer_ids[1]`"),
        ('{"customer_ids":["47114711",null]}', "Expected `str`, got `null` - at `$.customer_ids[1]`"),
        ('{"customer_ids":["47114711",["47114711"]]}', "Expected `str`, got `array` - at `$.customer_ids[1]`"),
        ('{"customer_ids":["47114711"],"as_of":4711}', "Expected `str | null`, got `int` - at `$.as_of`"),
        (
            '{"customer_ids":["47114711"],"customer_id":"47114711"}',
            "there is an unknown field; allowed are customer_ids, action, as_of, language",
        ),
    ],
)
def test_what_is_of_another_shape_is_422_and_says_what_was_got(client: httpx.Client, body: str, says: str) -> None:
    detail = refusal(client.post("/predict", content=body), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert says in detail
    assert PRIVATE not in detail


def test_a_number_in_quotes_is_a_customer_and_a_number_is_not(client: httpx.Client) -> None:
    (customer,) = ask(client, "1.5")["customers"]
    assert customer["customer_id"] == "1.5"
    refusal(client.post("/predict", json={"customer_ids": [1.5]}), HTTPStatus.UNPROCESSABLE_ENTITY)


@pytest.mark.parametrize("start", ["", '{"customer_ids":', '{"customer_ids":["47114711",', '{"other":'])
@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_deep_nesting_is_refused(client: httpx.Client, start: str, bracket: str) -> None:
    response = client.post("/predict", content=start + bracket * 100_000)
    refusal(response, HTTPStatus.UNPROCESSABLE_ENTITY)


@pytest.mark.parametrize(("count", "got"), [(1001, "1,001"), (50_000, "50,000")])
def test_too_many_customers_are_413_and_the_limit_is_said(client: httpx.Client, count: int, got: str) -> None:
    response = client.post("/predict", json={"customer_ids": [PRIVATE] * count})
    detail = refusal(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    assert detail == f"got {got} customer_ids; at most 1,000 are allowed"


def _exchange(server: Server, data: bytes) -> tuple[http.client.HTTPResponse, dict[str, object]]:
    with server.connect() as connection:
        connection.sendall(data)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response, json.loads(response.read())


TOO_LONG = {
    "title": HTTPStatus.REQUEST_ENTITY_TOO_LARGE.phrase,
    "status": 413,
    "detail": "the body is over the limit of 1,048,576 bytes",
}


def test_a_body_that_is_announced_too_long_is_413_before_it_is_sent(server: Server) -> None:
    head = POST + b"Content-Length: 1048577\r\n\r\n"
    response, problem = _exchange(server, head)
    assert problem.pop("request_id") == response.getheader("X-Request-Id")
    assert problem == TOO_LONG
    assert response.getheader("Content-Type") == "application/problem+json"
    assert response.getheader("Connection") == "close"


def test_a_body_that_turns_out_too_long_is_413_before_it_ends(server: Server) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    response, problem = _exchange(server, head + chunk * 32 + b"1\r\n \r\n")
    assert problem.pop("request_id") == response.getheader("X-Request-Id")
    assert problem == TOO_LONG
    assert response.getheader("Content-Type") == "application/problem+json"
    assert response.getheader("Connection") == "close"


def test_a_body_of_just_the_limit_is_read(client: httpx.Client) -> None:
    body = b'{"customer_ids":["nobody"]}'.rjust(LIMITS.predict_bytes)
    assert client.post("/predict", content=body).status_code == HTTPStatus.OK
    refusal(client.post("/predict", content=b" " + body), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def test_a_body_in_chunks_is_read(client: httpx.Client) -> None:
    response = client.post("/predict", content=iter([b'{"customer_', b'ids":["nobody"', b"]}"]))
    assert response.status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "data",
    [
        b"47114711\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"47114711" * 20,
        POST + b"Content-Length: -1\r\n\r\n47114711",
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n47114711",
        b"GET /47114711 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Le",
    ],
)
def test_what_is_no_http_does_not_stop_it(client: httpx.Client, server: Server, data: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        got = connection.recv(65536)
    assert got == b"" or got.startswith(b"HTTP/1.1 400 ")
    assert client.get("/readyz").is_success


def test_nothing_of_a_request_is_in_what_the_server_writes(client: httpx.Client, server: Server) -> None:
    for body in (
        f'{{"customer_ids":["{PRIVATE}"',
        f'{{"customer_ids":["{PRIVATE}",null]}}',
        f'{{"customer_ids":["{PRIVATE}"],"{PRIVATE}":"{PRIVATE}"}}',
        f'{{"customer_ids":["{PRIVATE}"]}}',
        json.dumps({"customer_ids": [PRIVATE] * 1001}),
        PRIVATE * LIMITS.predict_bytes,
    ):
        client.post("/predict", content=body)
    client.get(f"/predict/{PRIVATE}?customer_id={PRIVATE}", headers={"Customer": PRIVATE})
    client.delete(f"/bundle?customer_id={PRIVATE}")
    assert PRIVATE not in server.said + server.complained
    assert "Traceback" not in server.complained


def _through_guard(app: ASGIApp, path: str = "/somewhere") -> httpx.Response:
    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(edge.Guard(app, frozenset({"/known"})))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.post(path, content=PRIVATE)

    return asyncio.run(post())


async def _fails(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, send
    raise ValueError((await receive())["body"])


async def _fails_halfway(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await _fails(scope, receive, send)


def test_an_internal_error_is_500_and_told_without_its_values(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        response = _through_guard(_fails)
    assert refusal(response, HTTPStatus.INTERNAL_SERVER_ERROR) == "internal error"
    assert "internal error on other: ValueError at test_edge.py:" in caplog.text
    assert caplog.text.rstrip().endswith("in _fails (request " + response.headers["x-request-id"] + ")")
    assert PRIVATE not in caplog.text


def test_an_error_halfway_through_a_response_breaks_it_off_without_its_values(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ConnectionError) as broken:
        _through_guard(_fails_halfway)
    assert PRIVATE not in "".join(traceback.format_exception(broken.value))
    assert PRIVATE not in caplog.text


@pytest.mark.parametrize(("path", "route"), [("/known", "/known"), ("/47114711", "other")])
def test_errors_are_counted_under_a_known_route_or_other(path: str, route: str) -> None:
    _through_guard(_fails, path)
    text = generate_latest(edge.METRICS).decode()
    assert f'habitus_http_requests_total{{route="{route}",status="500"}}' in text
    assert PRIVATE not in text
