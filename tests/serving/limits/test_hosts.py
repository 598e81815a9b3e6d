"""Hosts: by which names the service may be called."""

import pytest

from serving.limits.hosts import Hosts


@pytest.mark.parametrize(
    "header",
    [
        b"localhost",
        b"localhost:3000",
        b"LOCALHOST:80",
        b"127.0.0.1",
        b"127.0.0.1:3000",
        b"[::1]",
        b"[::1]:3000",
        b"localhost:",
    ],
)
def test_the_loopback_is_allowed(header: bytes) -> None:
    hosts = Hosts()
    assert hosts.allows(header)
    assert hosts.allows(header)


@pytest.mark.parametrize(
    "header",
    [b"", b":3000", b"evil.example", b"localhost.evil.example", b"localhost:3000.evil.example", b"evil.example:3000",
     b"localhost@evil.example", b"localhost:80:80", b"127.0.0.1.", b"\xff", b"localhost, evil.example", b"[::1"],
)  # fmt: skip
def test_another_name_is_not(header: bytes) -> None:
    assert not Hosts().allows(header)


def test_a_name_that_is_allowed_is_and_a_star_allows_all() -> None:
    assert Hosts(["Shop.Example"]).allows(b"shop.example:443")
    assert not Hosts(["shop.example"]).allows(b"other.example")
    assert Hosts(["*"]).allows(b"any.example")


def test_what_is_remembered_is_bounded() -> None:
    hosts = Hosts(["*"])
    for port in range(1000):
        assert hosts.allows(b"localhost:%d" % port)
    assert len(hosts._seen) < 50
