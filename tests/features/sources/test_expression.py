"""Expressions and conditions of columns: what they compute in DuckDB, and what they refuse."""

import operator
from collections.abc import Callable, Collection, Mapping

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.arrow import literal, quoted
from features.sources.expression import condition, number, text_of, unreadable

ROW = {"a": 7.0, "b": 2.5, "c": -4.0}
OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}

Part = tuple[str, float]


def table(row: Mapping[str, float | str | None]) -> str:
    """Return SQL for a table of one row."""
    values = (
        f"{literal(value) if isinstance(value, str) else 'NULL' if value is None else f'{value!r}::DOUBLE'}"
        f" AS {quoted(name)}"
        for name, value in row.items()
    )
    return f"(SELECT {', '.join(values)})"


def value(text: str, row: Mapping[str, float | str | None]) -> float | None:
    """Compute an expression over a table of one row."""
    result: float | None
    ((result,),) = duckdb.sql(f"SELECT {number(text, list(row))} FROM {table(row)}").fetchall()
    return result


def holds(text: str, row: Mapping[str, float | str | None]) -> bool | None:
    """Return whether a condition holds for a row; None where that cannot be said."""
    result: bool | None
    ((result,),) = duckdb.sql(f"SELECT {condition(text, list(row))} FROM {table(row)}").fetchall()
    return result


def tried(translate: Callable[..., str], text: str, columns: Collection[str]) -> tuple[str, str]:
    """Return what a text becomes, and what is said of it where it is refused."""
    try:
        return translate(text, columns), ""
    except ValueError as error:
        return "NULL", str(error)


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
        ("a\n", 7),
        ("a * 1_000", 7000),
        ("(" * 50 + "a" + ")" * 50, 7),
        ("a + " * 200 + "a", 201 * 7),
        ("1", 1),
        ("2.5", 2.5),
        ("abs(c) + 1", 5),
        ("round(b)", 3),
        ("round(-b)", -3),
        ("coalesce(a, b)", 7),
        ("if(c < 0, a, b) * 2", 14),
        ("if (c > 0, a, if(a > 7, 1, 2))", 2),
        ("`a` * `b`", 17.5),
        ("(a +\n b)", 9.5),
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


@settings(deadline=None)
@given(st.recursive(st.sampled_from(list(ROW.items())) | st.integers(1, 9).map(lambda n: (str(n), n)), _joined))
def test_any_nesting_of_operations_computes_what_python_does(part: Part) -> None:
    text, expected = part
    assert value(text, ROW) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "name", ["net price", 'the "real" price', "a + b", "1", "it's", "π", 'x"; DROP TABLE t; --', "sum(a)", "a.b", ""]
)
def test_a_column_is_itself_whatever_characters_its_name_holds(name: str) -> None:
    assert number(name, [name, "a", "b"]) == f"TRY_CAST({quoted(name)} AS DOUBLE)"
    if name:  # DuckDB knows no column without a name
        assert value(name, {name: 3.25, "a": 1.0, "b": 1.0}) == 3.25


def test_text_columns_count_as_numbers_inside_an_expression() -> None:
    assert value("a * b", {"a": "1.5", "b": 4}) == 6


@pytest.mark.parametrize("text", ["a", "a * b", "b - a", "-a", "(a + b) / b", "a / 0 + b"])
@pytest.mark.parametrize("bad", ["two", "", None])
def test_what_is_no_number_has_no_value_and_is_no_error(text: str, bad: str | None) -> None:
    assert value(text, {"a": bad, "b": 2.0}) is None


def test_columns_may_be_read_otherwise() -> None:
    assert number("a b", ["a b"], quoted) == '"a b"'

    def comma(column: str) -> str:
        return f"TRY_CAST(replace({quoted(column)}, ',', '.') AS DOUBLE)"

    computed = number("a * 4 - 1", ["a", "b"], comma)
    held = condition("a > 1 and b == 'x'", ["a", "b"], comma)
    assert duckdb.sql(f"SELECT {computed}, {held} FROM {table({'a': '1,5', 'b': 'x'})}").fetchall() == [(5.0, True)]


@pytest.mark.parametrize("text", ["it's", "'; DROP TABLE t; --", "''", "", "a\\'b", "ä\n"])
def test_a_literal_is_the_text_itself(text: str) -> None:
    assert duckdb.sql(f"SELECT {literal(text)}").fetchall() == [(text,)]


@pytest.mark.parametrize(
    "text",
    [
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
        "a # b",
        "# a",
        "a * 1e400",
        "a * -1e999",
        "a * " + "9" * 5000,
        "a ~ b",
        "+a",
        "a;",
        "a\0",
        "a := b",
        "a @ b",
        "...",
        "b'a'",
        "lower(a, b)",
        "abs()",
        "abs(a=1)",
        "abs(*a)",
        "coalesce(a, 'x')",
        "missing(a)",
        "upper",
        "a if(b > 1, 1, 2)",
        "'a' 'b'",
        "\\",
        "`a",
        "``",
        "\ud800",
        "`a\0`",
        "\uff41",
    ],
)
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"is not allowed|neither a column nor an expression|no column|has no|arguments|characters"
    ):
        number(text, ["a", "b", "c", "t"])


@pytest.mark.parametrize(
    "deep",
    [
        "(" * 1900 + "a" + ")" * 1900,
        "-" * 3000 + "a",
        "a+" * 1500 + "a",
        "(" * 3000,
        "a+" * 20_000 + "a",
        "a." * 1500 + "a",
        "abs(" * 600 + "a" + ")" * 600,
        "if(a > 1, " * 80 + "a" + ", 1)" * 80,
        "a/(" * 60 + "a" + ")" * 60,
        "a < 1 and not (" * 70 + "a < 1" + ")" * 70,
    ],
)
def test_what_is_too_long_or_too_deep_is_refused_in_a_short_line_or_computed(deep: str) -> None:
    for translate in (number, condition, text_of, unreadable):
        sql, said = tried(translate, deep, ["a"])
        duckdb.sql(f"SELECT {sql} FROM (SELECT 1 AS a)").fetchall()
        assert len(said) < 400


@pytest.mark.parametrize("text", ["quantty * price", "price * -quantty", "(price + 1) / quantty"])
def test_an_unknown_column_is_told_the_nearest(text: str) -> None:
    with pytest.raises(ValueError, match=r"no column 'quantty'. Did you mean 'quantity'\?"):
        number(text, ["quantity", "price"])


def test_an_unknown_column_that_is_near_to_none_is_told_all() -> None:
    with pytest.raises(ValueError, match=r"there is no column 'xyz'. Allowed: price, quantity\."):
        number("xyz", ["quantity", "price"])


PERSON: dict[str, float | str | None] = {"age": 30.0, "spent": "12.5", "country": "DE", "note": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age == 30", True),
        ("age != 30", False),
        ("age < 30", False),
        ("age <= 30", True),
        ("age > 29.5", True),
        ("age >= 31", False),
        ("30 == age", True),
        ("age * 2 - 1 == 59", True),
        ("spent > 12", True),
        ("-spent < 0", True),
        ("country == 'DE'", True),
        ('country == "DE"', True),
        ("country == 'de'", False),
        ("country != 'FR'", True),
        ("country >= 'D'", True),
        ("country == 'it\\'s'", False),
        ("country == 'DE' and age > 30", False),
        ("country == 'DE' or age > 30", True),
        ("not country == 'DE'", False),
        ("not (country == 'FR' or age == 1) and age < 99", True),
        ("country == 'FR' and age == 30 or spent == 12.5", True),
        ("country == 'FR' and (age == 30 or spent == 12.5)", False),
        ("age == 1 or age == 2 or age == 30", True),
        ("note == 'x'", None),
        ("country > 1", None),
        ("'DE' == country", True),
        ("country in ('DE', 'FR')", True),
        ("country in ('DE')", True),
        ("country in ['FR']", False),
        ("country not in ('DE', 'FR')", False),
        ("note in ('x', 'y')", None),
        ("note not in ('x', 'y')", None),
        ("age in (10, 30, -1)", True),
        ("spent not in (12.5)", False),
        ("missing(note)", True),
        ("not missing(country)", True),
        ("missing(coalesce(note, country))", False),
        ("missing(age * 2)", False),
        ("startswith(country, 'D')", True),
        ("endswith(country, 'D')", False),
        ("contains(lower(country), 'e')", True),
        ("startswith(note, 'x')", None),
        ("lower(country) == 'de'", True),
        ("trim(upper(' de')) == trim(country)", True),
        ("replace(country, 'D', 'S') == 'SE'", True),
        ("coalesce(note, 'none') == 'none'", True),
        ("if(age > 18, country, 'young') == 'DE'", True),
        ("if(note == 'x', 1, 2) == 2", None),
        ("age / 0 > 1", None),
    ],
)
def test_a_condition_says_what_python_would(text: str, expected: bool | None) -> None:
    assert holds(text, PERSON) is expected


comparisons = st.builds(
    lambda name, sign, bound: f"{name} {sign} {bound}",
    st.sampled_from(list(ROW)),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.sampled_from([-4, 0, 2.5, 7]),
)
conditions = st.recursive(
    comparisons,
    lambda parts: (
        parts.map(lambda part: f"not ({part})")
        | st.builds(lambda a, word, b: f"({a} {word} {b})", parts, st.sampled_from(["and", "or"]), parts)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(conditions)
def test_any_nesting_of_conditions_says_what_python_does(text: str) -> None:
    assert holds(text, ROW) is eval(text, {}, dict(ROW))  # noqa: S307  the text is our own


@pytest.mark.parametrize(
    "text",
    [
        "age",
        "1",
        "True",
        "age + 1",
        "1 < age < 50",
        "country in 'DE'",
        "(country in 'DE')",
        "country in ()",
        "country in ('DE', 1)",
        "country in (age,)",
        "country in ('DE' 'FR')",
        "country == 'DE' == 'DE'",
        "missing()",
        "lower(country)",
        "if(age > 1, age > 2, age > 3)",
        "lower(country) == 1",
        "missing(country) == 'x'",
        "missing(missing(country))",
        "country is None",
        "country == None",
        "age == True",
        "country == b'DE'",
        "country == f'{age}'",
        "age > 1 if country else 2",
        "lambda: age > 1",
        "len(country) > 1",
        "country.lower() == 'de'",
        "age > 1; DROP TABLE t",
        "age > 1e400",
        "age > 1 # all",
        "age >",
        "age = 30",
        "age <> 30",
        "not age",
        "age > 1 and country",
        "age > [1]",
        "(age > 1) > 0",
        "(a := 1) > 0",
        "",
    ],
)
def test_anything_but_comparisons_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not allowed: |neither a column nor an expression|arguments: ") as caught:
        condition(text, list(PERSON))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["contry == 'DE'", "age > contry", "age > 1 and not contry == 'x'"])
def test_an_unknown_column_of_a_condition_is_told_the_nearest(text: str) -> None:
    with pytest.raises(ValueError, match=r"there is no column 'contry'. Did you mean 'country'\?"):
        condition(text, list(PERSON))
