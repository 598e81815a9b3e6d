"""The opening: what a reader wants of each target first, in sentences: what it says, and how far to believe it."""

import math

from training.charts.reader import ENGLISH, Reader
from training.metrics.bootstrap import Estimate
from training.panel.rung import Rung
from training.report import findings
from training.report.report import Target

TRIED = {
    Rung.THREE: "Tried on a period that came after all that it was made from.",
    Rung.TWO: "Tried on the period that it was chosen by: no later one has judged it yet, so the figures flatter.",
    Rung.ONE: "Tried on other customers of the same period: no later one has judged it yet.",
    Rung.NONE: "Not tried yet: no period is long enough to know the outcome.",
}
"""What a rung means, before anything else is known of it."""

RANKED = {
    "binary": "Of two customers, one with the outcome and one without, it tells which is which {share} of the time; a"
    " coin would 50 %.",
    "value": "It ranks customers with a correlation of {figure} to how they came out: 0 is chance, 1 is perfect.",
    "time": "Of two customers, it tells who comes later {share} of the time; a coin would 50 %.",
}

NOTHING = "Nothing happened that its size could be compared with."
RIGHT = "As much was predicted as happened, within chance: {value} times (95 % interval {lo} to {hi})."
TOO_MUCH = "Too much was predicted, beyond chance: {value} times what happened (95 % interval {lo} to {hi})."
TOO_LITTLE = "Too little was predicted, beyond chance: {value} times what happened (95 % interval {lo} to {hi})."


def level(target: Target, reader: Reader = ENGLISH) -> str:
    """Return how a target came out, in one sentence."""
    said = {
        "meaning": capital(reader.phrase(target.meaning)),
        "cohort": reader.phrase(target.cohort),
        "value": findings.quantity(target, target.base_rate.value, reader),
        "lo": findings.quantity(target, target.base_rate.lo, reader),
        "hi": findings.quantity(target, target.base_rate.hi, reader),
    }
    if target.binary:
        return reader(
            "<strong>{meaning}</strong>: {value} of customers with {cohort} (95 % interval {lo} to {hi}).", **said
        )
    return reader(
        "<strong>{meaning}</strong>: {value} on average, of customers with {cohort} (95 % interval {lo} to {hi}).",
        **said,
    )


def tried(target: Target, reader: Reader = ENGLISH) -> str:
    """Return on what the target's figures stand."""
    return reader(TRIED[target.rung])


def ranked(target: Target, reader: Reader = ENGLISH) -> str:
    """Return how well customers are told apart."""
    value = target.headline.value
    return reader(RANKED[target.task], share=reader.share(value, 0), figure=reader.decimal(value, 2))


def sized(target: Target, reader: Reader = ENGLISH) -> str:
    """Return whether the predictions are of the right size; empty for times, of which there is no sum."""
    if target.task == "time":
        return ""
    ratio = target.calibration.ratio
    said = {name: reader.decimal(getattr(ratio, name), 2) for name in ("value", "lo", "hi")}
    return reader(_sized(ratio), **said)


def _sized(ratio: Estimate) -> str:
    if not math.isfinite(ratio.value):
        return NOTHING
    if ratio.lo <= 1 <= ratio.hi:
        return RIGHT
    return TOO_MUCH if ratio.value > 1 else TOO_LITTLE


def capital(text: str) -> str:
    """Return a text that begins a sentence."""
    return text[:1].upper() + text[1:]
