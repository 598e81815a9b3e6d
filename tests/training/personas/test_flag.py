"""Flags: small segments, in every language."""

from training.personas.flag import WORDS, of_size
from training.personas.phrase import LANGUAGES
from training.segmenters import Segment
from training.segmenters.profile import Profile


def _profile(size: int) -> Profile:
    return Profile(Segment("a", "A", ""), size, 0.1, (), {})


def test_a_segment_below_the_least_is_small_and_one_below_a_thousand_has_few() -> None:
    (small,) = of_size(_profile(99), 100)
    assert (small.key, small.text) == ("small", "99 customers, fewer than 100: too small to act on by itself")
    (few,) = of_size(_profile(100), 100)
    assert (few.key, few.figures["least"]) == ("few", 1_000)
    assert of_size(_profile(1_000), 100) == ()
    assert of_size(_profile(1_500), 2_000)[0].key == "small"
    assert of_size(_profile(1), 100)[0].text.startswith("1 customer,")
    assert of_size(_profile(7), 100, smallest=20)[0].text.startswith("fewer than 20 customers")


def test_everything_is_said_in_every_language() -> None:
    assert all(tuple(row) == LANGUAGES for row in WORDS.values())
    assert of_size(_profile(99), 100)[0].texts["fr"].startswith("99 clients, moins de 100")
