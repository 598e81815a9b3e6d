"""The gate of rules: a rule that the challenger cannot be asked is refused with what is wrong."""

from tests.conftest import Trained
from tests.training.rules.conftest import with_rules
from training.bundle.bundle import Stored
from training.gate import rules


def test_a_rule_on_a_segment_that_is_gone_is_refused_with_why_and_what_to_do(trained: Trained, stored: Stored) -> None:
    dataset = with_rules(trained.dataset, gone="segment.rfm == 'champion'", good="segment.rfm == 'champions'")
    (verdict,) = rules.judge(dataset, stored.bundle, "none")
    assert not verdict.passed
    assert verdict.sentence().startswith("rule.gone, rules: got no (dataset 'part': rules.gone.where: ")
    assert "Did you mean 'champions'?); allowed: every rule can be read. Mend the rule" in verdict.sentence()
    assert rules.judge(with_rules(dataset, good="segment.rfm == 'champions'"), stored.bundle, "none") == ()
