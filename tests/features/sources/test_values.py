"""Values: what stood in the rows that cannot be used, by column, cut, and of expressions too."""

from pathlib import Path
from typing import Any

import pytest

from features.sources import batch
from tests.features.shop import json_lines, read

LONG = "x" * 100
REASON = batch.REASONS


def told(folder: Path, row: dict[str, Any], **keys: Any) -> list[tuple[str | None, str | None, str]]:
    """Return column, value and reason of what is kept aside of one row beside a good one."""
    good = {"client": "ann", "at": "2017-05-01", "paid": "1", "units": "2", "kind": "sale", "id": "e1", "sent": None}
    json_lines(folder / "s.jsonl", good | {"id": "e0"}, good | row)
    rejects = read(folder, {"path": "s.jsonl"} | keys).rejects.to_pylist()
    return [(one["column"], one["value"], one["reason"]) for one in rejects]


SALE = {"event": {"column": "kind", "values": {"sale": "purchase"}}}
RULES = {"event": {"when": [{"where": "units < 0", "event": "refund"}, {"event": "purchase"}]}}


@pytest.mark.parametrize(
    ("row", "keys", "expected"),
    [
        ({"client": " "}, {}, ("client", " ", batch.NO_CUSTOMER)),
        ({"client": "n/a"}, {"missing_ids": ["n/a"]}, ("client", "n/a", batch.NO_CUSTOMER)),
        ({"at": LONG}, {}, ("at", "x" * 80, batch.NO_TIME)),
        ({"paid": "free"}, {"columns": {"amount": "paid"}}, ("paid", "free", batch.NO_NUMBER)),
        ({"paid": None}, {"columns": {"amount": "paid"}}, ("paid", None, batch.NO_NUMBER)),
        ({"units": "two"}, {"columns": {"amount": "paid", "quantity": "units"}}, ("units", "two", batch.NO_NUMBER)),
        ({"units": "two"}, {"columns": {"amount": "paid * units"}},
         ("paid * units", "paid: 1, units: two", batch.NO_NUMBER)),
        ({"units": "0"}, {"columns": {"amount": "paid / units"}},
         ("paid / units", "paid: 1, units: 0", batch.NO_NUMBER)),
        ({"sent": "soon"}, {"columns": {"recorded_at": "sent"}}, ("sent", "soon", batch.NO_MOMENT)),
        ({"kind": "gift"}, SALE, ("kind", "gift", batch.NO_KIND)),
        ({"units": "two"}, RULES, ("units", "two", batch.NO_KIND)),
        ({"id": "e0"}, {"columns": {"event_id": "id"}}, ("id", "e0", batch.REPEATED)),
        ({"units": "two"}, {"where": "units > 0"}, ("units", "two", batch.UNTOLD)),
        ({"units": "0"}, {"where": "paid / units > 0"}, (None, None, batch.UNTOLD)),
    ],
)  # fmt: skip
def test_a_reject_says_what_is_at_fault(
    tmp_path: Path, row: dict[str, Any], keys: dict[str, Any], expected: tuple[str | None, str | None, int]
) -> None:
    column, value, code = expected
    assert told(tmp_path, row, **keys) == [(column, value, REASON[code])]


def test_what_a_condition_does_not_want_is_no_reject_and_what_is_missing_neither(tmp_path: Path) -> None:
    assert told(tmp_path, {"units": "-1"}, where="units > 0") == []
    assert told(tmp_path, {"units": ""}, where="units > 0") == []
