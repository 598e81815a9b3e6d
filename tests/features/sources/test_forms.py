"""Forms: one table, however it is written and split into files, is one log, to the digest; a byte costs its record."""

import csv
import datetime
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from features.buckets import intake
from tests.features.shop import business, customers, read, times

Row = tuple[str, datetime.datetime, int]
"""Customer, time to the second, cents."""

DECIDES: Row = ("Zoë", datetime.datetime(2026, 5, 13, 14, 5, 9, tzinfo=datetime.UTC), 123_456)
"""A row that can be read in one way only, whatever form it has."""

_names = st.text("abZé7 -_'", min_size=1, max_size=8).filter(lambda name: name.strip(" ").strip("'").strip())
_moments = st.datetimes(datetime.datetime(2025, 1, 1), datetime.datetime(2026, 5, 13)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=datetime.UTC)
)
rows = st.lists(st.tuples(_names, _moments, st.integers(0, 10**7)), max_size=12)

TIMES: dict[str, Callable[[datetime.datetime], str]] = {
    "iso": lambda at: at.strftime("%Y-%m-%d %H:%M:%S"),
    "zulu": lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    "offset": lambda at: (at + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00"),
    "day first": lambda at: at.strftime("%d.%m.%Y %H:%M:%S"),
    "month first": lambda at: at.strftime("%m/%d/%Y %I:%M:%S %p"),
    "seconds": lambda at: str(int(at.timestamp())),
    "milliseconds": lambda at: str(int(at.timestamp()) * 1000),
}


def decimals(cents: int, sign: str) -> str:
    return f"{cents // 100}{sign}{cents % 100:02d}"


@st.composite
def text_file(draw: st.DrawFn) -> Callable[[Path, Sequence[Row]], None]:
    """Return what writes rows as CSV, in any of its ways."""
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    separator, sign = draw(st.sampled_from([",", ";", "\t", "|"])), draw(st.sampled_from([".", ","]))
    written, ends = draw(st.sampled_from(sorted(TIMES))), draw(st.sampled_from(["\n", "\r\n"]))
    columns = draw(st.permutations(["client", "at", "paid"]))

    def write(path: Path, some: Sequence[Row]) -> None:
        text = io.StringIO(newline="")
        out = csv.DictWriter(text, columns, delimiter=separator, lineterminator=ends)
        out.writeheader()
        for customer, at, cents in some:
            out.writerow({"client": customer, "at": TIMES[written](at), "paid": decimals(cents, sign)})
        path.with_suffix(".csv").write_bytes(text.getvalue().encode(encoding))

    return write


@st.composite
def json_file(draw: st.DrawFn) -> Callable[[Path, Sequence[Row]], None]:
    """Return what writes rows as JSON lines, with amounts as numbers or as text."""
    written, as_text = draw(st.sampled_from(sorted(TIMES))), draw(st.booleans())

    def write(path: Path, some: Sequence[Row]) -> None:
        lines = [
            {"client": name, "at": TIMES[written](at), "paid": decimals(cents, ".") if as_text else cents / 100}
            for name, at, cents in some
        ]
        text = "".join(json.dumps(line, ensure_ascii=draw(st.booleans())) + "\n" for line in lines)
        path.with_suffix(".jsonl").write_text(text, encoding="utf-8")

    return write


@st.composite
def parquet_file(draw: st.DrawFn) -> Callable[[Path, Sequence[Row]], None]:
    """Return what writes rows as Parquet, in types of any width."""
    moment = draw(st.sampled_from([pa.timestamp(unit, "UTC") for unit in ("s", "ms", "us", "ns")]))
    money = draw(st.sampled_from([pa.float64(), pa.decimal128(18, 2), pa.decimal128(30, 4), pa.string()]))
    text = draw(st.sampled_from([pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]))

    def write(path: Path, some: Sequence[Row]) -> None:
        paid = pa.array([decimals(cents, ".") for _, _, cents in some])
        pq.write_table(
            pa.table(
                {
                    "client": pa.array([name for name, _, _ in some], pa.string()).cast(text),
                    "at": pa.array([at for _, at, _ in some], pa.timestamp("s", "UTC")).cast(moment),
                    "paid": paid.cast(money),
                }
            ),
            path.with_suffix(".parquet"),
        )

    return write


def digest(folder: Path) -> str:
    taken = intake.take(business(folder, {"path": "data", "columns": {"amount": "paid"}}, end="2026-06-01"))
    assert taken.rejects == {}
    return taken.log.digest


@given(rows, st.one_of(text_file(), json_file(), parquet_file()), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_however_a_table_is_written_it_is_one_log(
    some: list[Row], write: Callable[[Path, Sequence[Row]], None], data: st.DataObject
) -> None:
    every = [DECIDES, *some]
    with TemporaryDirectory() as made:
        plain, folder = Path(made, "plain"), Path(made, "other")
        (plain / "data").mkdir(parents=True)
        (folder / "data").mkdir(parents=True)
        pq.write_table(
            pa.table(
                {
                    "client": [name for name, _, _ in every],
                    "at": pa.array([at for _, at, _ in every], pa.timestamp("us", "UTC")),
                    "paid": [cents / 100 for _, _, cents in every],
                }
            ),
            plain / "data" / "all.parquet",
        )
        cut = data.draw(st.integers(0, len(some)), "rows of the second file")
        # Each file decides by itself, whatever the form.
        first, second = [DECIDES, *some[cut:]], some[:cut]
        names = data.draw(st.permutations(["a", "b"]), "names")
        write(folder / "data" / names[0], first)
        if second:
            write(folder / "data" / names[1], second)
        assert digest(folder) == digest(plain)


BODY = [
    (f"client {number % 17}", f"2026-05-{13 + number % 15:02d} 10:{number % 60:02d}:00", f"{number}.{number % 90 + 10}")
    for number in range(120)
]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_replaced_byte_costs_its_record_or_the_two_that_it_joined(form: str, data: st.DataObject) -> None:
    if form == "csv":
        head, lines = "client,at,paid\n", [",".join(row) + "\n" for row in BODY]
    else:
        keys = ("client", "at", "paid")
        head, lines = "", [json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in BODY]
    whole = (head + "".join(lines)).encode()
    place = data.draw(st.integers(len(head), len(whole) - 1), "place")
    byte = data.draw(st.integers(0, 255), "byte")
    assume(byte != whole[place])
    with TemporaryDirectory() as folder:
        found = {}
        for name, content in (("good", whole), ("bad", whole[:place] + bytes([byte]) + whole[place + 1 :])):
            Path(folder, f"{name}.{form}").write_bytes(content)
            got: Any = read(Path(folder), {"path": f"{name}.{form}", "columns": {"amount": "paid"}})
            found[name] = Counter(zip(customers(got), times(got), got.events["amount"].to_pylist(), strict=True))
    lost, more = found["good"] - found["bad"], found["bad"] - found["good"]
    assert lost.total() <= 2
    assert more.total() <= 2
