"""Assignment: vectors of the hash, salts that know nothing of each other, who stays, the order, and what is logged."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from activation import ledger
from activation.assignment import kept
from activation.assignment.assign import HELD, Assigned, Cap, Split, assign
from activation.assignment.bucket import bucket, buckets, quarter
from features.clock import DAY

MANY = [f"c{number}" for number in range(20_000)]
NOW = 1_700_000_000_000_000
HALVES = {"a": 0.5, "b": 0.5}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a ledger."""
    with ledger.opened("shop", kept.TABLES, tmp_path / "shop.sqlite") as opened:
        yield opened


def _binomial(count: int, n: int, share: float) -> bool:
    """Return whether a count is no rarer than one of a million."""
    return float(stats.binomtest(count, n, share).pvalue) > 1e-6


@pytest.mark.parametrize(
    ("salt", "customer", "digits"),
    [  # printf '%s' 'salt:customer' | sha256sum | cut -c1-13
        ("audience:win_back", "42", "e26b6e428f32d"),
        ("everywhere:2026Q4", "ann@example.org", "792241c7bc72d"),
        ("a", "Zoë 🙂", "111a23c6e89ce"),
        ("", "", "e7ac0786668e0"),
    ],
)
def test_a_bucket_is_the_share_of_the_first_digits_of_the_hash(salt: str, customer: str, digits: str) -> None:
    assert bucket(salt, customer) == int(digits, 16) / 16**13
    assert buckets(salt, [customer, "other"]).tolist() == [bucket(salt, customer), bucket(salt, "other")]


def test_buckets_are_uniform_and_those_of_two_salts_are_independent() -> None:
    one, other = buckets("one", MANY), buckets("other", MANY)
    for found in (one, other):
        assert stats.kstest(found, "uniform").pvalue > 1e-6
    table = np.histogram2d(one, other, bins=10, range=((0, 1), (0, 1)))[0]
    assert stats.chi2_contingency(table).pvalue > 1e-6


def test_a_quarter_is_that_of_the_calendar_of_the_business() -> None:
    eve = 1_767_222_000_000_000  # 2025-12-31 23:00 UTC
    assert quarter(eve, "UTC") == "2025Q4"
    assert quarter(eve, "Europe/Berlin") == "2026Q1"
    assert [quarter(eve + days * DAY, "UTC") for days in (90, 91, 181, 182)] == ["2026Q1", "2026Q2", "2026Q2", "2026Q3"]


def test_the_hold_out_is_first_then_the_cap_then_the_arms(connection: sqlite3.Connection) -> None:
    split = Split("audience:a", HALVES, holdout=0.1, everywhere=0.05, cap=Cap(2, 7))
    asked: list[tuple[int, int]] = []

    def contacts(customers: Sequence[str], since: int) -> Mapping[str, int]:
        asked.append((len(customers), since))
        return {one: 2 for one in customers if int(one[1:]) % 4 == 0} | {"c1": 1}

    found = assign(connection, split, MANY, NOW, contacts=contacts)
    assert asked == [(len(MANY), NOW - 7 * DAY)]
    often = np.arange(len(MANY)) % 4 == 0
    by = buckets("everywhere:2023Q4", MANY) < 0.05
    own = (buckets("audience:a:holdout", MANY) < 0.1) & ~by
    np.testing.assert_array_equal(found.everywhere, by)
    np.testing.assert_array_equal(found.held, own)
    np.testing.assert_array_equal(found.capped, often & ~by & ~own)
    assert not found.capped[1]
    np.testing.assert_array_equal(found.goes, ~(by | own | often))
    first = buckets("audience:a", MANY) < 0.5
    assert set(found.arm[found.goes & first]) == {"a"}
    assert set(found.arm[found.goes & ~first]) == {"b"}
    assert set(found.arm[by | own]) == {HELD}
    assert set(found.arm[found.capped]) == {None}
    assert _binomial(int(by.sum()), len(MANY), 0.05)
    assert _binomial(int(own.sum()), int((~by).sum()), 0.1)
    assert _binomial(int((found.arm == "a").sum()), int(found.goes.sum()), 0.5)
    np.testing.assert_allclose(found.probability[found.goes], 0.45)
    np.testing.assert_allclose(found.probability[own], 0.1)
    np.testing.assert_allclose(found.probability[by], 0.05)
    assert np.isnan(found.probability[found.capped]).all()


def _rows(connection: sqlite3.Connection, unit: str) -> dict[str, tuple[str, float]]:
    rows = connection.execute("SELECT customer, arm, probability FROM assigned WHERE unit = ?", (unit,))
    return {one: (arm, share) for one, arm, share in rows}


def test_who_was_put_somewhere_stays_when_the_shares_change_and_the_log_has_the_first_probability(
    connection: sqlite3.Connection,
) -> None:
    before = assign(connection, Split("x", HALVES, 0.1, 0.05), MANY[:10_000], NOW)
    after = assign(connection, Split("x", {"a": 0.1, "b": 0.9}, 0.5, 0.5), MANY, NOW + 30 * DAY)
    assert after.arm[:10_000].tolist() == before.arm.tolist()
    np.testing.assert_array_equal(after.probability[:10_000], before.probability)
    fresh = after.goes[10_000:]
    assert _binomial(int((after.arm[10_000:][fresh] == "a").sum()), int(fresh.sum()), 0.1)
    assert _binomial(int(fresh.sum()), 10_000, 0.25)
    logged = _rows(connection, "x")
    assert set(logged) == {one for one, goes in zip(MANY, after.goes, strict=True) if goes}
    assert logged[MANY[int(np.flatnonzero(before.goes)[0])]][1] == 0.5
    next_quarter = assign(connection, Split("x", HALVES, 0.1, 0.05), MANY, NOW + 60 * DAY)
    assert not np.array_equal(next_quarter.everywhere, before.everywhere)


def test_a_changed_hold_out_moves_nobody_between_arms_even_where_nothing_was_kept(
    connection: sqlite3.Connection,
) -> None:
    def arms(found: Assigned) -> dict[str, object]:
        return {one: arm for one, arm, goes in zip(MANY, found.arm, found.goes, strict=True) if goes}

    small = arms(assign(connection, Split("x", HALVES, 0.1), MANY, NOW, log=False))
    large = arms(assign(connection, Split("x", HALVES, 0.3), MANY, NOW, log=False))
    assert set(large) < set(small)
    assert {one: small[one] for one in large} == large
    assert _rows(connection, "x") == {}


def test_who_is_asked_for_alone_is_told_the_same_as_among_all(connection: sqlite3.Connection) -> None:
    split = Split("x", HALVES, 0.1, 0.05)
    every = assign(connection, split, MANY[:1000], NOW)
    for place in range(0, 1000, 97):
        one = assign(connection, split, [MANY[place]], NOW)
        assert (one.arm[0], one.probability[0]) == (every.arm[place], every.probability[place])


def test_who_was_capped_is_drawn_another_time_and_not_logged_of_an_arm(connection: sqlite3.Connection) -> None:
    split = Split("x", HALVES, cap=Cap(1, 7))
    assert assign(connection, split, ["ann"], NOW, contacts=lambda who, _: dict.fromkeys(who, 1)).capped.all()
    assert _rows(connection, "x") == {}
    assert assign(connection, split, ["ann"], NOW, contacts=lambda *_: {}).goes.all()
    assert list(_rows(connection, "x")) == ["ann"]
    with pytest.raises(ValueError, match="needs what counts"):
        assign(connection, split, ["ann"], NOW)


def test_who_is_forgotten_is_drawn_as_somebody_new(connection: sqlite3.Connection) -> None:
    split = Split("x", {"a": 1e-9, "b": 1 - 1e-9})
    connection.execute("INSERT INTO assigned VALUES ('x', 'ann', 'a', 0.5, 'x', 0)")
    assert assign(connection, split, ["ann"], NOW).arm.tolist() == ["a"]
    connection.execute("DELETE FROM assigned WHERE customer = 'ann'")
    assert assign(connection, split, ["ann"], NOW).arm.tolist() == ["b"]


@pytest.mark.parametrize(
    ("arms", "shares", "said"),
    [
        (HALVES, {"holdout": 1.0}, "x: holdout: got 1; a share from 0 to less than 1 is allowed"),
        (HALVES, {"everywhere": -0.1}, "the hold-out of everything: got -0.1"),
        ({"a": 0.5, "b": 0.6}, {}, "got weights of 1.1 together; 1 is needed"),
        ({"a": -0.5, "b": 1.5}, {}, "weights from 0"),
        ({HELD: 1.0}, {}, "weights from 0 of names but 'hold-out'"),
    ],
)
def test_shares_that_are_none_are_refused(arms: dict[str, float], shares: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Split("x", arms, shares.get("holdout", 0.0), shares.get("everywhere", 0.0))
