"""A plan: what a peer is asked to compute, as a file that its process reads without importing anything of ours."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

DAY = 86_400_000_000


@dataclass(frozen=True)
class Plan:
    """Events whose columns have canonical names in the peer's eyes, and the moments to look back from."""

    files: list[str]
    columns: dict[str, str]
    """Canonical columns by those of the files; `event` is the kind."""
    zone: str
    as_of: list[int]
    """Microseconds UTC."""

    def write(self, path: Path) -> None:
        """Write the plan for a peer to read."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def read(path: Path) -> Plan:
    """Return the plan that `write` wrote."""
    return Plan(**json.loads(path.read_text(encoding="utf-8")))
