"""Kinds of aggregate. To add one, add one row here: the kernel, the tests and the live service follow.

The kernel walks one customer's events backward in time from `end`, the moment that a window ends at. `init` runs
before the walk, `step` for each selected event, `value` when the walk has reached the far edge of a window. In these
texts `{x}` is the aggregate's own name, `{v}` the value of its column at the event; `time[i]`, `day[i]` and `hour[i]`
are the event's instant, calendar day and hour of that day, `ANSWERS[code[i]]` whether it answers a campaign,
`PHASES[code[i]]` what it is in a subscription's life, `row` the number of the row being computed. Money is counted in
smaller units than it is told in: the scan divides what is `in_units` of its column, and `logarithm` takes money. All
state is integer, so no order of summation matters. `reference` says the same in plain Python, over the selected events
of the window, and is what the tests believe. Kinds with the same `init` and `step` share their state.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import exp, log, log1p, nan, sqrt

from features.clock import DAY, WEEK
from features.log.event import ENDED, STARTED

FIXED = 1 << 32
"""Logarithms of counts and weights of days are summed as integers in this unit."""
FINE = 1 << 12
"""Logarithms of money are squared as integers in this unit: a step of a fortieth of a per cent."""
HALF_LIFE = 28
"""Days after which an active day counts half in `decayed`."""
OLDEST = 4096
"""Days after which it counts nothing."""

NEVER = -(2**62)
"""Before any moment, and beyond any that is absent, as in the kernel."""

THURSDAY = 3
"""The weekday of 1970-01-01, counted from Monday."""


@dataclass(frozen=True)
class Window:
    """The selected events of one window in time order, as the references see them."""

    time: Sequence[int]
    day: Sequence[int]
    values: Sequence[int]
    """The aggregate's column; empty where it has none."""
    end: int
    hour: Sequence[int] = field(default=())
    answers: Sequence[bool] = field(default=())
    """Whether the event answers a campaign."""
    phases: Sequence[int] = field(default=())
    """STARTED, RENEWED or ENDED for the events of a subscription's life, else 0."""
    per: int = 1
    """How many of the values' units make up one of those that features tell."""


@dataclass(frozen=True)
class Kind:
    """How one aggregate is computed, and what it should be."""

    name: str
    init: str
    step: str
    value: str
    reference: Callable[[Window], float]
    per_code: tuple[str, ...] = ()
    """Arrays that the kernel keeps with a place for each code of the column: `seen` is `seen_{x}`; -1 at the start."""
    in_units: bool = False
    """Whether the value is in the units of its column."""

    @property
    def state(self) -> tuple[str, str]:
        """What two kinds have in common when they share their state."""
        return self.init, self.step


def _gaps(window: Window) -> list[int]:
    days = sorted(set(window.day))
    return [later - earlier for earlier, later in pairwise(days)]


def _gap_geometric(window: Window) -> float:
    gaps = _gaps(window)
    return exp(sum(round(log(gap) * FIXED) for gap in gaps) / FIXED / len(gaps)) if gaps else nan


def _gap_spread(window: Window) -> float:
    gaps = _gaps(window)
    n, total, squares = len(gaps), sum(gaps), sum(gap * gap for gap in gaps)
    return sqrt(n * squares - total * total) / n if gaps else nan


def _of_days(window: Window) -> list[int]:
    sums: dict[int, int] = {}
    for day, value in zip(window.day, window.values, strict=True):
        sums[day] = sums.get(day, 0) + value
    return list(sums.values())


def _log_spread(window: Window) -> float:
    logs = [round(log1p(max(float(total) / window.per, 0.0)) * FINE) for total in _of_days(window)]
    n, total, squares = len(logs), sum(logs), sum(value * value for value in logs)
    return sqrt(n * squares - total * total) / n / FINE if logs else nan


def _counts(window: Window) -> list[int]:
    return list(Counter(value for value in window.values if value >= 0).values())


def _entropy(window: Window) -> float:
    counts = _counts(window)
    n, logs = sum(counts), sum(round(count * log(count) * FIXED) for count in counts)
    return log(n) - logs / FIXED / n if n else nan


def _decayed(window: Window) -> float:
    newest = {day: max(t for t, d in zip(window.time, window.day, strict=True) if d == day) for day in set(window.day)}
    ages = [(window.end - 1 - time) // DAY for time in newest.values()]
    weights = [round(float(0.5 ** (age / HALF_LIFE)) * FIXED) for age in ages if age < OLDEST]
    return sum(weights) / FIXED


def _delays(window: Window) -> list[int]:
    """Return how long each campaign's contact waited for its first answer, where there was one before the next."""
    waiting: dict[int, int] = {}
    delays = []
    for time, campaign, answers in zip(window.time, window.values, window.answers, strict=True):
        if campaign < 0:
            continue
        if not answers:
            waiting[campaign] = time
        elif campaign in waiting:
            delays.append(time - waiting.pop(campaign))
    return delays


def _newest_period(window: Window) -> tuple[int, int] | None:
    """Return when the newest paid period of a subscription that is not ended began, and up to when it is paid.

    What is ended at the very instant at which a period begins is the one before. Of several at one instant the longest
    counts, and what is paid up to no later than its own moment, such as an addition to a period that is over, is none.
    None where there is none, or none knows its end.
    """
    ends = [time for time, phase in zip(window.time, window.phases, strict=True) if phase == ENDED]
    periods = [
        (time, until)
        for time, phase, until in zip(window.time, window.phases, window.values, strict=True)
        if phase != ENDED and (until < NEVER or until > time)
    ]
    if not periods or max(ends, default=NEVER) > max(periods)[0]:
        return None
    began, until = max(periods)
    return (began, until) if until > NEVER else None


def _paid_left(window: Window) -> float:
    period = _newest_period(window)
    return float(period[1] - window.end) / DAY if period else nan


def _paid_length(window: Window) -> float:
    period = _newest_period(window)
    return float(period[1] - period[0]) / DAY if period else nan


def _periods(window: Window) -> int:
    """Return how many instants begin a period, of the subscription that is not ended: from its start on, if known."""
    told = list(zip(window.time, window.phases, strict=True))
    since = max((time for time, phase in told if phase in {STARTED, ENDED}), default=NEVER)
    return len({time for time, phase in told if phase != ENDED and time >= since})


def _hours(name: str, first: int, last: int) -> Kind:
    """Return the kind that counts events from one hour of the day up to another."""
    return Kind(
        name,
        "{x} = 0",
        f"if {first} <= hour[i] < {last}:\n    {{x}} += 1",
        "{x}",
        lambda w: sum(first <= hour < last for hour in w.hour),
    )


_GAP_INIT = "{x}_n = 0; {x}_sum = 0; {x}_squares = 0; {x}_longest = 0; {x}_newest = 0; {x}_day = NEVER"
_GAP_STEP = """\
if day[i] != {x}_day:
    if {x}_day != NEVER:
        {x}_gap = {x}_day - day[i]
        if {x}_n == 0:
            {x}_newest = {x}_gap
        {x}_n += 1
        {x}_sum += {x}_gap
        {x}_squares += {x}_gap * {x}_gap
        {x}_longest = max({x}_longest, {x}_gap)
    {x}_day = np.int64(day[i])"""

_RHYTHM_INIT = "{x}_n = 0; {x}_logs = 0; {x}_day = NEVER"
_RHYTHM_STEP = """\
if day[i] != {x}_day:
    if {x}_day != NEVER:
        {x}_n += 1
        {x}_logs += np.int64(round(math.log({x}_day - day[i]) * FIXED))
    {x}_day = np.int64(day[i])"""

_DAY_INIT = "{x}_day = NEVER; {x}_high = 0; {x}_low = 0; {x}_n = 0; {x}_best = -np.inf; {x}_sum = 0; {x}_squares = 0"
_DAY_STEP = """\
if day[i] != {x}_day:
    if {x}_day != NEVER:
        {x}_log = logarithm({x}_high * 4294967296.0 + {x}_low)
        {x}_n += 1
        {x}_best = max({x}_best, {x}_high * 4294967296.0 + {x}_low)
        {x}_sum += {x}_log
        {x}_squares += {x}_log * {x}_log
    {x}_day = np.int64(day[i])
    {x}_high = 0
    {x}_low = 0
{x}_high += {v} >> 32
{x}_low += {v} & LOW"""

_SHARE_INIT = "{x}_n = 0; {x}_logs = 0; {x}_most = 0"
_SHARE_STEP = """\
if {v} >= 0:
    if seen_{x}[{v}] != row:
        seen_{x}[{v}] = row
        count_{x}[{v}] = 0
    {x}_count = count_{x}[{v}] + 1
    count_{x}[{v}] = {x}_count
    {x}_n += 1
    {x}_logs += entropic({x}_count) - entropic({x}_count - 1)
    {x}_most = max({x}_most, {x}_count)"""

_ANSWER_INIT = "{x}_n = 0; {x}_sum = 0"
_ANSWER_STEP = """\
if {v} >= 0:
    if ANSWERS[code[i]]:
        seen_{x}[{v}] = row
        at_{x}[{v}] = time[i]
    elif seen_{x}[{v}] == row:
        seen_{x}[{v}] = -1
        {x}_n += 1
        {x}_sum += at_{x}[{v}] - time[i]"""

_PERIOD_INIT = "{x} = NEVER; {x}_at = NEVER; {x}_end = NEVER"
_PERIOD_STEP = """\
if PHASES[code[i]] == 3:
    if {x}_at == NEVER:
        {x}_end = max({x}_end, time[i])
elif ({x}_at == NEVER or time[i] == {x}_at) and ({v} < NEVER or {v} > time[i]):
    {x}_at = time[i]
    if time[i] >= {x}_end:
        {x} = max({x}, {v})"""

_PERIODS_INIT = "{x} = 0; {x}_at = NEVER; {x}_since = NEVER"
_PERIODS_STEP = """\
if time[i] >= {x}_since:
    if PHASES[code[i]] != 3 and time[i] != {x}_at:
        {x} += 1
        {x}_at = time[i]
    if PHASES[code[i]] != 2:
        {x}_since = time[i]"""

KINDS = {
    kind.name: kind
    for kind in (
        Kind("count", "{x} = 0", "{x} += 1", "{x}", lambda w: len(w.time)),
        Kind(  # in two halves, so that no sum is too large
            "sum",
            "{x}_high = 0; {x}_low = 0",
            "{x}_high += {v} >> 32\n{x}_low += {v} & LOW",
            "{x}_high * 4294967296.0 + {x}_low",
            lambda w: float(sum(w.values)) / w.per,
            in_units=True,
        ),
        Kind(
            "largest",
            "{x} = NEVER",
            "{x} = max({x}, {v})",
            "{x} if {x} != NEVER else NAN",
            lambda w: float(max(w.values, default=nan)) / w.per,
            in_units=True,
        ),
        Kind(
            "day_largest",
            _DAY_INIT,
            _DAY_STEP,
            "max({x}_best, {x}_high * 4294967296.0 + {x}_low) if {x}_day != NEVER else NAN",
            lambda w: float(max(_of_days(w), default=nan)) / w.per,
            in_units=True,
        ),
        Kind(
            "day_spread",
            _DAY_INIT,
            _DAY_STEP,
            "spread_with({x}_n, {x}_sum, {x}_squares, logarithm({x}_high * 4294967296.0 + {x}_low)) / FINE"
            " if {x}_day != NEVER else NAN",
            _log_spread,
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
            "decayed",
            "{x} = 0; {x}_day = NEVER",
            "if day[i] != {x}_day:\n    {x} += weight((end - 1 - time[i]) // DAY)\n    {x}_day = np.int64(day[i])",
            "{x} / FIXED",
            _decayed,
        ),
        Kind(
            "weekend",
            "{x} = 0",
            "if (day[i] + 3) % 7 > 4:\n    {x} += 1",
            "{x}",
            lambda w: sum((day + THURSDAY) % 7 in {5, 6} for day in w.day),
        ),
        Kind(
            "weekdays",
            "{x} = 0; {x}_bits = 0",
            "if not {x}_bits >> (day[i] % 7) & 1:\n    {x} += 1\n    {x}_bits |= 1 << (day[i] % 7)",
            "{x}",
            lambda w: len({day % 7 for day in w.day}),
        ),
        _hours("night", 0, 6),
        _hours("morning", 6, 12),
        _hours("afternoon", 12, 18),
        _hours("evening", 18, 24),
        Kind(
            "distinct",
            "{x} = 0",
            "if {v} >= 0 and seen_{x}[{v}] != row:\n    {x} += 1\n    seen_{x}[{v}] = row",
            "{x}",
            lambda w: len({value for value in w.values if value >= 0}),
            per_code=("seen",),
        ),
        Kind(
            "entropy",
            _SHARE_INIT,
            _SHARE_STEP,
            "np.log({x}_n) - {x}_logs / FIXED / {x}_n if {x}_n else NAN",
            _entropy,
            per_code=("seen", "count"),
        ),
        Kind(
            "top_share",
            _SHARE_INIT,
            _SHARE_STEP,
            "{x}_most / {x}_n if {x}_n else NAN",
            lambda w: max(_counts(w)) / sum(_counts(w)) if _counts(w) else nan,
            per_code=("seen", "count"),
        ),
        Kind(
            "answered",
            _ANSWER_INIT,
            _ANSWER_STEP,
            "{x}_n",
            lambda w: len(_delays(w)),
            per_code=("seen", "at"),
        ),
        Kind(
            "answer_delay",
            _ANSWER_INIT,
            _ANSWER_STEP,
            "{x}_sum / {x}_n / DAY if {x}_n else NAN",
            lambda w: sum(_delays(w)) / len(_delays(w)) / DAY if _delays(w) else nan,
            per_code=("seen", "at"),
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
            "spread({x}_n, {x}_sum, {x}_squares) if {x}_n else NAN",
            _gap_spread,
        ),
        Kind(
            "gap_longest",
            _GAP_INIT,
            _GAP_STEP,
            "{x}_longest if {x}_n else NAN",
            lambda w: max(_gaps(w), default=nan),
        ),
        Kind(
            "gap_newest",
            _GAP_INIT,
            _GAP_STEP,
            "{x}_newest if {x}_n else NAN",
            lambda w: _gaps(w)[-1] if _gaps(w) else nan,
        ),
        Kind(
            "paid_left",
            _PERIOD_INIT,
            _PERIOD_STEP,
            "({x} - end) / DAY if {x} != NEVER else NAN",
            _paid_left,
        ),
        Kind(
            "paid_length",
            _PERIOD_INIT,
            _PERIOD_STEP,
            "({x} - {x}_at) / DAY if {x} != NEVER else NAN",
            _paid_length,
        ),
        Kind("periods", _PERIODS_INIT, _PERIODS_STEP, "{x}", _periods),
        Kind(  # with accumulators of its own: those of the other gaps are part of older bundles' fingerprints
            "gap_geometric",
            _RHYTHM_INIT,
            _RHYTHM_STEP,
            "math.exp({x}_logs / FIXED / {x}_n) if {x}_n else NAN",
            _gap_geometric,
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
        Formula("same", "1.0 if a == b else 0.0", lambda a, b: float(a == b)),
    )
}
