"""Kinds of aggregate. To add one, add one row here: the kernel, the tests and the live service follow.

The kernel walks one customer's events backward in time from `end`, the moment that a window ends at. `init` runs
before the walk, `step` for each selected event, `value` when the walk has reached the far edge of a window. In these
texts `{x}` is the aggregate's own name, `{v}` the value of its column at the event, `time[i]` and `day[i]` the event's
instant and calendar day, `row` the number of the row being computed. All state is integer, so no order of summation
matters. `reference` says the same in plain Python, over the selected events of the window, and is what the tests
believe. Kinds with the same `init` and `step` share their state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan, sqrt

from features.clock import DAY, WEEK


@dataclass(frozen=True)
class Window:
    """The selected events of one window in time order, as the references see them."""

    time: Sequence[int]
    day: Sequence[int]
    values: Sequence[int]
    """The aggregate's column; empty where it has none."""
    end: int


@dataclass(frozen=True)
class Kind:
    """How one aggregate is computed, and what it should be."""

    name: str
    init: str
    step: str
    value: str
    reference: Callable[[Window], float]
    distinct: bool = False
    """Whether the kernel keeps, for `{x}`, the last row that saw each code of the column, in `seen_{x}`."""

    @property
    def state(self) -> tuple[str, str]:
        """What two kinds have in common when they share their state."""
        return self.init, self.step


def _gaps(window: Window) -> list[int]:
    days = sorted(set(window.day))
    return [later - earlier for earlier, later in pairwise(days)]


def _gap_spread(window: Window) -> float:
    gaps = _gaps(window)
    n, total, squares = len(gaps), sum(gaps), sum(gap * gap for gap in gaps)
    return sqrt(n * squares - total * total) / n if gaps else nan


_GAP_INIT = "{x}_n = 0; {x}_sum = 0; {x}_squares = 0; {x}_longest = 0; {x}_day = NEVER"
_GAP_STEP = """\
if day[i] != {x}_day:
    if {x}_day != NEVER:
        {x}_gap = {x}_day - day[i]
        {x}_n += 1
        {x}_sum += {x}_gap
        {x}_squares += {x}_gap * {x}_gap
        {x}_longest = max({x}_longest, {x}_gap)
    {x}_day = np.int64(day[i])"""

KINDS = {
    kind.name: kind
    for kind in (
        Kind("count", "{x} = 0", "{x} += 1", "{x}", lambda w: len(w.time)),
        Kind("sum", "{x} = 0", "{x} += {v}", "{x}", lambda w: sum(w.values)),
        Kind(
            "largest",
            "{x} = NEVER",
            "{x} = max({x}, {v})",
            "{x} if {x} != NEVER else NAN",
            lambda w: max(w.values, default=nan),
        ),
        Kind(
            "days",
            "{x} = 0; {x}_day = NEVER",
            "if day[i] != {x}_day:\n    {x} += 1\n    {x}_day = np.int64(day[i])",
            "{x}",
            lambda w: len(set(w.day)),
        ),
        Kind(
            "weeks",
            "{x} = 0; {x}_week = NEVER",
            "if (end - 1 - time[i]) // WEEK != {x}_week:\n    {x} += 1\n    {x}_week = (end - 1 - time[i]) // WEEK",
            "{x}",
            lambda w: len({(w.end - 1 - time) // WEEK for time in w.time}),
        ),
        Kind(
            "distinct",
            "{x} = 0",
            "if {v} >= 0 and seen_{x}[{v}] != row:\n    {x} += 1\n    seen_{x}[{v}] = row",
            "{x}",
            lambda w: len({value for value in w.values if value >= 0}),
            distinct=True,
        ),
        Kind(
            "silence",
            "{x} = NEVER",
            "{x} = max({x}, time[i])",
            "(end - {x}) / DAY if {x} != NEVER else NAN",
            lambda w: (w.end - max(w.time)) / DAY if w.time else nan,
        ),
        Kind(
            "tenure",
            "{x} = NEVER",
            "{x} = time[i]",
            "(end - {x}) / DAY if {x} != NEVER else NAN",
            lambda w: (w.end - min(w.time)) / DAY if w.time else nan,
        ),
        Kind(
            "gap_mean",
            _GAP_INIT,
            _GAP_STEP,
            "{x}_sum / {x}_n if {x}_n else NAN",
            lambda w: sum(_gaps(w)) / len(_gaps(w)) if _gaps(w) else nan,
        ),
        Kind(
            "gap_spread",
            _GAP_INIT,
            _GAP_STEP,
            "np.sqrt({x}_n * {x}_squares - {x}_sum * {x}_sum) / {x}_n if {x}_n else NAN",
            _gap_spread,
        ),
        Kind(
            "gap_longest",
            _GAP_INIT,
            _GAP_STEP,
            "{x}_longest if {x}_n else NAN",
            lambda w: max(_gaps(w), default=nan),
        ),
    )
}


@dataclass(frozen=True)
class Formula:
    """How a derived feature follows from two others, `a` and `b`; undefined where a divisor is zero."""

    name: str
    value: str
    reference: Callable[[float, float], float]


FORMULAS = {
    formula.name: formula
    for formula in (
        Formula("ratio", "a / b if b != 0 else NAN", lambda a, b: a / b if b != 0 else nan),
        Formula("share", "a / (a + b) if a + b != 0 else NAN", lambda a, b: a / (a + b) if a + b != 0 else nan),
        Formula("rest", "1 - a / b if b != 0 else NAN", lambda a, b: 1 - a / b if b != 0 else nan),
    )
}
