"""Copies: what a dataset reads from elsewhere, brought to this machine once for each time that its file is read.

The tables of one database are all copied in one snapshot: they tell of one moment, whatever is written meanwhile.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from features import scratch
from features.arrow import literal, quoted
from features.nearest import nearest
from features.remote import mark, objects, selected
from features.remote.mark import Mark
from features.remote.postgres import Unreachable, opened, rows, told
from features.remote.query import Query, named

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

TABLE = "table:"
"""Before the name of a declared table, in the place of a path."""


def is_far(path: str) -> bool:
    """Return whether a path is of something that is not on this machine."""
    return path.startswith(TABLE) or objects.is_address(path)


@dataclass
class Since:
    """Up to where tables were read before, by name, and are now."""

    before: Mapping[str, Mark] = field(default_factory=dict)
    """Of these only what is new is copied."""
    now: dict[str, Mark] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)
    """How many of the new rows are late; they stand first."""


class Copies:
    """Copies of tables and files, made when they are asked for; they are gone when nobody has this any more."""

    def __init__(self, queries: Mapping[str, Query], since: Since | None = None) -> None:
        """Take what a dataset declares of tables, by name, and up to where they were read before, if that counts."""
        self._queries, self._lock, self._until = queries, Lock(), ExitStack()
        self._since = since
        self._folder: Path | None = None
        self._found: dict[str, Path] = {}
        weakref.finalize(self, self._until.close)

    def path(self, far: str) -> Path:
        """Return where the copy of a table is, or of files; it is made if there is none yet.

        Raises:
            Unreachable: it cannot be made; the message says why.
        """
        with self._lock:
            if self._folder is None:
                self._folder = self._until.enter_context(scratch.folder())
            if far not in self._found:
                self._found |= self._made(far, self._folder)
            return self._found[far]

    def let_go(self) -> None:
        """Remove all copies: they hold people. Who asks again gets what is there then."""
        with self._lock:
            self._until.close()
            self._folder, self._found = None, {}

    def _made(self, far: str, folder: Path) -> dict[str, Path]:
        if not far.startswith(TABLE):
            own = folder / f"files {len(self._found)}"
            return {far: objects.fetched(far, own)}
        name = far.removeprefix(TABLE)
        if name not in self._queries:
            raise Unreachable(f"tables: there is no table {name!r}.{nearest(name, self._queries)}")
        database = self._queries[name].database
        alike = {one: query for one, query in self._queries.items() if query.database == database}
        return snapshot(alike, folder, self._since)


def snapshot(queries: Mapping[str, Query], folder: Path, since: Since | None = None) -> dict[str, Path]:
    """Write what queries of one database give to a Parquet file each, all as of one moment.

    The rows of a table are in the order of its primary key, those of a query in its own.

    Args:
        queries: by name.
        folder: of the files.
        since: up to where tables were read before; it takes up to where they are read now.

    Returns:
        The files by `table:` and name.

    Raises:
        Unreachable: the database cannot be reached, or refuses.
    """
    found = {}
    first, *_ = queries
    with opened(queries[first].address, f"tables.{first}") as cursor:
        held = list(dict.fromkeys(one for query in queries.values() for one in lockable(cursor, query)))
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if held:  # a TRUNCATE behind the snapshot would be seen in it
            cursor.execute(f"LOCK TABLE {', '.join(held)} IN ACCESS SHARE MODE")
        for name, query in queries.items():
            where, path = f"tables.{name}", folder / f"{name}.parquet"
            if since and name in since.before:
                since.late[name] = mark.write_new(cursor, query, since.before[name], path, where)
            else:
                write(cursor, query, path, where)
            if since and query.since:
                since.now[name] = mark.marked(cursor, query, where)
            found[f"{TABLE}{name}"] = path
        cursor.execute("COMMIT")
    return found


def lockable(cursor: Cursor, query: Query) -> list[str]:
    """Return the tables that a query reads, as SQL, as far as who reads may hold them.

    Raises:
        Error: of the driver, where there is no such table, or the query is none.
    """
    if query.table:
        oids = [f"{literal(named(query.table))}::regclass"]
    else:
        ((plan,),) = told(cursor, f"EXPLAIN (VERBOSE, FORMAT JSON) SELECT * FROM {query.relation}")
        found = [f"{quoted(schema)}.{quoted(name)}" for schema, name in _relations(json.loads(str(plan)))]
        oids = [f"to_regclass({literal(name)})" for name in found]
    if not oids:
        return []
    kinds = "relkind IN ('r', 'p', 'v') AND has_table_privilege(oid, 'SELECT')"
    sql = f"SELECT oid::regclass::text FROM pg_class WHERE oid IN ({', '.join(oids)}) AND {kinds}"
    return [name for (name,) in rows(cursor, sql)]


def _relations(plan: Any) -> Iterator[tuple[str, str]]:
    """Yield the schema and the name of each table in a plan."""
    if isinstance(plan, dict) and "Relation Name" in plan:
        yield plan["Schema"], plan["Relation Name"]
    for one in plan.values() if isinstance(plan, dict) else plan if isinstance(plan, list) else ():
        yield from _relations(one)


def write(cursor: Cursor, query: Query, path: Path, where: str) -> None:
    """Write the rows of a query to a Parquet file, some at a time.

    Args:
        cursor: in the transaction that reads.
        query: what is asked.
        path: the file.
        where: the beginning of an error's message.
    """
    found = selected.selected(cursor, query, where)
    with pq.ParquetWriter(path, found.schema, compression="lz4", store_schema=False) as file:
        for table, _ in found.each:
            file.write_table(table)
