"""Values: what any expression gives is what a plain evaluator in Python gives, missing and unreadable ones included."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from features.sources.expression import condition, number_of, text_of, unreadable

NUMBERS = ("7", "-2.5", "0", "two", "inf", "NaN", " ", None)
TEXTS = ("Berlin", " a b ", "it's", "", None)
ROWS = [(first, second, text) for first in NUMBERS for second in NUMBERS for text in TEXTS]
NAMES = ("a", "the second", "t")

CONNECTION = duckdb.connect()
CONNECTION.execute('CREATE TABLE sheet (place INTEGER, a VARCHAR, "the second" VARCHAR, t VARCHAR)')
CONNECTION.executemany("INSERT INTO sheet VALUES (?, ?, ?, ?)", [(place, *row) for place, row in enumerate(ROWS)])

Row = dict[str, str | None]


@dataclass(frozen=True)
class Answer:
    """A number, a text or a truth; None where there is none, because it is missing or cannot be read."""

    value: Any
    missing: bool = False
    unreadable: bool = False


@dataclass(frozen=True)
class Part:
    """A text of an expression, and what it gives on a row."""

    text: str
    on: Callable[[Row], Answer]
    inside: Callable[[Row], Answer] | None = None
    """What an operation gives inside another one, before it is asked whether it could be computed."""


def read(name: str) -> Part:
    def on(row: Row) -> Answer:
        written = (row[name] or "").strip()
        if written in {"", "NaN"}:
            return Answer(None, missing=True)
        return Answer(None, unreadable=True) if written in {"two", "inf"} else Answer(float(written))

    return Part(f"`{name}`", on)


def operated(left: Part, sign: str, right: Part) -> Part:
    """Return an operation; what cannot be computed, such as 1 / 0, is unreadable where nothing is missing."""
    compute = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[sign]

    def on(row: Row) -> Answer:
        a, b = (left.inside or left.on)(row), (right.inside or right.on)(row)
        bad = a.unreadable or b.unreadable
        nothing = a.value is None or b.value is None or (sign == "/" and b.value == 0)
        return Answer(None if nothing else compute(a.value, b.value), not bad and (a.missing or b.missing), bad)

    def outside(row: Row) -> Answer:
        answer = on(row)
        return Answer(answer.value, answer.missing, answer.value is None and not answer.missing)

    return Part(f"({left.text} {sign} {right.text})", outside, on)


def absolute(part: Part) -> Part:
    def on(row: Row) -> Answer:
        answer = part.on(row)
        return Answer(None if answer.value is None else abs(answer.value), answer.missing, answer.unreadable)

    return Part(f"abs({part.text})", on)


def coalesced(left: Part, right: Part) -> Part:
    def on(row: Row) -> Answer:
        return right.on(row) if left.on(row).missing else left.on(row)

    return Part(f"coalesce({left.text}, {right.text})", on)


def chosen(truth: Part, yes: Part, no: Part) -> Part:
    def on(row: Row) -> Answer:
        held = truth.on(row)
        if held.value is None:
            return Answer(None, not held.unreadable, held.unreadable)
        return (yes if held.value else no).on(row)

    return Part(f"if({truth.text}, {yes.text}, {no.text})", on)


def compared(left: Part, sign: str, right: Part) -> Part:
    compare = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">=": operator.ge}[sign]

    def on(row: Row) -> Answer:
        a, b = left.on(row), right.on(row)
        nothing = a.value is None or b.value is None
        return Answer(None if nothing else compare(a.value, b.value), unreadable=a.unreadable or b.unreadable)

    return Part(f"({left.text} {sign} {right.text})", on)


def joined(left: Part, word: str, right: Part) -> Part:
    deciding = word == "or"

    def on(row: Row) -> Answer:
        a, b = left.on(row), right.on(row)
        if deciding in {a.value, b.value}:
            return Answer(deciding)
        nothing = a.value is None or b.value is None
        return Answer(None if nothing else not deciding, unreadable=nothing and (a.unreadable or b.unreadable))

    return Part(f"({left.text} {word} {right.text})", on)


def opposite(part: Part) -> Part:
    def on(row: Row) -> Answer:
        answer = part.on(row)
        return Answer(None if answer.value is None else not answer.value, unreadable=answer.unreadable)

    return Part(f"(not {part.text})", on)


def absent(part: Part) -> Part:
    return Part(f"missing({part.text})", lambda row: Answer(part.on(row).missing))


def written(text: str) -> Part:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return Part(f'"{quoted}"', lambda _: Answer(text, missing=not text.strip(" \t\n\r\u00a0")))


def column() -> Part:
    def on(row: Row) -> Answer:
        return Answer(row["t"], missing=not (row["t"] or "").strip())

    return Part("t", on)


def lowered(part: Part) -> Part:
    def on(row: Row) -> Answer:
        answer = part.on(row)
        return Answer(None if answer.value is None else answer.value.lower(), answer.missing, answer.unreadable)

    return Part(f"lower({part.text})", on)


Parts = st.SearchStrategy[Part]
LEVELS = 3
"""How deep parts are put into each other."""


def numbers(level: int = LEVELS) -> Parts:
    constants = st.sampled_from([-1, 0, 2.5, 7]).map(lambda value: Part(str(value), lambda _: Answer(value)))
    simple = constants | st.sampled_from(NAMES[:2]).map(read)
    if level == 0:
        return simple
    deeper = numbers(level - 1)
    return (
        simple
        | st.builds(operated, deeper, st.sampled_from("+-*/"), deeper)
        | deeper.map(absolute)
        | st.builds(coalesced, deeper, deeper)
        | st.builds(chosen, truths(level - 1), deeper, deeper)
    )


def texts(level: int = LEVELS) -> Parts:
    constants = st.sampled_from(["Berlin", "a b", "it's", '"', "\\", "`", "'; DROP TABLE sheet; --"]).map(written)
    simple = constants | st.builds(column)
    if level == 0:
        return simple
    deeper = texts(level - 1)
    return (
        simple
        | deeper.map(lowered)
        | st.builds(coalesced, deeper, deeper)
        | st.builds(chosen, truths(level - 1), deeper, deeper)
    )


def truths(level: int = LEVELS) -> Parts:
    signs = st.sampled_from(["==", "!=", "<", ">="])
    lower = max(level - 1, 0)
    simple = (
        st.builds(compared, numbers(lower), signs, numbers(lower))
        | st.builds(compared, texts(lower).map(lowered), signs, texts(lower))
        | numbers(lower).map(absent)
    )
    if level == 0:
        return simple
    deeper = truths(level - 1)
    return simple | st.builds(joined, deeper, st.sampled_from(["and", "or"]), deeper) | deeper.map(opposite)


def answers(*columns: str) -> list[tuple[Any, ...]]:
    """Return what SQL gives on all rows."""
    rows: list[tuple[Any, ...]] = CONNECTION.sql(f"SELECT {', '.join(columns)} FROM sheet ORDER BY place").fetchall()
    return rows


def expected(part: Part) -> list[Answer]:
    return [part.on(dict(zip(NAMES, row, strict=True))) for row in ROWS]


@settings(deadline=None, max_examples=40)
@given(numbers())
def test_any_number_is_what_python_computes(part: Part) -> None:
    value = number_of(part.text, NAMES)
    wanted = [(answer.value, answer.missing, answer.unreadable) for answer in expected(part)]
    assert answers(value.sql, value.missing, value.unreadable) == wanted


@settings(deadline=None, max_examples=40)
@given(texts())
def test_any_text_is_what_python_makes(part: Part) -> None:
    got = [text for (text,) in answers(text_of(part.text, NAMES))]
    assert got == [answer.value for answer in expected(part)]


@settings(deadline=None, max_examples=40)
@given(truths())
def test_any_condition_holds_where_python_says_and_tells_what_it_could_not_read(part: Part) -> None:
    got = answers(condition(part.text, NAMES), unreadable(part.text, NAMES))
    assert got == [(answer.value, answer.unreadable) for answer in expected(part)]


def test_an_expression_that_becomes_too_much_is_refused() -> None:
    deep = "a"
    for _ in range(14):
        deep = f"1 / (if({deep} > 1, a, 2) / ({deep} + 1))" if len(deep) < 1500 else deep
    assert len(deep) < 4000
    try:
        duckdb.sql(f"SELECT {number_of(deep, ['a']).sql} FROM (SELECT 1 AS a)").fetchall()
    except ValueError as error:
        assert str(error) == "the expression says too much at once: ask for less."  # noqa: PT017


WORDS = """
a `the second` t 'x' "y" 1 2.5e3 ( ) [ ] ' " ` \\ ; -- /* , . + - * / == < in not and or if( if coalesce( lower(
missing( $1 ? { } None read_text('/etc/passwd')"""
pieces = st.sampled_from([*WORDS.split(), "'; DROP TABLE sheet; --", "\0", "\ud800", "\n", " "])


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40) | st.lists(pieces, max_size=12).map("".join) | st.lists(pieces, max_size=12).map(" ".join))
def test_no_text_breaks_out_or_makes_anything_but_an_error_in_one_line(text: str) -> None:
    for translate in (text_of, condition, unreadable, lambda *given: number_of(*given).sql):
        try:
            sql = translate(text, NAMES)
        except ValueError as error:
            assert str(error).isprintable()  # noqa: PT017
        else:
            (statement,) = CONNECTION.extract_statements(f"SELECT {sql} FROM sheet")
            assert statement.type == duckdb.StatementType.SELECT
            got = answers(sql)
            assert (len(got), len(got[0])) == (len(ROWS), 1)
