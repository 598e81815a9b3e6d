"""Names and what lies inside columns: backticks, paths, keys, and what is said of a wrong one."""

import re

import duckdb
import pytest

from features.sources.expression import condition, number, number_of, text_of

TABLE = """(
    SELECT 12.5::DOUBLE AS "Order Total", 'é' AS "Prénom", 3::BIGINT AS "a.b", 7::BIGINT AS "x`y", 'w' AS "from",
        {'b': 4, 'c d': 'in', 'a.b': {'c': 9}} AS a,
        {'transaction_id': 'T1', 'items': [1, 2], 'total': '8.5'} AS ecommerce,
        [{'key': 'ga_session_id', 'value': {'string_value': NULL, 'int_value': 1234567890123, 'double_value': NULL}},
         {'key': 'currency', 'value': {'string_value': 'EUR', 'int_value': NULL, 'double_value': NULL}},
         {'key': 'value', 'value': {'string_value': NULL, 'int_value': NULL, 'double_value': 19.9}},
         {'key': 'empty', 'value': {'string_value': '', 'int_value': NULL, 'double_value': NULL}}] AS event_params,
        [{'key': 'plan', 'value': 'pro'}, {'key': 'plan', 'value': 'free'}] AS labels,
        MAP {'colour': 'red', 'size': '40'} AS attributes, MAP {1: 'one'} AS numbered,
        '{"user": {"id": 17, "a/b": "slash"}, "none": null}'::JSON AS body, [1, 2] AS list,
        {'f': 1} AS "dotted.struct", 12.0::DOUBLE AS store, 'NaN'::DOUBLE AS gap, DATE '2024-05-31' AS day
)"""
TYPES = {name: kind for name, kind, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM {TABLE}").fetchall()}


def answer(sql: str) -> object:
    """Return what SQL gives on the one row."""
    ((value,),) = duckdb.sql(f"SELECT {sql} FROM {TABLE}").fetchall()
    return value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`Order Total` * 2", 25),
        ("`a.b` + 1", 4),
        ("a.b", 3),  # a column of that name goes before a path
        ("`a`.b", 4),
        ("`x``y` + 0", 7),
        ("a.`a.b`.c", 9),
        ("dotted.struct.f + 1", 2),
        ("`dotted.struct`.f", 1),
        ("ecommerce.total * 2", 17),
        ("ecommerce['total']", 8.5),
        ("event_params['ga_session_id']", 1234567890123),
        ("event_params['value']", 19.9),
        ("event_params['value'].double_value", 19.9),
        ("event_params['currency']", None),
        ("event_params['absent']", None),
        ("attributes['size'] + 2", 42),
        ("body.user.id", 17),
        ("replace(ecommerce.total, '8', '1') * 2", 3),
        ("coalesce(gap, `a.b`)", 3),
    ],
)
def test_a_field_is_a_number(text: str, expected: float | None) -> None:
    assert answer(number(text, TYPES)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Prénom", "é"),
        ("`Prénom`", "é"),
        ("from", "w"),
        ("`from`", "w"),
        ("a.`c d`", "in"),
        ("ecommerce.transaction_id", "T1"),
        ("event_params['ga_session_id']", "1234567890123"),
        ("event_params['currency']", "EUR"),
        ("event_params['empty']", None),
        ("coalesce(event_params['empty'], event_params['absent'], 'none')", "none"),
        ("labels['plan']", "pro"),
        ("attributes['colour']", "red"),
        ("attributes['absent']", None),
        ("attributes.colour", "red"),
        ("attributes.absent", None),
        ("body.user.id", "17"),
        ("body['user'].`a/b`", "slash"),
        ("body.none", None),
        ("body.absent.deeper", None),
        ("store", "12"),
        ("Order Total", "12.5"),
        ("gap", None),
        ("'web'", "web"),
        ("lower(ecommerce.transaction_id)", "t1"),
    ],
)
def test_a_field_is_a_text(text: str, expected: str | None) -> None:
    assert answer(text_of(text, TYPES)) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Order Total * 2", "backticks: `Order Total`."),
        ("Order_Total", "Did you mean 'Order Total'? In an expression it is written `Order Total`."),
        ("`Order Totl`", "there is no column 'Order Totl'. Did you mean 'Order Total'?"),
        ("ecommerce.transaction", "no field 'transaction' in ecommerce. Did you mean 'transaction_id'?"),
        ("ecommerce", "ecommerce holds several fields: ask for one of ecommerce.transaction_id, ecommerce.items"),
        ("a", "ask for one of a.b, a.`c d`, a.`a.b`."),
        ("ecommerce.items[0]", "asked for by its key in quotes, as in name['key'], never by its position"),
        ("list", "list is a list: ask for one value by its key"),
        ("list['x']", "list is a list, but not of pairs of key and value"),
        ("event_params.ga_session_id", "event_params is a list: a pair of key and value in it is asked for by its key"),
        ("numbered['1']", "the keys of numbered are INTEGER"),
        ("store.x", "store.x: store has no fields: it is DOUBLE"),
        ("store['x']", "store.x: store has no fields"),
        (
            "event_params['value'].single",
            "no field 'single' in event_params['value']. Did you mean 'string_value'?",
        ),
    ],
)
def test_what_is_not_there_is_said_with_what_is(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        text_of(f"{text} ", TYPES)  # the space makes it an expression, whatever columns there are
    assert "\n" not in str(caught.value)


def test_a_column_without_a_known_type_has_no_fields() -> None:
    with pytest.raises(ValueError, match=r"a\.b: a has no fields\."):
        number("a.b", ["a"])


@pytest.mark.parametrize("column", ["ecommerce", "list", "attributes", "day"])
def test_a_column_that_is_no_single_number_is_refused(column: str) -> None:
    with pytest.raises(ValueError, match=rf"^{column} (holds|is a) "):
        number(column, TYPES)


@pytest.mark.parametrize("key", ["it's", "') OR true --", 'a"b', "ключ"])
def test_a_key_is_text_whatever_it_holds(key: str) -> None:
    table = duckdb.sql("SELECT MAP {$key: 5} AS m, [{'key': $key, 'value': 6}] AS l", params={"key": key})
    types = dict(zip(table.columns, map(str, table.types), strict=True))
    asked = key.replace("'", "\\'")
    assert table.project(number(f"m['{asked}'] + l['{asked}']", types)).fetchall() == [(11,)]


def test_a_name_that_python_would_read_as_another_must_be_quoted() -> None:
    columns = ["fi", "\ufb01"]  # a ligature, which Python takes for its two letters
    with pytest.raises(ValueError, match="neither a column nor an expression"):
        number("\ufb01 + 1", columns)
    assert number("`\ufb01` + 1", columns) != number("fi + 1", columns)


def test_missing_and_unreadable_numbers_are_told_apart() -> None:
    value = number_of("ecommerce.total", TYPES)
    assert (answer(value.missing), answer(value.unreadable)) == (False, False)
    value = number_of("event_params['currency']", TYPES)
    assert (answer(value.missing), answer(value.unreadable)) == (False, True)
    value = number_of("event_params['absent'] * store", TYPES)
    assert (answer(value.missing), answer(value.unreadable)) == (True, False)
    value = number_of("gap", TYPES)
    assert (answer(value.missing), answer(value.unreadable)) == (True, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event_params['currency'] == 'EUR'", True),
        ("event_params['value'] > 19", True),
        ("event_params['ga_session_id'] == 1234567890123", True),
        ("missing(event_params['absent'])", True),
        ("missing(event_params['empty'])", True),
        ("missing(gap)", True),
        ("gap > 5", None),  # DuckDB holds NaN to be above every number
        ("gap * 0 < 1", None),
        ("store == '12'", True),
        ("store in ('12', '13')", True),
        ("ecommerce.transaction_id in ('T1')", True),
        ("`Prénom` == 'é'", True),
        ("body.user.id == 17", True),
    ],
)
def test_fields_are_compared(text: str, expected: bool | None) -> None:
    assert answer(condition(text, TYPES)) is expected


def test_a_column_of_numbers_is_not_put_in_order_with_text() -> None:
    with pytest.raises(
        ValueError, match="a column of numbers is put in order with numbers, which stand without quotes"
    ):
        condition("store > '5'", TYPES)
