"""Files of one source, each told for itself and read together."""

from pathlib import Path

import duckdb
import pytest

from features.arrow import quoted
from features.clock import iso
from features.dataset import DatasetError
from features.sources.files.listing import listed
from features.sources.files.parts import ROW, Part, Wanted, parts
from features.sources.files.table import Asked, tables


def read(folder: Path, **keys: str) -> tuple[tuple[Part, ...], list[tuple[str, float | None]]]:
    """Return the parts, and the time and the amount of each row, in the order of the parts."""
    (folder / "scratch").mkdir(exist_ok=True)
    wanted = Wanted("sources[0]", frozenset({"amount"}), frozenset({"at"}), **keys)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        files = listed(folder / "data", "path").files
        found = parts(connection, tables(connection, files, folder / "scratch", Asked("path")), wanted)
        rows = []
        for part in found:
            amount = part.value("amount") if "amount" in part.types else "NULL"
            sql = f"SELECT {part.value('at')}, {amount} FROM {part.relation} ORDER BY {quoted(ROW)}"
            rows += [(iso(at)[:10] if at is not None else "", value) for at, value in connection.sql(sql).fetchall()]
    return found, rows


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    (tmp_path / "data").mkdir()
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")


def test_each_file_is_told_for_itself(folder: Path) -> None:
    write(
        folder,
        a="at;amount\n13/04/2024;1.234,50\n",
        b='amount,at\n"1,234.50",04/13/2024\n',
        c="at;amount\n2024-04-13;12.5\n",
    )
    found, rows = read(folder)
    assert len(found) == 3
    assert sorted(rows) == [("2024-04-13", 12.5), ("2024-04-13", 1234.5), ("2024-04-13", 1234.5)]


def test_a_file_that_cannot_decide_takes_what_the_others_say(folder: Path) -> None:
    write(folder, a="at;amount\n03/04/2024;1,234\n", b="at;amount\n13/04/2024;2,5\n")
    found, rows = read(folder)
    assert len(found) == 1
    assert rows == [("2024-04-03", 1.234), ("2024-04-13", 2.5)]


def test_files_that_contradict_each_other_are_asked_about(folder: Path) -> None:
    write(folder, a="at;amount\n03/04/2024;1\n", b="at;amount\n13/04/2024;1\n", c="at;amount\n04/13/2024;1\n")
    message = r"sources\[0\]: 'at' of a.csv may be written time_format = \"%d/%m/%Y\" or time_format = \"%m/%d/%Y\""
    with pytest.raises(DatasetError, match=message):
        read(folder)
    assert read(folder, time_format="%d/%m/%Y")[1] == [("2024-04-03", 1), ("2024-04-13", 1), ("", 1)]


def test_a_value_of_the_other_form_is_kept_aside_and_never_misread(folder: Path) -> None:
    write(folder, a="at;amount\n" + "2024-01-01;12,50\n" * 200 + "2024-01-01;12.50\n")
    assert read(folder)[1][-1] == ("2024-01-01", None)
    assert read(folder, decimal=".")[1][0] == ("2024-01-01", None)


def test_files_in_another_order_of_columns_or_without_one_are_read_by_name(folder: Path) -> None:
    write(folder, a="at;amount\n2024-01-01;1\n", b="amount;at\n2;2024-01-02\n", c="at;other\n2024-01-03;9\n")
    assert read(folder)[1] == [("2024-01-01", 1), ("2024-01-02", 2), ("2024-01-03", None)]


def test_what_was_told_is_kept_by_the_content(folder: Path) -> None:
    write(folder, a="at;amount\n13/04/2024;1,5\n")
    before = read(folder)[1]
    kept = sorted((folder / "home" / ".cache" / "told").iterdir())
    assert len(kept) == 2
    (folder / "data" / "a.csv").rename(folder / "data" / "z.csv")
    assert read(folder)[1] == before
    assert sorted((folder / "home" / ".cache" / "told").iterdir()) == kept
    write(folder, z="at;amount\n04/13/2024;1.5\n")
    assert read(folder)[1] == before  # written otherwise, and told anew
    assert len(list((folder / "home" / ".cache" / "told").iterdir())) == 4
