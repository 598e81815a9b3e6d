"""The rung: on how many labelled periods a target stands, and the words by which whatever is said of it says so."""

from dataclasses import dataclass
from enum import StrEnum


class Rung(StrEnum):
    """A rung of the ladder; its value is what tags and manifests call it."""

    THREE = "three periods"
    TWO = "two periods"
    ONE = "one period"
    NONE = "no period"


@dataclass(frozen=True)
class Words:
    """What a rung means, for people."""

    stands: str
    """What a target on it stands on, as the end of a sentence."""
    rows: str
    """The rows that its figures are of."""
    judged: str
    """What these rows are to the recipe, as the end of a sentence; a figure without it would claim too much."""
    prefix: str
    """What the names of its metrics begin with."""
    served: str
    """How the model that is served differs from the one that was judged."""


HELD_OUT: dict[Rung, int] = {Rung.THREE: 2, Rung.TWO: 1, Rung.ONE: 0}
"""How many periods each rung with labels keeps from the first fit, the highest rung first."""

WORDS: dict[Rung, Words] = {
    Rung.THREE: Words(
        "learned on one period, chosen by the next and judged on the last",
        "test rows",
        "test, which came after everything that the judged model was fitted on",
        "test",
        "fitted again on all of the data; the figures are of a model that had not seen the test rows",
    ),
    Rung.TWO: Words(
        "learned on one period and chosen by the next: the figures are those of validation, no later period judged it",
        "validation rows",
        "validation, by which the recipe was chosen: no later period has judged it",
        "val",
        "fitted again on all of the data; the figures are of a model that had not seen the validation rows, but that"
        " was chosen by them",
    ),
    Rung.ONE: Words(
        "learned on one period: the recipe is what is believed beforehand, and the figures are of other customers at"
        " the same time, no later period judged it",
        "rows of the other half",
        "the half of the customers that was not learned from, at the same time: no later period has judged it",
        "half",
        "fitted again on all customers; the figures are of a model of half of them, at the same time",
    ),
    Rung.NONE: Words(
        "no period has a label of its horizon: answered from purchase dates alone, there are no figures",
        "no rows",
        "nothing: there is no label of its horizon",
        "none",
        "fitted without any label",
    ),
}
