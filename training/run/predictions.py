"""Predictions: what every recipe said of a target's test rows, kept with the run so that any two runs can be paired."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from training.choice.choice import Choice

FILE = "test_predictions.parquet"
KEYS = ("customer_id", "as_of")
OUTCOME = "y"


@dataclass(frozen=True)
class Predictions:
    """A table with a row for each test row: `customer_id`, `as_of`, the outcome `y`, and a column for each recipe."""

    dataset: str
    target: str
    task: str
    chosen: str
    """The recipe that the run chose."""
    rows: pa.Table

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        rows = pq.read_table(path)
        said = {key.decode(): value.decode() for key, value in rows.schema.metadata.items()}
        return cls(said["dataset"], said["target"], said["task"], said["chosen"], rows)


def table(choice: Choice, customers: pa.Array, dataset: str) -> pa.Table:
    """Return a choice's test rows, which say in their metadata what they are.

    Args:
        choice: what was tried.
        customers: the log's customers, whom the examples name by place.
        dataset: its name.
    """
    columns = {
        "customer_id": customers.take(pa.array(choice.test.customers)),
        "as_of": pa.array(choice.test.as_of).cast(pa.timestamp("us", "UTC")),
        OUTCOME: pa.array(choice.test.y),
        **{trial.recipe.name: pa.array(trial.predictions) for trial in choice.trials},
    }
    target = choice.target
    said = {"dataset": dataset, "target": target.name, "task": target.task, "chosen": choice.chosen.recipe.name}
    return pa.table(columns, metadata=said)


def write(rows: pa.Table, folder: Path) -> Path:
    """Write the table into a folder."""
    path = folder / FILE
    pq.write_table(rows, path)
    return path
