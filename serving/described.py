"""Described: what a bundle can answer, and the rules beside it."""

from typing import Any

import msgspec

from features.clock import iso
from training.bundle.bundle import Bundle
from training.reasons import wording
from training.rules.rules import NO_RULES, Rules
from training.segmenters import Segment


def described(bundle: Bundle, rules: Rules = NO_RULES) -> dict[str, Any]:
    """Return what a bundle can answer, and the rules beside it."""
    return {
        "dataset": bundle.dataset,
        "as_of": iso(bundle.as_of),
        "features": len(bundle.kernel.features),
        "predictors": [
            {**msgspec.to_builtins(predictor.target), "recipe": predictor.recipe} for predictor in bundle.predictors
        ],
        **({"campaigns": msgspec.to_builtins(bundle.campaigns.campaigns)} if bundle.campaigns else {}),
        "segmenters": {s.name: [_flagged(bundle, s.name, one) for one in s.segments] for s in bundle.segmenters},
        **({"rules": {name: msgspec.to_builtins(rule) for name, rule in rules.declared.items()}} if rules else {}),
        **({"rules_left_out": dict(rules.left_out)} if rules.left_out else {}),
    }


def _flagged(bundle: Bundle, segmenter: str, segment: Segment) -> dict[str, Any]:
    """Return a segment, with what the figures of the training say against its name and what it buys beyond the rest."""
    against = bundle.flags.get(segmenter, {}).get(segment.name, {})
    bought = bundle.bought.get(segmenter, {}).get(segment.name, ())
    said = {"flag": against[wording.ENGLISH]} if against else {}
    return {**vars(segment), **said, **({"buys_beyond_the_rest": list(bought)} if bought else {})}
