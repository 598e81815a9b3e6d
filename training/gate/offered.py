"""The gate of what is offered: a challenger's methods beside the champion's, by the same customers at two origins."""

import numpy as np

from training.choice.offering import OFFERS
from training.gate.gate import Verdict
from training.metrics.bootstrap import NORMAL, paired
from training.recommenders.lists import CHOSEN
from training.recommenders.offering import Offering

GATE = "offered"


def judge(challenger: Offering | None, champion: Offering | None) -> tuple[Verdict, ...]:
    """Refuse a list whose method finds less than the champion's does at both origins; of others nothing is said.

    Both methods were fitted on what ended before each origin, on the challenger's data, when it was trained: as what
    the challenger is they are, and what the champion learned since could not help it.

    Args:
        challenger: of the bundle that wants to be served; None where it offers nothing.
        champion: of the bundle that is; None where there is none, or it offers nothing.
    """
    if champion is None:
        return ()
    if challenger is None:
        return (
            Verdict(
                GATE, OFFERS, None, "what is offered now", False, "nothing", "",
                "Train it with its products and without RECOMMEND=0, or `make promote FORCE=1` and nothing is offered.",
            ),
        )  # fmt: skip
    return tuple(_verdict(challenger, champion, name) for name in CHOSEN)


def _verdict(challenger: Offering, champion: Offering, name: str) -> Verdict:
    new, old = challenger.chosen[name], champion.chosen.get(name, "")
    gains, worse = [], []
    for figures in challenger.compared.figures:
        every = figures[name]
        if old not in every or new not in every:
            continue
        gain, error = paired(every[new], every[old], np.arange(every[new].size))
        gains.append(gain)
        worse.append(gain + NORMAL * error < 0)
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
