"""Redaction: texts that are rid of identifiers; whatever else they say stays."""

from collections.abc import Iterable
from pathlib import Path

from features import scratch
from features.consent.sought import Sought

ENDINGS = (".json", ".jsonl", ".html", ".md", ".csv", ".txt", ".svg", ".js", ".css", ".yaml", ".yml", "")
"""Of the names of files that are texts."""


def forget(paths: Iterable[Path], sought: Sought) -> int:
    """Write texts anew that hold an identifier of eight characters or more; return how many they were."""
    changed = 0
    for path in paths:
        if path.suffix not in ENDINGS or not path.is_file():
            continue
        content = path.read_bytes()
        if not sought.is_in(content):
            continue
        with scratch.draft(path) as draft:
            text = content.decode("utf-8", errors="surrogateescape")
            draft.write_bytes(sought.redacted(text).encode("utf-8", errors="surrogateescape"))
        changed += 1
    return changed
