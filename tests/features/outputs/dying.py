"""A run that writes a table and is killed at a step: before one of its calls of the server."""

import importlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import pyarrow as pa
from adbc_driver_manager.dbapi import Cursor

from features import command
from features.outputs import output

assert adbc_driver_postgresql  # imported once, by who forks


def write(home: str, out: str, left: int) -> None:
    """Write five rows, one at a time, and die before call `left` of the server, from 0."""
    os.environ["HABITUS_HOME"] = home
    calls = iter([False] * left + [True])
    _dies(lambda _: next(calls))
    rows = pa.table({"customer_id": ["new"] * 5, "n": range(5)})
    with output.opened(Path(out), rows.schema) as file:
        for row in range(5):
            file.write(rows.slice(row, 1))


def run(environment: Mapping[str, str], module: str, arguments: Sequence[str], before: str) -> None:
    """Run one of our commands, and die before the first statement that begins so; COPY is the first with rows."""
    os.environ |= environment
    _dies(lambda statement: statement.startswith(before))
    command.run(importlib.import_module(module).main, arguments)


def _dies(when: Callable[[str], bool]) -> None:
    """Have this process die before the call of the server whose statement it says that of."""

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(cursor: Cursor, statement: str, *arguments: Any, **named: Any) -> Any:
            told = "COPY" if arguments and isinstance(arguments[0], pa.Table) and arguments[0].num_rows else statement
            if when(told):
                os.kill(os.getpid(), signal.SIGKILL)
            return call(cursor, statement, *arguments, **named)

        return step

    for name in ("execute", "adbc_ingest"):
        setattr(Cursor, name, counted(getattr(Cursor, name)))
