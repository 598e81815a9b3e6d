"""A request: what is sent to a destination, as bytes, before anything touches the network."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """One call over HTTP."""

    method: str
    url: str = field(repr=False)
    """It may name a person, or hold a secret: it is never logged."""
    headers: Mapping[str, str] = field(repr=False)
    """Credentials among them: they are never shown."""
    body: bytes = field(repr=False)
    """Personal data: never logged."""
    rows: tuple[str, ...] = ()
    """The ids of the rows that it is about, in their order in the body."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Of a file: the types of its columns, in their order."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
