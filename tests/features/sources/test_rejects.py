"""Rejects: the examples of each reason differ, where there is anything to differ in."""

from collections.abc import Sequence

import pyarrow as pa

from features.sources.rejects import SCHEMA, examples


def _kept(*rows: tuple[str, str | None, str]) -> pa.Table:
    """Return rows of files, values and reasons; a file's name begins with its source's number."""
    return pa.Table.from_pylist(
        [
            {
                "source": int(file[0]),
                "path": "p",
                "file": file,
                "row": number,
                "line": number + 1,
                "column": "at",
                "value": value,
                "reason": reason,
            }
            for number, (file, value, reason) in enumerate(rows, 1)
        ],
        SCHEMA,
    )


def _shown(table: pa.Table, reason: str = "r") -> Sequence[str]:
    return examples(table)[reason]


def test_rows_of_different_files_come_first() -> None:
    rows = [("0.csv", "x", "r")] * 40 + [("1.csv", "x", "r")] * 40
    assert _shown(_kept(*rows)) == [
        "0.csv line 2: at is 'x'",
        "0.csv line 3: at is 'x'",
        "1.csv line 42: at is 'x'",
    ]
    rows = [(f"{number}.csv", "x", "r") for number in range(5) for _ in range(10)]
    assert [one.split(":")[0] for one in _shown(_kept(*rows))] == ["0.csv line 2", "2.csv line 22", "4.csv line 42"]


def test_then_different_values_that_lie_apart() -> None:
    rows = [("0.csv", value, "r") for value in ("x", "x", "x", "y", "x", None, "x")]
    assert _shown(_kept(*rows)) == [
        "0.csv line 2: at is 'x'",
        "0.csv line 5: at is 'y'",
        "0.csv line 7: at is missing",
    ]
    every = [("0.csv", str(number), "r") for number in range(101)]
    assert [one.split(" is ")[1] for one in _shown(_kept(*every))] == ["'0'", "'50'", "'100'"]
    both = [("0.csv", "x", "r"), ("0.csv", "y", "r"), ("1.csv", "x", "r")]
    assert len(_shown(_kept(*both))) == 3


def test_rows_that_are_alike_are_the_first_and_fewer_are_all() -> None:
    alike = _kept(*[("0.csv", "x", "r")] * 9, ("1.csv", "z", "other"))
    assert [one.split(":")[0] for one in _shown(alike)] == ["0.csv line 2", "0.csv line 3", "0.csv line 4"]
    assert _shown(alike, "other") == ["1.csv line 11: at is 'z'"]
    assert examples(alike) == examples(alike)
    assert examples(SCHEMA.empty_table()) == {}
