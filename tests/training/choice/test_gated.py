"""The choice of value: the first entry that passes, and where none does, a refusal with its figures."""

from dataclasses import replace

import numpy as np

from training.choice.gated import choose
from training.segmenters import Facts
from training.segmenters.entry import values
from training.segmenters.nested import ACTIVITY, SILENCE, SPEND
from training.stability.gate import GATE
from training.stability.grade import Grade

GENERATOR = np.random.default_rng(1)
QUICK = replace(GATE, pairs=8)


def _facts(rows: int) -> Facts:
    active = GENERATOR.gamma(1, 3, rows)
    spend = 999 * active * GENERATOR.lognormal(0, 0.8, rows)
    x = np.column_stack([GENERATOR.gamma(1, 30, rows), active, spend])
    return Facts(x.astype(np.float32), (SILENCE, ACTIVITY, SPEND))


def test_many_customers_are_cut_into_four_levels_by_rule() -> None:
    found = choose(values("", "EUR", "", {}), _facts(2600), None, QUICK)
    assert found.passes
    assert found.verdict.entry == "nested 4 x 2"
    assert found.verdict.grade is Grade.CONSTRUCTIVE
    assert found.verdict.stability.sample == 2500


def test_where_four_levels_fail_three_are_taken() -> None:
    found = choose(values("", "EUR", "", {}), _facts(1200), None, replace(QUICK, share=0.14))
    assert found.passes
    assert found.verdict.entry == "nested 3 x 2"


def test_few_customers_are_not_stable_and_the_first_choice_is_told() -> None:
    found = choose(values("", "EUR", "", {}), _facts(60), None, QUICK)
    assert not found.passes
    assert found.verdict.said().startswith("not stable: nested 4 x 2: mean ARI 0.")
    assert "of 8 pairs of samples of 60 customers, at least 0.80 is needed" in found.verdict.said()
