"""Messages: in the customer's language, escaped for the channel; what is not known is never told as if it were."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import dataset as datasets
from training.actions.message import MAIN, Filled, Message, filled, spoken

NAMED = Message({"en": "Hi {first_name|there}, {products} {{ {x} }}"}, {"en": "To {first_name}"})


@pytest.mark.parametrize(
    ("values", "subject", "body", "missing"),
    [
        ({"first_name": "Ann", "products": ["a", "b"], "x": 3.5}, "To Ann", "Hi Ann, a, b { 3.5 }", ()),
        ({"first_name": None, "products": ["a"], "x": 1.0}, "To ", "Hi there, a { 1 }", ("first_name",)),
        (
            {"first_name": "", "products": [], "x": float("nan")},
            "To ",
            "Hi there,  {  }",
            ("first_name", "products", "x"),
        ),
        ({"first_name": " \n ", "products": ["a"], "x": True}, "To ", "Hi there, a { yes }", ("first_name",)),
        ({"first_name": "{x}", "products": ["{x}"], "x": "1"}, "To {x}", "Hi {x}, {x} { 1 }", ()),
        (
            {"first_name": "<a&'\">\r\nBcc: y", "products": ["a"], "x": 0},
            "To <a&'\"> Bcc: y",
            "Hi &lt;a&amp;&#x27;&quot;&gt; Bcc: y, a { 0 }",
            (),
        ),
    ],
)
def test_values_are_told_as_they_are_and_what_is_not_known_is_said_to_be_missing(
    values: dict[str, object], subject: str, body: str, missing: tuple[str, ...]
) -> None:
    assert filled(NAMED, MAIN, "en", values) == Filled(subject, body, missing, "en")


def test_a_text_message_is_plain() -> None:
    sms = msgspec.structs.replace(NAMED, channel="sms")
    assert filled(sms, MAIN, "en", {"first_name": "<b>\x00", "products": ["a"], "x": 1}).body == "Hi <b> , a { 1 }"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["first_name", "products", "x"]), st.none() | st.text() | st.floats()))
def test_no_value_makes_a_line_or_a_tag_or_the_name_of_a_field(values: dict[str, object]) -> None:
    told = filled(NAMED, MAIN, "en", values)
    assert "\n" not in told.subject + told.body
    assert "<" not in told.body
    assert {one for one in ("first_name", "products", "x") if values.get(one) is None} <= set(told.missing)


@pytest.mark.parametrize(
    ("own", "language"),
    [
        ("de", "de"),
        ("de-CH", "de"),
        ("DE_at", "de"),
        ("fr", "en"),
        (None, "en"),
        ("", "en"),
        ("german", "en"),
        (3, "en"),
    ],
)
def test_a_customer_is_told_in_their_language_where_there_is_a_text_in_it(own: object, language: str) -> None:
    text = Message({"en": "Hi", "de": "Hallo"}).texts[MAIN]
    assert spoken(own, datasets.load("cdnow"), text) == language
