"""Tokens that run out: got by client credentials or by a service account's key, and kept in memory while they hold."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import httpx
import msgspec

from activation.destinations.declared import filled
from activation.destinations.definition import Token
from activation.destinations.destination import Destination

_EARLY = 60.0
"""Seconds before a token's end at which another is got."""
_SHORT = 300.0
"""Seconds that a token is taken to hold whose answer does not say."""
_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HOUR = 3600


class NoToken(ValueError):
    """No token was given; the message holds no secret."""


@dataclass(frozen=True)
class _Kept:
    token: str = field(repr=False)
    until: float


_kept: dict[tuple[str, str], _Kept] = {}
_lock = Lock()


def got(vendor: Destination, token: Token, held: Mapping[str, str], http: httpx.Client, renew: bool) -> str:
    """Return a token that holds.

    Args:
        vendor: whose it is.
        token: how it is got.
        held: the secrets.
        http: what asks for it.
        renew: whether one that is kept is thrown away.

    Raises:
        NoToken: none was given.
    """
    key = (vendor.name, vendor.account)
    with _lock:
        kept = _kept.get(key)
        if kept is None or renew or kept.until <= time.monotonic():
            kept = _kept[key] = _asked(vendor, token, held, http)
        return kept.token


def _asked(vendor: Destination, token: Token, held: Mapping[str, str], http: httpx.Client) -> _Kept:
    where = f"destinations.{vendor.name}"
    given = {**vendor.settings, "base": next(iter(vendor.bases.values()))}
    url = filled(token.url, given, where)
    form = _client(token, held) if token.grant == "client_credentials" else _account(where, token, held, url)
    try:
        answer = http.get(url, params=form) if token.method == "GET" else http.post(url, data=form)
        told = msgspec.json.decode(answer.content)
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        raise NoToken(f"{where}: no token was given: {type(error).__name__}.") from None
    if answer.status_code != httpx.codes.OK or not isinstance(told, dict) or not told.get("access_token"):
        raise NoToken(f"{where}: no token was given: HTTP {answer.status_code}; are the client's id and secret right?")
    seconds = float(told.get("expires_in") or _SHORT)
    return _Kept(str(told["access_token"]), time.monotonic() + max(seconds - _EARLY, 1.0))


def _client(token: Token, held: Mapping[str, str]) -> dict[str, str]:
    own = {"grant_type": "client_credentials", "client_id": held["CLIENT_ID"], "client_secret": held["CLIENT_SECRET"]}
    return own | ({"scope": token.scope} if token.scope else {})


def _account(where: str, token: Token, held: Mapping[str, str], url: str) -> dict[str, str]:
    """Return what asks for a token with a service account's key: a claim that the key signs."""
    from google.auth import crypt, jwt

    try:
        account: dict[str, Any] = msgspec.json.decode(held["SERVICE_ACCOUNT"])
        signer = crypt.RSASigner.from_service_account_info(account)
        now = int(time.time())
        claim = {"iss": account["client_email"], "scope": token.scope, "aud": url, "iat": now, "exp": now + _HOUR}
    except (ValueError, KeyError, TypeError):
        raise NoToken(f"{where}: SERVICE_ACCOUNT is not the JSON of a service account's key.") from None
    return {"grant_type": _BEARER, "assertion": jwt.encode(signer, claim).decode()}
