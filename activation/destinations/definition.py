"""A definition: what the data file of a destination may say. How one is written is in docs/activation.md."""

from typing import Any, Literal

import msgspec

from activation.destinations.outcome import Verdict

CHANGES = ("enter", "update", "leave", "event", "erase")


class DefinitionError(ValueError):
    """A data file is wrong: the message names the file, the place, what was got and what is allowed."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a data file, in which a key that is not known is refused."""


class Setting(Part, frozen=True):
    """What a dataset may say of itself, or must."""

    about: str
    pattern: str = ""
    """What its text must fit as a whole; what stands in a host's name has one."""
    default: str | int | bool | None = None


class Token(Part, frozen=True):
    """How a token is got, which runs out."""

    grant: Literal["client_credentials", "service_account"]
    url: str
    """With `{setting}`s; a `{base}` is that of the calls."""
    method: Literal["GET", "POST"] = "POST"
    scope: str = ""


class Authentication(Part, frozen=True):
    """How a call says who makes it."""

    keys: tuple[str, ...] = ()
    """Names of secrets that are needed."""
    headers: dict[str, Any] = {}
    basic: tuple[Any, ...] = ()
    """User and password, as templates."""
    optional: tuple[str, ...] = ()
    """Names of secrets that some operations need."""
    token: Token | None = None
    sign: str = ""
    """The secret that signs each call, by Standard Webhooks."""
    mute: bool = False
    """Whether there is nobody to authenticate to."""


class When(Part, frozen=True, rename={"values": "is"}):
    """What stands at a place of an answer's JSON; without values, anything but nothing."""

    at: str
    """A JSON pointer, in which `*` is any element of a list."""
    values: tuple[str | int | bool, ...] = ()
    there: bool = False
    """Whether it is enough that something stands there: an empty list, or nothing."""


class Reading(Part, frozen=True):
    """Where an answer tells of single rows."""

    reader: Literal["pointer", "listed", "indexed", "ordered", "grouped"]
    list: str
    """A JSON pointer to what it reads."""
    at: str = ""
    """A JSON pointer within each entry: to the index, or to what names the row."""
    by: Literal["identifier", "id", "vendor"] = "identifier"
    """What names a row, where an entry does."""
    code: str = ""
    reason: str = ""
    vendor: str = ""
    """A JSON pointer within each entry, to the vendor's id of the customer."""
    verdict: Verdict = Verdict.NEVER
    codes: dict[str, Verdict] = {}
    """By the text at `code`, where that tells more."""
    answer: int = 0
    """Which of a poll's answers it reads."""


class Rule(Part, frozen=True):
    """What one kind of answer means; the first that fits is taken."""

    status: tuple[int | str, ...] = ()
    """Numbers, or `2xx`; none: all."""
    when: When | None = None
    bare: bool = False
    """Whether it holds only for answers without JSON."""
    verdict: Verdict = Verdict.DONE
    """Of the rows that no reading names."""
    others: Verdict | None = None
    """Of the same, where a reading names at least one."""
    readings: tuple[Reading, ...] = ()
    count: str = ""
    """A JSON pointer to how many rows were refused: where the readings find fewer, nobody knows of the others."""
    wait: float = 0.0
    job: str = ""
    code: str = ""
    """A JSON pointer to a word that says why."""
    every: bool = False
    """Whether a row that no reading names is one of which nobody knows."""


class Poll(Part, frozen=True):
    """How a job is asked for."""

    paths: tuple[str, ...]
    finished: When
    failed: When | None = None
    readings: tuple[Reading, ...] = ()
    count: str = ""
    wait: float = 5.0
    verdict: Verdict = Verdict.DONE
    """Of the rows of a job that is finished, which no reading names."""
    otherwise: Verdict = Verdict.DOUBT
    """Of those of a job that failed."""


class Operation(Part, frozen=True):
    """One kind of call."""

    path: str
    """With `{places}`, each written as one segment whatever is in it."""
    body: Any = None
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "WRITE"] = "POST"
    media: str = "json"
    base: str = ""
    query: dict[str, Any] = {}
    headers: dict[str, Any] = {}
    needs: Literal["identifier", "vendor"] = "identifier"
    identifiers: tuple[str, ...] = ()
    """The kinds that it takes, where not all of the destination's."""
    items: int = 1
    bytes: int = 0
    """At most in a body; 0: nothing is said of it."""
    item_bytes: int = 0
    rates: tuple[tuple[int, float], ...] = ()
    safe: bool = False
    contacts: bool = False
    dedupe: str = ""
    """The field by which the destination knows a row again."""
    answers: tuple[Rule, ...] = ()
    poll: Poll | None = None
    basic: tuple[Any, ...] | None = None
    """User and password, where they are others than the destination's."""
    oldest: float = 0.0
    """Seconds after which what happened is told too late; 0: it is told whenever."""
    unverified: str = ""
    """Why it is refused: what of it no source confirms."""


class Definition(Part, frozen=True):
    """One destination."""

    title: str
    operations: dict[str, Operation]
    changes: dict[str, tuple[str, ...]]
    refused: dict[str, str]
    """Why the other changes cannot be made."""
    bases: dict[str, dict[str, str]]
    """By name, and by region; the first name is that of operations that name none."""
    authentication: Authentication
    identifiers: dict[str, str]
    """By our kind, what the destination calls it; the first is taken where a dataset says nothing."""
    forms: dict[str, str] = {}
    """By our kind, the normal form, where it is not the kind's own."""
    headers: dict[str, Any] = {}
    settings: dict[str, Setting] = {}
    denied: tuple[str, ...] = ()
    """Identifiers that it takes for none, in lower case."""
    snapshot: bool = False
    """Whether each file holds everybody, and takes out who is not in it."""
    account: str = ""
    """The setting that tells accounts apart."""
    rates: tuple[tuple[int, float], ...] = ()
    """Of all calls of an account together."""
    answers: tuple[Rule, ...] = ()
    """Of all operations, asked after their own."""
    unverified: dict[str, str] = {}
    """What of it no source confirms, and what follows."""
    needs_mapping: bool = False
    """Whether fields are known by ids there, which the dataset must give."""
