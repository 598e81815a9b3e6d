"""Content: hashes that follow from values alone."""

import numpy as np
import pyarrow as pa

from features.log import content


def hashed(text: str) -> int:
    """Return the hash of a text by its definition, in plain integers: SplitMix64's end over words of eight letters."""
    letters = text.encode()
    number = 0xCBF29CE484222325 ^ len(letters) * 0x9E3779B97F4A7C15 % 2**64
    for at in range(0, len(letters), 8):
        number ^= int.from_bytes(letters[at : at + 8], "little")
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            number = (number ^ number >> shift) * factor % 2**64
        number ^= number >> 31
    return number


def test_text_is_hashed_by_its_letters() -> None:
    texts = ["", "a", "Öl", "a longer text than eight bytes"]
    assert content.of_text(pa.array(texts)).tolist() == [hashed(text) for text in texts]


def test_the_hash_does_not_depend_on_the_arrow_type_or_on_what_stands_before() -> None:
    texts = pa.array(["x", "tea", None, "Öl"])
    expected = [hashed("tea"), content.NOTHING, hashed("Öl")]
    assert content.of_text(texts.slice(1)).tolist() == expected
    assert content.of_text(texts.slice(1).cast(pa.large_string())).tolist() == expected
    assert content.of_text(pa.array([], pa.string())).tolist() == []


def test_a_whole_number_is_hashed_as_its_text() -> None:
    numbers = [0, 7, -12, None, 10**18, 12_345_678, 123_456_789, 2**63 - 1]
    expected = [content.NOTHING if number is None else hashed(str(number)) for number in numbers]
    assert content.of_numbers(pa.array(numbers)).tolist() == expected
    assert content.of_numbers(pa.array(numbers).slice(2, 3)).tolist() == expected[2:5]


def test_a_row_is_hashed_by_the_columns_that_count() -> None:
    columns = {"a": np.array([1, -2]), "b": np.array([3, 3]), "c": np.array([7, 8])}
    total = [(a * int(content.weight(0)) + 3 * int(content.weight(2))) % 2**64 for a in (1, -2)]
    found = content.of_rows(columns, ["a", "absent", "b"], 2)
    assert found.tolist() == [int(content.mixed(np.uint64(number))) for number in total]


def test_whatever_number_lies_under_a_null_is_nothing() -> None:
    numbers = np.array([7, np.iinfo(np.int64).min], np.int64)
    values = pa.Array.from_buffers(pa.int64(), 2, [pa.py_buffer(np.array([1], np.uint8)), pa.py_buffer(numbers)])
    assert content.of_numbers(values).tolist() == [content.of_text(pa.array(["7"]))[0], content.NOTHING]


def test_whole_cents_count_as_release_0_1_0_kept_them_and_parts_of_one_for_themselves() -> None:
    amounts = np.array([0, 1_250_00, -300, 25_000_000_000_000_00, 1, -1, 1_250_01], np.int64)
    found = content.of_money(amounts, 100).tolist()
    assert found[:4] == [0, 1_250, -3, 25_000_000_000_000]
    assert len(set(found)) == 7
    assert min(map(abs, found[4:])) > 2**61
