"""Stale: why a prediction is older, or younger, than what its bundle learned from."""

from features.clock import DAY, iso
from features.log.as_of import Why
from features.log.store.accepted import Away


def stale(moment: int, why: Why, learned_to: int, horizon_days: int) -> str:
    """Return why a moment and the as-of of its bundle lie a horizon or more apart; empty where they do not.

    Args:
        moment: what the prediction speaks of.
        why: why it is this moment.
        learned_to: the bundle's as-of.
        horizon_days: the horizon of the prediction's target.
    """
    horizon = horizon_days * DAY
    if learned_to - horizon < moment < learned_to + horizon:
        return ""
    known = iso(learned_to)
    if moment >= learned_to + horizon:
        return f"the bundle's as-of, {known}, is a horizon or more before this moment: train again"
    behind = f"a horizon or more before the bundle's as-of, {known}"
    if why == "asked":
        return f"asked about a moment {behind}: the bundle learned from what came after it"
    return f"the stored events end {behind}: bring newer data"


def behind(error: Away) -> str:
    """Return what is said of answers that know nothing of what came in, since its server does not answer."""
    return f"answered from the stored events alone, without what came in since: {error}"
