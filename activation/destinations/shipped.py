"""The data files that come along, and how one is read."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from activation.destinations.definition import (
    CHANGES,
    Authentication,
    Definition,
    DefinitionError,
    Operation,
    Part,
    Poll,
    Reading,
    Rule,
    Setting,
    Token,
    When,
)
from features.nearest import nearest

FOLDER = Path(__file__).parent
_KEY = re.compile(r"unknown field `([^`]*)`(?: - at `([^`]*)`)?")


@cache
def shipped() -> Mapping[str, Path]:
    """Return the data files that come along, by kind."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}


@cache
def read(path: Path) -> Definition:
    """Return what a data file says.

    Raises:
        DefinitionError: it cannot be read, or says what is not known.
    """
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=Definition)
    except OSError as error:
        raise DefinitionError(f"{path}: {error.strerror}") from None
    except msgspec.ValidationError as error:
        raise DefinitionError(f"{path.name}: {_said(str(error))}") from None
    except msgspec.DecodeError as error:
        raise DefinitionError(f"{path.name}: {error}") from None
    _require(path.name, found)
    return found


def _require(file: str, found: Definition) -> None:
    for one in (*found.changes, *found.refused):
        if one not in CHANGES:
            raise DefinitionError(f"{file}: changes: got {one!r}.{nearest(one, CHANGES)}")
    for change in CHANGES:
        if (change in found.changes) == (change in found.refused):
            raise DefinitionError(f"{file}: {change!r} must stand in 'changes' or in 'refused', and in one of them.")
    for change, steps in found.changes.items():
        for step in steps:
            if step not in found.operations:
                raise DefinitionError(f"{file}: changes.{change}: got {step!r}.{nearest(step, found.operations)}")


def _said(error: str) -> str:
    """Return what msgspec says of a data file, with the nearest name of a key that is not known."""
    if not (unknown := _KEY.search(error)):
        return error
    place = unknown[2] or "$"
    part = next((struct for pattern, struct in _PLACES if re.fullmatch(pattern, place)), Definition)
    return f"{place}: unknown key {unknown[1]!r}.{nearest(unknown[1], part.__struct_encode_fields__)}"


_PLACES: tuple[tuple[str, type[Part]], ...] = (
    (r".*\.readings\[\d+\]", Reading),
    (r".*\.(?:when|finished|failed)", When),
    (r".*\.poll", Poll),
    (r".*\.?answers\[\d+\]", Rule),
    (r"\$\.operations\[\.\.\.\]", Operation),
    (r"\$\.authentication\.token", Token),
    (r"\$\.authentication", Authentication),
    (r"\$\.settings\[\.\.\.\]", Setting),
)
"""Which part stands at which place of a file, innermost first."""
