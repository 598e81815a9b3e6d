"""Records of delimited text, beside Python's csv module and beside hand-written cases."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.sources.files import records

SEMICOLON = ord(";")


def bytes_of(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def cleaned(text: str, columns: int, separator: int = SEMICOLON) -> str:
    out = io.BytesIO()
    records.clean(bytes_of(text), separator, columns, out)
    return out.getvalue().decode()


@pytest.mark.parametrize(
    ("text", "rows", "broken", "plain"),
    [
        ("a;b\n1;2\n3;4\n", 2, (), True),
        ("a;b\r\n1;2\r\n3;4", 2, (), True),
        ("a;b\n1;2\r\n3;4\n", 2, (), False),  # lines end in two ways
        ("a;b\r1;2\r3;4\r", 2, (), False),
        ("a;b\n\n1;2\n\n\n3;4\n", 2, (), True),
        ('a;b\n1;"2\n3"\n4;5\n', 2, (), True),  # a field over two lines
        ('a;b\n1;"2\n3;4\n5;6\n', 2, (2,), False),  # a stray quote costs its line
        ('a;b\n"1;2\n3;"x"\n5;6\n', 2, (2,), False),  # and does not end at the next quote
        ("a;b\n1;2;3\n4\n5;6\n", 1, (2, 3), False),
        ('a;b\n5" pipe;2\n', 1, (), False),  # a quote that is a letter
        ('a;b\n"5"" pipe";2\n', 1, (), True),
        ('a;b\n"5" pipe;2\n3;4\n', 1, (2,), False),
        ("a;b\n", 0, (), True),
        ("", 0, (), True),
        ('a;b\n1;"' + "\n" * 199 + '"\n3;4\n', 2, (), True),
        ('a;b\n1;"' + "\n" * 200 + '"\n3;4\n', 1, (2, 202), False),  # longer than a record may be
    ],
)
def test_what_a_file_holds(text: str, rows: int, broken: tuple[int, ...], plain: bool) -> None:
    found = records.survey(bytes_of(text), SEMICOLON, 2)
    assert (found.rows, found.broken, found.plain) == (rows, broken, plain)


def test_what_is_cleaned_is_plain_and_says_the_same() -> None:
    text = 'a;b\r\n5" pipe;2\n"1;2\r"x;y";"z\nz"\n"q""q";"" \n3;4'
    assert cleaned(text, 2) == 'a;b\n"5"" pipe";2\n"x;y";"z\nz"\n3;4\n'


@pytest.mark.parametrize(("line", "expected"), [("a;b,c;d", ";"), ('"a,b,c";d', ";"), ("a\tb", "\t"), ("a|b|c", "|")])
def test_the_separator_is_the_most_frequent_one_outside_quotes(line: str, expected: str) -> None:
    assert chr(records.separator(bytes_of(line))) == expected


def test_a_row_knows_its_line() -> None:
    text = 'a;b\n1;"x\ny"\n\nbroken\n3;4\n5;6\n'
    found = records.lines_of(bytes_of(text), SEMICOLON, 2, np.array([1, 2, 3]))
    assert found.tolist() == [2, 6, 7]


cells = st.text(st.sampled_from('ab ;"\n\réü0'), max_size=6)
tables = st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1, max_size=8))


@given(tables, st.sampled_from(["\n", "\r\n"]))
def test_what_python_writes_is_read_back(table: list[list[str]], end: str) -> None:
    """All fields quoted, so that nothing is blank."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    text = out.getvalue()
    found = records.survey(bytes_of(text), SEMICOLON, len(table[0]))
    assert found.broken == ()
    assert found.rows == len(table) - 1
    again = list(csv.reader(io.StringIO(cleaned(text, len(table[0])), newline=""), delimiter=";"))
    assert again == table


plain = st.lists(
    st.lists(st.text(st.sampled_from("abc0é"), min_size=1, max_size=5), min_size=3, max_size=3), min_size=4
)


@given(plain, st.data())
def test_a_replaced_byte_costs_at_most_its_record_or_the_two_that_it_joined(
    table: list[list[str]], data: st.DataObject
) -> None:
    out = io.StringIO(newline="")
    if data.draw(st.booleans()):
        csv.writer(out, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    else:
        csv.writer(out, delimiter=";", lineterminator="\n").writerows(table)
    text = bytearray(out.getvalue().encode("latin-1"))
    place = data.draw(st.integers(text.index(b"\n") + 1, len(text) - 1))
    text[place] = data.draw(st.sampled_from(b'";\nx\r'))
    written = io.BytesIO()
    records.clean(np.frombuffer(bytes(text), np.uint8), SEMICOLON, 3, written)
    left = list(csv.reader(io.StringIO(written.getvalue().decode("latin-1"), newline=""), delimiter=";"))
    lost = [row for row in table if row not in left]
    assert len(lost) <= 2
