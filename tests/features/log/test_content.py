"""Content: hashes that follow from values alone."""

import numpy as np
import pyarrow as pa

from features.log import content


def fnv_then_mixed(text: str) -> int:
    """Return the hash of a text by the definitions of FNV-1a and of SplitMix64's end, in plain integers."""
    number = 0xCBF29CE484222325
    for letter in text.encode():
        number = (number ^ letter) * 0x100000001B3 % 2**64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        number = (number ^ number >> shift) * factor % 2**64
    return number ^ number >> 31


def test_text_is_hashed_by_its_letters() -> None:
    texts = ["", "a", "Öl", "a longer text than eight bytes"]
    assert content.of_text(pa.array(texts)).tolist() == [fnv_then_mixed(text) for text in texts]


def test_the_hash_does_not_depend_on_the_arrow_type_or_on_what_stands_before() -> None:
    texts = pa.array(["x", "tea", None, "Öl"])
    expected = [fnv_then_mixed("tea"), content.NOTHING, fnv_then_mixed("Öl")]
    assert content.of_text(texts.slice(1)).tolist() == expected
    assert content.of_text(texts.slice(1).cast(pa.large_string())).tolist() == expected
    assert content.of_text(pa.array([], pa.string())).tolist() == []


def test_a_row_is_hashed_by_the_columns_that_count() -> None:
    columns = {"a": np.array([1, -2]), "b": np.array([3, 3]), "c": np.array([7, 8])}
    total = [(a * int(content.weight(0)) + 3 * int(content.weight(2))) % 2**64 for a in (1, -2)]
    found = content.of_rows(columns, ["a", "absent", "b"], 2)
    assert found.tolist() == [int(content.mixed(np.uint64(number))) for number in total]
