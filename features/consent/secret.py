"""The secret: the keys by which erased people are known again without keeping who they are.

They are in HABITUS_KEY, or in a file outside the home that nobody but its owner may read, made when it is first needed.
Who has both the keys and the list can test whether somebody is on it; that is why they lie apart.
"""

import contextlib
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from features import settings

KEY = "HABITUS_KEY"
"""The environment variable that holds keys, the newest first, with commas between them."""
CONFIG = "XDG_CONFIG_HOME"
SHORTEST = 16
"""Characters that a key has at least."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretError(ValueError):
    """The keys cannot be used as they are; the message says what to do."""


@dataclass(frozen=True)
class Secret:
    """Keys, the newest first: new hashes are by the first, and older ones are tried with all."""

    keys: tuple[bytes, ...]
    where: str
    """Where they are, in words."""

    @property
    def by_name(self) -> dict[str, bytes]:
        """The keys by what hashes call them: a name that tells nothing of the key."""
        return {name(key): key for key in self.keys}


def name(key: bytes) -> str:
    """Return what hashes call a key."""
    return hashlib.sha256(b"habitus key " + key).hexdigest()[:8]


def file() -> Path:
    """Return the file of keys that is used where HABITUS_KEY is not set: one a line, the newest first."""
    return Path(os.environ.get(CONFIG) or Path.home() / ".config") / "habitus" / "key"


def found() -> Secret | None:
    """Return the keys; None where there are none yet.

    Raises:
        SecretError: a key is too short, or its file lies under the home or may be read by others.
    """
    if given := os.environ.get(KEY):
        return Secret(_checked(given.split(","), KEY), KEY)
    path = file()
    if not path.is_file():
        return None
    _require_outside(path)
    if path.stat().st_mode & _OTHERS:
        raise SecretError(f"{path}: others may read it: chmod 600 {path}")
    return Secret(_checked(path.read_text(encoding="utf-8").split(), str(path)), str(path))


def made() -> Secret:
    """Return the keys; where there are none, make the file with one.

    Raises:
        SecretError: as `found`, or the file would lie under the home.
    """
    if there := found():
        return there
    path = file()
    _require_outside(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".key-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(f"{secrets.token_hex(32)}\n")
            written.flush()
            os.fsync(written.fileno())
        with contextlib.suppress(FileExistsError):  # another process was faster, and its key is the one
            os.link(draft, path)
    finally:
        draft.unlink()
    there = found()
    assert there is not None
    return there


def _require_outside(path: Path) -> None:
    home = settings.home()
    if path.resolve().is_relative_to(home):
        raise SecretError(
            f"{path}: the key may not lie under {home}, beside the list that it belongs to: set {KEY}, or {CONFIG} to"
            " a folder elsewhere."
        )


def _checked(given: list[str], where: str) -> tuple[bytes, ...]:
    keys = tuple(key.strip().encode() for key in given if key.strip())
    if not keys or min(map(len, keys)) < SHORTEST:
        raise SecretError(f"{where}: got a key of under {SHORTEST} characters, which can be guessed; commas part keys.")
    return keys
