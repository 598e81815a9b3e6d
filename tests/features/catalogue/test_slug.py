"""Slugs: names that come to the same are told apart, whatever the order in which they come."""

import hashlib
import itertools

import pytest

from features.catalogue.slug import of_own, slug, unique


def marked(plain: str, name: str) -> str:
    """Return a slug with the mark of its name."""
    return f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Fresh Meat", "fresh_meat"), ("MEAT-PCKGD", "meat_pckgd"), ("C++", "c"), ("Öl", "öl"), ("++", "unnamed")],
)
def test_a_slug_is_the_words_of_a_name(name: str, expected: str) -> None:
    assert slug(name) == expected
    assert unique([name]) == {name: expected}


def test_names_that_come_to_the_same_are_told_apart_in_any_order() -> None:
    expected = {"C++": marked("c", "C++"), "C#": marked("c", "C#"), "c": marked("c", "c"), "Go": "go"}
    for names in itertools.permutations(expected):
        assert unique(names) == expected


def test_a_slug_that_is_taken_is_nobodys() -> None:
    assert unique(["by web", "web"], {"by_web"}) == {"by web": marked("by_web", "by web"), "web": "web"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("page_view", "page_view"),
        ("custom:quote_asked", "custom_quote_asked"),
        ("custom:page_view", "custom_page_view"),
        ("custom:Quote asked", marked("custom_quote_asked", "custom:Quote asked")),
        ("custom:quote-asked", marked("custom_quote_asked", "custom:quote-asked")),
    ],
)
def test_the_slug_of_a_kind_is_its_alone(kind: str, expected: str) -> None:
    assert of_own(kind) == expected
