"""Credentials: from the environment or a file with tight rights, renewed, and never shown."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from activation.destinations import credentials, token
from activation.destinations.conversion import Unfit
from activation.destinations.credentials import CredentialsError
from tests.activation.destinations import example

CANARY = "canary-5f1e0c"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    token._kept.clear()
    yield
    token._kept.clear()


def client(*answers: tuple[int, Any]) -> tuple[httpx.Client, list[httpx.Request]]:
    """Return a client that gets answers, and what it asked."""
    asked: list[httpx.Request] = []
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        status, body = left.pop(0)
        return httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())

    return httpx.Client(transport=httpx.MockTransport(handle)), asked


def test_a_secret_is_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_KLAVIYO_KEY", CANARY)
    held = credentials.of(example.destination("klaviyo"), client()[0])
    assert dict(held) == {"KEY": CANARY}
    assert CANARY not in repr(held) + str(held)


def test_a_secret_is_in_a_file_that_nobody_else_may_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text(f"# of Amplitude\nKEY = {CANARY}\nSECRET=a=b\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("HABITUS_AMPLITUDE_FILE", str(file))
    monkeypatch.setenv("HABITUS_AMPLITUDE_SECRET", "over")
    assert dict(credentials.of(example.destination("amplitude"), client()[0])) == {"KEY": CANARY, "SECRET": "over"}
    for mode in (0o640, 0o604, 0o660):
        file.chmod(mode)
        with pytest.raises(CredentialsError, match="chmod 600"):
            credentials.of(example.destination("amplitude"), client()[0])
    file.chmod(0o600)
    file.write_text(f"{CANARY}\n", encoding="utf-8")
    with pytest.raises(CredentialsError, match="entry 1") as refused:
        credentials.of(example.destination("amplitude"), client()[0])
    assert CANARY not in str(refused.value)
    monkeypatch.setenv("HABITUS_AMPLITUDE_FILE", str(tmp_path / "none"))
    with pytest.raises(CredentialsError, match="cannot be read"):
        credentials.of(example.destination("amplitude"), client()[0])


@pytest.mark.parametrize(
    "kind", [one for one in example.TABLES if example.destination(one).definition.authentication.keys]
)
def test_one_that_is_missing_is_named(kind: str) -> None:
    with pytest.raises(CredentialsError, match=f"HABITUS_{kind.upper()}_[A-Z_]+") as refused:
        credentials.of(example.destination(kind), client()[0])
    assert f"HABITUS_{kind.upper()}_FILE" in str(refused.value)


def test_one_that_an_operation_alone_needs_is_named_before_it_is_sent() -> None:
    one = example.destination("activecampaign")
    with pytest.raises(Unfit, match="HABITUS_ACTIVECAMPAIGN_EVENT_KEY"):
        one.request("event", example.rows("activecampaign", "event", 1), {"KEY": "k"}, example.NOW)


@pytest.mark.parametrize("kind", ["csv", "parquet", "dynamic_yield"])
def test_a_file_needs_none(kind: str) -> None:
    assert dict(credentials.of(example.destination(kind), client()[0])) == {}


def marketo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_MARKETO_CLIENT_ID", "id-1")
    monkeypatch.setenv("HABITUS_MARKETO_CLIENT_SECRET", CANARY)


def test_a_token_is_got_once_and_renewed_when_it_ran_out(monkeypatch: pytest.MonkeyPatch) -> None:
    marketo(monkeypatch)
    now = [1000.0]
    monkeypatch.setattr("activation.destinations.token.time.monotonic", lambda: now[0])
    http, asked = client(*((200, {"access_token": f"t{n}", "expires_in": 3600}) for n in range(3)))
    one = example.destination("marketo")
    assert [credentials.of(one, http)["TOKEN"] for _ in range(3)] == ["t0"] * 3
    assert str(asked[0].url).startswith("https://123-abc-456.mktorest.com/identity/oauth/token?")
    assert dict(asked[0].url.params) == {
        "grant_type": "client_credentials",
        "client_id": "id-1",
        "client_secret": CANARY,
    }
    assert [credentials.of(one, http, renew=True)["TOKEN"]] == ["t1"]
    now[0] += 3541
    assert [credentials.of(one, http)["TOKEN"]] == ["t2"]


def test_a_token_of_the_environment_goes_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_MARKETO_TOKEN", "mine")
    http, asked = client()
    assert [credentials.of(example.destination("marketo"), http)["TOKEN"]] == ["mine"]
    assert asked == []


@pytest.mark.parametrize("answer", [(401, {"error": CANARY}), (200, {}), (200, b"no"), (200, []), (500, b"")])
def test_no_token_is_told_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, answer: tuple[int, Any]
) -> None:
    marketo(monkeypatch)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(token.NoToken, match=r"destinations\.marketo: no token was given") as refused:
        credentials.of(example.destination("marketo"), client(answer)[0])
    assert CANARY not in str(refused.value) + caplog.text
    assert refused.value.__cause__ is None


def test_pardot_posts_a_form_where_the_dataset_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_PARDOT_CLIENT_ID", "id-1")
    monkeypatch.setenv("HABITUS_PARDOT_CLIENT_SECRET", "s")
    http, asked = client((200, {"access_token": "t"}))
    assert [credentials.of(example.destination("pardot"), http)["TOKEN"]] == ["t"]
    assert (asked[0].method, str(asked[0].url)) == ("POST", "https://acme.my.salesforce.com/t")
    assert b"grant_type=client_credentials" in asked[0].content


def test_a_service_account_signs_its_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    from google.auth import jwt

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    account = {"client_email": "robot@acme.example", "private_key": pem, "private_key_id": "k1"}
    monkeypatch.setenv("HABITUS_GOOGLE_SERVICE_ACCOUNT", json.dumps(account))
    http, asked = client((200, {"access_token": "t", "expires_in": 3599}))
    held = credentials.of(example.destination("google"), http)
    assert [held["TOKEN"]] == ["t"]
    assert "PRIVATE" not in repr(held)
    form = dict(httpx.QueryParams(asked[0].content.decode()))
    claim = jwt.decode(form["assertion"], certs=public, audience="https://oauth2.googleapis.com/token")
    assert (claim["iss"], claim["scope"]) == (
        "robot@acme.example",
        "https://www.googleapis.com/auth/datamanager",
    )


def test_a_service_account_that_is_none_is_told_without_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_GOOGLE_SERVICE_ACCOUNT", CANARY)
    with pytest.raises(token.NoToken, match="not the JSON of a service account") as refused:
        credentials.of(example.destination("google"), client()[0])
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("kind", example.TABLES)
def test_nothing_shows_a_secret_or_a_person(kind: str) -> None:
    one = example.destination(kind)
    secrets = dict.fromkeys(example.SECRETS, CANARY) | {"SECRET": example.SECRETS["SECRET"]}
    for change, operation in example.asked(kind):
        rows = next(iter(one.pieces(operation, example.rows(kind, change))))
        request = one.request(operation, rows, secrets, example.NOW)
        shown = repr(request) + repr(one) + repr(one._scope(rows, secrets, 0))
        for hidden in (CANARY, example.SECRETS["SECRET"], "anna", "+316", "Example.com"):
            assert hidden not in shown.replace(repr(rows), "").replace(repr(rows[0]), "")
