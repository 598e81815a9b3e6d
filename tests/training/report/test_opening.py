"""The opening: sentences that say no more than the figures."""

from dataclasses import replace

import pytest

from tests.training.report import sample
from training.metrics.bootstrap import Estimate
from training.panel.rung import Rung
from training.report import opening
from training.report.texts import reader


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (Estimate(1.1, 0.9, 1.3), "As much was predicted as happened, within chance: 1.10 times"),
        (Estimate(1.2, 1.1, 1.3), "Too much was predicted, beyond chance: 1.20 times what happened"),
        (Estimate(0.8, 0.7, 0.9), "Too little was predicted, beyond chance: 0.80 times what happened"),
        (Estimate(float("nan"), float("nan"), float("nan")), "Nothing happened"),
    ],
)
def test_the_size_is_called_wrong_only_beyond_chance(ratio: Estimate, said: str) -> None:
    target = sample.target()
    assert opening.sized(replace(target, calibration=replace(target.calibration, ratio=ratio))).startswith(said)


def test_of_times_there_is_no_sum() -> None:
    assert opening.sized(replace(sample.target(), task="time")) == ""


def test_who_has_not_been_judged_later_is_said_so() -> None:
    target = sample.target()
    assert "after all that it was made from" in opening.tried(target)
    assert "no later one has judged it yet" in opening.tried(replace(target, rung=Rung.TWO))
    assert set(opening.TRIED) == set(Rung)


def test_a_level_is_one_sentence_in_the_readers_language() -> None:
    target = replace(sample.target(), base_rate=Estimate(0.2, 0.19, 0.21))
    assert opening.level(target) == (
        "<strong>No purchase in the next 28 days</strong>: 20.0\xa0% of customers with a purchase in the last 56 days"
        " (95 % interval 19.0\xa0% to 21.0\xa0%)."
    )
    assert "20,0\xa0% des clients avec un achat dans les 56 derniers jours" in opening.level(target, reader("fr"))
    spend = replace(target, task="value", unit="EUR", money=True, base_rate=Estimate(1234.5, 1000, 1500))
    assert "1,234.50 EUR on average" in opening.level(spend)
