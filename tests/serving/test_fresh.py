"""`make load SINCE=1`: what is new in a table of a real server, and nothing twice, whatever comes between readings."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activation.stores import stores
from features import dataset as datasets
from features import settings as places
from features.consent import forgetting, sought
from features.consent.suppression import CUSTOMER, NOBODY
from features.log.log import pick
from features.log.store import mapped
from features.log.store.sqlite import Sqlite
from features.remote import mark, postgres
from features.remote.mark import Mark
from serving.history import History
from serving.marks import Marks
from tests.conftest import run_here
from tests.postgres import server

NOON = dt.datetime(2024, 1, 10, 12, tzinfo=dt.UTC)
TOML = """\
name = "shop"
end = 2024-03-01
[tables.sales]
database = "SHOP"
table = "sales"
since = "changed"
[[sources]]
path = "table:sales"
event = "purchase"
where = "kind == 'S'"
columns = { customer_id = "client", occurred_at = "at", amount = "paid", event_id = "id" }
"""
MADE = (
    "DROP TABLE IF EXISTS sales",
    """CREATE TABLE sales (id bigserial PRIMARY KEY, client text, at timestamptz, paid numeric(9, 2), kind text,
       changed timestamptz, given text)""",
    """INSERT INTO sales (client, at, paid, kind, changed) SELECT 'ann', t, 1, 'S', t FROM
       generate_series(timestamptz '2024-01-10 08:00Z', '2024-01-10 12:00Z', interval '30 minutes') AS t""",
)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with server() as own:
        yield f"{own}/postgres"


class Shop:
    """A table, a home that reads it, and another session whose transaction may be open."""

    def __init__(self, base: str, home: Path, toml: str = TOML) -> None:
        self.file = home / "shop.toml"
        self.file.write_text(toml, encoding="utf-8")
        self.base = base
        self.asked(*MADE)

    def asked(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements, and return what the last one answers."""
        with postgres.opened(self.base, "test") as cursor:
            for one in statements[:-1]:
                cursor.execute(one)
            return postgres.rows(cursor, statements[-1])

    def sold(self, minutes: int, client: str = "bob", kind: str = "S") -> str:
        """Return the statement that writes a row at so many minutes after noon."""
        moment = NOON + dt.timedelta(minutes=minutes)
        return (
            "INSERT INTO sales (client, at, paid, kind, changed)"
            f" VALUES ('{client}', '{moment}', {minutes % 7}.25, '{kind}', '{moment}')"
        )

    def load(self, *options: str) -> list[str]:
        """Return what the command says."""
        done = run_here("serving.load", "--dataset", str(self.file), *options)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def served(self) -> list[tuple[str, int, int]]:
        """Return the events that a service knows: whose, when, how much."""
        log, found = mapped.load("shop"), []
        with Sqlite(Path(places.live("shop").removeprefix("sqlite:///"))) as live:
            names = {*log.ids, *(one.customer for one in live.everything())}
            stored = {one: log.place(one) for one in names}
            own = {one: pick(log, [place]) for one, place in stored.items() if place is not None}
            for name, each in (own | History(log, live).since(stored)).items():
                columns = each.columns["time"].tolist(), each.columns["amount"].tolist()
                found += [(name, *one) for one in zip(*columns, strict=True)]
        return sorted(found)

    @contextmanager
    def open(self, *statements: str) -> Iterator[None]:
        """Run statements in a transaction of its own, which is committed at the end of the block."""
        with postgres.opened(self.base, "test") as cursor:
            for one in ("BEGIN", *statements):
                cursor.execute(one)
            yield
            cursor.execute("COMMIT")

    def there(self) -> list[tuple[str, int, int]]:
        """Return the events that the table holds."""
        sql = "SELECT client, (extract(epoch FROM at) * 1000000)::bigint, (paid * 10000)::bigint FROM sales"
        return sorted(self.asked(f"{sql} WHERE kind = 'S'"))


@pytest.fixture
def shop(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    monkeypatch.setenv("SHOP", base)
    return Shop(base, tmp_path)


def test_only_what_is_new_comes_in_and_a_row_that_was_committed_late_is_late(shop: Shop) -> None:
    assert shop.load("--since")[0] == (
        "everything is read: the stored events are of no reading that kept up to where it came"
    )
    stored = mapped.newest("shop")
    shop.asked(shop.sold(5), shop.sold(-20, "cid"), shop.sold(6, kind="X"), "SELECT 1")
    lines = shop.load("--since")
    assert lines[:2] == ["new: 2 events", "late: 1 rows, of times up to which all had been read"]
    assert shop.served() == shop.there()
    assert shop.load("--since")[:-1] == []  # nothing was new
    assert mapped.newest("shop") == stored  # nothing was read whole
    shop.file.write_text(TOML.replace("kind == 'S'", "kind != 'X'"), encoding="utf-8")
    assert shop.load("--since")[0] == (
        "everything is read: the dataset file reads rows otherwise than when the stored events were read"
    )
    assert shop.served() == shop.there()


_MOVES = ("new", "late", "long ago", "open", "commit", "changed", "gone", "run", "run", "whole")


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(_MOVES), st.integers(0, 50)), min_size=4, max_size=10), st.booleans())
def test_whatever_comes_between_the_sum_is_that_of_reading_everything(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int]], last_is_open: bool
) -> None:
    with TemporaryDirectory() as home:
        monkeypatch.setenv("HABITUS_HOME", home)
        shop.asked(*MADE, "SELECT 1")
        shop.load()
        clock, transactions = 0, []
        did: dict[str, Callable[[int], str]] = {
            "new": lambda n: shop.sold(clock + n % 3),
            "late": lambda n: shop.sold(clock - n, "cid"),
            "long ago": lambda n: shop.sold(clock - 90 - n, "dan"),
            "changed": lambda n: (
                f"UPDATE sales SET paid = paid + 1, changed = '{NOON + dt.timedelta(minutes=clock)}'"
                f" WHERE id = (SELECT id FROM sales ORDER BY id OFFSET {n} % 9 LIMIT 1)"
            ),
            "gone": lambda n: f"DELETE FROM sales WHERE id = (SELECT id FROM sales ORDER BY id OFFSET {n} % 9 LIMIT 1)",
        }
        for move, n in steps:
            clock += n % 3
            if move in did:
                shop.asked(did[move](n), "SELECT 1")
            elif move == "open":
                transactions.append(shop.open(shop.sold(clock, "eve")))
                transactions[-1].__enter__()
            elif move == "commit" and transactions:
                transactions.pop().__exit__(None, None, None)
            elif move in {"run", "whole"}:
                shop.load(*(["--since"] if move == "run" else []))
                assert shop.served() == shop.there()
        while transactions and not (last_is_open and len(transactions) == 1):
            transactions.pop().__exit__(None, None, None)
        shop.load("--since")
        assert shop.served() == shop.there()
        for one in transactions:
            one.__exit__(None, None, None)


def test_a_run_that_fails_moves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.load()
    before = places.marks("shop").read_bytes()
    shop.asked(shop.sold(5), "SELECT 1")
    with monkeypatch.context() as patch:
        patch.setattr(Marks, "keep", _fails)
        with pytest.raises(OSError, match="disk"):
            run_here("serving.load", "--dataset", str(shop.file), "--since")
    assert places.marks("shop").read_bytes() == before
    shop.asked(shop.sold(7), "SELECT 1")
    assert shop.load("--since")[:2] == ["new: 1 events", "came in before: 1 events"]
    assert shop.served() == shop.there()


def _fails(*_: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE sales SET changed = changed + interval '1 day' WHERE id = 1", "rows from before the overlap"),
        ("UPDATE sales SET paid = 99 WHERE changed = '2024-01-10 12:00Z'", "1 rows of the overlap are no longer there"),
        ("ALTER TABLE sales DROP COLUMN client CASCADE", "3 rows of the overlap are no longer there"),
        ("INSERT INTO sales (client, at, kind) VALUES ('zoe', '2024-01-10', 'S')", "rows from before the overlap"),
        ("INSERT INTO sales SELECT n, 'a', now(), 1, 'S', '2024-02-01' FROM generate_series(50, 60) n", "more than 9"),
    ],
)
def test_where_rows_of_before_are_others_nothing_new_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, statement: str, why: str
) -> None:
    monkeypatch.setattr(mark, "MOST", 9)
    query, folder = datasets.load(str(shop.file)).tables["sales"], shop.file.parent
    with postgres.opened(shop.base, "test") as cursor:
        before = Mark.restored(json.loads(json.dumps(mark.marked(cursor, query, "t").plain())))
        cursor.execute(statement)
        with pytest.raises(mark.Moved, match=why):
            mark.write_new(cursor, query, before, folder / "new.parquet", "t")


def test_a_mark_that_later_readings_would_pass_over_says_why(shop: Shop) -> None:
    query = datasets.load(str(shop.file)).tables["sales"]
    with postgres.opened(shop.base, "test") as cursor:
        for one in ("NULL", "'infinity'"):
            cursor.execute(f"UPDATE sales SET changed = {one} WHERE id = 1")
            found = mark.marked(cursor, query, "t")
            assert found.why_not == "changed is empty or infinite in 1 rows, which no later reading would find"
            with pytest.raises(mark.Moved, match="empty or infinite"):
                mark.write_new(cursor, query, found, shop.file.parent / "new.parquet", "t")
        cursor.execute("TRUNCATE sales")
        nothing = mark.marked(cursor, query, "t")
        assert nothing == Mark()
        cursor.execute(shop.sold(0))
        assert mark.write_new(cursor, query, nothing, shop.file.parent / "new.parquet", "t") == 0
        assert pq.read_metadata(shop.file.parent / "new.parquet").num_rows == 1


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('since = "changed"', 'since = "nope"', "tables.sales.since: there is no column 'nope'."),
        ('since = "changed"', 'since = "client"', "'client' is text; date or timestamp or timestamptz is allowed."),
        ('since = "changed"', "overlap_minutes = 5", "overlap_minutes says nothing without since."),
        (', event_id = "id"', "", "since: the sources that read this table need an event_id"),
        ('path = "table:sales"', 'path = "sales.csv"', "since: no source reads this table"),
    ],
)
def test_what_cannot_be_read_since_is_refused_in_one_line(shop: Shop, before: str, after: str, said: str) -> None:
    shop.file.write_text(TOML.replace(before, after), encoding="utf-8")
    done = run_here("serving.load", "--dataset", str(shop.file), "--since")
    if done.returncode == 0:  # nothing is marked yet: reading everything says it
        done = run_here("serving.load", "--dataset", str(shop.file))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_text_that_all_rows_tell_how_to_read_is_read_whole(shop: Shop) -> None:
    shop.asked("ALTER TABLE sales ALTER paid TYPE text", "SELECT 1")
    shop.load()
    shop.asked(shop.sold(5), "SELECT 1")
    assert shop.load("--since")[0] == (
        "everything is read: how paid is written is told by all rows: the dataset file may say it"
    )
    shop.file.write_text(TOML.replace("[[sources]]", '[[sources]]\ndecimal = "."'), encoding="utf-8")
    shop.load()
    shop.asked(shop.sold(6), "SELECT 1")
    assert shop.load("--since")[0] == "new: 1 events"


def test_where_rows_say_when_they_were_recorded_a_late_one_was_when_it_was_read(shop: Shop) -> None:
    shop.file.write_text(TOML.replace('event_id = "id"', 'event_id = "id", recorded_at = "changed"'), encoding="utf-8")
    shop.load()
    shop.asked(shop.sold(5), shop.sold(-20, "cid"), "SELECT 1")
    shop.load("--since")
    with Sqlite(Path(places.live("shop").removeprefix("sqlite:///"))) as live:
        told = {one.customer: json.loads(one.event)["recorded_at"] for one in live.everything()}
    assert told["bob"].startswith("2024-01-10T12:05")
    assert told["cid"] > "2026"


def test_an_erasure_takes_up_to_where_tables_were_read(shop: Shop) -> None:
    shop.load()
    table, marks = stores("shop"), places.marks("shop")
    found = {path: forgetting.store_of(path, table) for path in forgetting.files()}
    assert [path for path, one in found.items() if one is None] == []
    own = found[marks]
    assert own is not None
    assert own.name == "up to where tables were read"
    assert own.forget is not None
    own.forget(forgetting.Erasure("shop", (CUSTOMER,), NOBODY.holds, sought.of([(CUSTOMER, "ann")])), [marks])
    assert not marks.exists()
