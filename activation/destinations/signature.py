"""Signatures of webhooks, by Standard Webhooks: who has the secret knows that a call is ours, whole and not old."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from activation.destinations.conversion import Unfit

_PREFIX = "whsec_"
_SHORTEST = 24
"""Bytes that a secret has at least."""
_MICRO = 1_000_000
_OLDEST = 300
"""Seconds that a signature holds."""


def signed(ids: Sequence[str], body: bytes, secret: str, now: int) -> Mapping[str, str]:
    """Return the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.

    The id is of the rows: a call that is made again has the same, by which the other side knows it.

    Args:
        ids: of the rows.
        body: as it is sent.
        secret: base64, after `whsec_` or not.
        now: microseconds UTC.

    Raises:
        Unfit: the secret is none, or too short.
    """
    name = f"msg_{hashlib.sha256(chr(0).join(ids).encode()).hexdigest()[:32]}"
    seconds = str(now // _MICRO)
    return {
        "webhook-id": name,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{_signature(name, seconds, body, secret)}",
    }


def holds(headers: Mapping[str, str], body: bytes, secret: str, now: int) -> bool:
    """Return whether a call is signed with the secret, and not older than five minutes, nor as much ahead.

    Args:
        headers: by lower-case name.
        body: as it came.
        secret: as in `signed`.
        now: microseconds UTC.
    """
    seconds = headers.get("webhook-timestamp", "")
    if not seconds.isascii() or not seconds.isdigit() or abs(int(seconds) - now // _MICRO) > _OLDEST:
        return False
    expected = f"v1,{_signature(headers.get('webhook-id', ''), seconds, body, secret)}"
    return any(hmac.compare_digest(expected, one) for one in headers.get("webhook-signature", "").split())


def _signature(name: str, seconds: str, body: bytes, secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise Unfit("a secret of webhooks that is no base64") from None
    if len(key) < _SHORTEST:
        raise Unfit(f"a secret of webhooks of {len(key)} bytes; {_SHORTEST} are needed")
    content = f"{name}.{seconds}.".encode() + body
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()
