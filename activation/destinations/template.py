"""Templates: typed trees of a data file that say what a request holds. Text is never pasted together.

A tree is made of constants, tables and lists, and of tables with a word of their own:

- `{ from = "event", as = "string", omit_if_null = true }`: a value; `fields.NAME`, `identifiers.KIND`,
  `settings.NAME` and `secrets.NAME` are told apart from what each row has;
- `{ each = "rows", item = … }`: a list over the rows; `{ each = "fields", as = "string" }`: all fields that the
  template does not name elsewhere, by their names, or a list where an `item` says how each stands;
- `{ entry = …, is = … }`: a table of one value whose name is told; `{ merge = [ … ] }`: tables as one;
- `{ chain = [ … ] }`: lists as one;
- `{ if = "key", then = …, else = … }`: by whether something is there;
- `{ join = [ … ] }`: text of parts, for languages in which a filter is written;
- `{ object = { … } }`: a table as it is, whatever its names.

A value that is not there is never told as null: it is left out where the template says so, and else the row is unfit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from activation.destinations import normal
from activation.destinations.conversion import CONVERSIONS, Unfit, plain
from activation.destinations.row import Row
from features.nearest import nearest


class TemplateError(ValueError):
    """A template says what is not known; the message names what was got and what is allowed."""


class _Absent:
    """Of what is left out."""


ABSENT = _Absent()
SHARED = ("key", "audience", "event", "member")
"""What rows of one call have alike, where the call as a whole is made of it."""
OWN = ("identifier", "vendor", "at", "id", "customer")
"""What each row has for itself."""
OTHERS = ("identifier_name", "now", "name", "value")
PREFIXES = ("fields", "identifiers", "settings", "secrets")
WORDS = {
    "from": {"from", "as", "omit_if_null", "shortest", "longest"},
    "each": {"each", "item", "as", "longest", "most"},
    "entry": {"entry", "is"},
    "merge": {"merge"},
    "chain": {"chain"},
    "if": {"if", "then", "else"},
    "join": {"join"},
    "object": {"object"},
}


class Scope(msgspec.Struct, frozen=True):
    """What a template is filled from."""

    rows: Sequence[Row]
    row: Row | None
    identifier: Callable[[Row], str]
    identifier_name: str = ""
    renamed: Mapping[str, str] = {}
    """What the destination calls our fields."""
    events: Mapping[str, str] = {}
    """What it calls our events."""
    settings: Mapping[str, Any] = {}
    secrets: Mapping[str, str] = {}
    now: int = 0
    name: str = ""
    value: Any = None

    def __repr__(self) -> str:
        """Tell nothing of people, nor of secrets."""
        return f"Scope of {len(self.rows)} rows"


Node = Callable[[Scope], Any]


@dataclass
class Names:
    """What a template takes: of single rows within `each`, and of the call as a whole outside."""

    inside: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    """Those of both without which a call cannot be made."""

    @property
    def all(self) -> frozenset[str]:
        """Return all of them."""
        return frozenset(self.inside | self.outside)

    @property
    def fields(self) -> frozenset[str]:
        """Return the fields that are named."""
        return frozenset(one.removeprefix("fields.") for one in self.all if one.startswith("fields."))


def compiled(tree: Any, names: Names, where: str = "body", within: bool = False) -> Node:
    """Return what fills a template.

    Args:
        tree: of the data file.
        names: takes up what is named.
        where: of the tree in its file, for errors.
        within: whether it is inside `each = "rows"`.

    Raises:
        TemplateError: a word or a name is not known.
    """
    if isinstance(tree, Mapping):
        word = next((one for one in WORDS if one in tree), "")
        if word:
            for key in set(tree) - WORDS[word]:
                raise TemplateError(f"{where}: got {key!r}.{nearest(key, WORDS[word])}")
            return _MAKERS[word](tree, names, where, within)
        return _table(tree, names, where, within)
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        nodes = [compiled(one, names, f"{where}[{place}]", within) for place, one in enumerate(tree)]
        return lambda scope: [value for node in nodes if (value := node(scope)) is not ABSENT]
    constant = plain(tree)
    return lambda _: constant


def _table(tree: Mapping[str, Any], names: Names, where: str, within: bool) -> Node:
    nodes = {name: compiled(one, names, f"{where}.{name}", within) for name, one in tree.items()}
    return lambda scope: {name: value for name, node in nodes.items() if (value := node(scope)) is not ABSENT}


def _from(tree: Mapping[str, Any], names: Names, where: str, within: bool) -> Node:
    name, kind, optional = str(tree["from"]), tree.get("as", ""), tree.get("omit_if_null", False)
    _require(name, where)
    if kind not in CONVERSIONS:
        raise TemplateError(f"{where}.as: got {kind!r}.{nearest(str(kind), [one for one in CONVERSIONS if one])}")
    (names.inside if within else names.outside).add(name)
    if not optional:
        names.required.add(name)
    taken, convert = _taker(name), _bounded(CONVERSIONS[kind], tree)

    def node(scope: Scope) -> Any:
        value = taken(scope)
        if value is None or value == "":
            if optional:
                return ABSENT
            raise Unfit(f"{name} is not there")
        return _converted(name, convert, value)

    return node


def _bounded(convert: Callable[[Any], Any], tree: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Return a conversion that refuses text which is shorter or longer than allowed."""
    shortest, longest = tree.get("shortest", 0), tree.get("longest", 0)
    if not shortest and not longest:
        return convert

    def bounded(value: Any) -> Any:
        out = convert(value)
        if isinstance(out, str) and (len(out) < shortest or (longest and len(out) > longest)):
            raise Unfit(f"text of {len(out)} characters; {shortest} to {longest or 'any number'} are allowed")
        return out

    return bounded


def _converted(name: str, convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        out = convert(value)
    except Unfit as unfit:
        raise Unfit(f"{name}: {unfit}") from None
    if out == "" and value != "":
        raise Unfit(f"{name} is not of the form that is asked for")
    return out


def _require(name: str, where: str) -> None:
    prefix, dot, rest = name.partition(".")
    if dot and rest and prefix in PREFIXES:
        return
    allowed = [*SHARED, *OWN, *OTHERS]
    if name not in allowed:
        raise TemplateError(
            f"{where}.from: got {name!r}.{nearest(name, [*allowed, *(f'{one}.NAME' for one in PREFIXES)])}"
        )


def _taker(name: str) -> Callable[[Scope], Any]:
    """Return what takes a value by its name."""
    prefix, dot, rest = name.partition(".")
    if dot:
        return _DOTTED[prefix](rest)
    if name in OTHERS:
        return lambda scope: getattr(scope, name)
    return _TAKEN.get(name, lambda scope: getattr(_row(scope), name))


def _of_kind(kind: str) -> Callable[[Scope], Any]:
    form = normal.of(kind)
    return lambda scope: form(_row(scope).identifiers.get(kind, ""))


_DOTTED: Mapping[str, Callable[[str], Callable[[Scope], Any]]] = {
    "settings": lambda name: lambda scope: scope.settings.get(name),
    "secrets": lambda name: lambda scope: scope.secrets.get(name),
    "fields": lambda name: lambda scope: _row(scope).fields.get(name),
    "identifiers": _of_kind,
}
_TAKEN: Mapping[str, Callable[[Scope], Any]] = {
    "identifier": lambda scope: scope.identifier(_row(scope)),
    "vendor": lambda scope: _row(scope).identifiers.get("vendor"),
    "event": lambda scope: scope.events.get(_row(scope).event, _row(scope).event),
}


def _row(scope: Scope) -> Row:
    if scope.row is None:
        raise Unfit("there is no row")
    return scope.row


def _each(tree: Mapping[str, Any], names: Names, where: str, within: bool) -> Node:
    if tree["each"] == "rows" and "item" in tree and not within:
        item = compiled(tree["item"], names, f"{where}.item", within=True)
        return lambda scope: [value for row in scope.rows if (value := item(replace(scope, row=row))) is not ABSENT]
    if tree["each"] != "fields":
        raise TemplateError(f"{where}.each: got {tree['each']!r}; 'rows' with an item, once, and 'fields' are allowed.")
    (names.inside if within else names.outside).add("fields")
    kind = tree.get("as", "")
    if kind not in CONVERSIONS:
        raise TemplateError(f"{where}.as: got {kind!r}.{nearest(str(kind), [one for one in CONVERSIONS if one])}")
    if "item" not in tree:
        convert, most = _bounded(CONVERSIONS[kind], tree), tree.get("most", 0)

        def node(scope: Scope) -> Any:
            out = {name: _converted(own, convert, one) for own, name, one in _left(scope, names)}
            if most and len(out) > most:
                raise Unfit(f"{len(out)} fields; {most} are allowed")
            return out

        return node
    item = compiled(tree["item"], names, f"{where}.item", within)
    return lambda scope: [item(replace(scope, name=name, value=value)) for _, name, value in _left(scope, names)]


def _left(scope: Scope, names: Names) -> Iterator[tuple[str, str, Any]]:
    """Yield the fields that a template does not name: our name, the destination's, and the value."""
    named = names.fields
    for own, value in _row(scope).fields.items():
        if value is not None and own not in named:
            yield own, scope.renamed.get(own, own), value


def _entry(tree: Mapping[str, Any], names: Names, where: str, within: bool) -> Node:
    name = compiled(tree["entry"], names, f"{where}.entry", within)
    value = compiled(tree.get("is", True), names, f"{where}.is", within)

    def node(scope: Scope) -> Any:
        key, told = name(scope), value(scope)
        return {} if key is ABSENT or told is ABSENT else {str(key): told}

    return node


def _merge(tree: Mapping[str, Any], names: Names, where: str, within: bool) -> Node:
    nodes = [compiled(one, names, f"{where}.merge[{place}]", within) for place, one in enumerate(tree["merge"])]

    def node(scope: Scope) -> Any:
        out: dict[str, Any] = {}
        for one in nodes:
            for name, value in (own if isinstance(own := one(scope), Mapping) else {}).items():
                if name in out:
                    raise Unfit(f"{name!r} is told twice, by a field and by the destination itself")
                out[name] = value
        return out

    return node


def _chain(tree: Mapping[str, Any], names: Names, where: str, within: bool) -> Node:
    nodes = [compiled(one, names, f"{where}.chain[{place}]", within) for place, one in enumerate(tree["chain"])]
    return lambda scope: [value for node in nodes if isinstance(own := node(scope), list) for value in own]


def _if(tree: Mapping[str, Any], names: Names, where: str, within: bool) -> Node:
    name = str(tree["if"])
    _require(name, where)
    (names.inside if within else names.outside).add(name)
    taken = _taker(name)
    then = compiled(tree["then"], names, f"{where}.then", within)
    other = compiled(tree["else"], names, f"{where}.else", within) if "else" in tree else lambda _: ABSENT
    return lambda scope: then(scope) if taken(scope) else other(scope)


def _join(tree: Mapping[str, Any], names: Names, where: str, within: bool) -> Node:
    nodes = [compiled(one, names, f"{where}.join[{place}]", within) for place, one in enumerate(tree["join"])]

    def node(scope: Scope) -> Any:
        parts = [one(scope) for one in nodes]
        return "".join(",".join(part) if isinstance(part, list) else str(part) for part in parts if part is not ABSENT)

    return node


_MAKERS: Mapping[str, Callable[[Mapping[str, Any], Names, str, bool], Node]] = {
    "from": _from,
    "each": _each,
    "entry": _entry,
    "merge": _merge,
    "chain": _chain,
    "if": _if,
    "join": _join,
    "object": lambda tree, names, where, within: _table(tree["object"], names, where, within),
}
