"""The gate of what is offered: a challenger's methods beside the champion's, by the same customers at two origins."""

import numpy as np

from training.bundle.bundle import Bundle
from training.choice.offering import OFFERS
from training.gate.gate import Verdict
from training.metrics.bootstrap import paired
from training.recommenders.lists import CHOSEN

GATE = "offered"
WIDE = 1.96
"""Standard errors of an interval of 95 %."""


def judge(challenger: Bundle, champion: Bundle | None) -> tuple[Verdict, ...]:
    """Refuse a list whose method finds less than the champion's does at both origins; of others nothing is said.

    Both methods were fitted on what ended before each origin, on the challenger's data, when it was trained: as what
    the challenger is they are, and what the champion learned since could not help it.

    Args:
        challenger: the bundle that wants to be served.
        champion: the bundle that is; None where there is none.
    """
    if champion is None or champion.offering is None:
        return ()
    if challenger.offering is None:
        return (
            Verdict(
                GATE, OFFERS, None, "what is offered now", False, "nothing", "",
                "Train it with products, or `make promote FORCE=1` and nothing is offered any more.",
            ),
        )  # fmt: skip
    return tuple(_verdict(challenger, champion, name) for name in CHOSEN)


def _verdict(challenger: Bundle, champion: Bundle, name: str) -> Verdict:
    assert challenger.offering is not None
    assert champion.offering is not None
    new, old = challenger.offering.chosen[name], champion.offering.chosen.get(name, "")
    gains, worse = [], []
    for figures in challenger.offering.compared.figures:
        every = figures[name]
        if old not in every or new not in every:
            continue
        gain, error = paired(every[new], every[old], np.arange(every[new].size))
        gains.append(gain)
        worse.append(gain + WIDE * error < 0)
    mean = float(np.mean(gains)) if gains else None
    return Verdict(
        GATE,
        name,
        mean,
        "NDCG@10 not below the champion's at both origins",
        not (worse and all(worse)),
        "-" if mean is None else f"{mean:+.4f}",
        f"by {new} beside {old}" if old else f"by {new}",
        "See in the report how each method did; train again when there are more data.",
    )
