"""The brute force: every feature by its kind's own reference, in plain Python, over a plain list of events."""

from collections.abc import Sequence

from features.catalogue.feature import Aggregate, Feature
from features.catalogue.kind import FORMULAS, KINDS, Window
from features.clock import DAY
from features.log.event import CENTS, DISCOUNTED, MONEY, MONEY_UNITS, RESPONSES, SUBSCRIPTION, selection
from features.log.log import ABSENT, BESIDE, Log


def values(features: Sequence[Feature], log: Log, customer: int, as_of: int) -> dict[str, float]:
    """Return every feature of one customer as of a moment."""
    events = range(int(log.offsets[customer]), int(log.offsets[customer + 1]))
    columns = {name: column.tolist() for name, column in log.columns.items() if column.size}
    out: dict[str, float] = {}
    for feature in features:
        if isinstance(feature, Aggregate):
            seen = _seen(feature, columns, events, as_of, log.kinds)
            out[feature.name] = float(KINDS[feature.kind].reference(seen))
    for feature in features:
        if not isinstance(feature, Aggregate):
            out[feature.name] = FORMULAS[feature.formula].reference(out[feature.a], out[feature.b])
    return out


def _seen(
    feature: Aggregate, columns: dict[str, list[int]], events: Sequence[int], as_of: int, kinds: Sequence[str]
) -> Window:
    selected = selection(feature.selection).codes(kinds)
    end = as_of - feature.lag * DAY
    start = None if feature.window is None else end - feature.window * DAY
    chosen = [
        i
        for i in events
        if columns["time"][i] < end
        and (start is None or columns["time"][i] >= start)
        and selected[columns["code"][i]]
        and ("recorded" not in columns or columns["recorded"][i] < as_of)
    ]
    time, day, hour, code = ([columns[name][i] for i in chosen] for name in ("time", "day", "hour", "code"))
    if feature.column in BESIDE and feature.column not in columns:
        values = [ABSENT] * len(chosen)
    else:
        values = [columns[feature.column][i] for i in chosen] if feature.column else []
    answers = [kinds[c % DISCOUNTED] in RESPONSES for c in code]
    phases = [1 + SUBSCRIPTION.index(kind) if (kind := kinds[c % DISCOUNTED]) in SUBSCRIPTION else 0 for c in code]
    per = MONEY_UNITS // CENTS if feature.column in MONEY else 1
    return Window(time, day, values, end, hour, answers, phases, per)
