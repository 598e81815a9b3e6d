"""The segmenters that have to pass the gate."""

from collections.abc import Sequence

from features.kernel.kernel import Kernel
from training.choice.gated import Judge, Periods, among
from training.choice.grouped import Words, newest_period, of_groups
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.segmenters import Facts, behaviour
from training.segmenters.declared import settings
from training.segmenters.entry import spending, values
from training.segmenters.nested import ACTIVITY, SPEND
from training.targets import Target


def judged(
    ground: Ground, kernel: Kernel, now: Facts, panel: Panel, periods: Periods, targets: Sequence[Target]
) -> dict[str, Judge]:
    """Return, by name, what decides about each segmenter of a dataset that has to pass the gate.

    Args:
        ground: what is known of the business.
        kernel: the features.
        now: of the customers of now.
        panel: of customers at moments of before.
        periods: the newest two of which it is known who left.
        targets: those that are predicted.
    """
    asked, currency = settings(ground.dataset), ground.dataset.currency
    words, by = behaviour.words(kernel.features), spending(targets)
    known = by if now.has(by) else ""
    found = {"value": among(values(asked.value, currency, known, words), periods)}
    sets = behaviour.sets(kernel.features) if asked.behaviour else ()
    if sets:
        order = known or next(name for name in (SPEND, ACTIVITY) if now.has(name))
        words_of = Words(words, currency, order)
        found[behaviour.NAME] = of_groups(sets, periods, lambda: newest_period(panel, ground.end), words_of)
    return found
