"""The gate of segments: how many customers a challenger may put elsewhere, and what is said where it is too many."""

import pytest

from training.gate import segments
from training.gate.gate import Verdict
from training.succession.moved import Elsewhere

ADVICE = "It was fitted again."


def _verdict(count: int, limit: float = 0.1, smallest: int = 0, known: int = 1000) -> Verdict:
    return segments.verdict("value", Elsewhere(count, 1000, known), limit, smallest, ADVICE)


@pytest.mark.parametrize(
    ("count", "limit", "passed"), [(0, 0.1, True), (100, 0.1, True), (101, 0.1, False), (1, 0, False)]
)
def test_so_many_may_be_elsewhere(count: int, limit: float, passed: bool) -> None:
    found = _verdict(count, limit)
    assert found.passed is passed
    assert found.number == count / 1000


def test_a_refusal_gives_the_number_the_limit_and_what_to_do() -> None:
    assert _verdict(178, known=5000).sentence() == (
        "value, segments: got 17.8% of 1,000 drawn of 5,000 customers are put elsewhere than by the champion, as of the"
        " same moment; allowed: at most 10% elsewhere. It was fitted again."
    )


def test_few_are_not_told() -> None:
    found = _verdict(3, 0.0, 20)
    assert (found.number, found.shown, found.passed) == (None, "fewer than 20", False)


@pytest.mark.parametrize(
    ("families", "redeclared", "begins"),
    [
        (("rfm_kmeans", "nested"), (), "It is of another family (nested; the champion's is rfm_kmeans)"),
        (("nested", "nested"), ("value",), "The dataset declares it otherwise than for the champion"),
        (("nested", "nested"), ("rfm",), "It was fitted again: see in its run why"),
    ],
)
def test_the_advice_knows_why(families: tuple[str, str], redeclared: tuple[str, ...], begins: str) -> None:
    advice = segments._advice("value", *families, redeclared)
    assert advice.startswith(begins)
    assert "`moved` of [segments]" in advice
