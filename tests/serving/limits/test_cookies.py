"""The page's cookie: what is kept is what comes back, and nothing else in a header is taken for it."""

import http.cookies

import pytest

from serving.limits import cookies, keys
from serving.limits.keys import Role


def test_a_key_that_is_kept_comes_back() -> None:
    key, _ = keys.made(Role.READ)
    assert cookies.SAFE(key)
    (kept,) = http.cookies.SimpleCookie(cookies.kept(key, "https")).values()
    assert (kept.value, kept["httponly"], kept["samesite"], kept["secure"]) == (key, True, "Strict", True)
    assert "Secure" not in cookies.kept(key, "http")
    assert cookies.key({b"cookie": f"a=b; {kept.key}={kept.value}; c=d".encode()}) == key


@pytest.mark.parametrize("header", [b"", b"habitus_key", b"xhabitus_key=a", b"a=habitus_key=b", b"\xff=\xff"])
def test_what_is_no_cookie_of_ours_is_no_key(header: bytes) -> None:
    assert cookies.key({b"cookie": header}) == ""
    assert cookies.key({}) == ""


@pytest.mark.parametrize("text", ["", "a;b", "a b", "a\r\nSet-Cookie: x=y", "é", 'a"b', "a,b", "a\\b"])
def test_a_text_that_may_not_stand_in_a_cookie_is_not_safe(text: str) -> None:
    assert not cookies.SAFE(text)
