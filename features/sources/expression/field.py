"""Fields: columns by name, and what lies inside them by path or key, found in the types that DuckDB tells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Any

import duckdb

from features.arrow import literal, quoted
from features.nearest import nearest

_PLAIN = re.compile(r"[^\W\d]\w*")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_HOLDS_OTHERS = ("struct", "list", "array", "map", "union")


@dataclass(frozen=True)
class Field:
    """A column, or a part of one."""

    sql: str
    kind: str
    """DuckDB's name of the type; empty where it is not known."""
    label: str
    """How it was asked for."""
    column: str | None = None
    """The column's name, where the field is a whole column."""

    @property
    def whole(self) -> bool:
        """Whether it holds only whole numbers."""
        return self.kind.removeprefix("U") in _INTEGERS

    @property
    def fractional(self) -> bool:
        """Whether it holds numbers in floating point, which may be NaN."""
        return self.kind in {"FLOAT", "DOUBLE"}

    @property
    def numeric(self) -> bool:
        """Whether its type is a number's."""
        return self.whole or self.fractional or self.kind.startswith("DECIMAL")

    @property
    def temporal(self) -> bool:
        """Whether its type is a date's or a moment's."""
        return self.kind == "DATE" or self.kind.startswith("TIMESTAMP")

    @property
    def textual(self) -> bool:
        """Whether it holds text, or may do so."""
        return self.kind in {"", "VARCHAR"}

    def members(self) -> list[Field]:
        """Return the fields of which a value is one: itself, or those of a struct that keeps each type in a field.

        GA4 keeps an event's parameters so: `string_value`, `int_value`, `float_value`, `double_value`, and all but
        one of them are null.

        Raises:
            ValueError: it holds several values.
        """
        shape = _shape(self.kind)
        if shape is None or shape.id not in _HOLDS_OTHERS:
            return [self]
        if shape.id != "struct":
            raise ValueError(f"{self.label} is a {shape.id}: ask for one value by its key, as in {self.label}['key'].")
        if all(name.endswith("_value") for name, _ in shape.children):
            return [self.part(name) for name, _ in shape.children]
        names = ", ".join(f"{self.label}.{shown(name)}" for name, _ in shape.children)
        raise ValueError(f"{self.label} holds several fields: ask for one of {names[:200]}.")

    def part(self, name: str) -> Field:
        """Return the field `name` of a struct, a JSON object or a map.

        Raises:
            ValueError: the field has no parts, or none of that name.
        """
        label, shape = f"{self.label}.{shown(name)}", _shape(self.kind)
        if self.kind == "JSON":
            step = name.replace("~", "~0").replace("/", "~1")
            return Field(f"json_extract({self.sql}, {literal('/' + step)})", "JSON", label)
        if shape is not None and shape.id == "map":  # DuckDB makes maps of objects with very many names
            return replace(self.at(name), label=label)
        if shape is None or shape.id != "struct":
            raise ValueError(f"{label}: {self.label} {_is_no_struct(shape, self.kind)}.")
        types = {field: str(kind) for field, kind in shape.children}
        if name not in types:
            raise ValueError(f"there is no field {name!r} in {self.label}.{nearest(name, types)}")
        return Field(f"struct_extract({self.sql}, {literal(name)})", types[name], label)

    def at(self, key: str) -> Field:
        """Return what stands under a key: of a map, of a list of key-value pairs (the first), or of a struct.

        Raises:
            ValueError: the field has no keys.
        """
        label, shape = f"{self.label}[{key!r}]", _shape(self.kind)
        if shape is not None and shape.id == "map":
            (_, keys), (_, values) = shape.children
            if str(keys) != "VARCHAR":
                raise ValueError(f"{label}: the keys of {self.label} are {keys}; only keys of text can be asked for.")
            return Field(f"map_extract_value({self.sql}, {literal(key)})", str(values), label)
        if shape is not None and shape.id in {"list", "array"}:
            pair = _shape(str(shape.children[0][1]))
            types = (
                {name: str(kind) for name, kind in pair.children} if pair is not None and pair.id == "struct" else {}
            )
            if types.keys() != {"key", "value"}:
                raise ValueError(
                    f"{label}: {self.label} is a list, but not of pairs of key and value: {self.kind[:80]}."
                )
            found = (
                f"list_filter({self.sql}, lambda pair: CAST(struct_extract(pair, 'key') AS VARCHAR) = {literal(key)})"
            )
            return Field(f"struct_extract(list_extract({found}, 1), 'value')", types["value"], label)
        return self.part(key)


def found(path: Sequence[str], types: Mapping[str, str], *, exact: bool) -> Field:
    """Return the field at a path of names; a column whose own name has dots goes before a path, unless it is `exact`.

    Raises:
        ValueError: there is no such column, or no such field in it.
    """
    for length in range(1 if exact else len(path), 0, -1):
        name = ".".join(path[:length])
        if name in types:
            field = Field(quoted(name), types[name], shown(name), name)
            for part in path[length:]:
                field = field.part(part)
            return field
    raise ValueError(f"there is no column {path[0]!r}.{hint(path[0], types)}")


def is_there(path: Sequence[str], types: Mapping[str, str]) -> bool:
    """Return whether there is a field at a path of names."""
    try:
        found(path, types, exact=False)
    except ValueError:
        return False
    return True


def shown(name: str) -> str:
    """Return a name as an expression has it: in backticks where it is not a plain word."""
    plain = _PLAIN.fullmatch(name) and not iskeyword(name) and unicodedata.is_normalized("NFKC", name)
    return name if plain else "`" + name.replace("`", "``") + "`"


def hint(text: str, names: Collection[str]) -> str:
    """Return a sentence, with a space before it, on the nearest name; it shows backticks where they are needed."""
    meant = [name for name in names if name and name in text and shown(name) != name]
    if meant:
        return f" Put a name with spaces or signs in backticks: {shown(max(meant, key=len))}."
    said = nearest(text, names)
    quoted_names = [shown(name) for name in names if shown(name) != name and repr(name) in said]
    return f"{said} In an expression it is written {quoted_names[0]}." if quoted_names else said


def _is_no_struct(shape: Any, kind: str) -> str:
    if shape is not None and shape.id in {"list", "array"}:
        return "is a list: a pair of key and value in it is asked for by its key, as in name['key']"
    return f"has no fields: it is {kind}" if kind else "has no fields"


def _shape(kind: str) -> Any:
    """Return DuckDB's type of a name, None where it is unknown or cannot hold others."""
    if "(" not in kind and not kind.endswith("]"):
        return None
    try:
        return duckdb.sqltype(kind)
    except duckdb.Error:
        return None
