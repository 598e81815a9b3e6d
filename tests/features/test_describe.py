"""`python -m features.describe`: every feature with its meaning, unit, window and needs, and the page made of it."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from features import dataset, describe
from features.catalogue.catalogue import CATALOGUE, FAMILIES
from features.catalogue.feature import fitting
from features.log.event import SENT
from tests.conftest import run_here

PAGE = Path(__file__).parents[2] / describe.PAGE
NAMES = [feature.name for feature in CATALOGUE]


def rows() -> dict[str, describe.Row]:
    """Return what is said of each feature, by name."""
    return {row.name: row for of_family in describe.described().families.values() for row in of_family}


def test_the_page_is_what_the_command_writes() -> None:
    written = "\n".join(describe.markdown(describe.described(), None)) + "\n"
    assert PAGE.read_text(encoding="utf-8") == written, f"{describe.PAGE} is out of date: {describe.COMMAND}"


def test_every_feature_is_described_once_and_those_of_a_value_with_a_placeholder() -> None:
    names = list(rows())
    assert names[: len(NAMES)] == NAMES
    assert names[len(NAMES) :] == [
        "lines_364d_{category}",
        "category_share_364d_{category}",
        "purchase_recency_{channel}",
        "last_channel_{channel}",
        "lines_364d_by_{channel}",
        "channel_share_364d_{channel}",
    ]
    assert list(describe.described().families) == [*FAMILIES, "largest categories", "largest channels"]
    assert all(row.meaning and row.unit and row.window and row.events for row in rows().values())
    assert not any("|" in cell for row in rows().values() for cell in row.cells)


@pytest.mark.parametrize(
    ("name", "window", "columns", "events"),
    [
        ("purchase_recency", "all", "", "purchase"),
        ("spend_28d", "28 d", "amount", "purchase or refund or cancellation"),
        ("spend_per_visit_84d", "84 d", "amount", "purchase"),
        ("overdue_84d", "84 d; all", "", "purchase"),
        ("spend_trend_28d", "28 d; 28 d until 28 d ago", "amount", "purchase or refund or cancellation"),
        ("spend_28d_year_ago", "28 d until 364 d ago", "amount", "purchase or refund or cancellation"),
        ("discounted_lines_28d", "28 d", "discount", "purchase"),
        ("visits_28d", "28 d", "", "purchase"),
        ("view_to_buy_28d", "28 d", "", "purchase; page_view"),
        ("redemption_delay_364d", "364 d", "campaign_id", "contact and redemption"),
        ("activity_recency", "all", "", f"any 2 kinds but {' and '.join(SENT)}"),
        ("channels_364d", "364 d", "channel", f"any 2 kinds but {' and '.join(SENT)}"),
        ("category_share_364d_{category}", "364 d", "category", "purchase"),
        ("last_channel_{channel}", "all", "channel", "purchase"),
    ],
)
def test_a_feature_needs_what_its_parts_need(name: str, window: str, columns: str, events: str) -> None:
    row = rows()[name]
    assert (row.window, row.columns, row.events) == (window, columns, events)


def test_without_a_terminal_it_is_text_of_a_line_for_each_feature() -> None:
    done = run_here("features.describe")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines if line.partition(" ")[0] in NAMES] == NAMES
    (line,) = [line for line in lines if line.startswith("units_28d ")]
    assert line.split("  ")[0] == "units_28d"
    assert line.endswith("units purchased in 28 days")
    assert f"{len(NAMES)} features, 2 for each of the 12 largest categories, 4 for each of the 4 largest" in lines[-1]
    assert "\x1b" not in done.stdout


def test_on_a_terminal_it_is_a_table() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "features.describe", "--family", "returns"]
    with subprocess.Popen(command, stdout=theirs, env=os.environ | {"COLUMNS": "140", "TERM": "xterm"}) as process:
        os.close(theirs)
        shown = b""
        try:
            while more := os.read(ours, 4096):
                shown += more
        except OSError:  # what a terminal says when the other end is gone
            pass
    os.close(ours)
    assert process.returncode == 0
    text = shown.decode()
    assert "─" in text
    assert "refunded_364d" in text
    assert "spend_28d" not in text


def test_of_a_dataset_only_what_it_allows_and_why_not_the_rest() -> None:
    business = dataset.load("cdnow")
    kept, left_out = fitting(CATALOGUE, business.columns, business.kinds)
    found = describe.described(business)
    names = [row.name for of_family in found.families.values() for row in of_family]
    assert names == [feature.name for feature in kept]
    aside = {name: reason for reason, names in found.left_out.items() for name in names}
    assert aside.keys() - left_out.keys() == {row for row in rows() if "{" in row}
    assert {name: aside[name] for name in left_out} == left_out
    done = run_here("features.describe", "--dataset", "cdnow")
    assert done.returncode == 0, done.stderr
    assert f"{len(kept)} features\n" in done.stdout
    assert "left out for no column store_id: stores_84d, stores_364d, store_top_share_364d\n" in done.stdout
    assert "web" not in found.families


def test_one_family_by_itself() -> None:
    done = run_here("features.describe", "--family", "money", "--markdown")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n## ") == 1
    assert "\n## Money\n" in done.stdout
    assert "| `spend_28d` | net spend in 28 days | currency, in cents | 28 d | amount |" in done.stdout


@pytest.mark.parametrize(
    ("option", "got", "said"),
    [
        ("--family", "moneyy", "error: family: got 'moneyy'; recency and tenure,"),
        ("--family", "moneyy", "Did you mean 'money'?"),
        ("--dataset", "cdnoww", "error: there is no dataset 'cdnoww'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(option: str, got: str, said: str) -> None:
    done = run_here("features.describe", option, got)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
