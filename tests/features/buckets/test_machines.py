"""Machines: opens and clicks within seconds of the delivery of their mail are kept apart, whatever comes first."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from features import clock
from features.buckets import intake
from features.buckets.intake import Intake
from features.dataset import DatasetError
from features.log.event import KINDS
from features.log.log import Log
from features.log.store import mapped
from features.sources.batch import REASONS, TOO_SOON
from tests.features.shop import business

SENT = {"path": "sent.csv", "event": "mail_delivered", "columns": {"campaign_id": "mail"}}
CLICKS: dict[str, Any] = {
    "path": "clicks",
    "event": "mail_click",
    "columns": {"campaign_id": "mail"},
    "machine": {"seconds": 10},
}
DELIVERED = "client,at,mail\nann,2026-05-04 08:00:00,may\nbob,2026-05-04 08:00:00,may\ncy,2026-05-04 08:00:00,\n"
CLICKED = (
    "ann,2026-05-04 08:00:02,may",  # a scanner follows all links
    "ann,2026-05-04 08:00:02,may",
    "ann,2026-05-04 08:00:10,may",  # the last of ten seconds
    "ann,2026-05-04 08:00:10.000001,may",  # a person
    "ann,2026-05-04 07:59:58,may",  # looked at before it was handed over
    "bob,2026-05-04 08:00:03,june",  # of another mail
    "bob,2026-05-04 08:00:04,",  # of the newest
    "bob,2026-05-04 07:59:58,",  # of one before
    "cy,2026-05-04 08:00:05,june",  # of whatever was delivered: that says no campaign
    "cy,2026-05-04 07:59:59,june",
    "dee,2026-05-04 08:00:01,may",  # was never sent one
)
LEFT = {"ann": ["08:00:10.000001"], "bob": ["07:59:58", "08:00:03"], "cy": ["07:59:59"], "dee": ["08:00:01"]}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def taken(folder: Path, *files: tuple[str, ...], memory: int | None = None, first: bool = True) -> Intake:
    """Read deliveries, and clicks in some files of a folder."""
    (folder / "clicks").mkdir(parents=True)
    (folder / "sent.csv").write_text(DELIVERED)
    for number, rows in enumerate(files):
        (folder / "clicks" / f"{number}.csv").write_text("client,at,mail\n" + "".join(f"{row}\n" for row in rows))
    sources = (SENT, CLICKS) if first else (CLICKS, SENT)
    return intake.take(business(folder, *sources, end="2026-06-01"), memory)


def clicks(log: Log) -> dict[str, list[str]]:
    """Return the times of day of each customer's clicks."""
    click, found = KINDS.index("mail_click"), dict[str, list[str]]()
    for who, (begin, end) in zip(log.customers.to_pylist(), itertools.pairwise(log.offsets.tolist()), strict=True):
        times = log.columns["time"][begin:end][log.columns["code"][begin:end] == click]
        if times.size:
            found[who] = [clock.iso(time)[11:].rstrip("Z") for time in times.tolist()]
    return found


def test_clicks_within_seconds_of_their_mail_are_kept_apart_and_counted(tmp_path: Path) -> None:
    found = taken(tmp_path, CLICKED)
    assert clicks(found.log) == LEFT
    said = "by machines, kept apart: 6 opens and clicks of clicks within 10 seconds of the delivery of their mail"
    assert said in found.said()
    assert found.rejects == {}
    assert found.tally.rows.tolist() == [3, 5]
    assert found.tally.read.tolist() == [3, 11]
    assert found.tally.missing["campaign_id"].tolist() == [1, 2]  # of the rows as they were read


def test_the_order_of_rows_files_and_sources_says_nothing(tmp_path: Path) -> None:
    one = taken(tmp_path / "one", CLICKED)
    other = taken(tmp_path / "other", CLICKED[5:][::-1], CLICKED[:5][::-1], first=False)
    assert other.log.digest == one.log.digest


def test_features_alone_leave_the_same_events_out(tmp_path: Path) -> None:
    shop = business(tmp_path, SENT, CLICKS, end="2026-06-01")
    taken(tmp_path, CLICKED)
    with intake.opened(shop, 1 << 30, (), by_value=False) as read:
        (log,) = read.logs()
        assert clicks(log) == LEFT


def test_without_any_campaign_the_newest_mail_counts(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(
        "client,at,what\nann,2026-05-04 08:00:00,sent\nann,2026-05-04 08:00:00,open\nann,2026-05-05 09:00:00,sent\n"
        "ann,2026-05-05 09:00:01.5,click\nann,2026-05-05 09:00:01.6,click\nann,2026-05-05 08:59:59,open\n"
    )
    values = {"sent": "mail_sent", "open": "mail_open", "click": "mail_click"}
    source = {"path": "s.csv", "event": {"column": "what", "values": values}, "machine": {"seconds": 1.5}}
    found = intake.take(business(tmp_path, source, end="2026-06-01"))
    # At 08:00:00 the open is of the very instant, and at 09:00:01.5 the click of the last one.
    assert [KINDS[code] for code in found.log.columns["code"]] == ["mail_sent", "mail_open", "mail_sent", "mail_click"]


def test_a_request_says_the_same(tmp_path: Path) -> None:
    log = taken(tmp_path, CLICKED).log
    mapped.save(log, "shop")
    known = mapped.load("shop")
    assert known.by_machine == {"mail_click": 10.0}
    rows = [(line, "mail_delivered") for line in DELIVERED.splitlines()[1:]] + [(row, "mail_click") for row in CLICKED]
    cells = [(*row.split(","), kind) for row, kind in rows]
    who, at, mail, kinds = (list(column) for column in zip(*cells, strict=True))
    columns = {"customer_id": who, "occurred_at": at, "campaign_id": mail, "event": kinds}
    few = intake.of_rows(columns, "UTC", by_machine=known.by_machine)
    assert few.log is not None
    assert few.log.digest == log.digest
    assert few.rejects == [(place, REASONS[TOO_SOON]) for place in (3, 4, 5, 7, 9, 11)]
    assert mapped.save(replace(known, by_machine={}), "shop") != known.folder


def test_the_least_of_what_sources_say_holds_for_requests(tmp_path: Path) -> None:
    opens = CLICKS | {"event": "mail_open"}
    shop = business(tmp_path, SENT, CLICKS, CLICKS | {"machine": {"seconds": 4}}, opens, opens | {"machine": ""})
    assert shop.by_machine == {"mail_click": 4.0}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"machine": {}}, "sources[1].machine: got neither; `where`, `seconds` or both are needed."),
        ({"event": "purchase"}, "seconds: got 10; the source must hold mail_open or mail_click for it."),
        ({"machine": {"second": 3}}, "sources[1].machine: unknown key 'second'. Did you mean 'seconds'?"),
        ({"machine": {"seconds": -1}}, "sources[1].machine.seconds: Expected `float` >= 0"),
    ],
)
def test_what_says_nothing_is_refused(source: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        business(tmp_path, SENT, CLICKS | source)
    assert said in str(caught.value)


def test_without_deliveries_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="a source of the dataset must hold mail_sent or mail_delivered for it"):
        business(tmp_path, CLICKS)
