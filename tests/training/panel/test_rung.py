"""The rung: nothing that is said of one could be said of another."""

import msgspec

from training.panel.rung import HELD_OUT, WORDS, Rung
from training.panel.split import Split


def test_every_rung_has_words_of_its_own() -> None:
    assert WORDS.keys() == set(Rung)
    for field in ("stands", "rows", "judged", "prefix", "served"):
        assert len({getattr(words, field) for words in WORDS.values()}) == len(Rung)


def test_only_where_a_later_period_judged_are_figures_called_those_of_a_test() -> None:
    assert [rung for rung, words in WORDS.items() if words.prefix == "test"] == [Rung.THREE]
    assert [rung for rung, words in WORDS.items() if "no later period" in words.judged] == [Rung.TWO, Rung.ONE]


def test_the_ladder_goes_down_from_three_periods() -> None:
    assert list(HELD_OUT.items()) == [(Rung.THREE, 2), (Rung.TWO, 1), (Rung.ONE, 0)]


def test_a_split_that_does_not_say_its_rung_was_of_three_periods() -> None:
    parts = {"train": [1], "validation": [2], "refit": [2, 1], "test": [3], "final": [3, 2, 1]}
    assert msgspec.convert(parts, Split).rung is Rung.THREE
    said = {**parts, "rung": "one period"}
    assert msgspec.convert(said, Split).rung is Rung.ONE
