"""Said: what a server tells at its start; that nobody can read it, or a disk is full, stops no server."""

import contextlib
import os
import sys


def say(line: str) -> None:
    """Print a line to standard output where that can be written to."""
    try:
        print(line, flush=True)  # noqa: T201  for who started it
    except OSError:
        with contextlib.suppress(OSError):  # what could not be written is not tried again when the process ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
