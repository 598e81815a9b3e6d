"""The gate: what a challenger must pass to become the champion. Each check is one function of an exam.

A check returns its verdict, or None where it has nothing to say of the target. A refusal gives the number, the limit,
and what to do.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression

from training.bundle.bundle import Bundle
from training.gate.exam import Exam, LevelExam
from training.metrics.bootstrap import scored
from training.metrics.metrics import CHOSEN_BY, METRICS, Floats
from training.panel.examples import Column
from training.panel.rung import Rung

ROWS = 0.8
SLOPE = (0.8, 1.25)
ECE = 0.05
TOTAL = (0.8, 1.25)
"""Sum of the predictions over that of the outcomes."""
A_QUARTER = 0.25
"""Of a standard deviation: how far a feature may move when the data have."""
BY_CHANCE = 3.0
"""Standard errors: how far the mean of a feature that few rows have may move."""
_ROUNDING = 1e-6
_NAMED = 3
_SMALLEST_P = 1e-6


@dataclass(frozen=True)
class Verdict:
    """What one gate says of one target."""

    gate: str
    target: str
    number: float | None
    """What was measured; None where it could not be."""
    limit: str
    passed: bool
    shown: str
    """The number as people read it."""
    detail: str
    """What belongs to it."""
    advice: str
    """What to do about a refusal."""
    rung: str = ""
    """What the target's figures stand on; empty for what is no target's."""

    def sentence(self) -> str:
        """Return the verdict as one line."""
        got = f"{self.shown} {self.detail}".strip()
        stands = f" ({self.rung})" if self.rung else ""
        return f"{self.target}{stands}, {self.gate}: got {got}; allowed: {self.limit}. {self.advice}"


Gate = Callable[[Exam], Verdict | None]


def rows(exam: Exam) -> Verdict:
    """Refuse what was learned from fewer rows before the test than the same data give now."""
    learned = exam.evidence.rows["refit"]
    share = learned / exam.rows if exam.rows else 0.0
    return Verdict(
        "rows",
        exam.target.name,
        share,
        f"at least {ROWS:.0%}",
        share >= ROWS,
        f"{share:.0%}",
        f"of the rows that there are now ({learned:,} of {exam.rows:,})",
        "It was trained on a part of the data: see that the sources were whole, and train again.",
    )


def features(exam: Exam) -> Verdict:
    """Refuse what was learned from other features than the code of now computes for the same rows.

    On the same rows they are equal but for rounding. Where the data have changed since, a feature's mean and its share
    of missing values may have moved by a quarter of a standard deviation; the mean of what few rows know, by chance.
    """
    moved = {}
    for name, now in exam.columns.items():
        then = exam.evidence.columns[name]
        if _moved(exam, then, now):
            moved[name] = _both(name, then, now)
    more = f"; and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    return Verdict(
        "features",
        exam.target.name,
        len(moved),
        "none differs",
        not moved,
        str(len(moved)),
        f"that differ: {'; '.join(list(moved.values())[:_NAMED])}{more}" if moved else "",
        "What it was trained on is not what the sources and this code give: see which changed, and train again.",
    )


def _moved(exam: Exam, then: Column, now: Column) -> bool:
    tolerance = _ROUNDING if exam.same_rows else A_QUARTER
    deviation = np.sqrt(max(share * (1 - share) for share in (then.missing, now.missing)))
    if abs(then.missing - now.missing) > tolerance * deviation + _ROUNDING:
        return True
    known = (exam.evidence.rows["refit"] * (1 - then.missing), exam.rows * (1 - now.missing))
    if min(known) < 1:
        return False
    if not exam.same_rows:
        tolerance = max(tolerance, BY_CHANCE * np.sqrt(sum(1 / rows for rows in known)))
    spread = max(then.spread, now.spread)
    return bool(abs(then.mean - now.mean) > tolerance * spread + _ROUNDING * max(1.0, abs(now.mean)))


def _both(name: str, then: Column, now: Column) -> str:
    return (
        f"{name} (mean {then.mean:,.4g} in the bundle, {now.mean:,.4g} now;"
        f" missing {then.missing:.1%} in the bundle, {now.missing:.1%} now)"
    )


def calibration_slope(exam: Exam) -> Verdict | None:
    """Refuse predictions that are too extreme (a slope under 1) or too timid (over 1); a median has no such slope."""
    if exam.target.task == "time":
        return None
    slope = slope_of(exam.target.task, exam.y, exam.challenger)
    low, high = SLOPE
    return Verdict(
        "calibration_slope",
        exam.target.name,
        slope,
        f"{low:.2f} to {high:.2f}",
        slope is not None and low <= slope <= high,
        "none" if slope is None else f"{slope:.2f}",
        "" if slope is not None else "(all predictions or all outcomes are the same)",
        "Its predictions are too extreme, or it learned something else: see the target's calibration plot."
        if slope is None or slope < low
        else "Its predictions are too timid: see the target's calibration plot.",
    )


def slope_of(task: str, y: Floats, p: Floats) -> float | None:
    """Return the calibration slope: of a logistic regression of y on logit(p), or for values of a linear one on p.

    None where all predictions, or all outcomes of a binary target, are the same.
    """
    binary = task == "binary"
    inside = np.clip(p, _SMALLEST_P, 1 - _SMALLEST_P)
    x = np.log(inside / (1 - inside)) if binary else p
    if np.ptp(x) == 0 or (binary and np.ptp(y) == 0):
        return None
    spread = x.std()  # the solver's steps want numbers of about 1
    model = LogisticRegression(C=np.inf, tol=1e-8) if binary else LinearRegression()
    return float(np.ravel(model.fit((x / spread)[:, None], y).coef_)[0] / spread)


def ece(exam: Exam) -> Verdict | None:
    """Refuse probabilities that are wrong on average over ten bins of equal count."""
    if exam.target.task != "binary":
        return None
    error = float(METRICS["binary"]["ece"](exam.y, exam.challenger, np.ones((1, exam.y.size)))[0])
    return Verdict(
        "ece",
        exam.target.name,
        error,
        f"at most {ECE:.3f}",
        error <= ECE,
        f"{error:.3f}",
        "",
        "Its probabilities are off: see whether the base rate moved between training and test.",
    )


def total_ratio(exam: Exam) -> Verdict | None:
    """Refuse values whose sum is off; of probabilities the ECE tells it, and a median has no sum."""
    if exam.target.task != "value":
        return None
    found = scored("value", exam.y, exam.challenger, exam.customers).estimates()["total_ratio"]
    low, high = TOTAL
    return Verdict(
        "total_ratio",
        exam.target.name,
        found.value if np.isfinite(found.value) else None,
        f"{low:.2f} to {high:.2f}",
        low <= found.value <= high,
        f"{found.value:.2f}",
        f"times what happened (95 % interval {found.lo:.2f} to {found.hi:.2f})",
        "Its sums are off: see whether the level moved between training and test.",
    )


def shorter_horizon(exam: LevelExam) -> Verdict:
    """Refuse what has no label of its own where its level was off on the shorter horizon that has some."""
    found, binary = exam.now, exam.target.task != "value"
    if found is None:
        return _level_of(exam, None, passed=False, shown="none", detail="(nothing happened on the shorter horizon)")
    off = abs(found.predicted - found.happened) if binary else found.ratio
    passed = off <= ECE if binary else TOTAL[0] <= off <= TOTAL[1]
    return _level_of(
        exam, off, passed=passed, shown=f"{off:.3f}" if binary else f"{off:.2f}", detail=found.said(binary)
    )


def _level_of(exam: LevelExam, number: float | None, *, passed: bool, shown: str, detail: str) -> Verdict:
    binary = exam.target.task != "value"
    return Verdict(
        "shorter_horizon",
        exam.target.name,
        number,
        f"at most {ECE:.3f} off; values {TOTAL[0]:.2f} to {TOTAL[1]:.2f} times what happened",
        passed,
        shown,
        f"{'off' if binary else 'times what happened'}: {detail}" if number is not None else detail,
        "It has no label of its own horizon, and its level is off where there are some: wait for more days of events.",
        Rung.NONE,
    )


def neither(challenger: Bundle, *, allowed: bool) -> tuple[Verdict, ...]:
    """Refuse each target of which nothing can be examined, unless that is allowed."""
    return tuple(
        Verdict(
            UNEXAMINED,
            predictor.target.name,
            None,
            "labels of its own, or of a shorter horizon",
            allowed,
            "neither",
            "(allowed by UNEXAMINED=1)" if allowed else "",
            "Nothing of it was ever compared with what happened: train on more days of events, or promote it unseen:"
            " make promote UNEXAMINED=1.",
            Rung.NONE,
        )
        for predictor in challenger.predictors
        if predictor.evidence is None and predictor.shorter is None
    )


def against_champion(exam: Exam) -> Verdict | None:
    """Refuse what is worse than the champion on the same test rows, beyond what resampled customers explain."""
    if exam.champion is None:
        return None
    task, metric = exam.target.task, CHOSEN_BY[exam.target.task]
    challenger, champion = (scored(task, exam.y, p, exam.customers) for p in (exam.challenger, exam.champion))
    difference = challenger.minus(champion)[metric]
    return Verdict(
        "against_champion",
        exam.target.name,
        difference.value,
        "not above 0 beyond noise",
        difference.lo <= 0,
        f"{difference.value:+.4f}",
        f"in {metric.replace('_', ' ')} (95 % interval {difference.lo:+.4f} to {difference.hi:+.4f})",
        "The champion's recipe, fitted on the same rows, does better: keep it, or look at the labels and features.",
    )


GATES: tuple[Gate, ...] = (rows, features, calibration_slope, ece, total_ratio, against_champion)
UNEXAMINED = "unexamined"
"""The gate of what can be neither tested nor checked, and the tag of a version that was promoted all the same."""


def judge(exams: Iterable[Exam]) -> tuple[Verdict, ...]:
    """Return every gate's verdict on every target."""
    return tuple(
        replace(verdict, rung=exam.evidence.split.rung) for exam in exams for gate in GATES if (verdict := gate(exam))
    )


def dropped(challenger: Bundle, champion: Bundle) -> tuple[Verdict, ...]:
    """Refuse each target that the champion answers and the challenger does not."""
    has = {predictor.target.name for predictor in challenger.predictors}
    lost = [predictor.target.name for predictor in champion.predictors if predictor.target.name not in has]
    return tuple(
        Verdict(
            "targets",
            name,
            None,
            "every target of the champion",
            False,
            "dropped",
            "by the challenger",
            "See why training left it out, or `make promote FORCE=1` if that is meant.",
        )
        for name in lost
    )


def unexamined(gate: str, reason: str) -> Verdict:
    """Refuse where there is nothing to compare: an exam that could not be held is not passed."""
    return Verdict(
        gate, "all targets", None, "an exam", False, "none", f"({reason})", "Train again, or `make promote FORCE=1`."
    )


def to_json(verdicts: Iterable[Verdict]) -> str:
    """Return the verdicts as a tag keeps them; only a refusal needs advice."""
    return json.dumps([asdict(verdict if not verdict.passed else replace(verdict, advice="")) for verdict in verdicts])
