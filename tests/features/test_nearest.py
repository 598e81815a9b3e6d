"""The sentence that names what is allowed."""

import pytest

from features.nearest import nearest


@pytest.mark.parametrize("got", ["amout", "AMOUNT", "Amounts"])
def test_the_closest_is_named_whatever_its_case(got: str) -> None:
    assert nearest(got, ["Amount", "quantity"]) == " Did you mean 'Amount'?"


def test_where_none_is_close_all_are_named_in_order() -> None:
    assert nearest("xyz", {"b", "a"}) == " Allowed: a, b."


def test_where_nothing_is_allowed_that_is_said() -> None:
    assert nearest("xyz", []) == " Allowed: nothing here."
