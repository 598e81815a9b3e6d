"""Normal forms: spellings of one identifier are one, and Google's hashes are those that Google makes."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activation.destinations import normal


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Anna@Example.COM\n", "anna@example.com"),
        ("a+b@c.de", "a+b@c.de"),
        ("ä@bücher.de", "ä@bücher.de"),
        ("anna", ""),
        ("anna@", ""),
        ("@b.co", ""),
        ("a@b", ""),
        ("a b@c.de", ""),
        ("a@b@c.de", ""),
        ("a,b@c.de", ""),
        ('"a"@c.de', ""),
        ("a\x00@c.de", ""),
        ("", ""),
    ],
)
def test_a_mail_address(value: str, expected: str) -> None:
    assert normal.email(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+31 6 1234 5678", "+31612345678"),
        ("0031-6-12345678", "+31612345678"),
        ("+1 (415) 555.0100", "+14155550100"),
        ("06 12345678", ""),
        ("+0612345678", ""),
        ("+31", ""),
        ("phone", ""),
        ("", ""),
    ],
)
def test_a_phone_number_without_a_country_is_none(value: str, expected: str) -> None:
    assert normal.phone(value) == expected


@pytest.mark.parametrize(
    ("value", "hashed_of"),
    [
        ("Anna@Example.com ", "anna@example.com"),
        ("a.b.c@gmail.com", "abc@gmail.com"),
        ("A.B.C@GoogleMail.com", "abc@googlemail.com"),
        ("a.b.c+sale@gmail.com", "abc+sale@gmail.com"),
        ("a.b.c@example.com", "a.b.c@example.com"),
        ("a b@example.com", "ab@example.com"),
    ],
)
def test_google_knows_a_mail_address_by_this_hash(value: str, hashed_of: str) -> None:
    assert normal.google_email(value) == sha(hashed_of)


def test_google_vectors() -> None:
    """By `printf %s … | sha256sum`, which is not our code."""
    assert normal.google_email("abc@gmail.com") == "48ddb93f0b30c475423fe177832912c5bcdce3cc72872f8051627967ef278e08"
    assert normal.google_phone("+1 415-555-0100") == "40d3f4e02db27d66cf4cfdda506c2c945f115a7955cc8491dda98ce5beabcda0"


@pytest.mark.parametrize("form", [normal.google_email, normal.google_phone])
def test_what_is_none_has_no_hash(form: Callable[[str], str]) -> None:
    assert [form(one) for one in ("", "anna", "06 1234", "a" * 63)] == [""] * 4


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # addresses are drawn slowly beside other work
@given(st.emails() | st.from_regex(r"\+31 6 [0-9]{8}", fullmatch=True))
def test_nothing_is_hashed_twice_and_every_form_is_its_own(value: str) -> None:
    for form in normal.FORMS.values():
        assert form(form(value)) == form(value)
