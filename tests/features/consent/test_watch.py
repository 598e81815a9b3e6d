"""The watch: a service that runs learns of an erasure at its next look, and reads the list no more often than that."""

from pathlib import Path

import pytest

from features.consent import secret, suppression
from features.consent.suppression import CUSTOMER
from features.consent.watch import Watch


def test_it_looks_again_only_where_the_list_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    monkeypatch.setenv(secret.KEY, "a key of the tests that is long")
    watch = Watch("shop")
    assert [watch.look(), watch.look()] == [False, False]
    assert not watch.suppressed
    suppression.suppress("shop", [(CUSTOMER, "7")], 0, 0)
    assert [watch.look(), watch.look()] == [True, False]
    assert watch.suppressed.has(CUSTOMER, "7")
