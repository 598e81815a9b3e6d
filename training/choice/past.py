"""The past: customers as they were at the newest test cut-offs, and segmenters as they would have been fitted then."""

from collections.abc import Mapping, Sequence

from training.choice.choice import Choice
from training.choice.unseen import Unseen
from training.panel.panel import Panel
from training.segmenters import Facts, Segmenter
from training.segmenters.declared import Fit


def past(panel: Panel, choices: Sequence[Choice]) -> dict[int, Facts]:
    """Return the customers at each newest test cut-off of the choices.

    What is predicted of them comes from scorers that have seen neither the outcomes nor any later ones.
    """
    found: dict[int, Facts] = {}
    for moment in dict.fromkeys(choice.split.test[0] for choice in choices):
        x = panel.x[panel.spine.at([moment])]
        found[moment] = Facts(x, panel.names, Unseen(choices, x))
    return found


def of_days(refit: Fit, days: Mapping[int, Facts]) -> dict[int, Segmenter]:
    """Return a segmenter fitted to the customers of each day; a day whose customers do not allow one is left out."""
    found: dict[int, Segmenter] = {}
    for moment, facts in days.items():
        try:
            found[moment] = refit(facts)
        except ValueError:
            continue
    return found
