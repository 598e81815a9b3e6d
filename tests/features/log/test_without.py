"""Without: taking customers out of a log gives the log of data that never held them, in memory and in files."""

from pathlib import Path

import numpy as np
import pytest

from features.log import log as logs
from features.log import without
from features.log.log import Log
from tests.features.shop import made

PEOPLE = ("ann", "bob", "cid", "dee")
DAYS = range(1, 6)


def _log(*people: str) -> Log:
    rows = [(who, day) for who in people for day in DAYS]
    return made(
        "Europe/Berlin",
        customer_id=[who for who, _ in rows],
        occurred_at=[f"2024-01-0{day}T10:00:00Z" for _, day in rows],
        event=["purchase" if day % 2 else "page_view" for _, day in rows],
        amount=[float(day) for _, day in rows],
        category=[f"of {who}" if day % 2 else "all" for who, day in rows],
        channel=["web" if who < "c" else "shop" for who, _ in rows],
        campaign_id=[who[:1] for who, _ in rows],
    )


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("gone", [("ann",), ("bob", "cid"), ("dee", "cid"), PEOPLE[:3]])
def test_it_is_the_log_of_data_that_never_held_them(
    gone: tuple[str, ...], mapped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PIECE", 1)  # a piece for each customer
    whole, never = _log(*PEOPLE), _log(*(who for who in PEOPLE if who not in gone))
    if mapped:
        (tmp_path / "whole").mkdir()
        whole = mapped.written([whole], tmp_path / "whole", whole.days)
    out = np.array([who in gone for who in whole.customers.to_pylist()])
    (tmp_path / "left").mkdir()
    left = mapped.written(without.customers(whole, out), tmp_path / "left", without.days(whole, out))
    assert left.digest == never.digest
    assert left.customers.equals(never.customers)
    assert {key: names.to_pylist() for key, names in left.names.items()} == {
        key: names.to_pylist() for key, names in never.names.items()
    }
    for name, column in never.columns.items():
        np.testing.assert_array_equal(left.columns[name], column, name)
    np.testing.assert_array_equal(left.own, never.own)
    np.testing.assert_array_equal(left.first_known, never.first_known)
    np.testing.assert_array_equal(left.days.rows, never.days.rows)
