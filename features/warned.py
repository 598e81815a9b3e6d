"""What libraries warn of: told once for all processes of a command, in our words where we have some, and never raw."""

import hashlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_FOLDER = "HABITUS_WARNED"
"""Names the folder that has a file for each warning that was told, in the processes of one command."""

_WORDS = {
    "ConvergenceWarning": "a fit stopped before it had settled; it is judged by its figures like any other",
    "RuntimeWarning": "a step of arithmetic had no number as its result",
    "ExperimentalWarning": "a part of it that is used here may change in a later release",
}
"""By the name of a class of warnings: importing the libraries for their classes would take seconds."""
_FOR_DEVELOPERS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ResourceWarning)


@contextmanager
def told_once() -> Iterator[None]:
    """Tell what libraries warn of inside the block, in this process and in those that it starts and that `listen`."""
    with tempfile.TemporaryDirectory(prefix="habitus-") as folder, warnings.catch_warnings():
        before = os.environ.get(_FOLDER)
        os.environ[_FOLDER] = folder
        listen()
        try:
            yield
        finally:
            del os.environ[_FOLDER]
            if before is not None:
                os.environ[_FOLDER] = before


def listen() -> None:
    """Tell warnings instead of printing them raw: what a process does that a command starts."""
    warnings.showwarning = _tell


def _tell(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,  # noqa: ARG001  this and the next are of Python's own shape
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    if issubclass(category, _FOR_DEVELOPERS):
        return
    ours = (_WORDS[kind.__name__] for kind in category.__mro__ if kind.__name__ in _WORDS)
    first_line, *_ = str(message).splitlines() or [category.__name__]
    said = f"note: {_library(filename)}: {next(ours, first_line)}"
    if _is_first(said):
        print(said, file=sys.stderr)  # noqa: T201  not typer's, which workers need not import


def _library(filename: str) -> str:
    """Return the package that a file belongs to."""
    parts = Path(filename).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    return "habitus"


def _is_first(said: str) -> bool:
    """Return whether nobody has told it yet; of processes that ask at once, one is first."""
    folder = os.environ.get(_FOLDER)
    if folder is None:
        return True
    try:
        Path(folder, hashlib.sha256(said.encode()).hexdigest()).touch(exist_ok=False)
    except OSError:
        return False
    return True
