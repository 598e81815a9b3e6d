"""A run that writes a table and is killed after so many calls of the server."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import pyarrow as pa
from adbc_driver_manager.dbapi import Cursor

from features.outputs import output

assert adbc_driver_postgresql  # imported once, by who forks


def write(home: str, out: str, left: int) -> None:
    """Write five rows, one at a time, and die before call `left` of the server, from 0."""
    os.environ["HABITUS_HOME"] = home
    calls = iter(range(left))

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            if next(calls, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return step

    for name in ("execute", "adbc_ingest"):
        setattr(Cursor, name, counted(getattr(Cursor, name)))
    rows = pa.table({"customer_id": ["new"] * 5, "n": range(5)})
    with output.opened(Path(out), rows.schema) as file:
        for row in range(5):
            file.write(rows.slice(row, 1))
