"""Declared rules: plain data as what it means, and the key of what is wrong."""

import msgspec
import pytest

from features.dataset import Dataset, DatasetError
from training.rules.declared import Rule, declared


def test_a_rule_has_a_title_by_its_name_where_it_says_none(shop: Dataset) -> None:
    tables = {"good_ones": {"where": "spend() > 1"}, "b": {"where": "spend() > 2", "title": "B", "action": "call"}}
    found = declared(msgspec.structs.replace(shop, rules=tables))
    assert found == {"good_ones": Rule("spend() > 1", "Good ones"), "b": Rule("spend() > 2", "B", "call")}


@pytest.mark.parametrize(
    ("name", "table", "said"),
    [
        ("a", {"wher": "x"}, "rules.a: unknown key 'wher'. Did you mean 'where'?"),
        ("a", {}, "rules.a: Object missing required field `where`"),
        ("a", {"where": " "}, "rules.a.where: got nothing"),
        ("a", {"where": 3}, "rules.a: Expected `str`, got `int` - at `$.where`"),
        ("a-b", {"where": "x"}, "rules.a-b: got 'a-b'; a letter, then letters, digits and '_' are allowed."),
    ],
)
def test_what_is_wrong_is_told_with_its_key(shop: Dataset, name: str, table: dict[str, object], said: str) -> None:
    with pytest.raises(DatasetError) as caught:
        declared(msgspec.structs.replace(shop, rules={name: table}))
    assert said in str(caught.value)
