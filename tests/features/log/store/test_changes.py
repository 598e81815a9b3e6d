"""Changes: every commit is told, whoever made it, and nothing else is taken for one."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from features.log.store.accepted import Offered
from features.log.store.changes import Changes
from features.log.store.sqlite import Sqlite

OTHER = """
import sys
from pathlib import Path
from features.log.store.accepted import Offered
from features.log.store.sqlite import Sqlite
Sqlite(Path(sys.argv[1])).accept([Offered("ann", None, b"{}", b"a")], 0)
"""


def _event(customer: str) -> Offered:
    return Offered(customer, None, b"{}", b"a")


def test_what_is_seen_moves_with_each_commit_and_with_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with Sqlite(path) as one, Sqlite(path) as other:
        changes, seen = Changes(path), set[bytes]()
        for number in range(50):
            (one if number % 2 else other).accept([_event("ann")], 0)
            assert changes.seen() == changes.seen()
            assert changes.seen() not in seen
            seen.add(changes.seen())
            one.versions(["ann"])
            other.of(["ann"])
            assert changes.seen() in seen


def test_a_commit_of_another_process_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with Sqlite(path) as store:
        assert store.versions(["ann"]) == {}
        subprocess.run([sys.executable, "-c", OTHER, str(path)], check=True)
        assert store.versions(["ann"]).keys() == {"ann"}


def _is(name: str, _: str, values: pa.Array) -> NDArray[np.bool_]:
    return np.array([one == name for one in values.to_pylist()], np.bool_)


@pytest.mark.parametrize("seed", range(4))
def test_versions_are_those_that_the_store_tells_whatever_was_asked_before(tmp_path: Path, seed: int) -> None:
    path, chance = tmp_path / "a.sqlite", np.random.default_rng(seed)
    names = ["ann", "bob", "zoe"]
    with Sqlite(path) as one, Sqlite(path) as other:
        for _ in range(200):
            writer, reader = (one, other) if chance.random() < 0.5 else (other, one)
            name = names[chance.integers(3)]
            match chance.integers(4):
                case 0:
                    writer.accept([_event(name)], 0)
                case 1:
                    writer.settle([event.number for event in writer.since(0)[:1]])
                case 2:
                    writer.forget(partial(_is, name))
            some, after = [name, names[chance.integers(3)]], int(chance.choice([0, 3]))
            for store in (reader, writer):
                assert store.versions(some, after) == store._read_versions(some, after)


def test_where_no_index_lies_nothing_is_told(tmp_path: Path) -> None:
    assert Changes(tmp_path / "a.sqlite").seen() == b""
