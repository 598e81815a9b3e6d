"""Windows: targets that look at the same time share a drawing, and the drawing has every cut-off."""

import re
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

from features.clock import DAY
from features.clock import parse as instant
from training.charts import windows as drawing
from training.charts.windows import months
from training.choice.choice import Choice
from training.panel.split import by_horizon
from training.report.windows import windows
from training.targets import Churn, Spend

UTC = ZoneInfo("UTC")
BEGIN = instant("2017-01-01", UTC)
END = BEGIN + 364 * DAY


def _choice(target: Churn | Spend) -> Choice:
    return cast(Choice, SimpleNamespace(target=target, split=by_horizon(BEGIN, END, target.rows().reach)))


CHOICES = [_choice(Churn("churn", 28, 56)), _choice(Spend("spend", 28, 56)), _choice(Spend("long", 84, 91))]


def test_targets_with_the_same_windows_share_them() -> None:
    found = windows(CHOICES, BEGIN, END, UTC)
    assert [shared.targets for shared in found] == [("churn", "spend"), ("long",)]
    assert (found[0].look_back_days, found[0].horizon_days) == (56, 28)
    assert found[0].parts[3].cut_offs == (END - 56 * DAY, END - 28 * DAY)


def test_the_drawing_has_every_cut_off_and_nothing_outside_of_it() -> None:
    found = windows(CHOICES, BEGIN, END, UTC)[0]
    drawn = drawing.windows(found, "a <label>")
    assert drawn.count('class="cut"') == sum(len(part.cut_offs) for part in found.parts)
    assert "a &lt;label&gt;" in drawn
    for x, width in re.findall(r'<rect x="([^"]+)" y="[^"]+" width="([^"]+)"', drawn):
        assert float(width) >= 0
        assert float(x) + float(width) <= 780
    assert "test: cut-off 2017-12-03, outcome until 2017-12-31" in drawn


def test_months_are_those_of_the_calendar() -> None:
    found = months(BEGIN, END, UTC)
    assert [name for _, name in found] == ["2017-01", *(f"{month:02}" for month in range(2, 13))]
    assert found[1][0] == instant("2017-02-01", UTC)
    assert len(months(BEGIN, BEGIN + 9 * 365 * DAY, UTC)) <= 12
    paris = ZoneInfo("Europe/Paris")
    assert months(instant("2017-06-15", paris), instant("2017-09-15", paris), paris)[0][0] == instant(
        "2017-07-01", paris
    )
