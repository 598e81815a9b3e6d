"""One interface, two stores: each test of `opening` is of both."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest

from features.log.store.redis import Redis
from features.log.store.sqlite import Sqlite
from tests.features.log.store import server
from tests.features.log.store.server import Server

Opening = Callable[[], AbstractContextManager[Sqlite | Redis]]
"""Opens a store, each time the same one of the test."""
_numbers = count()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that keeps what it acknowledged, for all tests that leave it running."""
    with server.running(tmp_path_factory.mktemp("redis")) as found:
        yield found


@pytest.fixture(params=["sqlite", "redis"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    """Return what opens a store of the test's own."""
    if request.param == "sqlite":
        return lambda: Sqlite(tmp_path / "a.sqlite")
    url, dataset = request.getfixturevalue("redis_server").url, f"shop{next(_numbers)}"
    return lambda: Redis(url, dataset)
