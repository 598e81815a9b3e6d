"""Expressions of columns: what they compute in DuckDB, and what they refuse."""

import operator
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.expression import quoted, to_sql

ROW = {"a": 7.0, "b": 2.5, "c": -4.0}
OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}

Part = tuple[str, float]


def value(text: str, row: dict[str, float]) -> float:
    """Compute an expression over a table of one row."""
    columns = ", ".join(f"{number!r}::DOUBLE AS {quoted(name)}" for name, number in row.items())
    ((result,),) = duckdb.sql(f"SELECT {to_sql(text, row)} FROM (SELECT {columns})").fetchall()
    return float(result)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", 7),
        ("a * b", 17.5),
        ("a + b * 2", 12),
        ("(a + b) * 2", 19),
        ("a - b - c", 8.5),
        ("a / b / c", -0.7),
        ("a / (b / c)", -11.2),
        ("a - -b", 9.5),
        ("-a * -b", 17.5),
        ("a -- b", 9.5),
        ("1 / 2 * a", 3.5),
        ("a * 1e-2", 0.07),
        ("  a+b  ", 9.5),
    ],
)
def test_an_expression_computes_what_arithmetic_says(text: str, expected: float) -> None:
    assert value(text, ROW) == pytest.approx(expected)


def _joined(parts: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    def join(left: Part, sign: str, right: Part) -> Part:
        if sign == "/" and abs(right[1]) < 0.01:
            sign = "+"
        return f"({left[0]} {sign} {right[0]})", OPERATIONS[sign](left[1], right[1])

    negative = parts.map(lambda part: (f"-{part[0]}", -part[1]))
    return st.builds(join, parts, st.sampled_from(list(OPERATIONS)), parts) | negative


@given(st.recursive(st.sampled_from(list(ROW.items())) | st.integers(1, 9).map(lambda n: (str(n), n)), _joined))
def test_any_nesting_of_operations_computes_what_python_does(part: Part) -> None:
    text, expected = part
    assert value(text, ROW) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "name", ["net price", 'the "real" price', "a + b", "1", "it's", "π", 'x"; DROP TABLE t; --', "sum(a)", "a.b", ""]
)
def test_a_column_is_itself_whatever_characters_its_name_holds(name: str) -> None:
    assert to_sql(name, [name, "a", "b"]) == quoted(name)
    if name:  # DuckDB knows no column without a name
        assert value(name, {name: 3.25, "a": 1.0, "b": 1.0}) == 3.25


def test_text_columns_count_as_numbers_inside_an_expression() -> None:
    sql = to_sql("a * b", ["a", "b"])
    assert duckdb.sql(f"SELECT {sql} FROM (SELECT '1.5' AS a, 4 AS b)").fetchall() == [(6.0,)]


@pytest.mark.parametrize(
    "text",
    [
        "abs(a)",
        "read_text('/etc/passwd')",
        "a; DROP TABLE t",
        "a) FROM t; --",
        "a[0]",
        "a.b",
        "'text'",
        '"a',
        "f'{a}'",
        "a < b",
        "a == b",
        "a and b",
        "not a",
        "a if b else c",
        "lambda: a",
        "[a]",
        "a, b",
        "(a := 1)",
        "a ** 2",
        "a // 2",
        "a % 2",
        "a b",
        "True",
        "None",
        "1j",
        "a /* b */",
        "a\n, b",
        "",
    ],
)
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not allowed: use columns|neither a column nor an expression"):
        to_sql(text, ["a", "b", "c", "t"])


@pytest.mark.parametrize("text", ["quantty * price", "price * -quantty", "(price + 1) / quantty"])
def test_an_unknown_column_is_told_the_nearest(text: str) -> None:
    with pytest.raises(ValueError, match=r"no column 'quantty'. Did you mean 'quantity'\?"):
        to_sql(text, ["quantity", "price"])


def test_an_unknown_column_that_is_near_to_none_is_told_all() -> None:
    with pytest.raises(ValueError, match=r"there is no column 'xyz'. Allowed: price, quantity\."):
        to_sql("xyz", ["quantity", "price"])
