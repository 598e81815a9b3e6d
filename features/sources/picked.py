"""Picked: what declarations ask for of a row of JSON, with all values as text, and the currencies that it says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from features.arrow import quoted
from features.sources.currency import CALLED
from features.sources.expression import paths

Row = Mapping[str, Any]
Tree = Mapping[str, Any]
"""Names that are asked for, and below each those inside it; TEXT where there are none."""
TEXT = "VARCHAR"


class Several(ValueError):
    """There are several values where one is asked for; the message says where."""


def tree(expressions: Iterable[str]) -> Tree:
    """Return all names that expressions ask for."""
    found: dict[str, Any] = {}
    for text in filter(None, expressions):
        for *above, last in paths(text):
            inner = found
            for name in above:
                there = inner.get(name)
                inner[name] = inner = there if isinstance(there, dict) else {}
            inner.setdefault(last, TEXT)
    return found


def kind(asked: Any) -> str:
    """Return DuckDB's type of what is asked for."""
    if not isinstance(asked, dict):
        return TEXT
    return f"STRUCT({', '.join(f'{quoted(name)} {kind(inner)}' for name, inner in asked.items())})"


def picked(row: Row, tree: Tree, where: str = "") -> dict[str, Any]:
    """Return what is asked for of a row, all values as text.

    Raises:
        Several: one holds several.
    """
    found: dict[str, Any] = {}
    for name, inner in tree.items():
        value = row.get(name)
        if isinstance(inner, dict):
            found[name] = picked(value if isinstance(value, dict) else {}, inner, f"{where}{name}.")
        elif isinstance(value, dict | list):
            raise Several(f"{where}{name}")
        else:
            found[name] = _text(value)
    return found


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)


def currencies(row: Row, priced_in: str) -> Iterator[str]:
    """Yield the currencies that a row says, by names that say so and by the expression `priced_in`."""
    left: list[Row] = [row]
    while left:
        for name, value in left.pop().items():
            if isinstance(value, str) and CALLED.fullmatch(name):
                yield value
            elif isinstance(value, dict):
                left.append(value)
            elif isinstance(value, list) and priced_in.startswith(f"{name}["):
                yield from _keyed(value, priced_in)


def _keyed(pairs: Sequence[Any], priced_in: str) -> Iterator[str]:
    """Yield the text of a pair in a list of keys and values, as `event_params['currency']` asks for it."""
    for pair in pairs:
        if isinstance(pair, dict) and priced_in.endswith(f"[{pair.get('key')!r}]"):
            value = pair.get("value")
            values = value.values() if isinstance(value, dict) else [value]
            yield from (one for one in values if isinstance(one, str))
