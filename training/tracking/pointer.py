"""The pointer: a file beside the champion's alias, by which a service on this machine finds it without MLflow.

It is written where the registry is a file on this machine: of a server, others may move the alias.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from features import scratch, settings


@dataclass(frozen=True)
class Pointer:
    """Which bundle is served."""

    folder: str
    """Where it lies, from the home where it is in there."""
    version: str
    alias: str
    registry: str
    """The address of the registry that the alias is in."""


class Damaged(ValueError):
    """The file is not what `write` writes."""


def write(dataset: str, folder: Path, version: str, alias: str) -> None:
    """Write the pointer, whole or not at all; none where the registry is a server."""
    if not settings.registry().startswith("sqlite:"):
        return
    home = settings.home()
    place = folder.resolve()
    within = place.relative_to(home) if place.is_relative_to(home) else place
    pointer = Pointer(str(within), version, alias, settings.registry())
    with scratch.draft(settings.served(dataset)) as draft:
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(pointer)) + b"\n")


def read(dataset: str) -> Pointer | None:
    """Return the pointer, its folder from the root; None where there is none, or it is of another registry.

    Raises:
        Damaged: it cannot be read.
    """
    path = settings.served(dataset)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Pointer)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Damaged(f"{path}: this is no pointer to a bundle ({type(error).__name__}).") from None
    if found.registry != settings.registry():
        return None
    return Pointer(str(settings.home() / found.folder), found.version, found.alias, found.registry)
