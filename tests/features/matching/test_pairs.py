"""Pairs: what can be learned from, and that equal values give equal pairs."""

import importlib.util
import sys

import numpy as np
import pyarrow as pa
import pytest

from features.matching.field import Field
from features.matching.pairs import CannotMatch, matched

MEMORY = 10**9
FIELDS = [Field("first", "name"), Field("born", "date"), Field("town", "text")]


@pytest.mark.skipif(importlib.util.find_spec("splink") is not None, reason="splink is installed")
def test_without_splink_one_line_says_what_installs_it() -> None:
    with pytest.raises(CannotMatch, match='Splink, the extra `identity`: `make setup EXTRAS="identity"` installs it'):
        matched({}, FIELDS, 0.5, MEMORY)


def test_a_hidden_splink_is_told_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(CannotMatch, match="make setup EXTRAS"):
        matched({}, FIELDS, 0.5, MEMORY)


def test_too_few_different_values_or_pairs_are_told() -> None:
    pytest.importorskip("splink", reason="the extra `identity` is not installed")
    first, town = pa.array([f"n{n}" for n in range(50)]), pa.array([f"t{n % 5}" for n in range(50)])
    nowhere = pa.array(["unknown"] * 50)
    with pytest.raises(CannotMatch, match="attributes with different values are first, born; 3 or more are needed"):
        matched({"first": first, "born": first, "town": nowhere}, FIELDS, 0.5, MEMORY)
    # 5 towns of 10 have 5 * 45 pairs, which is within 5 for each of 50; nobody has another's name or date
    with pytest.raises(CannotMatch, match=r"at least 20 pairs of customers.* got town \(225 pairs\)"):
        matched({"first": first, "born": first, "town": town}, FIELDS, 0.5, MEMORY)


def test_equal_values_give_equal_pairs_in_order_of_probability() -> None:
    pytest.importorskip("splink", reason="the extra `identity` is not installed")
    rng = np.random.default_rng(3)
    own = rng.permutation(300)
    place = np.concatenate([own, own[:60]])  # who is there twice, and of whom the town is another for a few
    values = {
        "first": pa.array([f"{'abcdefghij'[n % 10] * 4}{'klmnopqrst'[n % 7] * 4}" for n in place.tolist()]),
        "born": pa.array([f"{1940 + n % 60}-0{1 + n % 9}-1{n % 10}" for n in place.tolist()]),
        "town": pa.array([f"{'uvwxyz'[(n + (row > 350)) % 6] * 6}{n % 11}" for row, n in enumerate(place.tolist())]),
    }
    found, again = (matched(values, FIELDS, 0.5, MEMORY) for _ in range(2))
    assert all(np.array_equal(getattr(found, name), getattr(again, name)) for name in ("one", "other", "probability"))
    assert (np.diff(found.probability) <= 0).all()
    pairs = set(zip(found.one.tolist(), found.other.tolist(), strict=True))
    assert len(pairs & {(n, 300 + n) for n in range(60)}) >= 50
