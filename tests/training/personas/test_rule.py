"""Rules: exact ones decide as the segmenter does, those of a tree are told only where they are faithful."""

from dataclasses import dataclass
from math import inf, nan
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue.feature import Aggregate
from training.personas import rule
from training.segmenters import Facts, Segment, Value
from training.segmenters.segment import NO_PURCHASE

FEATURES = {
    "purchase_recency": Aggregate("purchase_recency", "", "days", "silence", "purchase"),
    "purchase_days_364d": Aggregate("purchase_days_364d", "", "days", "days", "purchase", 364),
    "spend_364d": Aggregate("spend_364d", "", "cents", "sum", "net", 364, "amount"),
}


def _facts(rows: int = 2_000) -> Facts:
    rng = np.random.default_rng(1)
    days = rng.poisson(rng.gamma(1, 10, rows)) + 1
    x = np.column_stack([rng.exponential(400 / days), days, days * rng.gamma(2, 500, rows)]).astype(np.float32)
    x[:40, 0] = np.nan
    return Facts(x, tuple(FEATURES))


@dataclass(frozen=True)
class Boxed:
    """A segmenter that knows its rules."""

    name: ClassVar[str] = "boxed"
    segments: ClassVar[tuple[Segment, ...]] = (Segment("few", "", ""), NO_PURCHASE)

    def rule(self, segment: str) -> list[tuple[str, float, float]]:
        """Return the conditions."""
        if segment == "few":
            return [("purchase_recency", -inf, inf), ("purchase_days_364d", 2.5, 12), ("spend_364d", -inf, 12_050.0)]
        return [("purchase_recency", nan, nan)]


def test_a_segmenter_that_knows_its_rules_tells_them_in_the_units_of_people() -> None:
    found = rule.rules(Boxed(), _facts(), FEATURES)  # type: ignore[arg-type]
    assert found["few"].where == (
        "purchase_recency >= 0 and purchase_days_364d > 2.5 and purchase_days_364d <= 12 and spend_364d <= 120.5"
    )
    assert found["few"].exact
    assert found["no_purchase"].where == "missing(purchase_recency)"


@given(st.floats(0.001, 1e7, width=64), st.integers(-3, 3), st.sampled_from(["purchase_recency", "spend_364d"]))
def test_short_numbers_part_all_numbers_as_the_cut_does(cut: float, steps: int, name: str) -> None:
    text = rule._short(cut, FEATURES[name])
    value = np.float32(cut)
    for _ in range(abs(steps)):
        value = np.nextafter(value, np.float32(np.sign(steps) * inf))
    scale = 0.01 if name == "spend_364d" else 1.0
    assert (float(value) * scale <= float(text)) == (float(value) <= cut)
    assert (value <= np.float32(float(text) / scale)) == (float(value) <= cut)


def test_a_tree_that_is_not_faithful_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = _facts()
    value = Value.fit(facts)
    monkeypatch.setattr(rule, "FAITHFUL", 1.01)
    assert rule.rules(value, facts, FEATURES) == {}
    monkeypatch.setattr(rule, "FAITHFUL", 0.5)
    found = rule.rules(value, facts, FEATURES)
    assert found["no_purchase"].where == "missing(purchase_recency)"
    assert {one.fidelity for name, one in found.items() if name != "no_purchase"} == {found["top"].fidelity}
    assert 0.5 < found["top"].fidelity < 1
    assert found["top"].precision > 0.5


def test_the_rules_of_a_tree_take_those_whom_the_tree_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = _facts()
    monkeypatch.setattr(rule, "FAITHFUL", 0.5)
    found = rule.rules(Value.fit(facts), facts, FEATURES)
    known = {
        "purchase_recency": facts.column("purchase_recency"),
        "purchase_days_364d": facts.column("purchase_days_364d"),
        "spend_364d": facts.column("spend_364d") / 100,
    }
    taken = [eval(_vector(one.where), {}, known) for name, one in found.items() if name != "no_purchase"]  # noqa: S307
    assert np.sum(taken, 0)[40:].tolist() == [1] * 1_960  # every buyer by exactly one rule
    assert np.sum(taken, 0)[:40].max() <= 1


def _vector(where: str) -> str:
    """Return a rule as NumPy reads it."""
    parts = [part.strip("()").split(" and ") for part in where.split(" or ")]
    return " | ".join("(" + " & ".join(f"({one})" for one in part) + ")" for part in parts)
