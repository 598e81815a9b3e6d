"""What a dataset holds and allows, as `features.check` tells it, and what it is asked in vain."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from features import account, check, command
from features.buckets import intake
from tests.features.shop import business


def test_one_path_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.run(check.main, ["a.csv", "b.csv", "c.csv", "d.csv"])
    assert stopped.value.code == command.WRONG
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("error: one path at a time, please. Got 4: a.csv, b.csv, c.csv, .... Name their folder, or")
    assert err.count("\n") == 1


@pytest.mark.parametrize("history", [False, True])
def test_a_snapshot_of_subscriptions_is_told(tmp_path: Path, *, history: bool) -> None:
    first, month = date(2025, 1, 1), timedelta(30)
    lines = ["client,at,end"]
    for place in range(40):
        begin, months = first + timedelta(place), 1 + place // 2
        ends = [begin + month * n for n in range(months + 1)]
        lines += [f"c{place},{a},{b}" for a, b in (pairwise(ends) if history else [(begin, ends[-1])])]
    (tmp_path / "s.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = {"path": "s.csv", "event": "subscription_started", "columns": {"until": "end"}}
    shop = business(tmp_path, source)
    told = [line for line in account.report(shop, intake.take(shop)) if "looks like a snapshot of today" in line]
    assert len(told) == (not history)
    assert history or "40 dates of 40 customers, 60 to 540 days after the payment" in told[0]
