"""The succession of a segmenter: what its run says of the champion's segments, and of who moved because of what."""

import json
from pathlib import Path
from typing import Any

from training.succession.kept import Succession

FILE = "segments.json"
_METRICS = {
    "by_model": "moved_by_model",
    "by_customers": "moved_by_customers",
    "by_both": "moved_by_both",
    "cancelled": "cancelled",
    "changed": "changed",
    "moved": "moved",
}
"""What each share is called as a metric."""


def tags(found: Succession) -> dict[str, str]:
    """Return how a segmenter came to be, and why."""
    return {"succession": found.how, "succession_why": found.why}


def metrics(found: Succession, smallest: int) -> dict[str, float]:
    """Return who moved because of what, as shares of the customers whom both moments know."""
    shares = found.parts.shares(smallest) if found.parts else {}
    return {_METRICS[name]: share for name, share in shares.items()}


def write(found: Succession, folder: Path) -> Path:
    """Write what became of each segment as JSON, and return the file."""
    path = folder / FILE
    path.write_text(json.dumps(told(found), indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def told(found: Succession) -> dict[str, Any]:
    """Return what became of each segment as plain data."""
    new, old, matching = found.segmenter.segments, found.old, found.matching
    if matching is None:
        segments = [{"segment": one.name, "title": one.title, "became": "new", "of": []} for one in new]
        return {"succession": found.how, "why": found.why, "segments": segments, "vanished": []}
    segments = [
        {
            "segment": new[one.place].name,
            "title": new[one.place].title,
            "became": one.how,
            "of": [old[place].name for place in one.of],
        }
        for one in matching.segments
    ]
    vanished = [
        {"segment": old[one.place].name, "title": old[one.place].title, "into": [new[place].name for place in one.into]}
        for one in matching.vanished
    ]
    return {"succession": found.how, "why": found.why, "segments": segments, "vanished": vanished}
