"""A call: one operation of a data file, its templates compiled, ready to be filled with rows."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from activation.destinations.conversion import Unfit
from activation.destinations.definition import Authentication, Definition, DefinitionError, Operation
from activation.destinations.media import MEDIA
from activation.destinations.template import ABSENT, OWN, SHARED, Names, Node, Scope, TemplateError, compiled

_PLACE = re.compile(r"{([\w.]+)(?::(\w+))?}")
_SETTING = "settings."
_SECRET = "secrets."  # noqa: S105 - how the name of one begins


@dataclass(frozen=True)
class Call:
    """One operation."""

    operation: Operation
    path: tuple[str | Node, ...]
    query: Node
    headers: Node
    body: Node
    basic: tuple[Node, ...]
    names: Names

    @property
    def shared(self) -> tuple[str, ...]:
        """What all rows of one call have alike."""
        return tuple(name for name in SHARED if name in self.names.outside)

    @property
    def required(self) -> frozenset[str]:
        """The settings that it cannot be made without."""
        return frozenset(one.removeprefix(_SETTING) for one in self.names.required if one.startswith(_SETTING))

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets that it cannot be made without."""
        return frozenset(one.removeprefix(_SECRET) for one in self.names.required if one.startswith(_SECRET))

    def url(self, base: str, scope: Scope) -> str:
        """Return where it goes; whatever stands in a place is one segment.

        Raises:
            Unfit: a place has nothing to be filled with.
        """
        parts = [one if isinstance(one, str) else quote(str(one(scope)), safe="") for one in self.path]
        query = urlencode(self.query(scope), doseq=True)  # a list is told as often as it has elements
        return f"{base}{''.join(parts)}{'?' if query else ''}{query}"

    def sent(self, scope: Scope, body: bytes) -> Mapping[str, str]:
        """Return the headers.

        Raises:
            Unfit: a secret is not there, or no header can hold it.
        """
        kind = {"Content-Type": MEDIA[self.operation.media][0]} if body else {}
        found = {**kind, **{name: str(one) for name, one in self.headers(scope).items()}}
        if self.basic:
            user, password = (str(one(scope)) for one in self.basic)
            found["Authorization"] = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
        for name, one in found.items():
            if not one.isascii() or not one.isprintable():
                raise Unfit(f"the header {name} cannot hold what it is given")
        return found


def calls(known: Definition, file: str) -> Mapping[str, Call]:
    """Return the calls of a data file by the names of their operations.

    Raises:
        DefinitionError: a template says what is not known, or takes single rows where a call has several.
    """
    try:
        return {name: _call(known, one) for name, one in known.operations.items()}
    except TemplateError as error:
        raise DefinitionError(f"{file}: {error}") from None


def _call(known: Definition, one: Operation) -> Call:
    names = Names()
    path: list[str | Node] = []
    last = 0
    for found in _PLACE.finditer(one.path):
        place = {"from": found[1], "as": found[2] or "string"}
        path += [one.path[last : found.start()], compiled(place, names, "path")]
        last = found.end()
    path.append(one.path[last:])
    secret = known.authentication
    call = Call(
        one,
        tuple(path),
        compiled({"object": one.query}, names, "query"),
        compiled({"object": {**known.headers, **_own(secret), **one.headers}}, names, "headers"),
        compiled(one.body, names, "body") if one.body is not None else lambda _: ABSENT,
        tuple(compiled(part, names, "basic") for part in (secret.basic if one.basic is None else one.basic)),
        names,
    )
    single = sorted(n for n in names.outside if n in OWN or n == "fields" or n.startswith(("fields.", "identifiers.")))
    if one.items != 1 and single:
        raise TemplateError(f"{one.path}: {single[0]!r} stands outside 'each = \"rows\"' of a call with several rows")
    if one.media not in MEDIA:
        raise TemplateError(f"{one.path}: media: got {one.media!r}; allowed: {', '.join(MEDIA)}")
    if one.base and one.base not in known.bases:
        raise TemplateError(f"{one.path}: base: got {one.base!r}; allowed: {', '.join(known.bases)}")
    return call


def _own(secret: Authentication) -> dict[str, Any]:
    bearer = {"Authorization": {"join": ["Bearer ", {"from": "secrets.TOKEN"}]}} if secret.token else {}
    return {**bearer, **secret.headers}
