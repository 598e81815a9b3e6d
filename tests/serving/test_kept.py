"""Kept answers: bounded, and the ones that were not asked for longest go first."""

from serving.kept import Kept


def test_what_was_asked_for_last_stays() -> None:
    kept = Kept(most=3 * 601)
    for name in "abc":
        kept.put(name, b"x" * 100)
    assert kept.get("a")
    kept.put("d", b"x" * 100)
    assert kept.get("b") is None
    assert {name for name in "acd" if kept.get(name)} == set("acd")


def test_an_answer_that_is_put_again_counts_once() -> None:
    kept = Kept(most=3 * 601)
    for _ in range(100):
        kept.put("a", b"x" * 100)
    kept.put("b", b"y" * 100)
    assert len(kept) == 2
    kept.clear()
    assert len(kept) == 0
    assert kept.get("a") is None


def test_one_that_is_too_large_is_not_kept() -> None:
    kept = Kept(most=1000)
    kept.put("a", b"x" * 2000)
    assert kept.get("a") is None


def test_what_the_texts_of_a_key_take_counts() -> None:
    kept = Kept(most=10_000)
    for number in range(20):
        kept.put(("x" * 3000 + str(number), 0, ("own", None)), b"y")
    assert len(kept) == 2
    kept.put(("\u00e9" * 3000, 0), b"y")
    assert len(kept) == 0
    for _ in range(20):
        kept.put(("x" * 3000, 0), b"y")
    kept.put("a", b"y")
    assert len(kept) == 2
