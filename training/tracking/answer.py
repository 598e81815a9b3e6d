"""The answer of the place where runs are kept: one line, where it gives none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LONGEST = 200
_DO = {
    "locked": "another program is writing to it: let that end, or stop it, and run this again",
    "readonly": "it cannot be written to: look at its permissions and those of its folder",
    "unable to open": "it cannot be opened: look at its permissions and those of its folder",
    "disk": "look at the space that its disk has left",
    "out-of-date database schema": "another version of MLflow made it: `.venv/bin/mlflow db upgrade` with its address",
    "Can't locate revision": "a newer version of MLflow made it: use that one, or another HABITUS_HOME",
    "not a database": "it is no database of MLflow: move it away, and a new one is made",
    "malformed": "it is damaged: move it away, and a new one is made",
    "deleted": "restore it with `.venv/bin/mlflow experiments restore`, or remove it for good with `mlflow gc`",
    "API request": "is the server up? Without MLFLOW_TRACKING_URI the runs are kept in mlruns/",
}
"""By what MLflow says, in order, what to do."""


class Unreachable(LookupError):
    """The place where runs are kept does not answer, or does not take what is written; the message says what to do."""


@contextmanager
def answered(address: str) -> Iterator[None]:
    """Tell in one line what MLflow raises in the block.

    Raises:
        Unreachable: the place at this address did not answer.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, _faults()):
            raise Unreachable(told(address, str(error))) from error
        raise


def _faults() -> tuple[type[Exception], ...]:
    """Return what MLflow raises, of the modules that are loaded: what is not cannot have raised anything."""
    named = (("mlflow.exceptions", "MlflowException"), ("sqlalchemy.exc", "SQLAlchemyError"), ("sqlite3", "Error"))
    return tuple(getattr(sys.modules[module], name) for module, name in named if module in sys.modules)


def told(address: str, said: str) -> str:
    """Return one line of what a place said, with what to do."""
    do = next((what for part, what in _DO.items() if part.lower() in said.lower()), "")
    line = " ".join((said.strip().splitlines() or ["it does not answer"])[0].split())
    shown = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    return f"{address}: {shown.rstrip('.')}{f': {do}' if do else ''}."
