"""Kept: where commands wrote tables is remembered once, and rows are taken out of them without another byte changed."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from features import settings
from features.consent.suppression import Holds
from features.outputs import kept, output

TABLE = pa.table({"customer_id": ["a", "b\nc", 'd"'], "value": [0.1, None, 3.0], "note": ["x,y", "", None]})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def _holds(*gone: str) -> Holds:
    def holds(_: str, values: pa.Array) -> NDArray[np.bool_]:
        return np.array([value in gone for value in values.to_pylist()], np.bool_)

    return holds


def test_what_users_choose_is_remembered_and_what_the_home_has_a_place_for_is_not(tmp_path: Path) -> None:
    chosen = tmp_path / "out" / "scores.csv"
    for path in (chosen, chosen, settings.rejects("shop")):
        output.write(TABLE, path.with_suffix(".parquet") if path != chosen else path)
    assert kept.paths() == [chosen.resolve()]
    chosen.unlink()
    assert kept.paths() == []


@pytest.mark.parametrize("ending", output.ENDINGS)
@pytest.mark.parametrize("gone", [["b\nc"], ["a", 'd"'], ["a", "b\nc", 'd"']])
def test_rows_are_taken_out(tmp_path: Path, ending: str, gone: list[str]) -> None:
    path, other = tmp_path / f"scores{ending}", tmp_path / f"never{ending}"
    output.write(TABLE, path)
    output.write(TABLE.filter(pa.array([one not in gone for one in TABLE["customer_id"].to_pylist()])), other)
    assert output.forget(path, ("customer_id",), _holds(*gone)) == len(gone)
    if ending == ".csv":
        assert path.read_bytes() == other.read_bytes()
    else:
        assert pq.read_table(path).equals(pq.read_table(other))
    assert output.forget(tmp_path / "no.csv", ("customer_id",), _holds("a")) == 0


@pytest.mark.parametrize("ending", output.ENDINGS)
def test_a_table_that_holds_nobody_stays_as_it_is(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"scores{ending}"
    output.write(TABLE, path)
    before = path.stat()
    assert output.forget(path, ("customer_id",), _holds("z")) == 0
    assert output.forget(path, ("email",), _holds("a")) == 0
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
