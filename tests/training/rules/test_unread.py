"""Unread: each rule that a bundle cannot serve is named, with why."""

import msgspec

from tests.conftest import Trained
from tests.training.rules.conftest import with_rules
from training.bundle.bundle import Stored
from training.rules.unread import ALL, unread


def test_each_rule_that_names_what_the_bundle_lacks_is_told_and_no_other(trained: Trained, stored: Stored) -> None:
    rules = {
        "gone": "segment.rfm == 'champion'",
        "good": "segment.rfm == 'champions'",
        "on_it": "not rule.gone",
        "nobody": "segment.rmf == 'lost'",
        "later": "attribute.age == '65+'",
        "lost": "rule.nowhere",
    }
    found = unread(with_rules(trained.dataset, **rules), stored.bundle, "not at hand")
    assert list(found) == ["rule.gone", "rule.on_it", "rule.nobody", "rule.lost"]
    assert "rules.gone.where: " in found["rule.gone"]
    assert "segment.rfm is never 'champion'. Did you mean 'champions'?" in found["rule.gone"]
    assert found["rule.on_it"] == found["rule.gone"]


def test_a_table_that_is_wrong_is_told_and_without_rules_there_is_nothing(trained: Trained, stored: Stored) -> None:
    wrong = msgspec.structs.replace(trained.dataset, rules={"a": {"wher": "spend() > 1"}})
    assert "unknown key 'wher'" in unread(wrong, stored.bundle, "none")[ALL]
    assert unread(with_rules(trained.dataset), stored.bundle, "none") == {}
