"""Traces: a link is a late arrival; nothing before it changes, no event is lost, and the order of rows says nothing."""

import csv
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.buckets import intake, memory
from features.catalogue.feature_set import allowed_by
from features.dataset import Dataset, load
from features.identity.links import FOREVER
from features.kernel.kernel import Kernel
from features.log.log import HEARD, TRACE, Log
from features.log.spine import everyone

HOUR, DAY = 3_600_000_000, 86_400_000_000
BEGIN = 19_000 * DAY
Row = tuple[str, str, str, int, int]
"""User, mail, device, the hour and the amount."""

TOML = """\
name = "shop"
end = 2022-12-31
[identity]
keys = ["user_id", "email", "device"]
{more}
[[sources]]
path = "{path}"
event = "purchase"
columns = {{ user_id = "user", email = "mail", device = "cookie", occurred_at = "at", amount = "amount" }}
"""
FAMILY = "device = { shared_after = 2 }"

_number = itertools.count()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def shop(folder: Path, rows: Sequence[Row], more: str = FAMILY) -> Dataset:
    path = folder / f"{next(_number)}.csv"
    with path.open("w", newline="") as file:
        written = csv.writer(file)
        written.writerow(["user", "mail", "cookie", "at", "amount"])
        for user, mail, device, hour, amount in rows:
            written.writerow([user, mail, device, np.datetime64(BEGIN + hour * HOUR, "us"), amount])
    (folder / "shop.toml").write_text(TOML.format(path=path.name, more=more))
    return load(str(folder / "shop.toml"))


def taken(folder: Path, rows: Sequence[Row], more: str = FAMILY) -> Log:
    return intake.take(shop(folder, rows, more)).log


def events(log: Log) -> dict[str, tuple[list[tuple[Any, ...]], int | None]]:
    """Each customer's events as hour, hour of arrival and amount, and the hour until which they are their own."""
    found = {}
    recorded = log.columns["recorded"] if log.columns["recorded"].size else np.zeros(len(log), np.int64)
    for place, name in enumerate(log.customers.to_pylist()):
        own = slice(int(log.offsets[place]), int(log.offsets[place + 1]))
        until = int(log.absorbed[place])
        rows = zip(log.columns["time"][own], recorded[own], log.columns["amount"][own], strict=True)
        found[name] = (
            [
                ((time - BEGIN) // HOUR, (late - BEGIN) // HOUR if late else None, amount // 10**4)
                for time, late, amount in rows
            ],
            None if until == FOREVER else (until - BEGIN) // HOUR,
        )
    return found


def test_a_visitor_who_logs_in_is_one_customer(tmp_path: Path) -> None:
    log = taken(
        tmp_path, [("", "", "c1", 1, 10), ("", "", "c1", 2, 20), ("ann", "", "c1", 3, 30), ("ann", "", "", 4, 40)]
    )
    assert events(log) == {"device:c1": ([(1, None, 10), (2, None, 20), (3, None, 30), (4, None, 40)], None)}
    assert log.place("ann") == log.place("device:c1") == 0


def test_what_a_second_device_left_behind_arrives_when_it_is_linked(tmp_path: Path) -> None:
    log = taken(tmp_path, [("ann", "", "c1", 1, 10), ("", "", "c2", 2, 20), ("ann", "", "c2", 5, 30)])
    assert events(log) == {
        "ann": ([(1, None, 10), (2, 5, 20), (5, None, 30)], None),
        "device:c2": ([(2, None, 20)], 5),
    }
    assert log.person.tolist() == [0, 0]
    assert everyone(log, [BEGIN + 5 * HOUR]).customers.tolist() == [0, 1]
    assert everyone(log, [BEGIN + 5 * HOUR + 1]).customers.tolist() == [0]


def test_a_shared_device_is_nobodys_from_then_on(tmp_path: Path) -> None:
    rows = [("ann", "", "tv", 1, 10), ("", "", "tv", 2, 20), ("bob", "", "tv", 3, 30), ("", "", "tv", 4, 40)]
    assert events(taken(tmp_path, rows)) == {
        "ann": ([(1, None, 10), (2, None, 20)], None),
        "bob": ([(3, None, 30)], None),
        "shared:device:tv": ([(4, None, 40)], None),
    }


def test_a_work_address_that_is_handed_on_stays_with_whom_it_was_of(tmp_path: Path) -> None:
    rows = [("ann", "sales@x.org", "", 1, 10), ("bob", "sales@x.org", "", 2, 20), ("", "sales@x.org", "", 3, 30)]
    dataset = shop(tmp_path, rows)
    found = intake.take(dataset)
    assert events(found.log) == {"ann": ([(1, None, 10), (3, None, 30)], None), "bob": ([(2, None, 20)], None)}
    assert found.people is not None
    told = "\n".join(found.people.told())
    assert "refused: 1: a customer would have too many user_id, such as bob and email:sales@x.org" in told


def test_what_programs_write_for_nobody_links_nobody(tmp_path: Path) -> None:
    rows = [(user, mail, "", hour, 1) for hour, (user, mail) in enumerate([("null", "a@x.org"), ("NULL", "b@x.org")])]
    found = intake.take(shop(tmp_path, [*rows, ("undefined", "", "0000-0000", 9, 1)]))
    assert sorted(events(found.log)) == ["email:a@x.org", "email:b@x.org"]
    assert list(found.rejects.values()) == [1]
    assert found.people is not None
    assert "  user_id that identifies nobody: 3 values, such as 'null' on 1 rows" in "\n".join(found.people.told())


def test_one_address_on_ten_thousand_rows_makes_no_giant(tmp_path: Path) -> None:
    rows = [(f"u{n}", "test@test.com", f"d{n}", n % 5000, 1) for n in range(10_000)]
    found = intake.take(shop(tmp_path, rows))
    assert found.people is not None
    assert np.bincount(found.people.person).max() == 3
    told = "\n".join(found.people.told())
    assert "email 'test@test.com' stands in 10,000 rows, and 9,999 of its links were refused" in told
    blocked = intake.take(shop(tmp_path, rows, 'email = { block = ["test@test.com"] }'))
    assert blocked.people is not None
    assert "email that identifies nobody: 1 values, such as 'test@test.com' on 10,000 rows" in "\n".join(
        blocked.people.told()
    )


rows_of = st.lists(
    st.tuples(
        st.sampled_from(["", "", "u1", "u2", "u3", "null"]),
        st.sampled_from(["", "", "", "a@x.org", "b@x.org"]),
        st.sampled_from(["", "c1", "c2", "c3"]),
        st.integers(0, 40),
        st.integers(1, 9),
    ).filter(lambda row: any(row[:3]) and row[:3] != ("null", "", "")),
    min_size=1,
    max_size=25,
)
on_files = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def features(log: Log, moment: int, kernel: Kernel) -> dict[str, bytes]:
    """What is known of each customer at a moment, to the bit."""
    spine = everyone(log, [moment])
    names = log.customers.take(pa.array(spine.customers)).to_pylist()
    x = kernel(log, spine.customers, spine.as_of)
    return {name: row.tobytes() for name, row in zip(names, x, strict=True)}


@on_files
@given(rows_of, st.integers(0, 41))
def test_what_comes_later_changes_nothing_that_was_known(tmp_path: Path, rows: list[Row], hour: int) -> None:
    dataset = shop(tmp_path, rows)
    kernel = Kernel(allowed_by(dataset)[0])
    before = [row for row in rows if row[3] < hour]
    if not before:
        return
    moment = BEGIN + hour * HOUR
    assert features(taken(tmp_path, before), moment, kernel) == features(intake.take(dataset).log, moment, kernel)


@on_files
@given(rows_of, st.integers(0, 41), st.randoms())
def test_each_event_is_of_one_customer_and_the_order_says_nothing(
    tmp_path: Path, rows: list[Row], hour: int, random: Any
) -> None:
    log = taken(tmp_path, rows)
    moment = BEGIN + hour * HOUR
    total = 0
    for place in everyone(log, [moment]).customers.tolist():
        own = slice(int(log.offsets[place]), int(log.offsets[place + 1]))
        known = log.columns["time"][own] < moment
        if log.columns["recorded"].size:
            known &= log.columns["recorded"][own] < moment
        total += int(log.columns["amount"][own][known].sum())
    assert total == sum(row[4] for row in rows if row[3] < hour) * 10**4
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert taken(tmp_path, shuffled).digest == log.digest


@on_files
@given(rows_of)
def test_in_pieces_on_disk_it_is_the_same(tmp_path: Path, rows: list[Row]) -> None:
    dataset = shop(tmp_path, rows)
    whole = intake.take(dataset).log
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "buckets", lambda *_: 3)
        parts = intake.take(dataset).log
    assert events(parts) == events(whole)
    assert parts.digest == whole.digest
    assert whole.linked is not None
    for name in whole.linked.names.to_pylist():
        one, other = parts.place(name), whole.place(name)
        assert one is not None
        assert other is not None
        assert parts.customers[one].as_py() == whole.customers[other].as_py()


@pytest.mark.parametrize("count", [1, 3])
def test_each_event_keeps_its_product_in_whosever_log_it_is(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "buckets", lambda *_: count)
    rows = [("ann", "", "c1", 1, 10), ("", "", "c2", 2, 20), ("ann", "", "c2", 5, 30), ("bob", "", "c3", 6, 10)]
    dataset = shop(tmp_path, rows)
    source = msgspec.structs.replace(dataset.sources[0], columns={**dataset.sources[0].columns, "product_id": "amount"})
    log = intake.take(msgspec.structs.replace(dataset, sources=(source,))).log
    named = log.names["product"].take(pa.array(log.columns["product_id"])).to_pylist()
    assert named == [str(amount // 10**4) for amount in log.columns["amount"].tolist()]
    assert len(named) == 5  # what the second device did is in two logs


def test_an_unmerge_restores_what_there_was(tmp_path: Path) -> None:
    apart = [("ann", "", "", 1, 10), ("", "b@x.org", "", 2, 20), ("ann", "", "", 3, 30), ("", "b@x.org", "", 4, 40)]
    wrong = [apart[0], apart[1], ("ann", "b@x.org", "", 3, 30), apart[3]]
    (tmp_path / "corrections.csv").write_text("one,other,customer\nann,email:b@x.org,different\n")
    corrected = taken(tmp_path, wrong, 'corrections = "corrections.csv"')
    assert events(corrected) == events(taken(tmp_path, apart))
    assert corrected.digest == taken(tmp_path, apart).digest != taken(tmp_path, wrong).digest


def test_without_a_link_customers_are_as_they_are_without_identity(tmp_path: Path) -> None:
    rows = [(f"u{n % 3}", "", "", n, n + 1) for n in range(20)]
    linked = shop(tmp_path, rows)
    toml = (tmp_path / "shop.toml").read_text()
    plain = toml[: toml.index("[identity]")] + toml[toml.index("[[sources]]") :].replace(
        "user_id", "customer_id"
    ).replace('email = "mail", device = "cookie", ', "")
    (tmp_path / "plain.toml").write_text(plain)
    one, other = intake.take(linked).log, intake.take(load(str(tmp_path / "plain.toml"))).log
    assert one.digest == other.digest
    assert (one.keys == other.keys).all()
    alike = one.columns.keys() - {TRACE, HEARD}
    assert all((one.columns[name] == other.columns[name]).all() for name in alike)
