"""`python -m serving.keys new`: a new key for the service, which is shown once, and the line that allows it."""

from enum import StrEnum
from typing import Annotated

import typer

from features import command
from serving.limits.keys import FILE, Role, made


class Action(StrEnum):
    """What can be done."""

    NEW = "new"


class As(StrEnum):
    """The roles, as they are written."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


def main(
    action: Annotated[Action, typer.Argument(help="What to do: `new` makes a key.")],
    role: Annotated[
        As, typer.Option(help="read: ask; write: post events, too; admin: also forget customers.")
    ] = As.READ,
    name: Annotated[str, typer.Option(help="What logs call the key.")] = "",
) -> None:
    """Make a key of 256 random bits; it is kept nowhere, only the line with its SHA-256 is to be."""
    del action  # there is one
    key, line = made(Role[role.name], " ".join(name.split()).replace(",", " ").replace("#", " "))
    typer.echo(f"the key, which is not shown again: {key}\nthe line that allows it, for the file of {FILE}:", err=True)
    typer.echo(line)


if __name__ == "__main__":
    command.run(main)
