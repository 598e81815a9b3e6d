"""Credentials: what a destination is told to know who calls, from the environment or a file that others cannot read."""

import logging
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from activation.destinations import token
from activation.destinations.declared import variable
from activation.destinations.destination import Destination
from activation.destinations.vendor import Vendor

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
TOKEN = "TOKEN"  # noqa: S105 - the name of one
FILE = "FILE"


class CredentialsError(ValueError):
    """A destination cannot be called: a secret is missing or may be read by others; the message never holds one."""


class Secrets(Mapping[str, str]):
    """Secrets by name, which are not shown, whoever prints them."""

    def __init__(self, held: Mapping[str, str]) -> None:
        self._held = dict(held)

    def __getitem__(self, name: str) -> str:
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(f'{name}=…' for name in self._held)})"


def of(vendor: Vendor, http: httpx.Client, *, renew: bool = False) -> Mapping[str, str]:
    """Return the secrets of a destination.

    A token that runs out is got by `http` where the environment has none, and kept in memory while it holds.

    Args:
        vendor: whose they are.
        http: what asks for a token.
        renew: whether one that is kept is thrown away: the destination said that it ran out.

    Raises:
        CredentialsError: one is missing, its file may be read by others, or no token was given for it.
    """
    _quiet()
    if not isinstance(vendor, Destination):
        return Secrets({})
    declared = vendor.definition.authentication
    held = _held(vendor.name)
    if declared.token is not None and not held.get(TOKEN):
        _require(vendor.name, declared.keys, held)
        return Secrets({**held, TOKEN: token.got(vendor, declared.token, held, http, renew)})
    _require(vendor.name, declared.keys if declared.token is None else (), held)
    return Secrets(held)


def _quiet() -> None:
    """Let httpx tell no addresses: it does at INFO, and some hold a secret or name a person."""
    logger = logging.getLogger("httpx")
    logger.setLevel(max(logger.level, logging.WARNING))


def _require(name: str, keys: tuple[str, ...], held: Mapping[str, str]) -> None:
    for key in keys:
        if not held.get(key):
            raise CredentialsError(
                f"destinations.{name}: no {key}: set {variable(name, key)}, or {variable(name, FILE)} to a file with a"
                f" line {key}=…, which nobody but its owner may read."
            )


def _held(name: str) -> dict[str, str]:
    """Return all that the environment, and the file that it names, hold for a destination."""
    prefix = variable(name, "")
    found = _filed(Path(path)) if (path := os.environ.get(variable(name, FILE))) else {}
    own = {key.removeprefix(prefix): value for key, value in os.environ.items() if key.startswith(prefix) and value}
    own.pop(FILE, None)
    return found | own


def _filed(path: Path) -> dict[str, str]:
    try:
        mode = path.stat().st_mode
        if mode & _OTHERS:
            raise CredentialsError(f"{path}: others may read it: chmod 600 {path}")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{path}: it cannot be read: {type(error).__name__}.") from None
    pairs = [line.partition("=") for line in lines if line.strip() and not line.startswith("#")]
    if bad := next((place for place, (_, sign, _) in enumerate(pairs, 1) if not sign), 0):
        raise CredentialsError(f"{path}: entry {bad} has no '='; lines NAME=value are allowed.")
    return {name.strip(): value.strip() for name, _, value in pairs}
