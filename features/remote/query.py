"""Queries: the rows of a database that a dataset reads as it reads a file."""

import os
import re
from typing import Annotated

import msgspec

from features.arrow import quoted
from features.remote.postgres import Unreachable, is_address

_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_OVERLAP = 60
Variable = Annotated[str, msgspec.Meta(pattern=f"^{_NAME.pattern}$")]


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table, or what one query gives; a source names it by `table:` and its name in the dataset file."""

    database: Variable
    """The environment variable that holds the address, `postgresql://…`: no file holds a password."""
    table: str = ""
    """Its name as the database has it, with its schema before a point where it is not in the search path."""
    query: str = ""
    """One SELECT, where a table alone will not do."""
    since: str = ""
    """A column that tells when a row was written, so that a reading may leave out what was read before."""
    overlap_minutes: Annotated[int, msgspec.Meta(ge=0, le=525_600)] = _OVERLAP
    """Rows of so long before the newest are read again: one may be committed late."""

    def wrong(self, name: str) -> str:
        """Return what is wrong with it and its name; empty where it can be asked."""
        if not _NAME.fullmatch(name):
            return "a name may have letters, digits and '_', and begins with a letter."
        if bool(self.table) == bool(self.query.strip()):
            return f"one of table and query is needed; got {'both' if self.table else 'neither'}."
        if not self.since and self.overlap_minutes != _OVERLAP:
            return "overlap_minutes says nothing without since."
        return ""

    @property
    def address(self) -> str:
        """The address of the database.

        Raises:
            Unreachable: the environment does not hold it.
        """
        found = os.environ.get(self.database, "")
        if not is_address(found):
            got = "no such variable" if not found else "something else"
            raise Unreachable(f"{self.database} is to hold an address, postgresql://host/database; got {got}.")
        return found

    @property
    def relation(self) -> str:
        """SQL that stands behind FROM; each of its rows is `given`."""
        if self.table:
            return f"{named(self.table)} AS given"
        return f"({self.query.strip().rstrip(';')}\n) AS given"


def named(table: str) -> str:
    """Return the name of a table as SQL, with its schema where it has one."""
    return ".".join(map(quoted, table.split(".", 1)))
