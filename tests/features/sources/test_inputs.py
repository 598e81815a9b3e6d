# ruff: noqa: E501  a table
"""Small inputs as real files and real people make them, and what must come of each: events, rows aside, or words."""

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import clock
from features.dataset import DatasetError
from features.sources.batch import NUMBERS
from tests.features.shop import business, events


@dataclass(frozen=True)
class Case:
    """One source, and what it must give."""

    name: str
    files: dict[str, Any]
    """By name: text (written as UTF-8), bytes, or columns of a Parquet file."""
    events: tuple[str, ...] = ()
    """`customer time amount` of the good rows; the time as a day where it is midnight in UTC."""
    aside: int = 0
    """How many rows and lines are kept aside."""
    says: str = ""
    """What an error says, where the source is refused."""
    source: dict[str, Any] = field(default_factory=dict)
    zone: str = "UTC"


def one(name: str, text: str | bytes, *expected: str, file: str = "s.csv", **keys: Any) -> Case:
    return Case(name, {file: text}, expected, **keys)


H = "client,at,paid\n"
S = "client;at;paid\n"
RUSSIAN = H + "Ольга Николаевна,2026-05-04,1.50\n" * 20
CASES = [
    # Separators, quotes and line ends
    one("commas", f"{H}ann,2026-05-04,1.50\n", "ann 2026-05-04 1.50"),
    one("semicolons", f"{S}ann;2026-05-04;1.50\n", "ann 2026-05-04 1.50"),
    one("tabs", "client\tat\tpaid\nann\t2026-05-04\t1.50\n", "ann 2026-05-04 1.50", file="s.tsv", source={"path": "s.tsv"}),
    one("bars", "client|at|paid\nann|2026-05-04|1.50\n", "ann 2026-05-04 1.50"),
    one("tabs in txt", "client\tat\tpaid\nann\t2026-05-04\t1.50\n", "ann 2026-05-04 1.50", file="s.txt", source={"path": "s.txt"}),
    one("ending in capitals", f"{H}ann,2026-05-04,1.50\n", "ann 2026-05-04 1.50", file="S.CSV", source={"path": "S.CSV"}),
    one("carriage returns", "client,at,paid\r\nann,2026-05-04,1.50\r\n", "ann 2026-05-04 1.50"),
    one("mixed line ends", "client,at,paid\r\nann,2026-05-04,1.50\nbob,2026-05-04,2\r\n", "ann 2026-05-04 1.50", "bob 2026-05-04 2"),
    one("no line end at the end", f"{H}ann,2026-05-04,1.50", "ann 2026-05-04 1.50"),
    one("blank lines", f"{H}\nann,2026-05-04,1.50\n\n", "ann 2026-05-04 1.50"),
    one("byte order mark", b"\xef\xbb\xbf" + f"{H}ann,2026-05-04,1.50\n".encode(), "ann 2026-05-04 1.50"),
    one("everything quoted", '"client","at","paid"\n"ann","2026-05-04","1.50"\n', "ann 2026-05-04 1.50"),
    one("separator in quotes", f'{H}"ann, the first",2026-05-04,1.50\n', "ann, the first 2026-05-04 1.50"),
    one("quote in quotes", f'{H}"ann ""a"" b",2026-05-04,1.50\n', 'ann "a" b 2026-05-04 1.50'),
    one("a stray quote costs its line", f'{H}"ann,2026-05-04,1\nbob,2026-05-04,2\ncy,2026-05-04,3\n', "bob 2026-05-04 2", "cy 2026-05-04 3", aside=1),
    one("a line break in a note", 'client,at,paid,note\nann,2026-05-04,1.50,"two\nlines"\nbob,2026-05-04,2,x\n', "ann 2026-05-04 1.50", "bob 2026-05-04 2"),
    one("a line with too many fields", f"{H}ann,2026-05-04,1,50\nbob,2026-05-04,2\n", "bob 2026-05-04 2", aside=1),
    one("a line with too few fields", f"{H}ann\nbob,2026-05-04,2\n", "bob 2026-05-04 2", aside=1),
    one("a line of totals", f"{H}ann,2026-05-04,1.50\n,,1.50\n", "ann 2026-05-04 1.50", aside=1),
    # Encodings
    one("Windows-1252", f"{H}Zoë,2026-05-04,1.50\n".encode("cp1252"), "Zoë 2026-05-04 1.50"),
    one("UTF-16 with a mark", f"{H}Zoë,2026-05-04,1.50\n".encode("utf-16"), "Zoë 2026-05-04 1.50"),
    one("UTF-16 without a mark", f"{H}Zoë,2026-05-04,1.50\n".encode("utf-16-le"), "Zoë 2026-05-04 1.50"),
    one("an encoding that is named", f"{H}Łucja,2026-05-04,1.50\n".encode("cp1250"), "Łucja 2026-05-04 1.50", source={"encoding": "cp1250"}),
    one("an encoding that a library is sure of is asked for", RUSSIAN.encode("cp1251"), says='encoding = "cp1251" (Ольга'),
    one("an encoding that is named is not asked for", RUSSIAN.encode("cp1251"), *["Ольга Николаевна 2026-05-04 1.50"] * 20, source={"encoding": "cp1251"}),
    # Numbers
    one("decimal comma", f"{S}ann;2026-05-04;1,5\n", "ann 2026-05-04 1.50"),
    one("thousands with points", f"{S}ann;2026-05-04;1.234,50\n", "ann 2026-05-04 1234.50"),
    one("thousands with commas", f'{H}ann,2026-05-04,"1,234.50"\n', "ann 2026-05-04 1234.50"),
    one("thousands with blanks", f"{S}ann;2026-05-04;1 234,50\n", "ann 2026-05-04 1234.50"),
    one("1.234 can be two numbers", f"{S}ann;2026-05-04;1.234\n", says="may be written"),
    one("1.234 beside 1,5 is one", f"{S}ann;2026-05-04;1.234\nbob;2026-05-04;1,5\n", "ann 2026-05-04 1234", "bob 2026-05-04 1.50"),
    one("1.234 where the decimal sign is named", f"{S}ann;2026-05-04;1.234\n", "ann 2026-05-04 1234", source={"decimal": ","}),
    one("12.50 among decimal commas is never 1250", S + "ann;2026-05-04;1,55\n" * 20 + "bob;2026-05-04;12.50\n", *["ann 2026-05-04 1.55"] * 20, aside=1, source={"decimal": ","}),
    one("a sign of money is no number", f"{S}ann;2026-05-04;5 EUR\nbob;2026-05-04;1\n", "bob 2026-05-04 1", aside=1),
    one("a missing amount of a purchase", f"{H}ann,2026-05-04,\nbob,2026-05-04,1\n", "bob 2026-05-04 1", aside=1),
    one("a purchase of nothing", f"{H}ann,2026-05-04,0\n", "ann 2026-05-04 0"),
    one("an infinite amount", f"{H}ann,2026-05-04,inf\nbob,2026-05-04,1\n", "bob 2026-05-04 1", aside=1),
    one("a refund counts against, whatever its sign", f"{H}ann,2026-05-04,5\nbob,2026-05-04,-5\n", "ann 2026-05-04 -5", "bob 2026-05-04 -5", source={"event": "refund"}),
    one("a negative quantity is a refund by rule", "client,at,paid,n\nann,2026-05-04,5,1\nann,2026-05-04,5,-1\n", "ann 2026-05-04 5", "ann 2026-05-04 -5", source={"event": {"when": [{"where": "n < 0", "event": "refund"}, {"event": "purchase"}]}}),
    # Times
    one("ISO with Z", f"{H}ann,2026-05-04T12:30:00Z,1\n", "ann 2026-05-04T12:30:00Z 1", zone="Europe/Paris"),
    one("ISO with a fraction and Z", f"{H}ann,2026-05-04T12:30:00.250Z,1\n", "ann 2026-05-04T12:30:00.250000Z 1", zone="Europe/Paris"),
    one("ISO with an offset", f"{H}ann,2026-05-04T12:30:00+02:00,1\n", "ann 2026-05-04T10:30:00Z 1"),
    one("a blank before the offset", f"{H}ann,2026-05-04 12:30:00 +0200,1\n", "ann 2026-05-04T10:30:00Z 1"),
    one("no offset: the dataset's zone", f"{H}ann,2026-05-04 12:30,1\n", "ann 2026-05-04T10:30:00Z 1", zone="Europe/Paris"),
    one("day first by its values", f"{H}ann,04/05/2026,1\nbob,13/05/2026,1\n", "ann 2026-05-04 1", "bob 2026-05-13 1"),
    one("month first by its values", f"{H}ann,05/04/2026,1\nbob,05/13/2026,1\n", "ann 2026-05-04 1", "bob 2026-05-13 1"),
    one("day or month first is asked for", f"{H}ann,04/05/2026,1\n", says="may be written"),
    one("day first where it is named", f"{H}ann,04/05/2026,1\n", "ann 2026-05-04 1", source={"time_format": "%d/%m/%Y"}),
    one("points between", f"{S}ann;04.05.2026 12:30;1\nbob;13.05.2026 8:05;1\n", "ann 2026-05-04T12:30:00Z 1", "bob 2026-05-13T08:05:00Z 1"),
    one("hyphens, the day first", f"{H}ann,04-05-2026,1\nbob,13-05-2026,1\n", "ann 2026-05-04 1", "bob 2026-05-13 1"),
    one("AM and PM", f"{H}ann,05/04/2026 12:30 AM,1\nbob,05/13/2026 1:05 PM,1\n", "ann 2026-05-04T00:30:00Z 1", "bob 2026-05-13T13:05:00Z 1"),
    one("names of months", f"{H}ann,4 May 2026,1\n", "ann 2026-05-04 1"),
    one("seconds since 1970", f"{H}ann,1777852800,1\n", "ann 2026-05-04 1", zone="Europe/Paris"),
    one("milliseconds", f"{H}ann,1777852800000,1\n", "ann 2026-05-04 1"),
    one("microseconds", f"{H}ann,1777852800000000,1\n", "ann 2026-05-04 1"),
    one("nanoseconds", f"{H}ann,1777852800000000000,1\n", "ann 2026-05-04 1"),
    one("the 31st of February", f"{H}ann,2026-02-31,1\nbob,2026-05-04,1\n", "bob 2026-05-04 1", aside=1),
    one("no time at all", f"{H}ann,,1\nbob,2026-05-04,1\n", "bob 2026-05-04 1", aside=1),
    # Ids
    one("blanks around an id", f"{H} ann ,2026-05-04,1\n", "ann 2026-05-04 1"),
    one("letters of an id stay", f"{H}Ann,2026-05-04,1\nann,2026-05-04,2\n", "Ann 2026-05-04 1", "ann 2026-05-04 2"),
    one("zeros before an id stay", f"{H}007,2026-05-04,1\n7,2026-05-04,2\n", "007 2026-05-04 1", "7 2026-05-04 2"),
    one("no id", f"{H},2026-05-04,1\nbob,2026-05-04,1\n", "bob 2026-05-04 1", aside=1),
    one("NaN is no id", f"{H}NaN,2026-05-04,1\nnan,2026-05-04,1\nbob,2026-05-04,1\n", "bob 2026-05-04 1", aside=2),
    one("a mail address is one id in small letters", f"{H}Ann@X.example,2026-05-04,1\n", "ann@x.example 2026-05-04 1"),
    one("ids that were floats", f"{H}7.0,2026-05-04,1\n8.0,2026-05-04,2\n", "7 2026-05-04 1", "8 2026-05-04 2"),
    one("an id that ends in .0 among others", f"{H}7.0,2026-05-04,1\nv2.0,2026-05-04,2\n", "7.0 2026-05-04 1", "v2.0 2026-05-04 2"),
    Case("an id of 23 digits beside a short one", {"s.jsonl": '{"client": 12345678901234567890123, "at": "2026-05-04", "paid": 1}\n{"client": 7, "at": "2026-05-04", "paid": 2}\n'}, ("12345678901234567890123 2026-05-04 1", "7 2026-05-04 2"), source={"path": "s.jsonl"}),
    Case("a key twice in a line of JSON", {"s.jsonl": '{"client": 7, "at": "2026-05-04", "paid": 1}\n{"client": 7, "at": "2026-05-04", "paid": 2, "paid": 3}\n'}, ("7 2026-05-04 1",), 1, source={"path": "s.jsonl"}),
    one("what stands for no id, by name", f"{H}guest,2026-05-04,1\nbob,2026-05-04,1\n", "bob 2026-05-04 1", aside=1, source={"missing_ids": ["guest"]}),
    Case("whole numbers that became fractions", {"s.parquet": {"client": [7.0, None], "at": ["2026-05-04"] * 2, "paid": [1.0, 2.0]}}, ("7 2026-05-04 1",), 1, source={"path": "s.parquet"}),
    Case("an id of JSON", {"s.jsonl": '{"client": 7, "at": "2026-05-04", "paid": 1}\n'}, ("7 2026-05-04 1",), source={"path": "s.jsonl"}),
    # Forms of files
    Case("packed", {"s.csv.gz": gzip.compress(f"{H}ann,2026-05-04,1\n".encode())}, ("ann 2026-05-04 1",), source={"path": "s.csv.gz"}),
    Case("an array of JSON", {"s.json": json.dumps([{"client": "ann", "at": "2026-05-04", "paid": "1.50"}])}, ("ann 2026-05-04 1.50",), source={"path": "s.json"}),
    Case("rows inside an object", {"s.json": json.dumps({"data": [{"client": "ann", "at": "2026-05-04", "paid": 1}]})}, ("ann 2026-05-04 1",), source={"path": "s.json", "rows": "data"}),
    Case("each line of an order", {"s.json": json.dumps([{"client": "ann", "at": "2026-05-04", "lines": [{"paid": 1}, {"paid": 2}]}])}, ("ann 2026-05-04 1", "ann 2026-05-04 2"), source={"path": "s.json", "each": "lines", "columns": {"amount": "lines.paid"}}),
    Case("columns in another order", {"d/a.csv": f"{H}ann,2026-05-04,1\n", "d/b.csv": "paid,client,at\n2,bob,2026-05-04\n"}, ("ann 2026-05-04 1", "bob 2026-05-04 2"), source={"path": "d"}),
    Case("files of several separators and signs", {"d/a.csv": f"{H}ann,2026-05-04,1.50\n", "d/b.csv": f"{S}bob;13.05.2026;2,50\n"}, ("ann 2026-05-04 1.50", "bob 2026-05-13 2.50"), source={"path": "d"}),
    Case("one file decides for another", {"d/a.csv": f"{H}ann,04/05/2026,1\n", "d/b.csv": f"{H}bob,13/05/2026,1\n"}, ("ann 2026-05-04 1", "bob 2026-05-13 1"), source={"path": "d"}),
    Case("hidden files are not read", {"d/a.csv": f"{H}ann,2026-05-04,1\n", "d/.b.csv": f"{H}bob,2026-05-04,1\n"}, ("ann 2026-05-04 1",), source={"path": "d"}),
    Case("a pattern", {"d/a-1.csv": f"{H}ann,2026-05-04,1\n", "d/b.csv": f"{H}bob,2026-05-04,1\n"}, ("ann 2026-05-04 1",), source={"path": "d/a-*.csv"}),
    # Names and expressions
    one("a column with blanks", "Kunde Nr,at,paid\nann,2026-05-04,1\n", "ann 2026-05-04 1", source={"columns": {"customer_id": "Kunde Nr"}}),
    one("a column with blanks in an expression", "client,at,Preis (netto)\nann,2026-05-04,1.50\n", "ann 2026-05-04 3", source={"columns": {"amount": "`Preis (netto)` * 2"}}),
    one("a column that is not there", f"{H}ann,2026-05-04,1\n", says="there is no column 'pad'. Did you mean 'paid'", source={"columns": {"amount": "pad"}}),
    one("a division by zero", "client,at,paid,n\nann,2026-05-04,1,0\nbob,2026-05-04,4,2\n", "bob 2026-05-04 2", aside=1, source={"columns": {"amount": "paid / n"}}),
    one("an id that is given twice", "id,client,at,paid\n1,ann,2026-05-04,1\n1,ann,2026-05-04,1\n", "ann 2026-05-04 1", aside=1, source={"columns": {"event_id": "id"}}),
    one("twins without an id both count", f"{H}ann,2026-05-04,1\nann,2026-05-04,1\n", "ann 2026-05-04 1", "ann 2026-05-04 1"),
    one("two currencies", "client,at,paid,currency\nann,2026-05-04,1,EUR\nbob,2026-05-04,2,USD\n", says="add the line"),
    one("two currencies with their rates", "client,at,paid,currency\nann,2026-05-04,1,EUR\nbob,2026-05-04,2,USD\n", "ann 2026-05-04 1", "bob 2026-05-04 1.84", source={"currency": {"column": "currency", "rates": {"EUR": 1, "USD": 0.92}}}),
    one("a currency of rows that are ignored", "client,at,paid,currency,test\nann,2026-05-04,1,EUR,0\nbob,2026-05-04,2,USD,1\n", "ann 2026-05-04 1", source={"event": {"when": [{"where": "test == 1", "event": "ignored"}, {"event": "purchase"}]}}),
    one("what a machine did", f"{H}ann,2026-05-04,1\nbot,2026-05-04,1\n", "ann 2026-05-04 1", source={"machine": "client == 'bot'"}),
    # What is no file of rows
    one("an empty file", "", says="s.csv"),
    one("a head alone", H, says=""),
    one("a spreadsheet", b"PK\x03\x04", says="files may end in", file="s.xlsx", source={"path": "s.xlsx"}),
]  # fmt: skip


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, dict):
        pq.write_table(pa.table(content), path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _told(row: dict[str, Any], units: float) -> tuple[str, str, float]:
    return str(row["customer_id"]), clock.iso(row["occurred_at"]), row["amount"] / units


def _meant(text: str) -> tuple[str, str, float]:
    customer, moment, amount = text.rsplit(" ", 2)
    return customer, moment if "T" in moment else f"{moment}T00:00:00Z", float(amount)


def test_there_are_many_and_each_has_its_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_input_gives_what_a_person_reads_in_it(case: Case, tmp_path: Path) -> None:
    for name, content in case.files.items():
        _write(tmp_path / name, content)
    columns = {"amount": "paid"} | case.source.get("columns", {})
    source = {"path": "s.csv"} | case.source | {"columns": columns}

    def read() -> Any:
        return events(business(tmp_path, source, zone=f'"{case.zone}"'))

    if case.says:
        with pytest.raises(DatasetError) as raised:
            read()
        assert case.says in str(raised.value)
        return
    found = read()
    units = NUMBERS["amount"]
    assert [_told(row, units) for row in found.events.to_pylist()] == [_meant(text) for text in case.events]
    assert found.rejects.num_rows == case.aside
