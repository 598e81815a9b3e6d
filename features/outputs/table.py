"""Tables of a database: staged beside the old one by COPY, and put in its place in one transaction.

A reader sees the old rows or the new ones, never a mix, whenever a run is killed; what it leaves, the next one removes.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from features.arrow import literal, quoted
from features.remote.postgres import Unreachable, is_readable, opened, password, rows

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

    from features.consent.suppression import Holds

PATIENCE = 600
"""Seconds that a swap waits for readers who began before it."""
OURS = "written by habitus"
"""The comment of tables that may be replaced."""
_STAGED = " habitus "
"""Between a table's name and what tells its drafts apart."""
_BETWEEN = 0.2
_LONGEST = 40
_KEPT = 63 - len(_STAGED) - 8
"""Bytes that a server keeps of a name, less those of a draft."""


@dataclass(frozen=True)
class Target:
    """Where a table is to be."""

    database: str
    """The address of the database."""
    schema: str
    """Empty: the first that the server looks into."""
    name: str

    def beside(self, suffix: str) -> Target:
        """Return the place of a table that goes along with this one.

        Raises:
            ValueError: its name would be longer than a server keeps names, with what tells drafts apart.
        """
        name = f"{self.name}_{suffix}"
        if len(name.encode()) > _KEPT:
            allowed = _KEPT - len(suffix) - 1
            raise ValueError(f"OUT: got {self.name!r}; beside it stands {name}: {allowed} bytes are allowed.")
        return replace(self, name=name)


def target(address: str) -> Target:
    """Return what an address says.

    Args:
        address: `postgresql://user@host:port/database/table`, or `schema.table` at its end.

    Raises:
        ValueError: it does not name a table, or holds a password.
    """
    if not is_readable(address):
        raise ValueError("OUT: got an address that cannot be read; postgresql://user@host/database/table is allowed.")
    told = urlsplit(address)
    if password(address):
        raise ValueError("OUT: got a password, which others could read: PGPASSWORD or ~/.pgpass may hold it.")
    database, _, table = told.path.strip("/").partition("/")
    schema, _, name = table.rpartition(".")
    if not database or not name or "/" in table or len(name.encode()) > _LONGEST:
        allowed = f"a table's name has up to {_LONGEST} bytes"
        raise ValueError(f"OUT: got {address!r}; postgresql://user@host/database/table is allowed; {allowed}.")
    return Target(told._replace(path=f"/{database}").geturl(), schema, name)


class Staged:
    """A draft of a table, which rows are appended to; nobody's until it is swapped."""

    def __init__(self, cursor: Cursor, where: Target, schema: pa.Schema) -> None:
        """Remove what killed runs have left of it, and create it."""
        self._cursor, self.name, self._schema = cursor, where.name, _plain(schema)
        self.schema = where.schema or rows(cursor, "SELECT current_schema()")[0][0]
        prefix = f"{where.name}{_STAGED}"
        listed = f"SELECT relname FROM pg_class WHERE relnamespace = {literal(quoted(self.schema))}::regnamespace"
        for (other,) in rows(cursor, f"{listed} AND left(relname, {len(prefix)}) = {literal(prefix)}"):
            if rows(cursor, f"SELECT pg_try_advisory_lock({self._lock(other)})") == [(True,)]:
                cursor.execute(f"DROP TABLE IF EXISTS {self._full(other)}")
                rows(cursor, f"SELECT pg_advisory_unlock({self._lock(other)})")
        self.draft = f"{prefix}{uuid.uuid4().hex[:8]}"
        rows(cursor, f"SELECT pg_advisory_lock({self._lock(self.draft)})")
        self._ingest(self._schema.empty_table(), "create")
        cursor.execute(f"COMMENT ON TABLE {self._full(self.draft)} IS {literal(OURS)}")

    def write(self, table: pa.Table) -> None:
        """Append a table."""
        arrays = [_told(table[field.name], field.type) for field in self._schema]
        self._ingest(pa.Table.from_arrays(arrays, schema=self._schema), "append")

    def close(self) -> None:
        """End it; it is swapped by `swap`."""

    def drop(self) -> None:
        """Remove the draft."""
        self._cursor.execute(f"DROP TABLE IF EXISTS {self._full(self.draft)}")

    def there(self) -> bool:
        """Return whether there is an old table.

        Raises:
            Unreachable: it is not one of ours, and is not replaced.
        """
        full = literal(self._full(self.name))
        ((oid, told),) = rows(
            self._cursor,
            f"SELECT to_regclass({full})::oid::bigint, coalesce(obj_description(to_regclass({full}), 'pg_class'), '')",
        )
        if oid is not None and told != OURS:
            said = f"its comment is not {OURS!r}; take another name, or drop it"
            raise Unreachable(f"OUT: the table {self.schema}.{self.name} was not written by us: {said}.")
        return oid is not None

    def replace(self) -> None:
        """Put the draft in the place of the old table, with what others may do with that, in a transaction."""
        granted: list[tuple[Any, ...]] = []
        if self.there():
            full = self._full(self.name)
            self._cursor.execute(f"LOCK TABLE {full} IN ACCESS EXCLUSIVE MODE")
            sql = (
                "SELECT privilege_type, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END"
                f" FROM pg_class, aclexplode(relacl) WHERE oid = {literal(full)}::regclass AND grantee <> relowner"
            )
            granted = rows(self._cursor, sql)
            self._cursor.execute(f"DROP TABLE {full}")
        self._cursor.execute(f"ALTER TABLE {self._full(self.draft)} RENAME TO {quoted(self.name)}")
        for privilege, role in granted:
            self._cursor.execute(f"GRANT {privilege} ON {self._full(self.name)} TO {role}")

    def _full(self, name: str) -> str:
        return f"{quoted(self.schema)}.{quoted(name)}"

    def _lock(self, name: str) -> str:
        return f"hashtextextended({literal(self._full(name))}, 0)"

    def _ingest(self, table: pa.Table, mode: Any) -> None:
        self._cursor.adbc_ingest(self.draft, table, mode=mode, db_schema_name=self.schema)


@contextmanager
def staging(where: Target, schemas: dict[str, pa.Schema]) -> Iterator[dict[str, Staged]]:
    """Open drafts of tables; when the block ends well, all take their places at once, else none does.

    Args:
        where: the first of them.
        schemas: by what follows the name of the first; nothing follows it itself.

    Raises:
        Unreachable: the server refuses, a table is not ours, or readers do not end.
    """
    with opened(where.database, "OUT") as cursor:
        staged: dict[str, Staged] = {}
        try:
            for suffix, schema in schemas.items():
                staged[suffix] = Staged(cursor, where.beside(suffix) if suffix else where, schema)
                staged[suffix].there()
            yield staged
            swap(cursor, list(staged.values()))
        except BaseException:
            with contextlib.suppress(Exception):  # what stays, the next run removes
                cursor.execute("ROLLBACK")
                for one in staged.values():
                    one.drop()
            raise


def swap(cursor: Cursor, staged: Sequence[Staged]) -> None:
    """Put all drafts in the places of their tables, in one transaction.

    Whoever began to read before the drafts were whole would find the new tables empty: they are waited for.
    """
    if any(one.there() for one in staged):
        _wait(cursor)
    cursor.execute("BEGIN")
    cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
    for one in staged:
        one.replace()
    cursor.execute("COMMIT")


def _wait(cursor: Cursor) -> None:
    """Wait until nobody looks at the database as it was before now."""
    ((now,),) = rows(cursor, "SELECT pg_current_xact_id()::xid::text")
    older = (
        "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        f" AND age(backend_xmin) >= age('{now}'::xid)"
    )
    until = time.monotonic() + PATIENCE
    while found := rows(cursor, older):
        if time.monotonic() > until:
            raise Unreachable(f"OUT: process {found[0][0]} of the server has read for {PATIENCE} s; the old rows stay.")
        time.sleep(_BETWEEN)


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return the columns as a database has them."""
    return pa.schema([pa.field(field.name, _kind(field.type)) for field in schema])


def _kind(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    if pa.types.is_unsigned_integer(kind):
        wider = {8: pa.int16(), 16: pa.int32(), 32: pa.int64(), 64: pa.decimal128(20, 0)}
        return wider[kind.bit_width]
    return kind


def _told(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return a column as it is written: no number is NaN, which sums of a database would be then."""
    column = column.cast(kind)
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    return column


def found(address: str, column: str, values: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a table whose column has one of some values; see `output.rows`."""
    with opened(target(address).database, address) as cursor:
        full, names = _columns(cursor, target(address))
        if column not in names:
            return []
        cursor.execute(f"SELECT * FROM {full} WHERE {_among(column, values)}")
        told: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        return told


def forget(address: str, kinds: Sequence[str], holds: Holds) -> int:
    """Take the rows of some people out of a table, and return how many they were; 0 where there is no such table."""
    gone = 0
    with opened(target(address).database, address) as cursor:
        full, names = _columns(cursor, target(address))
        for kind in (kind for kind in kinds if kind in names):
            cursor.execute(f"SELECT DISTINCT {quoted(kind)}::text AS id FROM {full}")
            held = [one["id"].filter(pa.array(holds(kind, one["id"]))) for one in cursor.fetch_record_batch()]
            if people := [value for one in held for value in one.to_pylist()]:
                gone += rows(cursor, f"SELECT count(*) FROM {full} WHERE {_among(kind, people)}")[0][0]
                cursor.execute(f"DELETE FROM {full} WHERE {_among(kind, people)}")
    return gone


def _columns(cursor: Cursor, where: Target) -> tuple[str, list[str]]:
    """Return the name of a table as SQL, and its columns; none where there is no such table."""
    full = f"{quoted(where.schema)}.{quoted(where.name)}" if where.schema else quoted(where.name)
    sql = f"SELECT attname FROM pg_attribute WHERE attrelid = to_regclass({literal(full)}) AND attnum > 0"
    return full, [name for (name,) in rows(cursor, f"{sql} AND NOT attisdropped")]


def _among(column: str, values: Sequence[str]) -> str:
    return f"{quoted(column)}::text = ANY(ARRAY[{', '.join(map(literal, values))}]::text[])"
