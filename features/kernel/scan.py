"""The scan: the text of the compiled backward walk over one customer's events, generated from the declarations.

What it generates is meant to be read: see any `.cache/kernels/*/kernel_*.py`.
"""

import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from features.catalogue.feature import MOST_SELECTIONS, Aggregate, Derived, Feature, own_kinds
from features.catalogue.kind import FINE, FIXED, FORMULAS, HALF_LIFE, KINDS, OLDEST, Kind
from features.clock import DAY, WEEK
from features.log.event import CENTS, CUSTOM, DISCOUNTED, MONEY, MONEY_UNITS, RESPONSES, SUBSCRIPTION, selection
from features.log.event import KINDS as EVENT_KINDS
from features.log.log import BESIDE, COLUMNS, KEYS, NAMED


class Written(NamedTuple):
    """How a release writes the text: the fingerprints of its bundles depend on it."""

    by: str
    """Where this file stands: the text names it."""
    discounted: int
    """The bit of an event's code of what was discounted; the masks have a place for each code."""
    per: int
    """How many of a log's units of money make up a cent: what is told is divided by it."""
    apart: bool
    """Whether each walk over the events is a function of its own: Numba compiles them in half the time of a whole."""

    @property
    def value(self) -> str:
        """How the text calls the number of a feature."""
        return "values[{}]" if self.apart else "out[row, {}]"


HERE = Written("features/kernel/scan.py", DISCOUNTED, MONEY_UNITS // CENTS, apart=True)
FORMERLY = (HERE._replace(apart=False), Written("features/scan.py", 32, 1, apart=False))
"""How earlier releases wrote it."""
_FAR = 2**62
_TABLE = 4096
"""Counts below this have their count * log(count) in a table."""

_MODULE = '''\
"""Computes {count} features. Generated from the declarations by {by}; never edited."""

import math

import numpy as np
from numba import njit

DAY, WEEK, NEVER, NAN = {day}, {week}, {never}, np.nan
LOW, FIXED, FINE = {low}, {fixed}, {fine}

# Which selections an event code belongs to; the bits, from the lowest: {selections}
MASKS = np.array({masks}, np.int64)
ANSWERS = np.array({answers}, np.bool_){phases}

# count * log(count) and the weight of an active day by its age, as integers
ENTROPIC = np.array([round(count * math.log(count or 1) * FIXED) for count in range({table})], np.int64)
WEIGHTS = np.array([round(0.5 ** (age / {half_life}) * FIXED) for age in range({oldest})], np.int64)

# How far back the windows of each scan reach, in microseconds
{edges}


@njit(cache=True, nogil=True)
def entropic(count):
    """Return count * log(count) as an integer."""
    return ENTROPIC[count] if count < {table} else np.int64(round(count * math.log(count) * FIXED))


@njit(cache=True, nogil=True)
def weight(age):
    """Return what an active day counts for that many days later."""
    return WEIGHTS[age] if age < {oldest} else np.int64(0)


@njit(cache=True, nogil=True)
def logarithm(amount):
    """Return log(1 + amount) as an integer."""
    return np.int64(round(math.log1p(max({amount}, 0.0)) * FINE))


@njit(cache=True, nogil=True)
def spread(n, total, squares):
    """Return the standard deviation of n numbers."""
    return np.sqrt(n * squares - total * total) / n


@njit(cache=True, nogil=True)
def spread_with(n, total, squares, one):
    """Return the standard deviation of n numbers and one more."""
    return spread(n + 1, total + one, squares + one * one)


@njit(cache=True, nogil=True)
def before(time, first, stop, moment):
    """Return where the first event at or after a moment stands, of those from `first` to `stop`."""
    while first < stop:
        middle = (first + stop) // 2
        if time[middle] < moment:
            first = middle + 1
        else:
            stop = middle
    return first


{walks}@njit(cache=True, nogil=True)
def scan(customers, as_ofs, offsets, {columns}, sizes, {slots}, out{retention}):
{workspace}
    for row in range(customers.size):
        as_of = as_ofs[row]
        first, stop = offsets[customers[row]], offsets[customers[row] + 1]
{body}
'''


_WALK = '''\
@njit(cache=True, nogil=True)
def {name}({taken}):
    """{meaning}"""
{lines}


'''
_ROW = ("row", "as_of", "first", "stop")
"""What a walk may ask of the row that it is for."""

_RETAINED = "first = before(time, first, stop, as_of - retention)  # what is older is not seen"
"""The line that bounds every window, those of the whole history, too; a text without it is that of earlier releases."""


class TooManySelections(ValueError):
    """Features look at more kinds of events than one kernel can tell apart."""


def source(
    features: Sequence[Feature],
    kinds: Sequence[str] = EVENT_KINDS,
    how: Written = HERE,
    *,
    bounded: bool = False,
) -> str:
    """Return the text of the module that computes `features`.

    Args:
        features: the declarations.
        kinds: what each code of the log means.
        how: the release that is asked for.
        bounded: whether the scan takes, behind the others, how many microseconds back any window sees at the most.

    Raises:
        TooManySelections: there are more than a mask has bits; the message names those without room.
    """
    aggregates = [(j, feature) for j, feature in enumerate(features) if isinstance(feature, Aggregate)]
    derived = [(j, feature) for j, feature in enumerate(features) if isinstance(feature, Derived)]
    position = {feature.name: j for j, feature in enumerate(features)}
    selections = sorted({feature.selection for _, feature in aggregates})
    if len(selections) > MOST_SELECTIONS:
        raise TooManySelections(
            f"features look at {len(selections)} selections of events, and there is room for {MOST_SELECTIONS}:"
            f" leave out {len(selections) - MOST_SELECTIONS} of {', '.join(own_kinds(features)) or 'them'}."
        )
    lags = sorted({feature.lag for _, feature in aggregates})
    scans = [
        _Scan(number, lag, [(j, f) for j, f in aggregates if f.lag == lag], selections, named(features), how)
        for number, lag in enumerate(lags)
    ]
    in_each = (selection(name).codes(kinds, how.discounted).astype(np.int64) for name in selections)
    masks = sum(codes << bit for bit, codes in enumerate(in_each))
    answers = {kinds.index(kind) for kind in RESPONSES if kind in kinds}
    last = [line for j, feature in derived for line in _derive(j, feature, position, how)]
    walks, body = _apart(scans, last, features) if how.apart else ([], [*_lines(scans), *last])
    return _MODULE.format(
        by=how.by,
        count=len(features),
        day=DAY,
        week=WEEK,
        never=-_FAR,
        selections=", ".join(map(_told, selections)),
        low=(1 << 32) - 1,
        fixed=FIXED,
        fine=FINE,
        amount=_told_in(how.per, "amount"),
        table=_TABLE,
        half_life=HALF_LIFE,
        oldest=OLDEST,
        answers=[code % how.discounted in answers for code in range(2 * how.discounted)],
        phases=_phases(aggregates, kinds, how),
        slots=", ".join(f"{column}_slots" for column in NAMED),
        masks=np.atleast_1d(masks).tolist(),
        edges="\n".join(f"EDGES_{scan.number} = np.array({scan.edges}, np.int64)" for scan in scans),
        retention=", retention" if bounded else "",
        columns=", ".join(columns(features)),
        workspace=textwrap.indent("\n".join(line for scan in scans for line in scan.workspace()), " " * 4),
        walks="".join(walks),
        body=textwrap.indent("\n".join([*((_RETAINED,) if bounded else ()), *body]), " " * 8),
    )


def _lines(scans: "Sequence[_Scan]") -> Iterator[str]:
    return (line for scan in scans for line in scan.body())


def _apart(scans: "Sequence[_Scan]", last: Sequence[str], features: Sequence[Feature]) -> tuple[list[str], list[str]]:
    """Return the functions of the walks, the last of which derives features from others, and the lines that call."""
    slots = [f"{column}_slots" for column in NAMED]
    walks, calls = [], ["values = out[row]"]
    for name, meaning, lines, own in (
        *((f"walk_{scan.number}", scan.meaning, list(scan.body()), scan.arrays()) for scan in scans),
        ("derive", "features that are derived from others", last, []),
    ):
        words = set(re.findall(r"\w+", "\n".join(lines)))
        taken = ", ".join(one for one in (*_ROW, *columns(features), *slots, *own, "values") if one in words)
        if lines:
            indented = textwrap.indent("\n".join(lines), " " * 4)
            walks.append(_WALK.format(name=name, taken=taken, meaning=f"Write {meaning}.", lines=indented))
            calls.append(f"{name}({taken})")
    return walks, calls


def columns(features: Sequence[Feature]) -> tuple[str, ...]:
    """Return the columns of a log that the scan of some features takes: of those beside the others, what is looked at.

    So that the text of features that look at none, and with it the fingerprints of older bundles, stays as it was.
    """
    looked_at = {feature.column for feature in features if isinstance(feature, Aggregate)}
    return (*COLUMNS, *(name for name in BESIDE if name in looked_at))


def _phases(aggregates: Sequence[tuple[int, Aggregate]], kinds: Sequence[str], how: Written) -> str:
    """Return the line that tells the kinds of a subscription's life apart; empty where no aggregate asks."""
    if not any("PHASES" in KINDS[feature.kind].step for _, feature in aggregates):
        return ""
    phase = {kinds.index(kind): place for place, kind in enumerate(SUBSCRIPTION, 1) if kind in kinds}
    told = [phase.get(code % how.discounted, 0) for code in range(2 * how.discounted)]
    return f"\n# What starts a subscription (1), renews it (2) or ends it (3)\nPHASES = np.array({told}, np.int64)"


def _told(name: str) -> str:
    """Return a selection's name for a comment, which a dataset's own must not end."""
    return ascii(name) if name.startswith(CUSTOM) else name


def named(features: Sequence[Feature]) -> dict[str, tuple[str, ...]]:
    """Return, by column, the values that features are restricted to; their places are the slots that the scan tests."""
    found = dict.fromkeys(f.only for f in features if isinstance(f, Aggregate) and f.only is not None)
    return {column: tuple(value for of, value in found if of == column) for column in NAMED}


class State(NamedTuple):
    """What aggregates have in common when they share accumulators."""

    selection: str
    only: tuple[str, str] | None
    texts: tuple[str, str]
    column: str | None


def _state(feature: Aggregate) -> State:
    return State(feature.selection, feature.only, KINDS[feature.kind].state, feature.column)


class _Scan:
    """One backward pass, for all windows that end at the same moment: nested, so that one pass serves them."""

    def __init__(
        self,
        number: int,
        lag: int,
        aggregates: Sequence[tuple[int, Aggregate]],
        selections: Sequence[str],
        named: dict[str, tuple[str, ...]],
        how: Written,
    ) -> None:
        self.number = number
        self.lag = lag
        self.aggregates = aggregates
        self.selections = selections
        self.named = named
        self.how = how
        self.windows = sorted({_days(feature) for _, feature in aggregates})
        self.edges = [_FAR if math.isinf(days) else int(days) * DAY for days in self.windows]
        self.kinds: dict[State, Kind] = {_state(feature): KINDS[feature.kind] for _, feature in aggregates}
        self.names = {state: f"s{number}_{j}" for j, state in enumerate(self.kinds)}

    @property
    def meaning(self) -> str:
        """What the walk is about."""
        return f"windows that end {self.lag} days before the as-of" if self.lag else "windows that end at the as-of"

    def arrays(self) -> dict[str, int]:
        """Return the arrays that are allocated once for all rows, and the place of each one's length in the sizes."""
        return {
            f"{array}_{self.names[state]}": list(KEYS).index(state.column or "")
            for state, kind in self.kinds.items()
            for array in kind.per_code
        }

    def workspace(self) -> Iterator[str]:
        """Yield what is allocated once for all rows."""
        return (f"{name} = np.full(sizes[{size}], -1, np.int64)" for name, size in self.arrays().items())

    def body(self) -> Iterator[str]:
        """Yield the pass over one row's events."""
        yield f"# {self.meaning}"
        yield f"end = as_of - {self.lag} * DAY"
        yield "i = before(time, first, stop, end) - 1"
        for state, kind in self.kinds.items():
            yield from _filled(kind.init, self.names[state], None)
        yield f"for window in range({len(self.windows)}):"
        yield f"    edge = end - EDGES_{self.number}[window]"
        yield "    while i >= first and time[i] >= edge:"
        yield "        if recorded.size == 0 or recorded[i] < as_of:"
        yield "            selected = MASKS[code[i]]"
        for bit, name in enumerate(self.selections):
            steps = list(self._steps(name))
            if steps:
                yield f"            if selected & {1 << bit}:  # {_told(name)}"
                yield from (f"                {line}" for line in steps)
        yield "        i -= 1"
        for number, days in enumerate(self.windows):
            yield f"    {'elif' if number else 'if'} window == {number}:"
            for j, feature in self.aggregates:
                if _days(feature) == days:
                    yield f"        {self.how.value.format(j)} = {self._value(feature)}  # {feature.name}"

    def _value(self, feature: Aggregate) -> str:
        kind = KINDS[feature.kind]
        value = kind.value.format(x=self.names[_state(feature)])
        return _told_in(self.how.per, value) if kind.in_units and feature.column in MONEY else value

    def _steps(self, selection: str) -> Iterator[str]:
        yield from self._steps_of(selection, None)
        for column, values in self.named.items():
            branch = "if"
            for slot, value in enumerate(values):
                steps = list(self._steps_of(selection, (column, value)))
                if steps:
                    yield f"{branch} {column}_slots[{column}[i]] == {slot}:  # {value!r}"
                    yield from (f"    {line}" for line in steps)
                    branch = "elif"

    def _steps_of(self, selection: str, only: tuple[str, str] | None) -> Iterator[str]:
        for state, kind in self.kinds.items():
            if (state.selection, state.only) == (selection, only):
                yield from _filled(kind.step, self.names[state], state.column)


def _told_in(per: int, money: str) -> str:
    """Return the text of an amount in the units that features tell; whole cents are equal to the bit."""
    if per == 1:
        return money
    return f"{money} / {per}" if money.isidentifier() else f"({money}) / {per}"


def _days(feature: Aggregate) -> float:
    return math.inf if feature.window is None else feature.window


def _filled(template: str, name: str, column: str | None) -> list[str]:
    return template.format(x=name, v=f"{column}[i]").splitlines()


def _derive(j: int, feature: Derived, position: dict[str, int], how: Written) -> Iterator[str]:
    a, b, value = (how.value.format(place) for place in (position[feature.a], position[feature.b], j))
    yield from (f"a = {a}", f"b = {b}") if how.apart else (f"a, b = {a}, {b}",)
    yield f"{value} = {FORMULAS[feature.formula].value}  # {feature.name}"
