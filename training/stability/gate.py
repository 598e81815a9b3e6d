"""The gate: what a segmenter must show before customers are put into its segments, and the verdict with its figures."""

from dataclasses import dataclass

from training.charts import number
from training.stability.bootstrap import PAIRS, SAMPLE, Stability
from training.stability.grade import Grade
from training.stability.period import Tells

NOT_STABLE, NO_USE = "not stable", "of no use"
KEPT = "kept as it was"
"""What is said of a former fit."""


@dataclass(frozen=True)
class Gate:
    """The thresholds. They are data: what a verdict was given by can be shown."""

    ari: float = 0.80
    """The least mean adjusted Rand index of pairs of bootstrap samples."""
    p10: float = 0.70
    """The least 10th percentile of it."""
    jaccard: float = 0.75
    """The least of any segment's Jaccard indices (Hennig's bound of a stable cluster)."""
    share: float = 0.02
    """The least share of the customers in a segment."""
    behind: float = 0.005
    """By how much the AUC of the next period may be below the map's; more counts where chance would not give it."""
    pairs: int = PAIRS
    sample: int = SAMPLE


GATE = Gate()


class NotStable(ValueError):
    """Segments are not shown, since with other customers of the same kind they would be others."""


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a segmenter, with every figure that it rests on."""

    entry: str
    """What was judged."""
    stability: Stability
    grade: Grade
    """What the segments are, where they pass."""
    tells: Tells | None = None
    """What they tell of the next period; None where no churn is known of two periods."""
    faults: tuple[str, ...] = ()
    """What is not stable, in words with the figures."""
    useless: tuple[str, ...] = ()
    """What tells too little of the next period, in words with the figures."""
    notes: tuple[str, ...] = ()
    """What else was found, in words."""

    @property
    def passes(self) -> bool:
        """Whether the segments are shown."""
        return not (self.faults or self.useless)

    @property
    def graded(self) -> str:
        """The grade, or what it is refused for."""
        return self.grade.value if self.passes else NOT_STABLE if self.faults else NO_USE

    def said(self) -> str:
        """Return the verdict in a line."""
        return "; ".join(self.parts())

    def parts(self) -> tuple[str, ...]:
        """Return what the verdict says, one after the other."""
        if not self.passes:
            first, *others = (*self.faults, *self.useless)
            return (f"{self.graded}: {self.entry}: {first}", *others)
        own = self.stability
        figures = (
            f"ARI {_three(own.ari)} (10th percentile {_three(own.p10)}), smallest Jaccard {_three(min(own.jaccard))}"
        )
        return (f"{self.entry}: {self.graded}, {figures} of {own.pairs} pairs", *_told(self.tells), *self.notes)

    def metrics(self) -> dict[str, float]:
        """Return the figures, as they are logged."""
        own = self.stability
        found = {
            "stability_ari": own.ari,
            "stability_ari_p10": own.p10,
            "stability_jaccard_min": min(own.jaccard),
            "stability_share_min": min(own.shares),
        }
        if self.tells is None:
            return found
        return found | {
            "next_period_auc": self.tells.auc,
            "next_period_auc_rfm": self.tells.map,
            "next_period_auc_minus_rfm_lo": self.tells.more.lo,
            "next_period_auc_minus_rfm_hi": self.tells.more.hi,
        }


def unstable(found: Stability, gate: Gate = GATE, *, kept: bool = False) -> tuple[str, ...]:
    """Return what of the stability is below the thresholds, in words with the figures; empty where nothing is.

    Args:
        found: the stability.
        gate: the thresholds.
        kept: whether the segments are those of a former fit: how alike they are with new fits then tells how far
            customers have moved on, which is no fault of theirs; whether new fits are alike still counts.
    """
    of = f"of {found.pairs} pairs of samples of {number.whole(found.sample)} customers"
    jaccard, share = min(found.jaccard), min(found.shares)
    least = f"smallest segment {number.share(share)} of the customers"
    faults = (
        (found.ari < gate.ari, f"mean ARI {_three(found.ari)} {of}", f"{gate.ari:.2f}"),
        (found.p10 < gate.p10, f"10th percentile of ARI {_three(found.p10)}", f"{gate.p10:.2f}"),
        (
            jaccard < gate.jaccard and not kept,
            f"smallest Jaccard of a segment {_three(jaccard)}",
            f"{gate.jaccard:.2f}",
        ),
        (share < gate.share, least, number.share(gate.share, 0)),
    )
    return tuple(f"{said}, at least {needed} is needed" for failed, said, needed in faults if failed)


def too_little(found: Tells | None, gate: Gate = GATE) -> tuple[str, ...]:
    """Return why segments tell less of the next period than the map, in words; empty where they do not.

    They do where the paired interval of the difference excludes 0, too: of few customers chance alone takes .02.
    """
    if found is None or found.auc >= found.map - gate.behind or found.more.hi >= 0:
        return ()
    lowest = f"at least {_three(found.map - gate.behind)} is needed beside the RFM map's {_three(found.map)}"
    return (f"AUC of the next period {_three(found.auc)}, {lowest} ({_interval(found)})",)


def lowers(found: Tells | None) -> tuple[str, ...]:
    """Return by how much less the map tells once segments divide it, in words; empty where that is none or chance."""
    if found is None or found.more.hi >= 0:
        return ()
    crossed = f"the RFM map divided by it tells the next period by an AUC of {_three(found.auc)}"
    return (f"{crossed}, undivided by {_three(found.map)} ({_interval(found)})",)


def _told(found: Tells | None) -> tuple[str, ...]:
    """Return what segments tell of the next period, in words; better than the map only where the interval says so."""
    if found is None:
        return ()
    more = found.more
    beside = "above" if more.lo > 0 else "below" if more.hi < 0 else "as good as"
    interval = _interval(found)
    who = " of the RFM map divided by it" if found.crossed else ""
    return (
        f"AUC of the next period{who} {_three(found.auc)}, {beside} the RFM map's {_three(found.map)} ({interval})",
    )


def _interval(found: Tells) -> str:
    return f"{number.signed(_three(found.more.lo))} to {number.signed(_three(found.more.hi))}"


def _three(value: float) -> str:
    return number.decimal(value, 3)
