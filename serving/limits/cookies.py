"""The page's cookie: where a browser keeps the key that was typed in; no script reads it, no other site sends it."""

import re
from collections.abc import Mapping

NAME = "habitus_key"
SAFE = re.compile(r"[!#-+\--:<-\[\]-~]+").fullmatch
"""Whether a text may stand in a cookie as it is (RFC 6265)."""
_SECONDS = 30 * 86_400


def key(headers: Mapping[bytes, bytes]) -> str:
    """Return the key that a browser brought along; empty where it brought none."""
    for one in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, _, value = one.strip().partition("=")
        if name == NAME:
            return value
    return ""


def kept(presented: str, scheme: str) -> str:
    """Return the header by which a browser keeps a key, which is known; one that came encrypted stays so."""
    secure = "; Secure" if scheme == "https" else ""
    return f"{NAME}={presented}; Path=/; Max-Age={_SECONDS}; HttpOnly; SameSite=Strict{secure}"


GONE = f"{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
"""The header by which a browser lets go of a key that is not known any more."""
