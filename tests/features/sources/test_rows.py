"""Rows of a request: checked as the same rows of a file are, without a database."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.buckets import intake
from features.clock import DAY
from features.dataset import DatasetError
from features.log.event import COLUMNS, KINDS
from features.log.log import ABSENT
from features.sources import ids, rows
from features.sources.batch import REASONS
from tests.features.shop import business, json_lines, made

NAMES = [column.name for column in COLUMNS]
GOOD: dict[str, Any] = dict.fromkeys(NAMES) | {
    "customer_id": "ann",
    "occurred_at": "2017-05-01 10:00:00.000001",
    "event": "purchase",
    "amount": 1.5,
}
FULL = GOOD | {
    "event_id": "e1",
    "quantity": 2.0005,
    "discount": 0.01,
    "order_id": "007",
    "product_id": 'Öl, "kalt"',
    "category": "food",
    "store_id": "",
    "channel": "web",
    "campaign_id": "spring",
    "recorded_at": "2017-05-02T03:04:05Z",
    "score": 4.25,
    "duration": 90.5,
    "until": "2018-05-02T03:04:05Z",
}
ROWS: list[dict[str, Any]] = [
    GOOD,
    FULL,
    FULL,  # its id was read before
    FULL | {"amount": 9},  # and here with other content
    *(FULL | {"event": kind, "event_id": None} for kind in KINDS),
    *(FULL | {"event_id": None, "customer_id": who} for who in (None, "", " \t\n", " a", "é", "1", "01")),
    *(FULL | {"event_id": None, "event": kind} for kind in (None, "", "gift", "Purchase", " refund ")),
    *(
        FULL | {"event_id": None, name: number}
        for name in ("amount", "quantity", "discount")
        for number in (0, -0.005, 0.125, -2.5, 1.00005, 249_999_999_999.9999, 2.5e11, 9e12, -9e12, 1e300, None)
    ),
    *(
        FULL | {"event_id": None, name: number}
        for name in ("score", "duration")
        for number in (0, -0.5, 0.000_000_5, 1e-9, 4.333_333_3, 8_999_999_999_999.99, 9e12, -9e12, 1e300, None)
    ),
    *(FULL | {"event_id": None, "event": kind} for kind in ("custom:quote_asked", "custom:Ask again!", "custom:else")),
    *(FULL | {"event_id": None, "event": "contact", "amount": amount} for amount in (None, 3, 9e12)),
    *(FULL | {"event_id": None, "event": "refund", "amount": amount} for amount in (2, -2, None)),
    *(
        FULL | {"event_id": None, name: text}
        for name in ("occurred_at", "recorded_at", "until")
        for text in (
            "2017-05-01",
            "2017-5-1",
            "2017/05/01",
            "2017-05-01T10:00",
            "2017-05-01 10:00:00.1234567",
            "2017-05-01 10:00:00.",
            "2017-05-01 10:00Z",
            "2017-05-01 10:00+02",
            "2017-05-01 10:00-0230",
            "2017-05-01 10:00+02:00:30",
            "2017-05-01 24:00",
            "2017-05-01  1:2:3",
            " 2017-05-01 ",
            "2017-11-05 01:30",
            "2017-03-12 02:30",
            "1899-12-31 10:00",
            "2200-01-02",
            "2017-05-01 10",
            "2017-05-01 10:00z",
            "2017-05-01 10:00 Z",
            "2017-05-01Z",
            "2017-05-01 23:59:60",
            "2017-05-01 24:01",
            "2017-02-29",
            "2017-05/01",
            "20170501",
            "2017-W01-1",
            "2017-05",
            "soon",
            "",
            None,
        )
    ),
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_rows_are_treated_as_the_same_rows_of_a_file(tmp_path: Path, zone: str) -> None:
    # A line of words keeps DuckDB from telling a column's type by its values, and the ways of writing times.
    words = dict.fromkeys(NAMES, "a word") | {"event": "none such", "amount": 1.5, "quantity": 1.5, "discount": 1.5}
    words |= {"score": 1.5, "duration": 1.5}
    json_lines(tmp_path / "s.jsonl", *ROWS, words)
    own = ("custom:Ask again!", "custom:quote_asked")
    kinds = {"column": "event", "values": {kind: kind for kind in (*KINDS, *own)}}
    shop = business(
        tmp_path,
        {"path": "s.jsonl", "event": kinds, "time_format": "iso", "columns": {n: n for n in NAMES}},
        zone=f'"{zone}"',
        end="2190-01-01",
    )
    columns = {name: [row[name] for row in [*ROWS, words]] for name in [*NAMES, "event"]}
    assert shop.every_kind == (*KINDS, *own)
    few = intake.of_rows(columns, zone, shop.every_kind)
    assert few.log is not None
    with intake.opened(shop, 10**9) as opened:
        (log,) = opened.logs()
        places, reasons = opened._buckets.aside()
    expected = sorted(zip((places - 1).tolist(), reasons.tolist(), strict=True))
    assert [(place, REASONS.index(reason)) for place, reason in few.rejects] == expected
    assert {reason for _, reason in expected} == {1, 2, 4, 5, 6, 7, 8}
    assert few.log.customers.equals(log.customers)
    for name, column in log.columns.items():
        assert few.log.columns[name].tolist() == column.tolist(), name
    assert {key: names.to_pylist() for key, names in few.log.names.items()} == {
        key: names.to_pylist() for key, names in log.names.items()
    }
    assert few.log.digest == log.digest
    assert few.log.kinds == log.kinds == shop.every_kind


def test_times_may_be_those_of_python() -> None:
    noon = datetime.datetime(2017, 7, 5, 12)  # noqa: DTZ001
    times = [noon, noon.replace(tzinfo=datetime.UTC), noon.date()]
    log = made("America/New_York", occurred_at=times)
    assert log.columns["hour"].tolist() == [0, 8, 12]


@pytest.mark.parametrize("bad", ["12.5", True, float("nan"), float("inf"), 10**400, "free"])
def test_an_amount_must_be_a_number(bad: Any) -> None:
    columns = {name: [GOOD[name]] for name in ("customer_id", "occurred_at", "event")} | {"amount": [bad]}
    few = intake.of_rows(columns, "UTC")
    assert (few.log, few.rejects) == (None, [(0, REASONS[4])])


@pytest.mark.parametrize("column", ["customer_id", "occurred_at", "event"])
def test_without_a_required_column_rows_are_refused(column: str) -> None:
    columns = {name: [GOOD[name]] for name in ("customer_id", "occurred_at", "event") if name != column}
    with pytest.raises(DatasetError, match=f"events: the column '{column}' is required; got {', '.join(columns)}\\."):
        intake.of_rows(columns, "UTC")


def test_other_columns_are_passed_over() -> None:
    log = made(amount=[1], colour=["red"], source=[7], place=[3])
    assert log.columns["amount"].tolist() == [10_000]


def test_a_score_of_nothing_is_not_no_score() -> None:
    log = made(
        occurred_at=["2017-05-01", "2017-05-02", "2017-05-03"],
        event=["survey_answered", "survey_answered", "web_session"],
        score=[0, 4.333_333_3, None],
        duration=[None, 0, 90.5],
        until=["2018-01-01T00:00:00.000001Z", None, "9999-12-31"],
    )
    assert log.columns["score"].tolist() == [0, 4_333_333, ABSENT]
    assert log.columns["duration"].tolist() == [ABSENT, 0, 90_500_000]
    # 2018-01-01 is day 17,532 since 1970; 9999-12-31 is day 2,932,896.
    assert log.columns["until"].tolist() == [17_532 * DAY + 1, ABSENT, 2_932_896 * DAY]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("score", "9", 4),
        ("score", 9e12, 4),
        ("score", -100, 0),
        ("duration", -1, 4),
        ("duration", 0, 0),
        ("until", "soon", 5),
        ("until", "2017-05-01T10:00Z", 0),
    ],
)
def test_a_row_whose_score_duration_or_until_cannot_be_used_is_kept_aside(column: str, value: Any, reason: int) -> None:
    columns = {name: [GOOD[name]] for name in ("customer_id", "occurred_at", "event")} | {column: [value]}
    few = intake.of_rows(columns, "UTC")
    assert few.rejects == ([(0, REASONS[reason])] if reason else [])


@given(st.text("'\" \n\u00a0ax", max_size=7))
def test_what_stands_around_a_text_is_what_a_pattern_says(text: str) -> None:
    bare = text.strip(rows._BLANKS)
    quoted = re.fullmatch(r"""(["']) *(.*?) *["']""", bare, re.DOTALL)
    assert rows._text(text) == ((quoted[2] if quoted else bare) or None)


@given(st.text("aA@.\n é", max_size=7))
def test_a_mail_address_is_what_a_pattern_says(text: str) -> None:
    assert ids.of_customer(text) == (text.lower() if re.fullmatch(ids.MAIL, text) else text)
