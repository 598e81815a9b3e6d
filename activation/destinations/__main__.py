"""`python -m activation.destinations`: what each tool can be told, by which call, how much at once, and what not."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from activation.destinations.definition import CHANGES, Definition, Operation
from activation.destinations.shipped import read, shipped
from features import command
from features.nearest import nearest

HEADINGS = ("tool", "kind", "change", "calls", "at most", "known by")
REFUSED = ("tool", "what", "why")
_THOUSAND = 1000
_UNITS = ((86_400.0, "day"), (60.0, "min"), (1.0, "s"))


class NoSuchKind(ValueError):
    """A kind is asked for that there is not."""


def main(kind: Annotated[str, typer.Option(help="One kind alone.")] = "") -> None:
    """Print two tables as Markdown: what can be done by which calls, and what is refused or not confirmed, and why."""
    with command.told(NoSuchKind):
        if kind and kind not in shipped():
            raise NoSuchKind(f"got the kind {kind!r}.{nearest(kind, shipped())}")
        known = {name: read(path) for name, path in shipped().items() if not kind or name == kind}
        typer.echo("\n".join(page(known.items())))


def page(known: Iterable[tuple[str, Definition]]) -> Iterator[str]:
    """Yield the lines of both tables."""
    given = list(known)
    yield from _table(HEADINGS, (row for kind, one in given for row in can(kind, one)))
    yield ""
    yield from _table(REFUSED, (row for _, one in given for row in cannot(one)))


def can(kind: str, one: Definition) -> Iterator[tuple[str, ...]]:
    """Yield a row for each change that a tool can make; changes that go alike share one."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for change in CHANGES:
        if one.changes.get(change):
            alike.setdefault(one.changes[change], []).append(change)
    for steps, changes in alike.items():
        told = [one.operations[step] for step in steps]
        calls = ", then ".join(_call(operation) for operation in told)
        yield one.title, f"`{kind}`", ", ".join(changes), calls, "; ".join(_most(one, x) for x in told), told[-1].dedupe


def cannot(one: Definition) -> Iterator[tuple[str, ...]]:
    """Yield a row for each change that a tool refuses, and for each fact that nothing confirms."""
    for change, why in one.refused.items():
        yield one.title, change, why
    for what, why in one.unverified.items():
        yield one.title, f"not confirmed: {what.replace('_', ' ')}", why


def _call(operation: Operation) -> str:
    return "a file" if operation.method == "WRITE" else f"`{operation.method} {operation.path or '(its address)'}`"


def _most(known: Definition, operation: Operation) -> str:
    """Return the limits of a call: items, bytes, and the windows that it counts in."""
    if operation.method == "WRITE":
        return "one file"
    parts = ["one by one" if operation.items == 1 else f"{operation.items:,} a call"]
    if operation.bytes:
        parts.append(f"{operation.bytes // _THOUSAND:,} kB")
    return ", ".join([*parts, *(_rate(*one) for one in (*operation.rates, *known.rates))])


def _rate(calls: int, seconds: float) -> str:
    length, name = next(one for one in _UNITS if seconds >= one[0])
    number = seconds / length
    return f"{calls:,}/{name}" if number == 1 else f"{calls:,} in {number:g} {name}"


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    command.run(main)
