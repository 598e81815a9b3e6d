"""The segmenters that have to pass the gate."""

from collections.abc import Callable
from functools import partial

from features.kernel.kernel import Kernel
from training.choice.gated import Gated, Periods, choose
from training.choice.grouped import grouped, newest_period
from training.panel.ground import Ground
from training.panel.panel import Panel
from training.segmenters import Facts, behaviour
from training.segmenters.declared import settings
from training.segmenters.entry import spending, values
from training.segmenters.nested import ACTIVITY, SPEND


def judged(
    ground: Ground, kernel: Kernel, now: Facts, panel: Panel, periods: Periods
) -> dict[str, Callable[[], Gated]]:
    """Return, by name, what chooses and judges each segmenter of a dataset that has to pass the gate.

    Args:
        ground: what is known of the business.
        kernel: the features.
        now: of the customers of now.
        panel: of customers at moments of before.
        periods: the newest two of which it is known who left.
    """
    asked, currency = settings(ground.dataset), ground.dataset.currency
    words, by = behaviour.words(kernel.features), spending(ground.dataset)
    known = by if now.has(by) else ""
    found: dict[str, Callable[[], Gated]] = {
        "value": lambda: choose(values(asked.value, currency, known, words), now, periods)
    }
    sets = behaviour.sets(kernel.features) if asked.behaviour else ()
    if sets:
        after = partial(newest_period, panel, ground.end)
        order = known or next(name for name in (SPEND, ACTIVITY) if now.has(name))
        found[behaviour.NAME] = lambda: grouped(sets, now, periods, after(), words, currency, order)
    return found
