"""Contradictions: segments of RFM whose name promises customers who stay, while more of them leave than of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.consent.groups import enough
from training.personas.flag import CONTRADICTION, Flag, worded
from training.segmenters.facts import Facts
from training.segmenters.profile import Next
from training.segmenters.rfm import Rfm
from training.segmenters.rfm_settings import RECENCY, RfmSettings

PROMISING = ("champions", "loyal", "potential_loyalists", "new", "promising")
"""The names that promise activity."""
GAP = "gap_mean"
_MULTIPLES = ((1.0, 2.0, 3.0, 5.0), (0.5, 1.0, 2.0, 3.0), (0.25, 0.5, 1.0, 2.0))
"""Of the customers' usual gap, the thresholds of recency that are tried one after the other."""


@dataclass(frozen=True)
class Left:
    """Who left, of customers as they were at one moment; or who is predicted to."""

    target: str
    facts: Facts
    """What RFM looks at, and the mean gap where it is known."""
    churn: NDArray[np.float64]
    """Of each, whether they left, or the probability, shape (rows,); NaN of those outside the target's cohort."""
    observed: bool


def contradictions(left: Left, said: RfmSettings, smallest: int = 0) -> dict[str, Flag]:
    """Return a flag for each segment whose name the figures contradict, with the setting that mends it.

    Args:
        left: who left.
        said: what the dataset file says of RFM.
        smallest: customers that a figure is of at the least.
    """
    churn = _by_segment(Rfm.fit(left.facts, said), left)
    wrong = _wrong(churn, smallest)
    if not wrong:
        return {}
    overall, mends = _overall(churn), _mends(left, said, smallest)
    return {name: _flag(name, churn[name].mean, overall, left, mends) for name in wrong}


def thresholds(gap: float, multiples: Sequence[float] = _MULTIPLES[0]) -> tuple[int, ...]:
    """Return thresholds of recency, in whole days, at multiples of a usual gap.

    Example:
        >>> thresholds(10.4)
        (10, 21, 31, 52)
    """
    found: list[int] = []
    for multiple in multiples:
        found.append(max(round(multiple * gap), found[-1] + 1 if found else 1))
    return tuple(found)


@dataclass(frozen=True)
class _Mend:
    recency: tuple[int, ...]
    gap: float
    lowest: float
    """The share of those who have purchased who then have the worst score of recency."""
    remaining: tuple[str, ...]
    """Names that the figures contradict all the same."""


def _mends(left: Left, said: RfmSettings, smallest: int) -> list[_Mend]:
    """Return thresholds by the usual gap, the least contradicted first; none where no gap is known."""
    gaps = left.facts.column(GAP) if left.facts.has(GAP) else np.array([np.nan])
    if not np.isfinite(gaps).any():
        return []
    gap, found, silence = float(np.nanmedian(gaps)), list[_Mend](), left.facts.column(RECENCY)
    for multiples in _MULTIPLES:
        recency = thresholds(gap, multiples)
        rfm = Rfm.fit(left.facts, msgspec.structs.replace(said, recency=recency))
        lowest = float((silence[np.isfinite(silence)] >= recency[-1]).mean())
        found.append(_Mend(recency, gap, lowest, _wrong(_by_segment(rfm, left), smallest)))
    return sorted(found, key=lambda one: len(one.remaining))


def _by_segment(rfm: Rfm, left: Left) -> dict[str, Next]:
    """Return by segment how many are in the cohort, and how many of them left."""
    assigned, inside = rfm.assign(left.facts), np.isfinite(left.churn)
    found = {}
    for place, segment in enumerate(rfm.segments):
        rows = inside & (assigned == place)
        if rows.any():
            found[segment.name] = Next(int(rows.sum()), float(left.churn[rows].mean()))
    return found


def _overall(churn: Mapping[str, Next]) -> float:
    customers = sum(one.customers for one in churn.values())
    return sum(one.customers * one.mean for one in churn.values()) / customers if customers else float("nan")


def _wrong(churn: Mapping[str, Next], smallest: int) -> tuple[str, ...]:
    overall = _overall(churn)
    told = [name for name in PROMISING if name in churn and enough(churn[name].customers, smallest)]
    return tuple(name for name in told if churn[name].mean > overall)


def _flag(name: str, inside: float, overall: float, left: Left, mends: Sequence[_Mend]) -> Flag:
    figures: dict[str, float | str] = {"target": left.target, "inside": inside, "overall": overall}
    mend = next((one for one in mends if name not in one.remaining), None)
    if mend is not None:
        figures |= {"usual_gap": mend.gap, "setting": f"recency = {list(mend.recency)}"}
    keys = "left" if left.observed else "leaving", "mends" if mend else "renames"
    told = figures | ({"usual_gap": f"{mend.gap:.0f}", "lowest": mend.lowest} if mend else {})
    return Flag(CONTRADICTION, worded(keys, **told), figures)
