"""The journal: what was erased and asked for, in order, for audits and to go on after a kill. It holds hashes alone.

Lines are only ever added. One that a killed process left unfinished counts for nothing.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from features import settings
from features.clock import iso
from features.consent import suppression

BEGUN, FORGOTTEN, FINISHED, ACCESS = "erasure begun", "forgotten", "erasure finished", "access"
_FILE = "journal.jsonl"


def path(dataset: str) -> Path:
    """Return the journal of a dataset."""
    return settings.erased(dataset) / _FILE


def add(dataset: str, now: int, what: str, who: Iterable[str] = (), **said: Any) -> None:
    """Add a line, which is on the disk when this returns.

    Args:
        dataset: its name.
        now: microseconds UTC.
        what: BEGUN, FORGOTTEN, FINISHED or ACCESS.
        who: hashes of identifiers, in any order.
        said: what else is to be told; nothing that somebody can be known by.
    """
    line = {"at": iso(now), "what": what, "who": sorted(who), **said}
    suppression.append(path(dataset), f"{json.dumps(line)}\n")


def lines(dataset: str) -> list[dict[str, Any]]:
    """Return the whole lines."""
    found: list[dict[str, Any]] = []
    file = path(dataset)
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def unfinished(dataset: str) -> list[str]:
    """Return when erasures were begun that have not been finished since, by whatever run, the oldest first."""
    return [str(line["at"]) for line in _waiting(dataset)]


def outstanding(dataset: str) -> list[str]:
    """Return the hashes of the identifiers whose erasure was begun and has not been finished since."""
    return sorted({one for line in _waiting(dataset) for one in line["who"]})


def _waiting(dataset: str) -> list[dict[str, Any]]:
    waiting: list[dict[str, Any]] = []
    for line in lines(dataset):
        if line["what"] == BEGUN:
            waiting.append(line)
        elif line["what"] == FINISHED:
            waiting = [one for one in waiting if not set(one["who"]) <= set(line["who"])]
    return waiting
