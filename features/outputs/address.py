"""Addresses: what OUT names that is no file of this machine."""

import re
from pathlib import Path

from features.remote import objects, postgres

_ONE_SLASH = re.compile(r"^([a-z0-9]+):/+")


def of(path: Path | str) -> str:
    """Return the address that an option names, empty where it names a file: a path has one slash where one has two."""
    text = _ONE_SLASH.sub(r"\1://", str(path))
    return text if postgres.is_address(text) or objects.is_address(text) else ""


def shown(path: Path | str) -> str:
    """Return what people are told of where something was written."""
    return of(path) or str(path)
