"""Suppression: keyed hashes alone, keys that change, and a list without its key that stops everything."""

import hashlib
import hmac
from pathlib import Path

import pyarrow as pa
import pytest

from features.consent import secret, suppression
from features.consent.secret import SecretError
from features.consent.suppression import CUSTOMER, NOBODY, Suppression

KEY, NEW = "an old key of twenty", "a new key of twenty!"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    monkeypatch.setenv(secret.KEY, KEY)
    return tmp_path


def test_the_list_holds_keyed_hashes_and_no_identifier() -> None:
    suppression.suppress("shop", [(CUSTOMER, "anna@example.org")], 7, 9)
    expected = hmac.new(KEY.encode(), b"customer_id\0anna@example.org", hashlib.sha256).hexdigest()
    assert suppression.path("shop").read_text() == f"7 9 {secret.name(KEY.encode())} {expected}\n"


def test_who_is_on_it_is_told_by_kind_and_value_and_nobody_without_a_list() -> None:
    values = pa.chunked_array([["7", "8"], ["7", None]])
    assert suppression.load("shop") == NOBODY
    assert suppression.load("shop").holds(CUSTOMER, values).tolist() == [False] * 4
    suppression.suppress("shop", [(CUSTOMER, "7")], 0, 0)
    found = suppression.load("shop")
    assert found.holds(CUSTOMER, values).tolist() == [True, False, True, False]
    assert found.holds(CUSTOMER, pa.array([7, 8])).tolist() == [True, False]
    assert found.holds("email", pa.array(["7"])).tolist() == [False]
    assert not suppression.load("another")


def test_those_of_a_file_count_beside_those_of_the_list() -> None:
    found = Suppression(listed=frozenset({(CUSTOMER, "8")}))
    assert found.holds(CUSTOMER, pa.array(["7", "8"])).tolist() == [False, True]
    assert found.has(CUSTOMER, "8")
    assert not found.was_erased(CUSTOMER, "8")


def test_after_a_change_of_the_key_old_lines_are_told_by_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    suppression.suppress("shop", [(CUSTOMER, "7")], 1, 2)
    monkeypatch.setenv(secret.KEY, f"{NEW},{KEY}")
    suppression.suppress("shop", [(CUSTOMER, "7"), (CUSTOMER, "8")], 3, 4)
    found = suppression.load("shop")
    assert [found.has(CUSTOMER, one) for one in ("7", "8", "9")] == [True, True, False]
    assert found.deadlines == ((1, 2), (3, 4))  # who is on the list is not added again


def test_a_list_without_its_key_is_an_error_and_never_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    suppression.suppress("shop", [(CUSTOMER, "7")], 0, 0)
    monkeypatch.setenv(secret.KEY, NEW)
    with pytest.raises(SecretError, match=f"the key {secret.name(KEY.encode())} that this list"):
        suppression.load("shop")


def test_a_line_that_a_killed_process_left_unfinished_counts_for_nothing() -> None:
    suppression.suppress("shop", [(CUSTOMER, "7")], 0, 0)
    path = suppression.path("shop")
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    assert suppression.load("shop").deadlines == ((0, 0),)
    suppression.suppress("shop", [(CUSTOMER, "8")], 5, 6)
    assert suppression.load("shop").deadlines == ((0, 0), (5, 6))
