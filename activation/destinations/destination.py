"""A destination: a data file with the dataset's settings. It makes requests and reads answers, and sends nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import msgspec

from activation.destinations import answers as answer_rules
from activation.destinations import declared as declarations
from activation.destinations import file, normal, pieces, signature
from activation.destinations.answers import Asked
from activation.destinations.call import Call, calls
from activation.destinations.conversion import Unfit
from activation.destinations.declared import Declared
from activation.destinations.definition import CHANGES, Definition, DefinitionError, Operation
from activation.destinations.media import columns, encoded
from activation.destinations.outcome import Answered
from activation.destinations.request import Answer, Request
from activation.destinations.row import Row
from activation.destinations.template import Scope
from activation.destinations.vendor import Rate
from features.dataset import Dataset, DatasetError
from features.nearest import nearest

_HERE = ("127.0.0.1", "::1", "localhost")
VENDOR = "vendor"
WRITE = "WRITE"


@dataclass(frozen=True)
class Destination:
    """One destination of a dataset; see `Vendor` for what its methods promise."""

    name: str
    kind: str
    account: str
    identifier: str
    purpose: str
    definition: Definition = field(repr=False)
    declared: Declared = field(repr=False)
    calls: Mapping[str, Call] = field(repr=False)
    bases: Mapping[str, str]
    settings: Mapping[str, Any]

    @property
    def place(self) -> str:
        """The same for one account at one address, and nothing that says which."""
        where = msgspec.json.encode((self.kind, self.account, sorted(self.bases.items())))
        return sha256(where).hexdigest()[:16]

    def form(self, fields: Sequence[str]) -> str:
        """Return in which form some fields are told: by which names, with which settings."""
        named = [(name, self.declared.fields.get(name, name)) for name in sorted(fields)]
        return msgspec.json.encode((named, sorted(self.settings.items()))).decode()

    @property
    def audiences(self) -> Mapping[str, str]:
        """The destination's keys of audiences, by our names."""
        return {name: str(key) for name, key in self.declared.audiences.items()}

    def steps(self, change: str) -> tuple[str, ...]:
        """Return the operations of a change, in order: one at least.

        Raises:
            DatasetError: the destination cannot do it, has nothing to do for it, or lacks a setting for it.
        """
        where = f"destinations.{self.name} ({self.definition.title})"
        if change not in CHANGES:
            raise DatasetError(f"{where}: got the change {change!r}.{nearest(change, CHANGES)}")
        if change in self.definition.refused:
            raise DatasetError(f"{where} cannot {change!r}: {self.definition.refused[change]}")
        if not self.definition.changes[change]:
            raise DatasetError(f"{where} has nothing to {change!r}: it keeps nothing that could be told so.")
        for step in self.definition.changes[change]:
            self._require(where, step)
        return self.definition.changes[change]

    def _require(self, where: str, step: str) -> None:
        one = self._operation(step)
        if one.unverified:
            raise DatasetError(f"{where} cannot {step!r}: {one.unverified}")
        if one.identifiers and self.identifier not in one.identifiers:
            raise DatasetError(
                f"{where} cannot {step!r} by {self.identifier!r}: it takes {' or '.join(one.identifiers)} alone."
            )
        for name in sorted(self.calls[step].required):
            if self.settings.get(name) in {None, ""}:
                about = self.definition.settings[name].about if name in self.definition.settings else "it is needed"
                raise DatasetError(f"{where}: settings.{name}: got nothing, and {step!r} needs it: {about}.")

    def safe(self, operation: str) -> bool:
        """Return whether a row may be sent again when nobody knows whether it arrived."""
        return self._operation(operation).safe

    def contacts(self, operation: str) -> bool:
        """Return whether an operation reaches the customer."""
        return self._operation(operation).contacts

    def needs(self, operation: str) -> str:
        """Return the kind of identifier that an operation takes."""
        return VENDOR if self._operation(operation).needs == VENDOR else self.identifier

    def normal(self, value: str) -> str:
        """Return an identifier in the destination's own form; empty where it is none."""
        form = self.definition.forms.get(self.identifier)
        told = (normal.FORMS[form] if form else normal.of(self.identifier))(value)
        return "" if told.casefold() in self.definition.denied else told

    def fitting(self, operation: str, row: Row) -> str:
        """Return why a row cannot be sent by an operation; empty where it can. Nothing personal is in it."""
        one = self._operation(operation)
        needed = self.needs(operation)
        told = row.identifiers.get(needed, "")
        if not told or (needed != VENDOR and not self.normal(told)):
            return f"no {needed} that {self.definition.title} takes"
        if nameless := self._nameless(operation, row):
            return f"destinations.{self.name}.fields does not say what {self.definition.title} calls {nameless!r}"
        most = min((limit for limit in (one.item_bytes, one.bytes) if limit), default=0)
        try:
            scope = self._scope([row], {}, 0, blind=True)
            self.calls[operation].url(self._base(one), scope)
            body = self.calls[operation].body(scope)
            size = len(encoded(one.media, body)) if most else 0
        except Unfit as unfit:
            return str(unfit)
        return f"{size} bytes; {most} are allowed" if size > most else ""

    def _nameless(self, operation: str, row: Row) -> str:
        """Return a field that has no name there, where a destination knows fields by ids alone."""
        names = self.calls[operation].names
        if not self.definition.needs_mapping or "name" not in names.all:
            return ""
        told = {name for name, value in row.fields.items() if value is not None}
        return min(told - names.fields - set(self.declared.fields), default="")

    def pieces(self, operation: str, rows: Sequence[Row]) -> Iterator[list[Row]]:
        """Yield rows in pieces that one call takes, by items and by bytes, in their order."""
        one, shared = self._operation(operation), self.calls[operation].shared

        empty: dict[tuple[Any, ...], int] = {}

        def alike(row: Row) -> tuple[Any, ...]:
            return tuple(getattr(row, name) for name in shared)

        def size(row: Row) -> tuple[int, int]:
            if (common := alike(row)) not in empty:
                empty[common] = self._size(operation, [], row)
            return empty[common], self._size(operation, [row]) - empty[common] + 1

        def person(row: Row) -> str:
            return row.id if row.event else self._told(row)

        yield from pieces.cut(rows, one.items, one.bytes, size, alike, person)

    def request(self, operation: str, rows: Sequence[Row], credentials: Mapping[str, str], now: int) -> Request:
        """Return the call for a piece.

        Raises:
            Unfit: a row does not fit, or a secret is missing.
        """
        one, call = self._operation(operation), self.calls[operation]
        for key in sorted(call.secrets - set(credentials)):
            raise Unfit(
                f"destinations.{self.name}: {operation!r} needs a secret: {declarations.variable(self.name, key)}"
            )
        scope = self._scope(rows, credentials, now)
        filled = call.body(scope)
        body = encoded(one.media, filled)
        headers = dict(call.sent(scope, body))
        ids = tuple(row.id for row in rows)
        url = call.url(self._base(one), scope)
        if one.method == WRITE:
            url = f"{url}/{self.name}-{operation}-{file.stamp(now)}-{file.digest(ids)}.{file.ENDINGS[one.media]}"
        if key := self.definition.authentication.sign:
            headers |= signature.signed(ids, body, credentials.get(key, ""), now)
        told = columns(filled, one.media) if one.method == WRITE else {}
        return Request(one.method, url, headers, body, ids, told)

    def answered(self, operation: str, rows: Sequence[Row], answer: Answer, now: int) -> Answered:
        """Return what an answer says of each row."""
        rules = (*self._operation(operation).answers, *self.definition.answers)
        return answer_rules.answered(rules, self._asked(operation, rows), answer, now)

    def lost(self, operation: str, rows: Sequence[Row]) -> Answered:
        """Return what no answer says of each row."""
        return answer_rules.lost(self._asked(operation, rows))

    def poll(self, operation: str, job: str, credentials: Mapping[str, str]) -> tuple[Request, ...]:
        """Return the calls that ask for a job.

        Raises:
            ValueError: an operation has no jobs.
        """
        if (poll := self._operation(operation).poll) is None:
            raise ValueError(f"{self.name}: {operation!r} has no jobs.")
        return pieces.polls(
            poll, self.calls[operation], self._base(self._operation(operation)), job, self._scope([], credentials, 0)
        )

    def polled(self, operation: str, rows: Sequence[Row], answers: Sequence[Answer], now: int) -> Answered:
        """Return what a job says of its rows."""
        if (poll := self._operation(operation).poll) is None:
            raise ValueError(f"{self.name}: {operation!r} has no jobs.")
        asked = self._asked(operation, rows)
        if any(answer_rules.renews(self.definition.answers, one) for one in answers):
            return answer_rules.ran_out(asked)
        return answer_rules.polled(poll, asked, answers, now)

    def rates(self, operation: str) -> tuple[Rate, ...]:
        """Return all windows that a call counts in."""
        return tuple(Rate(*one) for one in (*self._operation(operation).rates, *self.definition.rates))

    def oldest(self, operation: str) -> float:
        """Return the seconds after which what happened is told too late; 0 where it is told whenever."""
        return self._operation(operation).oldest

    @property
    def snapshot(self) -> bool:
        """Return whether each file is to hold everybody: who is not in it is taken out."""
        return self.definition.snapshot

    @property
    def trial(self) -> bool:
        """Return whether all calls stay on this machine: a test server's. Files do not count, whoever reads them."""
        return bool(self.bases) and all(urlsplit(one).hostname in _HERE for one in self.bases.values())

    def _operation(self, name: str) -> Operation:
        if name not in self.definition.operations:
            raise ValueError(f"{self.name}: got the operation {name!r}.{nearest(name, self.definition.operations)}")
        return self.definition.operations[name]

    def _base(self, one: Operation) -> str:
        return self.bases[one.base or next(iter(self.bases))]

    def _told(self, row: Row) -> str:
        return self.normal(row.identifiers.get(self.identifier, ""))

    def _scope(
        self, rows: Sequence[Row], secrets: Mapping[str, str], now: int, row: Row | None = None, blind: bool = False
    ) -> Scope:
        return Scope(
            rows=rows,
            row=row or (rows[0] if rows else None),
            identifier=self._told,
            identifier_name=self.definition.identifiers[self.identifier],
            renamed=self.declared.fields,
            events=self.declared.events,
            settings=self.settings,
            secrets=self._blind() if blind else secrets,
            now=now,
        )

    def _blind(self) -> Mapping[str, str]:
        """Return what stands for secrets where a body is measured: longer than they are."""
        known = self.definition.authentication
        return dict.fromkeys((*known.keys, *known.optional, "TOKEN"), "x" * 256)

    def _size(self, operation: str, rows: Sequence[Row], row: Row | None = None) -> int:
        """Return the bytes of a body without secrets, which are taken to be long."""
        scope = self._scope(rows, {}, 0, row, blind=True)
        return len(encoded(self._operation(operation).media, self.calls[operation].body(scope)))

    def _asked(self, operation: str, rows: Sequence[Row]) -> Asked:
        return Asked(rows, pieces.named(rows, self._told), self.safe(operation))


def read(dataset: Dataset, name: str) -> Destination:
    """Return a destination of a dataset.

    Raises:
        DatasetError: it is not declared, or what it says is not allowed.
    """
    said = declarations.declared(dataset, name)
    where = f"dataset {dataset.name!r}: destinations.{name}"
    known = declarations.definition(dataset, said, where)
    given = declarations.settings(known, said, where)
    identifier = said.identifier or next(iter(known.identifiers))
    if identifier not in known.identifiers:
        raise DatasetError(f"{where}.identifier: got {identifier!r}.{nearest(identifier, known.identifiers)}")
    try:
        own = calls(known, said.kind)
    except DefinitionError as error:
        raise DatasetError(f"{where}: {error}") from None
    bases = declarations.bases(known, said, given, where)
    account = str(given.get(known.account) or next(iter(bases.values()), name))
    return Destination(name, said.kind, account, identifier, said.purpose, known, said, own, bases, given)
