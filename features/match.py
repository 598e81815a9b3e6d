"""`python -m features.match my_shop.toml`: customers who are probably one person, for a person to look at."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from features import command
from features.buckets import memory as memories
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError, load
from features.identity.identity import CORRECTIONS, KEYS
from features.matching.customers import taken
from features.matching.field import fields
from features.matching.pairs import CannotMatch, matched, require
from features.matching.proposed import proposed
from features.outputs import address, output
from features.sources.corrections import OPEN, WORDS


def match(business: Dataset, least: float, allowed: int, now: int | None = None) -> tuple[pa.Table, list[str]]:
    """Return the pairs that are proposed, as `features.matching.proposed.SCHEMA` says, and what to tell of them.

    Args:
        business: the dataset, which has tables of attributes.
        least: the probability that a pair has or exceeds, above 0 and below 1.
        allowed: bytes of memory that the process may take.
        now: when permission is asked for, in microseconds UTC; by default the clock on the wall.

    Raises:
        DatasetError: there are no attributes to match by, or the sources cannot be read as declared.
        CannotMatch: Splink is missing, or there is too little to learn from.
        ValueError: `least` is no probability.
    """
    if not 0 < least < 1:
        raise ValueError(f"LEAST: got {least:g}; a probability above 0 and below 1 is allowed.")
    require()
    if not business.attributes:
        raise DatasetError(
            f"dataset {business.name!r}: there is no [[attributes]]; probable matches are told by what is known of"
            " customers, such as name, date of birth and street, never by events."
        )
    customers = taken(business, allowed, now)
    used = fields(business, tuple(customers.values))
    found = matched(customers.values, used, least, allowed // 2)
    pairs = proposed(found, customers)
    looked_at = "; ".join(" and ".join(names) for names in found.looked_at)
    lines = [
        *customers.told,
        f"compared: {', '.join(f'{field.name} ({field.form})' for field in used)}",
        f"of those who agree in: {looked_at}",
        *_told(pairs, len(customers.names), found.alike),
    ]
    return pairs, lines


def _told(pairs: pa.Table, customers: int, alike: int) -> Iterator[str]:
    """Yield how many pairs are proposed, how many are of those who live together, and what would break a limit."""
    groups = len(set(pairs["group"].to_pylist()))
    over = {row["group"]: row["beyond"] for row in pairs.select(["group", "beyond"]).to_pylist() if row["beyond"]}
    yield f"{len(pairs):,} pairs of {customers:,} customers are probably one person, in {groups:,} groups"
    if alike:
        yield f"not proposed: {alike:,} pairs more who share what a household does, and nothing of their own"
    if over:
        number, why = next(iter(over.items()))
        yield f"beyond a limit of [identity]: {len(over):,} groups, such as {number}: {why}; `same` holds all the same"


def main(
    dataset: command.DatasetArgument = command.DATASET,
    out: Annotated[Path, typer.Option(help="The file to write, which is not there yet: .csv or .parquet.")] = Path(
        "corrections.csv"
    ),
    least: Annotated[float, typer.Option(help="The probability that a pair has or exceeds.")] = 0.5,
    memory: memories.Option = None,
    now: command.NowOption = None,
) -> None:
    """Propose pairs of customers who are probably one person, by their attributes, for a person to answer.

    Nothing is merged: the file takes effect when every row is answered and the dataset file names it.
    """
    started = time.perf_counter()
    with command.told(DatasetError, CannotMatch, memories.Wrong, ValueError):
        output.require(out)
        if address.of(out):
            raise ValueError(f"OUT: got {address.of(out)!r}; a file is allowed, which people answer in.")
        if out.exists():
            raise ValueError(f"OUT: {out} is there, and may hold answers; give the name of a new file.")
        business = load(dataset)
        pairs, lines = match(business, least, memories.told(memory), command.read_clock(now, business.zone))
        output.write(pairs, out)
        out.chmod(0o600)  # it has names and addresses in it
    for line in lines:
        typer.echo(line)
    typer.echo(f"written: {out} ({time.perf_counter() - started:.1f} s)")
    for line in _next(business, dataset, out):
        typer.echo(line)


def _next(business: Dataset, named: str, out: Path) -> Iterator[str]:
    """Yield what a person does with the file."""
    yield f"Nothing is merged. Look at each row: write {' or '.join(WORDS)} in the place of {OPEN}, or delete the row."
    yield f"Then name the file in {named}:"
    yield "[identity]"
    if business.identified is None:
        yield f'{KEYS} = ["{CUSTOMER}"]'
    yield f'{CORRECTIONS} = "{out.resolve()}"'


if __name__ == "__main__":
    command.run(main)
