"""Forgetting: a file is of the first store that it fits, and one of no store is looked into and named."""

from pathlib import Path

import pytest

from features.consent import forgetting, sought
from features.consent.forgetting import Erasure, Store
from features.consent.suppression import CUSTOMER, NOBODY

CANARY = "canary.person@example.org"


def test_a_table_is_walked_and_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    seen: list[str] = []

    def forget(_: Erasure, paths: object) -> int:
        assert isinstance(paths, list)
        seen.extend(path.name for path in paths)
        for path in paths:
            path.write_text("")
        return len(paths)

    table = (
        Store("own", ("mlruns/own/*.txt",), forget),
        Store("made up", ("mlruns/own/*", ".cache/*"), holds="nobody", proved=False),
    )
    for name in ("mlruns/own/deep/a.txt", "mlruns/own/b.bin", "mlruns/c.txt", ".cache/d.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CANARY)
    (tmp_path / "theirs.txt").write_text(CANARY)
    seek = sought.of([(CUSTOMER, CANARY)])
    names = {path.name: one.name if (one := forgetting.store_of(path, table)) else "" for path in forgetting.files()}
    assert names == {"a.txt": "own", "b.bin": "made up", "c.txt": "", "d.txt": "made up"}
    assert [(one.path.name, one.store) for one in forgetting.left(table, seek)] == [("c.txt", ""), ("a.txt", "own")]
    erasure = Erasure("shop", (CUSTOMER,), NOBODY.holds, seek)
    assert forgetting.forgotten(table[0], table, erasure) == 1
    assert seen == ["a.txt"]
    assert [one.path.name for one in forgetting.left(table, seek)] == ["c.txt"]
