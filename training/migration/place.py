"""The place: whether a folder can be written to, and of which dataset it holds the segments."""

import json
import os
from pathlib import Path

from features import settings

MEMBERSHIP, HISTORY, TRANSITIONS, FLOWS, ABOUT = (
    "membership",
    "history.parquet",
    "transitions.csv",
    "flows.html",
    "about.json",
)
_ALLOWED = "the name of a folder is allowed."


def made(out: str | None, dataset: str) -> Path:
    """Return the folder to write, whose subfolder of members is there then; what cannot be written is told at once.

    Args:
        out: as it was asked for; None: that of the dataset under the home.
        dataset: its name.

    Raises:
        ValueError: it is empty, is or has a file where a folder is needed or a folder for a file, cannot be written, or
            holds the segments of another dataset.
    """
    if out is not None and not out.strip():
        raise ValueError(f"OUT: got {out!r}; {_ALLOWED}")
    where = (settings.migration(dataset) if out is None else Path(out)).absolute()
    try:
        _refuse(where, dataset)
        (where / MEMBERSHIP).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"OUT: got {where.name!r}, which cannot be made ({error.strerror}); {_ALLOWED}") from None
    for path in (where, where / MEMBERSHIP):
        if not os.access(path, os.W_OK | os.X_OK):
            raise ValueError(f"OUT: got {where.name!r}, but {str(path)!r} cannot be written to; {_ALLOWED}")
    return where.resolve()


def owner(folder: Path) -> str | None:
    """Return the name of the dataset whose segments a folder holds; None where it does not say so."""
    try:
        found = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    name = found.get("dataset") if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


def _refuse(where: Path, dataset: str) -> None:
    for path in (where / MEMBERSHIP, where, *where.parents):
        if path.exists() and not path.is_dir():
            what = "which is a file" if path == where else f"but {str(path)!r} is a file"
            raise ValueError(f"OUT: got {where.name!r}, {what}; {_ALLOWED}")
    for name in (HISTORY, TRANSITIONS, FLOWS, ABOUT):
        if (where / name).is_dir():
            raise ValueError(f"OUT: got {where.name!r}, where {name!r} is a folder; the name of another is allowed.")
    other = owner(where)
    if other not in (None, dataset):
        raise ValueError(f"OUT: got {where.name!r}, which holds the segments of {other!r}; another folder is allowed.")
