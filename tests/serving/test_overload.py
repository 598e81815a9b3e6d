"""A real server that is asked for more than it can do: it says so at once, stays up, and answers as before after it."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from features.log.store import mapped
from tests.conftest import NAME, Trained
from tests.serving.conftest import ask, serving


@pytest.mark.proof
def test_an_overload_is_503_at_once_and_over_with_its_cause(trained: Trained, tmp_path: Path) -> None:
    few = {"HABITUS_LIMIT_IN_FLIGHT": "2", "HABITUS_LIMIT_QUEUE": "4", "HABITUS_LIMIT_CONNECTIONS": "50"}
    ids = mapped.load(NAME).customers.to_pylist()[:60]
    with serving(trained.toml, tmp_path, HABITUS_BUNDLE=str(trained.bundle), **few) as server:
        with server.client() as talking:
            before = ask(talking, *ids[:5])

            def one(number: int) -> httpx.Response:
                as_of = f"2017-12-{1 + number % 28:02}T00:00:{number % 60:02}Z"
                body = {"customer_ids": ids, "reasons": True, "as_of": as_of}
                with httpx.Client(trust_env=False, timeout=120) as own:
                    return own.post(f"{talking.base_url}/predict", json=body)

            with ThreadPoolExecutor(24) as pool:
                waiting = [pool.submit(one, number) for number in range(60)]
                assert talking.get("/livez").is_success
                answers = [future.result() for future in waiting]
            refused = [one for one in answers if one.status_code == 503]
            assert {one.status_code for one in answers} == {200, 503}
            assert all(one.headers["retry-after"] == "1" for one in refused)
            with socket.create_connection((talking.base_url.host, server.port)) as gone:
                gone.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
            assert ask(talking, *ids[:5]) == before
        assert "Traceback" not in server.complained
        assert "internal error" not in server.complained


@pytest.mark.proof
def test_single_customers_on_many_connections_are_sent_away_at_once_and_answered_after(
    trained: Trained, tmp_path: Path
) -> None:
    few = {"HABITUS_LIMIT_IN_FLIGHT": "2", "HABITUS_LIMIT_QUEUE": "4"}
    ids = mapped.load(NAME).customers.to_pylist()[:250]
    with serving(trained.toml, tmp_path, HABITUS_BUNDLE=str(trained.bundle), **few) as server:
        waiting = [(server.connect(), json.dumps({"customer_ids": [own]}).encode()) for own in ids]
        for talking, body in waiting:
            head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close"
            talking.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        answers = [talking.makefile("rb").read() for talking, _ in waiting]
        for talking, _ in waiting:
            talking.close()
        refused = [one for one in answers if one.startswith(b"HTTP/1.1 503 ")]
        assert refused
        assert all(b"retry-after: 1\r\n" in one.lower() for one in refused)
        assert sum(one.startswith(b"HTTP/1.1 200 ") for one in answers) == len(ids) - len(refused) > 0
        with server.client() as client:
            assert all(ask(client, own)["customers"][0]["predictions"] for own in ids[:20])
