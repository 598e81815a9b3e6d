"""Templates: whatever text, number or absence stands in a field arrives as it is, or is refused with its name."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation.destinations.conversion import CONVERSIONS, Unfit, digits
from activation.destinations.media import encoded
from activation.destinations.row import Row
from activation.destinations.template import Names, Scope, TemplateError, compiled
from tests.activation.destinations import example, golden

ODD = ('"', "\\", "\n\r\t", "\x00\x01\x1f", "💶 ümlaut", "'; --", "{{x}} ${y} %s", "</script>", " ", "\u2028")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUES = st.one_of(
    TEXT, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.none(), st.lists(TEXT)
)


def filled(tree: Any, **fields: Any) -> Any:
    """Return a template filled with one row, as JSON says it."""
    row = Row(id="r", customer="c", identifiers={"email": "A@B.co"}, fields=fields, event="e", at=1_500)
    scope = Scope([row], row, lambda one: one.identifiers["email"].lower(), "email", {"renamed": "R"}, {"e": "E"})
    return json.loads(encoded("json", compiled(tree, Names())(scope)))


@pytest.mark.parametrize("kind", example.TABLES)
@pytest.mark.parametrize("odd", ODD)
def test_odd_text_arrives_as_it_is_in_every_template(kind: str, odd: str) -> None:
    one = example.destination(kind)
    for change, operation in example.asked(kind):
        rows = example.rows(kind, change, fields={"churn_band": odd} if change != "erase" else {})
        assert [one.fitting(operation, row) for row in rows] == ["", ""]
        piece = next(iter(one.pieces(operation, rows)))
        request = one.request(operation, piece, example.SECRETS, example.NOW)
        body = golden.decoded(request)
        assert change == "erase" or "churn_band" not in str(body) or _holds(body, odd), body


def _holds(body: Any, text: str) -> bool:
    if isinstance(body, dict):
        return any(_holds(one, text) for one in body.values())
    if isinstance(body, list):
        return any(_holds(one, text) for one in body)
    if not isinstance(body, str) or body == text or text.replace('"', '""') in body:
        return isinstance(body, str)
    try:
        return _holds(json.loads(body), text)  # JSON within a form
    except ValueError:
        return False


@given(st.dictionaries(TEXT.filter(lambda one: one != "renamed"), VALUES))
def test_fields_are_told_as_they_are_and_an_absent_one_is_left_out(fields: dict[str, Any]) -> None:
    row = Row(id="r", customer="c", identifiers={}, fields=fields)
    value = compiled({"each": "fields"}, Names())(Scope([row], row, lambda _: ""))
    told = json.loads(encoded("json", value), parse_float=Decimal)
    assert told == {name: _exact(one) for name, one in fields.items() if one is not None}


def _exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_have_no_exponent_and_lose_nothing(value: float) -> None:
    text = digits(value)
    assert "e" not in text.lower()
    assert float(text) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", object(), {"a": object()}, "\ud800"])
def test_what_json_has_not_is_refused(value: Any) -> None:
    with pytest.raises(Unfit):
        filled({"x": {"from": "fields.x"}}, x=value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", True, "true"),
        ("string", 1e22, "10000000000000000000000"),
        ("string", 10**40, str(10**40)),
        ("string", 2.50, "2.5"),
        ("string", Decimal("1.10"), "1.1"),
        ("number", " 12.50 ", 12.5),
        ("number", 3, 3),
        ("integer", "7", 7),
        ("boolean", False, False),
        ("iso8601", 0, "1970-01-01T00:00:00Z"),
        ("iso8601", 1_500, "1970-01-01T00:00:00.001500Z"),
        ("iso8601", 2_000, "1970-01-01T00:00:00.002Z"),
        ("iso8601", "2026-03-29T02:30:00+02:00", "2026-03-29T00:30:00Z"),
        ("epoch_ms", -1, -1),
        ("epoch_s", 1_999_999, 1),
        ("epoch_us", 5, 5),
        ("date", 86_400_000_000, "1970-01-02"),
        ("sha256", "a", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("md5", "a", "0cc175b9c0f1b6a831c399e269772661"),
        ("json", ['"'], '["\\""]'),
    ],
)
def test_a_conversion(kind: str, value: Any, expected: Any) -> None:
    told = filled({"x": {"from": "fields.x", "as": kind}}, x=value)
    assert told == {"x": expected}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", {"a": 1}),
        ("number", "1,5"),
        ("number", "nan"),
        ("integer", 2.5),
        ("boolean", 1),
        ("boolean", "canary"),
        ("iso8601", "yesterday"),
        ("iso8601", 10**20),
        ("google_email", "nobody"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_name_and_without_itself(kind: str, value: Any) -> None:
    with pytest.raises(Unfit, match=r"^fields\.x") as refused:
        filled({"x": {"from": "fields.x", "as": kind}}, x=value)
    assert str(value) not in str(refused.value)


def test_what_is_not_there_is_never_null() -> None:
    assert filled({"x": {"from": "fields.x", "omit_if_null": True}, "y": 1}) == {"y": 1}
    assert filled([{"from": "fields.x", "omit_if_null": True}, 1]) == [1]
    with pytest.raises(Unfit, match=r"^fields\.x is not there$"):
        filled({"x": {"from": "fields.x"}})


def test_tables_and_lists_are_made_of_words() -> None:
    assert filled({"entry": {"from": "identifier_name"}, "is": {"from": "identifier"}}) == {"email": "a@b.co"}
    assert filled({"merge": [{"a": 1}, {"each": "fields", "as": "string"}]}, b=2, renamed=3) == {
        "a": 1,
        "b": "2",
        "R": "3",
    }
    assert filled({"chain": [[1], {"each": "fields", "item": {"from": "name"}}]}, b=2) == [1, "b"]
    assert filled({"if": "key", "then": {"a": 1}, "else": {"b": {"from": "event"}}}) == {"b": "E"}
    assert filled({"x": {"if": "key", "then": 1}}) == {}
    assert filled({"join": ["a", {"each": "rows", "item": {"from": "identifier", "as": "json"}}]}) == 'a"a@b.co"'
    assert filled({"object": {"from": 1, "each": 2}}) == {"from": 1, "each": 2}
    assert filled({"x": {"from": "fields.a"}, "y": {"each": "fields"}}, a=1, b=2) == {"x": 1, "y": {"b": 2}}


def test_a_field_that_the_destination_tells_itself_is_not_told_over_it() -> None:
    with pytest.raises(Unfit, match="'a' is told twice"):
        filled({"merge": [{"a": 1}, {"each": "fields"}]}, a=2)


def test_text_is_bounded() -> None:
    tree = {"from": "fields.x", "shortest": 2, "longest": 3}
    assert filled({"x": tree}, x="abc") == {"x": "abc"}
    for value in ("a", "abcd"):
        with pytest.raises(Unfit, match="2 to 3 are allowed"):
            filled({"x": tree}, x=value)
    with pytest.raises(Unfit, match="2 fields; 1 are allowed"):
        filled({"each": "fields", "most": 1}, a=1, b=2)


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"from": "fields."}, "fields."),
        ({"from": "identifer"}, "Did you mean 'identifier'"),
        ({"from": "event", "as": "strng"}, "Did you mean 'string'"),
        ({"from": "event", "omit": True}, "omit"),
        ({"each": "columns"}, "'rows' with an item"),
        ({"each": "fields", "as": "txt"}, "txt"),
        ({"if": "keys", "then": 1}, "Did you mean 'key'"),
    ],
)
def test_a_word_that_is_not_known_is_refused(tree: Any, said: str) -> None:
    with pytest.raises(TemplateError, match="body.*" + said.replace(".", r"\.")):
        compiled(tree, Names())


def test_conversions_leave_raw_numbers_alone() -> None:
    assert CONVERSIONS[""](msgspec.Raw(b"1.5")) == msgspec.Raw(b"1.5")
