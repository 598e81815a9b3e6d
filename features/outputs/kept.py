"""Kept: the paths of tables that commands wrote where their users chose, so that an erasure finds them again."""

from pathlib import Path

from features import settings
from features.consent import suppression
from features.outputs import address


def remember(path: Path) -> None:
    """Keep the path of a table, but of one that the home has a place of its own for."""
    whole = path.resolve()
    home = settings.home()
    if whole.is_relative_to(home / "mlruns") or whole.is_relative_to(settings.cache()):
        return
    if str(whole) not in _lines():
        suppression.append(settings.kept_outputs(), f"{whole}\n")


def remember_far(far: str) -> None:
    """Keep the address of a table that is elsewhere."""
    if far not in _lines():
        suppression.append(settings.kept_outputs(), f"{far}\n")


def addresses() -> list[str]:
    """Return the addresses of tables that are elsewhere."""
    return [line for line in _lines() if address.of(line)]


def paths() -> list[Path]:
    """Return the tables that are still there."""
    return [path for line in _lines() if (path := Path(line)).is_file()]


def _lines() -> list[str]:
    file = settings.kept_outputs()
    return list(dict.fromkeys(file.read_text(encoding="utf-8").splitlines())) if file.is_file() else []
