"""Purchases below zero: most are goods that came back, and the dataset file can say so."""

import json
from collections.abc import Iterable, Iterator

from features.dataset import IGNORED, Rule, Source
from features.sources.expression.field import shown

_BOUGHT, _BACK = "purchase", "refund"


def said(source: Source, count: int) -> str:
    """Return the warning of purchases with an amount below zero, with the line that makes refunds of them."""
    return (
        f"{count:,} purchases of {source.path} have an amount below zero and count as purchases; if they are returns,"
        f" say so: {line(remedy(source))}"
    )


def remedy(source: Source) -> Iterator[Rule]:
    """Yield rules that give a source's rows their kinds, but refunds for purchases with an amount below zero."""
    given = source.columns["amount"]
    below = f"{given if _computed(given) else shown(given)} < 0"
    for rule in _rules(source):
        if rule.event == _BOUGHT:
            yield Rule(_BACK, f"({rule.where}) and {below}" if rule.where else below)
        yield rule


def _computed(given: str) -> bool:
    """Return whether a text is an expression, and no column's name."""
    return any(sign in given for sign in "*/+()`")


def _rules(source: Source) -> Iterator[Rule]:
    """Yield a source's kinds as rules."""
    event = source.event
    if isinstance(event, str):
        yield Rule(event)
    elif event.when:
        yield from event.when
    else:
        column = event.column if _computed(event.column) else shown(event.column)
        for value, kind in event.values.items():
            yield Rule(kind, f"trim({column}) == {_text(value)}")
        for value in event.ignored:
            yield Rule(IGNORED, f"trim({column}) == {_text(value)}")


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def line(rules: Iterable[Rule]) -> str:
    """Return the line of a dataset file that gives rows their kinds by rules."""
    return f"event = {{ when = [{', '.join(map(_written, rules))}] }}"


def _written(rule: Rule) -> str:
    where = f"where = {json.dumps(rule.where, ensure_ascii=False)}, " if rule.where else ""
    return f'{{ {where}event = "{rule.event}" }}'
