"""The sample size: how many rows a command learns from, as it is asked; without NumPy, which commands import later."""

from typing import Annotated

import typer

ROWS = 500_000
"""Of the target with most rows of a kind, over all its cut-offs."""
ALL = "all"
SEED = 0
LEAST = 1_000

Rows = Annotated[
    str | None,
    typer.Option(
        "--rows",
        help="Learn from so many rows at most, over all cut-offs of a target: whole customers, drawn by what they did"
        f" first; `all` learns from everybody. Default: {ROWS}.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Draws other customers, where not all are learned from.")]
"""What every command has that learns from a sample."""


class WrongRows(ValueError):
    """What was given as rows is no number of them, or too few."""


def told(text: str | None) -> int | None:
    """Return the rows that a command was told to learn from, the default, or None for all.

    Raises:
        WrongRows: it is no number of rows, or too few.
    """
    if text is None:
        return ROWS
    if text.strip().lower() == ALL:
        return None
    digits = text.strip().replace(",", "").replace("_", "")
    if not digits.isdecimal() or int(digits) < LEAST:
        raise WrongRows(f"rows: got {text!r}; a number from {LEAST:,} on, such as {ROWS}, or {ALL!r} is allowed.")
    return int(digits)
