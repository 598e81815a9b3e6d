"""Offers: an effect of its own in each segment, told in full."""

import numpy as np

from features.simulator.offer import NOTHING, OFFERS, SEGMENT_NAMES, effects
from features.simulator.segment import EVERYONE, SEGMENTS


def test_every_offer_has_its_effects_in_every_segment() -> None:
    for offer in OFFERS:
        assert set(offer.conversion) == set(offer.basket) == set(SEGMENT_NAMES)
        assert len({(offer.conversion[kind.name], offer.basket[kind.name]) for kind in SEGMENTS}) > 3
        assert offer.event in ("mail_sent", "contact")


def test_none_is_the_best_everywhere_and_some_do_harm() -> None:
    conversion, basket = effects(SEGMENTS)
    gain = (conversion * basket)[:, :-1]
    assert len(set(gain.argmax(axis=1))) == len(OFFERS)
    assert (gain < 1).any(axis=0).all()


def test_no_offer_changes_nothing() -> None:
    for kinds in (SEGMENTS, (EVERYONE,)):
        for effect in effects(kinds):
            assert effect.shape == (len(kinds), len(OFFERS) + 1)
            assert np.array_equal(effect[:, NOTHING], np.ones(len(kinds)))
