"""Contrasts: what differs is found with its size, and chance alone is hardly ever called significant."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import mannwhitneyu

from training.personas.contrast import Contrast, Examined, contrasts, holm

ROWS = 2_000


def _quarters(rng: np.random.Generator) -> np.ndarray:
    """Return noise cut into four, as a segmenter would."""
    return np.digitize(rng.normal(size=ROWS), [-0.7, 0.0, 0.7]).astype(np.int32)


def _noise(rng: np.random.Generator, assigned: np.ndarray) -> list[Examined]:
    texts = [Examined(f"t{n}", "attribute", pa.array(rng.choice(list("abcd"), ROWS)), assigned) for n in range(6)]
    numbers = [Examined(f"n{n}", "attribute", rng.normal(size=ROWS).round(1), assigned) for n in range(8)]
    outcome = (rng.uniform(size=ROWS) < 0.2).astype(np.float64)
    return [*texts, *numbers, Examined("churn", "outcome", outcome, assigned, True)]


def _significant(found: list[tuple[Contrast, ...]]) -> list[Contrast]:
    return [one for own in found for one in own if one.significant]


def test_noise_cut_into_four_shows_no_significant_trait() -> None:
    false = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assigned = _quarters(rng)
        false += bool(_significant(contrasts(_noise(rng, assigned), 4)))
    assert false <= 3


def test_what_differs_is_found_with_its_size_and_its_interval() -> None:
    rng = np.random.default_rng(0)
    assigned = _quarters(rng)
    region = np.where((assigned == 3) & (rng.uniform(size=ROWS) < 0.5), "north", rng.choice(["east", "west"], ROWS))
    age = rng.normal(40, 5, ROWS) + 10 * (assigned == 0)
    every = [
        Examined("region", "attribute", pa.array(region), assigned),
        Examined("age", "attribute", pa.array(age, pa.float64()), assigned),
        *_noise(rng, assigned),
    ]
    found = contrasts(every, 4)
    north = next(one for one in found[3] if one.value == "north")
    assert north.significant
    assert north.effect == pytest.approx(north.inside - north.overall)
    assert north.lo < north.effect < north.hi
    old = next(one for one in found[0] if one.trait == "age")
    assert old.kind == "delta"
    u = mannwhitneyu(age[assigned == 0], age[assigned != 0], method="asymptotic", use_continuity=False)
    assert old.effect == pytest.approx(2 * u.statistic / ((assigned == 0).sum() * (assigned != 0).sum()) - 1)
    assert old.p == pytest.approx(u.pvalue, rel=1e-6)
    assert {one.trait for one in _significant(found)} == {"region", "age"}


def test_tied_numbers_have_the_p_of_their_ranks() -> None:
    rng = np.random.default_rng(2)
    assigned, kids = _quarters(rng), rng.integers(0, 4, ROWS).astype(np.float64)
    one = contrasts([Examined("kids", "attribute", kids, assigned)], 4)[2][0]
    u = mannwhitneyu(kids[assigned == 2], kids[assigned != 2], method="asymptotic", use_continuity=False)
    assert one.p == pytest.approx(u.pvalue, rel=1e-6)


def test_few_are_not_told_and_few_are_not_tested() -> None:
    rng = np.random.default_rng(4)
    assigned = _quarters(rng)
    rare = np.array(["no"] * ROWS, object)
    rare[np.flatnonzero(assigned == 1)[:3]] = "yes"
    assert contrasts([Examined("rare", "attribute", pa.array(rare), assigned)], 4)[1] == ()
    half = rng.choice(["a", "b"], ROWS)
    half[np.flatnonzero(assigned == 1)[5:]] = "a"
    examined = [Examined("half", "attribute", pa.array(half), assigned)]
    assert contrasts(examined, 4)[1]
    assert contrasts(examined, 4, smallest=10)[1] == ()  # else it is told of five who have b
    unknown = np.where(assigned == 2, np.nan, 1.0)
    assert contrasts([Examined("age", "attribute", unknown, assigned)], 4)[2] == ()


def test_holm_rises_and_is_never_above_one() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
