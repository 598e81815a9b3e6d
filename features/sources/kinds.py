"""Kinds of rows: which kind of event a row is, by rules or by a column's values, as SQL that gives the kind's code."""

from collections.abc import Callable, Collection, Mapping, Sequence

from features.arrow import literal
from features.dataset import IGNORED, Rule
from features.log.event import KINDS
from features.nearest import nearest
from features.sources.expression import Columns, Reader, condition, plain_number, text_of, unreadable

UNKNOWN = 255
"""The code of a row whose kind cannot be told: it is kept aside."""
UNWANTED = 254
"""The code of a row that is ignored: it is counted apart from those kept aside."""

BY_MACHINE = 251
"""The code of a row that a machine did, not the customer."""

CODES: Mapping[str, int] = {kind: code for code, kind in enumerate(KINDS)}


def by_rules(
    rules: Sequence[Rule],
    columns: Columns,
    read: Callable[[str], str] | Reader = plain_number,
    codes: Mapping[str, int] = CODES,
) -> str:
    """Return SQL for the code of the first rule that holds, UNKNOWN where none does.

    A rule that asks for a value which is there but cannot be read makes the kind UNKNOWN: a later rule might be wrong.

    Raises:
        ValueError: there is no rule, one is no condition, one can never be reached, or its kind is not known.
    """
    if not rules:
        raise ValueError("when: at least one rule is needed, such as { event = 'purchase' }.")
    cases = []
    for position, rule in enumerate(rules):
        where, last = f"when[{position}]", position == len(rules) - 1
        code = _code(f"{where}.event", rule.event, codes)
        if not rule.where and not last:
            raise ValueError(f"{where}: a rule without `where` holds for all rows, so it must be the last one.")
        try:
            held = condition(rule.where, columns, read) if rule.where else "true"
            unknown = unreadable(rule.where, columns, read) if rule.where else "false"
        except ValueError as error:
            raise ValueError(f"{where}.where: {error}") from None
        cases += [f"WHEN {unknown} THEN {UNKNOWN}"] if unknown != "false" else []
        cases.append(f"WHEN {held} THEN {code}")
    return f"(CASE {' '.join(cases)} ELSE {UNKNOWN} END)::UTINYINT"


def by_values(
    column: str,
    values: Mapping[str, str],
    columns: Columns,
    read: Callable[[str], str] | Reader = plain_number,
    ignored: Collection[str] = (),
    codes: Mapping[str, int] = CODES,
) -> str:
    """Return SQL for the code of the kind that `values` gives to a column, or to an expression of text.

    A value in `ignored` gives UNWANTED, any other one UNKNOWN.

    Raises:
        ValueError: there is no such column, a kind is not known, or a value is both mapped and ignored.
    """
    try:
        text = text_of(column, columns, read)
    except ValueError as error:
        raise ValueError(f"column: {error}") from None
    twice = sorted(set(values) & set(ignored))
    if twice:
        raise ValueError(f"ignored: {twice[0]!r} is of the kind {values[twice[0]]!r} in `values` already: choose one.")
    coded = {value: _code(f"values.{value}", kind, codes) for value, kind in values.items()}
    coded |= dict.fromkeys(ignored, UNWANTED)
    if not coded:
        raise ValueError("values: at least one is needed, such as { sale = 'purchase' }.")
    cases = " ".join(f"WHEN {literal(value)} THEN {code}" for value, code in coded.items())
    return f"(CASE trim({text}) {cases} ELSE {UNKNOWN} END)::UTINYINT"


def _code(where: str, kind: str, codes: Mapping[str, int]) -> int:
    if kind == IGNORED:
        return UNWANTED
    if kind not in codes:
        raise ValueError(f"{where}: there is no kind {kind!r}.{nearest(kind, codes)}")
    return codes[kind]
