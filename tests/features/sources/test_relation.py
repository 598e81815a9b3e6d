"""Files: every format gives the same rows, in order and numbered; what is no row is told, and what is no file."""

import datetime
import random
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import clock
from features.dataset import DatasetError
from features.sources import batch
from tests.features.shop import customers, json_lines, lines, parquet, read, read_csv, rejects, times

NO_CUSTOMER, NO_TIME = batch.REASONS[1:3]
NO_NUMBER = batch.REASONS[4]
HEADER = "client,at,paid\n"
MANY = 30_000  # more lines than DuckDB looks at to tell the types
SIX = [("ann", "2017-05-01", "1.5"), ("Zoë", "2017-05-02", "2"), ('b, "o" | c;', "2017-05-03", "0.25")]


def text(separator: str = ",", end: str = "\n", rows: list[tuple[str, ...]] | None = None) -> str:
    """Return a CSV file of quoted values."""
    quoted = [[f'"{value.replace(chr(34), chr(34) * 2)}"' for value in row] for row in rows or SIX]
    return "".join(separator.join(row) + end for row in [["client", "at", "paid"], *quoted])


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("sales.parquet", "(FORMAT parquet)"),
        ("sales.csv", "(FORMAT csv, HEADER)"),
        ("sales.tsv", "(FORMAT csv, HEADER, DELIMITER '\t')"),
        ("sales.jsonl", "(FORMAT json)"),
        ("sales.ndjson", "(FORMAT json)"),
    ],
)
def test_a_file_of_every_format_gives_the_same_events(tmp_path: Path, name: str, command: str) -> None:
    rows = "('ann', TIMESTAMP '2017-05-01 10:00:00', 12.5, 2), ('bob', TIMESTAMP '2017-05-02 11:30:00', 0.29, 1)"
    duckdb.sql(f"COPY (FROM (VALUES {rows}) AS t(client, \"at\", paid, units)) TO '{tmp_path / name}' {command}")
    canonical = read(tmp_path, {"path": name, "columns": {"amount": "paid", "quantity": "units"}})
    first = clock.to_us(datetime.datetime(2017, 5, 1, 10, tzinfo=datetime.UTC))
    second = clock.to_us(datetime.datetime(2017, 5, 2, 11, 30, tzinfo=datetime.UTC))
    here = {"source": 0, "kind": 0}
    assert canonical.events.to_pylist() == [
        here | {"customer_id": "ann", "occurred_at": first, "amount": 125_000, "quantity": 2000},
        here | {"customer_id": "bob", "occurred_at": second, "amount": 2_900, "quantity": 1000},
    ]
    assert canonical.rejects.num_rows == 0


@pytest.mark.parametrize("stem", ["s[1]", "s?", "[a-z]*", "it's 50% {new}", 'Ä "b"'])
@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_the_characters_of_a_files_name_are_no_pattern(tmp_path: Path, stem: str, suffix: str) -> None:
    def write(name: str, client: str) -> None:
        table = pa.table({"client": [client], "at": ["2017-05-01"]})
        if suffix == "parquet":
            pq.write_table(table, tmp_path / name)
        elif suffix == "csv":
            (tmp_path / name).write_text(f"client,at\n{client},2017-05-01\n")
        else:
            json_lines(tmp_path / name, *table.to_pylist())

    for decoy in ("s1", "s", "x", "sales"):
        write(f"{decoy}.{suffix}", "decoy")
    write(f"{stem}.{suffix}", "ann")
    assert customers(read(tmp_path, {"path": f"{stem}.{suffix}"})) == ["ann"]


def test_the_characters_of_a_folders_name_are_no_pattern(tmp_path: Path) -> None:
    for folder, client in (("year[12]*", "ann"), ("year1", "decoy"), ("year1x", "decoy")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "s.csv").write_text(f"client,at\n{client},2017-05-01\n")
    assert customers(read(tmp_path, {"path": "year[12]*"})) == ["ann"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_and_line_ends_are_told_by_the_file(tmp_path: Path, separator: str, end: str) -> None:
    mark = "\ufeff" if separator in ";|" else ""
    (tmp_path / "s.csv").write_bytes((mark + text(separator, end)).encode())
    canonical = read(tmp_path, {"path": "s.csv", "columns": {"amount": "paid"}})
    assert canonical.rejects.num_rows == 0
    assert customers(canonical) == [row[0] for row in SIX]
    assert canonical.events["amount"].to_pylist() == [15_000, 20_000, 2_500]


def test_the_header_tells_the_separator_and_no_row_does(tmp_path: Path) -> None:
    rows = "a;2017-05-01;1,2,3,4\n" * 3 + "a;2017-05-01;1,5\n"
    canonical = read_csv(tmp_path, f"client;at;paid\n{rows}", {"amount": "paid"}, decimal=",")
    assert canonical.events["amount"].to_pylist() == [15_000]
    assert rejects(canonical) == [(0, row, NO_NUMBER) for row in (1, 2, 3)]


def test_a_file_may_have_one_column(tmp_path: Path) -> None:
    canonical = read_csv(tmp_path, "client\n2017-05-01\n\n2017-05-02\n", {"occurred_at": "client"})
    assert times(canonical) == ["2017-05-01T00:00:00Z", "2017-05-02T00:00:00Z"]


@pytest.mark.parametrize("name", ["s.csv", "s.jsonl"])
def test_empty_lines_are_no_rows(tmp_path: Path, name: str) -> None:
    (tmp_path / "s.csv").write_text("client,at\n\na,2017-05-01\n\n\n,2017-05-01\nb,2017-05-02\n\n")
    json_lines(tmp_path / "s.jsonl", *({"client": client, "at": "2017-05-01"} for client in ("a", "", "b")))
    (tmp_path / "s.jsonl").write_text((tmp_path / "s.jsonl").read_text().replace("\n", "\n\n"))
    canonical = read(tmp_path, {"path": name})
    assert customers(canonical) == ["a", "b"]
    assert rejects(canonical) == [(0, 2, NO_CUSTOMER)]


def test_a_quoted_value_may_hold_anything(tmp_path: Path) -> None:
    canonical = read_csv(tmp_path, 'client,at\n"a\nb",2017-05-01\n"c;,""d""",2017-05-02\n')
    assert customers(canonical) == ["a\nb", 'c;,"d"']


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_an_id_is_its_text_in_every_format(tmp_path: Path, suffix: str) -> None:
    ids = ["007", "1e5", "1.50", "2017-01-01", "10:00", "true", "NULL", "0x10", "+1", "a,b", '"', "ä" * 300, "☃"]
    rows = [{"client": client, "at": "2017-05-01"} for client in ids]
    parquet(tmp_path / "s.parquet", client=ids, at=["2017-05-01"] * len(ids))
    json_lines(tmp_path / "s.jsonl", *rows)
    (tmp_path / "s.csv").write_text(text(rows=[(client, "2017-05-01", "1") for client in ids]), encoding="utf-8")
    assert customers(read(tmp_path, {"path": f"s.{suffix}"})) == ids


@pytest.mark.parametrize("client", ["007", "1e5", "1.50", "2017-01-01", "10:00:00", "true"])
def test_an_id_that_looks_like_another_type_is_text(tmp_path: Path, client: str) -> None:
    assert customers(read_csv(tmp_path, f"client,at\n{client},2017-05-01\n")) == [client]


@pytest.mark.parametrize("good", [0, MANY])
@pytest.mark.parametrize("broken", ["x", "x,2017-05-01", "x,2017-05-01,1,2", "x;2017-05-01;1"])
def test_a_line_that_is_no_row_is_kept_aside_with_its_number(tmp_path: Path, good: int, broken: str) -> None:
    before = "a,2017-05-01,1\n" * (good + 1)
    canonical = read_csv(tmp_path, f"{HEADER}{before}\n{broken}\nb,2017-05-01,2\n", {"amount": "paid"})
    assert canonical.events.num_rows == good + 2
    assert customers(canonical)[-1] == "b"
    assert rejects(canonical) == []
    assert lines(canonical) == [("s.csv", good + 4)]


def test_a_line_with_a_stray_quote_is_kept_aside(tmp_path: Path) -> None:
    before = "a,2017-05-01,1\n" * MANY
    canonical = read_csv(tmp_path, f'{HEADER}{before}"b" or c,2017-05-01,1\nd,2017-05-01,1\n')
    assert (canonical.events.num_rows, lines(canonical)) == (MANY + 1, [("s.csv", MANY + 2)])


@pytest.mark.parametrize("good", [0, MANY])
def test_text_that_is_not_utf_8_is_read_however_late_that_shows(tmp_path: Path, good: int) -> None:
    rows = "a,2017-05-01,1\n" * (good + 1) + "Zoë,2017-05-01,1\n"
    (tmp_path / "s.csv").write_bytes((HEADER + rows).encode("latin-1") + b"b,2017-05-01,1\n")
    canonical = read(tmp_path, {"path": "s.csv"})
    assert customers(canonical)[good:] == ["a", "Zoë", "b"]
    assert lines(canonical) == []


@pytest.mark.parametrize("name", ["s.csv", "s.parquet"])
@pytest.mark.parametrize("good", [0, MANY])
def test_a_bad_value_is_kept_aside_however_many_good_rows_come_before(tmp_path: Path, name: str, good: int) -> None:
    rows = [("a", "2017-05-01 10:00:00", "1.25")] * (good + 1)
    rows += [("b", "2017-05-01", "free"), ("b", "soon", "1"), ("", "2017-05-01", "1"), ("c", "2017-05-01", "2")]
    (tmp_path / "s.csv").write_text(HEADER + "".join(",".join(row) + "\n" for row in rows))
    columns = dict(zip(("client", "at", "paid"), map(list, zip(*rows, strict=True)), strict=True))
    parquet(tmp_path / "s.parquet", **columns)
    canonical = read(tmp_path, {"path": name, "columns": {"amount": "paid"}})
    assert rejects(canonical) == [(0, good + 2, NO_NUMBER), (0, good + 3, NO_TIME), (0, good + 4, NO_CUSTOMER)]
    assert canonical.events["amount"].to_pylist() == [12_500] * (good + 1) + [20_000]


@pytest.mark.parametrize(
    "broken", ["not json", '{"client":', '{"client": "x", "at": "2017-05-01"', '{"client": "x" "at": 1}', "}{"]
)
@pytest.mark.parametrize("good", [1, MANY])
def test_a_broken_json_line_is_kept_aside(tmp_path: Path, good: int, broken: str) -> None:
    one = '{"client": "a", "at": "2017-05-01"}\n'
    (tmp_path / "s.jsonl").write_text(f"{one * good}{broken}\n{one}")
    canonical = read(tmp_path, {"path": "s.jsonl"})
    assert (rejects(canonical), lines(canonical)) == ([], [("s.jsonl", good + 1)])
    assert canonical.events.num_rows == good + 1


def test_a_json_line_may_lack_keys_and_have_more(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"at": "2017-05-01", "client": "a", "units": 2},
        {"client": "b", "at": "2017-05-02", "colour": "red"},
    ]
    json_lines(tmp_path / "s.jsonl", *rows)
    canonical = read(tmp_path, {"path": "s.jsonl", "columns": {"quantity": "units"}})
    assert canonical.events["quantity"].to_pylist() == [2000, 0]


def folder(tmp_path: Path, **files: str) -> Path:
    """Write the files of a folder."""
    (tmp_path / "days").mkdir()
    for name, content in files.items():
        (tmp_path / "days" / name.replace("_", ".")).write_text(content)
    return tmp_path


def test_the_files_of_a_folder_follow_each_other_by_name(tmp_path: Path) -> None:
    header = "client,at\n"
    files = {
        "b_csv": f"{header}cid,2017-05-01\n,2017-05-02\n",
        "a_csv": f"{header}ann,2017-05-03\n,2017-05-04\nbob,2017-05-05\n",
        "notes_txt": "not ours",
    }
    canonical = read(folder(tmp_path, **files), {"path": "days"})
    assert customers(canonical) == ["ann", "bob", "cid"]
    assert rejects(canonical) == [(0, 2, NO_CUSTOMER), (0, 5, NO_CUSTOMER)]
    assert canonical.rejects["path"].to_pylist() == ["days"] * 2


def test_the_files_of_a_folder_may_have_their_columns_in_another_order(tmp_path: Path) -> None:
    files = {"a_csv": "client,at\nann,2017-05-01\n", "b_csv": "at,more,client\n2017-05-02,x,bob\n"}
    assert customers(read(folder(tmp_path, **files), {"path": "days"})) == ["ann", "bob"]


def test_a_folder_may_hold_parquet_files(tmp_path: Path) -> None:
    (tmp_path / "days").mkdir()
    parquet(tmp_path / "days" / "2.parquet", at=["2017-05-02"], client=["bob"])
    parquet(tmp_path / "days" / "1.parquet", client=["ann"], at=["2017-05-01"], more=[1])
    assert customers(read(tmp_path, {"path": "days"})) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "sources[0].path: there is no file that ends in .csv, .tsv, .txt, .jsonl"),
        ({"notes_pdf": ""}, "sources[0].path: there is no file that ends in .csv, .tsv, .txt, .jsonl"),
        ({"a_csv": ""}, "sources[0].path: a.csv is empty."),
        ({"b_jsonl": ""}, "sources[0].path: there is no row in b.jsonl."),
    ],
)
def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read(folder(tmp_path, **files), {"path": "days"})
    assert str(caught.value).startswith(f"dataset 'shop': {message}")


@pytest.mark.parametrize(
    "content", [b"", b"client,at\nann,2017-05-01\n", b"PAR1" + bytes(100) + b"PAR1", bytes(range(256)) * 40]
)
def test_a_broken_parquet_file_is_an_error_of_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.parquet").write_bytes(content)
    with pytest.raises(DatasetError, match=r"^dataset 'shop': sources\[0\]\.path: s\.parquet cannot be read: .") as got:
        read(tmp_path, {"path": "s.parquet"})
    assert "\n" not in str(got.value)


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.99])
def test_a_parquet_file_that_ends_early_is_an_error_of_one_line(tmp_path: Path, kept: float) -> None:
    parquet(tmp_path / "s.parquet", client=[f"c{n}" for n in range(1000)], at=["2017-05-01"] * 1000)
    whole = (tmp_path / "s.parquet").read_bytes()
    (tmp_path / "s.parquet").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(DatasetError, match=r"sources\[0\]\.path: s\.parquet cannot be read: ") as got:
        read(tmp_path, {"path": "s.parquet"})
    assert "\n" not in str(got.value)


def test_a_parquet_file_with_damaged_pages_is_an_error_of_one_line(tmp_path: Path) -> None:
    clients = [f"client {n * 7919 % 10_007}" for n in range(10_000)]
    parquet(tmp_path / "s.parquet", client=clients, at=pa.array(range(10_000), pa.timestamp("us")))
    whole = bytearray((tmp_path / "s.parquet").read_bytes())
    whole[1000:20_000] = random.Random(5).randbytes(19_000)  # noqa: S311
    (tmp_path / "s.parquet").write_bytes(whole)
    with pytest.raises(DatasetError, match=r"^dataset 'shop': .* cannot be read: ") as got:
        read(tmp_path, {"path": "s.parquet"})
    assert "\n" not in str(got.value)


@pytest.mark.parametrize("name", ["s.csv", "s.jsonl"])
@pytest.mark.parametrize("content", ["", "\n\n", "[1, 2]\n", '{"a": 1, "b": 2}'])
def test_a_file_without_the_columns_is_told(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    said = r"there is no column 'client'\.|s\.csv is empty|there is no row in s\.jsonl"
    with pytest.raises(DatasetError, match=rf"sources\[0\]\.(columns\.customer_id|path): ({said})"):
        read(tmp_path, {"path": name})


@pytest.mark.parametrize("name", ["s.csv", "s.parquet"])
def test_a_file_without_rows_gives_no_events(tmp_path: Path, name: str) -> None:
    (tmp_path / "s.csv").write_text("client,at\n")
    parquet(tmp_path / "s.parquet", client=pa.array([], pa.string()), at=pa.array([], pa.string()))
    canonical = read(tmp_path, {"path": name})
    assert (canonical.events.num_rows, canonical.rejects.num_rows, canonical.reject_counts()) == (0, 0, {})


def test_a_missing_file_is_told_with_the_place_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,sku\nann,2017-05-01,p1\n")
    with pytest.raises(DatasetError, match=r"dataset 'shop': sources\[1\]\.path: there is no file .*back\.csv"):
        read(tmp_path, {"path": "sales.csv"}, {"path": "back.csv"})
    with pytest.raises(DatasetError, match=r"sources\[0\]\.join\.path: there is no file .*products\.csv"):
        read(tmp_path, {"path": "sales.csv", "join": {"path": "products.csv", "on": "sku"}})


@pytest.mark.parametrize("name", ["sales.xlsx", "sales", "sales.gz"])
def test_a_file_of_another_format_is_told_what_is_allowed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(
        DatasetError, match=rf"path: got '{name}'; files may end in \.csv, \.tsv, \.txt, \.jsonl, \.ndjson, \.json, "
    ):
        read(tmp_path, {"path": name})


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_rows_are_numbered_from_1_in_each_file_however_many_there_are(tmp_path: Path, suffix: str) -> None:
    bad = {0: [7, 30_001, 60_000], 1: [1, 2, 59_999]}
    for position, rows in bad.items():
        clients = ["ann"] * 60_000
        for row in rows:
            clients[row - 1] = ""
        moments = ["2017-05-01"] * 60_000
        table = pa.table({"client": clients, "at": moments})
        pq.write_table(table, tmp_path / f"s{position}.parquet", row_group_size=7_000)
        body = "".join(f"{client},2017-05-01\n" for client in clients)
        (tmp_path / f"s{position}.csv").write_text(f"client,at\n{body}")
    canonical = read(tmp_path, {"path": f"s0.{suffix}"}, {"path": f"s1.{suffix}"})
    assert rejects(canonical) == [(position, row, NO_CUSTOMER) for position, rows in bad.items() for row in rows]
    assert canonical.events.num_rows == 120_000 - 6
