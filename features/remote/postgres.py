"""PostgreSQL: connections that give and take rows as Arrow, and what went wrong in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from features.extra import lacking

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

_ADDRESS = re.compile(r"postgres(ql)?://")
_SECRETS = (re.compile(r"//[^/?#@:]*:([^/?#]*)@"), re.compile(r"[?&]password=([^&#]*)"))
_BY_COPY = "adbc.postgresql.use_copy"
_MAY_HOLD_ONE = re.compile(r"//.*:.*@|password")
_FAULT = re.compile(r"(?:ERROR|FATAL|PANIC):\s+(.*)")
_VALUE = re.compile(r": \".*|=\(.*")
"""From where on a server repeats what stands in a row, as in `invalid input syntax for type integer: "a@b.example"`."""
_OF_DATA = ("22", "23")
"""Begin the codes of faults of what rows hold."""
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(\[[^][]*\]|[^][:]*)(:\d*)?", re.ASCII)
_UNREADABLE = (
    "its address cannot be read; in a name or a password %, @, /, ?, # and [ are %25, %40, %2F, %3F, %23 and %5B"
)


class Unreachable(ValueError):
    """A database or a store of files cannot be reached, or refuses."""


def is_address(text: str) -> bool:
    """Return whether a text is the address of a PostgreSQL server."""
    return bool(_ADDRESS.match(text))


def password(address: str) -> str:
    """Return the password that an address holds, as it stands there; empty where it holds none."""
    return next((found[1] for one in _SECRETS if (found := one.search(address)) and found[1]), "")


def said(error: Exception) -> str:
    """Return what a server or its driver said, in one line without the query and without what stands in rows."""
    text = str(error)
    if found := _FAULT.search(text):
        of_data = (getattr(error, "sqlstate", None) or "").startswith(_OF_DATA)
        return _VALUE.sub("", found[1]).strip() if of_data else found[1].strip()
    return (text.strip().splitlines() or [type(error).__name__])[0]


def is_readable(address: str) -> bool:
    """Return whether an address is written so that no part of a password is taken for another part of it.

    Who reads it otherwise says in an error what it took for a host or a port.
    """
    try:
        told = urlsplit(address)
    except ValueError:
        return False
    who, _, hosts = told.netloc.rpartition("@")
    stray = "@" in who or "@" in told.path or (not who and "@" in told.query) or "#" in address
    return not (stray or _STRAY.search(address)) and all(map(_HOST.fullmatch, hosts.split(",")))


@contextmanager
def opened(address: str, where: str) -> Iterator[Cursor]:
    """Connect, each statement a transaction of its own; the session's zone is UTC.

    Args:
        address: `postgresql://…`; what it leaves out, libpq takes from its environment and its files.
        where: the beginning of an error's message.

    Raises:
        Unreachable: the driver is not installed, there is no such server, or it refuses something in the block.
    """
    try:
        from adbc_driver_manager.dbapi import Error
        from adbc_driver_postgresql.dbapi import connect
    except ModuleNotFoundError:
        raise Unreachable(f"{where}: PostgreSQL needs {lacking('postgres')}.") from None
    if not is_readable(address):
        raise Unreachable(f"{where}: {_UNREADABLE}.")
    try:
        connection = connect(address, autocommit=True)
    except Error as error:
        raise Unreachable(f"{where}: {_not_connected(error, address)}") from None
    try:
        with connection, connection.cursor() as cursor:
            for setting in ("TimeZone = 'UTC'", "client_encoding = 'UTF8'", "DateStyle = 'ISO'"):
                cursor.execute(f"SET {setting}")
            yield cursor
    except Error as error:
        raise Unreachable(f"{where}: {said(error)}") from None


def _not_connected(error: Exception, address: str) -> str:
    """Return why there is no connection, without a password: what libpq cannot read of an address it repeats."""
    told = said(error)
    if _MAY_HOLD_ONE.search(address):
        if _FAULT.search(str(error)) or "connection to server" in told:
            secret = password(address)
            return told.replace(secret, "[password]") if secret else told
        return "its address cannot be read: what is no letter or digit in a password is written as %40, by its code."
    return told


def rows(cursor: Cursor, sql: str) -> list[tuple[Any, ...]]:
    """Return all that a query answers, which is little."""
    cursor.execute(sql)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def told(cursor: Cursor, statement: str) -> list[tuple[Any, ...]]:
    """Return what the server tells of something that is no query, which COPY would not take."""
    cursor.adbc_statement.set_options(**{_BY_COPY: "false"})
    try:
        return rows(cursor, statement)
    finally:
        cursor.adbc_statement.set_options(**{_BY_COPY: "true"})
