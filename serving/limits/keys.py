"""The keys: who may call the service, and what for. Only their hashes are kept, a line each: `role sha256 [name]`."""

import hashlib
import hmac
import logging
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

KEYS, FILE = "HABITUS_KEYS", "HABITUS_KEYS_FILE"
"""Where keys are declared: in the environment, a line each or with commas between them, or in a file."""
_PREFIX = "habitus_"
"""What a key begins with, so that one that leaked is known for what it is."""
_BYTES = 32
_LOOK = 1.0
"""Seconds between two looks at the file."""
_OTHERS = 0o077
"""The rights that nobody but the file's owner may have."""
_log = logging.getLogger("habitus.serving")


class Role(IntEnum):
    """What a key may do; each may what the ones before it may."""

    READ = 1
    WRITE = 2
    ADMIN = 3


class KeysError(ValueError):
    """Keys are declared in a way that cannot be trusted."""


@dataclass(eq=False)
class Key:
    """One key, by its hash."""

    role: Role
    digest: bytes
    name: str
    """What logs call it."""
    under_way: int = 0
    """Its requests that are worked on or wait."""


class Keys:
    """The keys that are allowed, as they are declared now."""

    def __init__(self, keys: Sequence[Key] = (), file: Path | None = None) -> None:
        """Allow some keys, and those of a file, which is read again when it changes.

        Raises:
            KeysError: the file cannot be read, others may read it, or a line is none.
        """
        self._declared = tuple(keys)
        self._file = file
        self._looked = time.monotonic()
        self._told = ""
        self._state = _state(file) if file else None
        self._keys = self._declared + (_read(file) if file else ())
        self.asked = bool(keys) or file is not None
        """Whether a key is asked for."""

    def find(self, presented: str) -> Key | None:
        """Return the key that was presented; comparing takes as long whatever was."""
        if self._file is not None:
            self._look(self._file)
        digest = hashlib.sha256(presented.encode()).digest()
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found

    def _look(self, file: Path) -> None:
        """Read the file again where it has changed; one that cannot be used leaves the keys as they are."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        try:
            state = _state(file)
            if state == self._state:
                return
            self._state = state
            self._keys = self._declared + _read(file)
            self._told = ""
        except KeysError as error:
            self._state = None
            if str(error) != self._told:
                self._told = str(error)
                _log.error("the keys stay as they were: %s", error)


@dataclass(frozen=True)
class Keyed:
    """What a request presented, which may be taken back while it is answered."""

    keys: Keys
    presented: str
    role: Role

    def key(self) -> Key | None:
        """Return the key that was presented where it is known now and may what is asked for."""
        found = self.keys.find(self.presented) if self.presented else None
        return found if found is not None and found.role >= self.role else None


def read(environment: Mapping[str, str] = os.environ) -> Keys:
    """Return the keys that an environment declares.

    Raises:
        KeysError: a line is none, or the file cannot be used.
    """
    declared, file = environment.get(KEYS, ""), environment.get(FILE, "")
    return Keys(_parsed(declared.replace(",", "\n"), KEYS), Path(file) if file else None)


def made(role: Role, name: str = "") -> tuple[str, str]:
    """Return a new random key, and the line that allows it."""
    key = _PREFIX + secrets.token_urlsafe(_BYTES)
    return key, f"{role.name.lower()} {hashlib.sha256(key.encode()).hexdigest()} {name}".rstrip()


def _state(file: Path) -> tuple[int, ...]:
    """Return what tells that a file changed."""
    try:
        found = file.stat()
    except OSError as error:
        raise KeysError(f"{FILE}: cannot read {file}: {error.strerror}.") from None
    if found.st_mode & _OTHERS:
        rights = f"{found.st_mode & 0o777:o}"
        raise KeysError(f"{FILE}: {file} has the rights {rights}; nobody but its owner may have any: `chmod 600`.")
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(file: Path) -> tuple[Key, ...]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(f"{FILE}: cannot read {file}: {error.__class__.__name__}.") from None
    found = _parsed(text, FILE)
    if not found:
        raise KeysError(f"{FILE}: {file} has no key; `python -m serving.keys new` makes one.")
    return found


def _parsed(text: str, where: str) -> tuple[Key, ...]:
    """Return the keys of some lines; no line is repeated in an error, since it may hold a key instead of its hash."""
    found: dict[bytes, Key] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split(maxsplit=2)
        if not words:
            continue
        role = Role.__members__.get(words[0].upper())
        digest = _digest("".join(words[1:2]))
        if role is None or not digest:
            allowed = ", ".join(one.name.lower() for one in Role)
            raise KeysError(f"{where}: line {number} is no key: a role ({allowed}), 64 hexadecimal digits, a name.")
        if digest in found:
            raise KeysError(f"{where}: line {number} is of the same key as one before it.")
        found[digest] = Key(role, digest, "".join(words[2:]).strip() or words[1][:8])
    return tuple(found.values())


def _digest(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return b""
    return found if len(found) == hashlib.sha256().digest_size else b""
