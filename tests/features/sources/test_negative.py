"""Purchases below zero: they are counted, and the line that is told makes refunds of them."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from features.buckets import intake
from features.log.event import KINDS
from tests.features.shop import business

REFUND, PURCHASE = KINDS.index("refund"), KINDS.index("purchase")
ROWS = "client,at,total due,units,kind\nann,2017-05-01,5,1,sale\nann,2017-05-02,-3,1,sale\nbob,2017-05-03,-2,1,look\n"
BY_VALUE = {"column": "kind", "values": {"sale": "purchase", "look": "page_view"}}


@pytest.mark.parametrize(
    ("keys", "count", "kinds"),
    [
        ({"columns": {"amount": "total due"}}, 2, {PURCHASE: 1, REFUND: 2}),
        ({"columns": {"amount": "`total due` * units"}}, 2, {PURCHASE: 1, REFUND: 2}),
        ({"event": BY_VALUE}, 1, {PURCHASE: 1, REFUND: 1, KINDS.index("page_view"): 1}),
        ({"event": {"when": [{"where": "kind == 'look'", "event": "page_view"}, {"event": "purchase"}]}}, 1,
         {PURCHASE: 1, REFUND: 1, KINDS.index("page_view"): 1}),
    ],
)  # fmt: skip
def test_they_are_counted_and_the_line_makes_refunds_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: dict[str, Any], count: int, kinds: dict[int, int]
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    (tmp_path / "s.csv").write_text(ROWS)
    source = {"path": "s.csv", "columns": {"amount": "total due"}} | keys
    (note,) = intake.take(business(tmp_path, source, end="2018-01-01")).aside.notes
    assert note.startswith(f"{count} purchases of s.csv have an amount below zero and count as purchases;")
    event = tomllib.loads(note.split("say so: ")[1])["event"]
    mended = intake.take(business(tmp_path, source | {"event": event}, end="2018-01-01"))
    codes = mended.log.columns["code"].tolist()
    assert {kind: codes.count(kind) for kind in set(codes)} == kinds
    assert mended.aside.notes == ()
