"""Predictions: what every recipe said of a target's test rows, kept with the run so that any two runs can be paired."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.log.spine import NONE
from training.choice.choice import Choice
from training.panel.rung import Rung

FILE = "test_predictions.parquet"
CONTEXT = "context"
KEYS = ("customer_id", "as_of", CONTEXT)
"""What tells one question from another; the context is a campaign's id, empty where there is none."""
OUTCOME = "y"


@dataclass(frozen=True)
class Predictions:
    """A table with a row for each test row: KEYS, the outcome `y`, and a column for each recipe."""

    dataset: str
    target: str
    task: str
    chosen: str
    """The recipe that the run chose."""
    rows: pa.Table
    rung: str = Rung.THREE
    """What the run's figures stand on."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        rows = pq.read_table(path)
        if CONTEXT not in rows.column_names:  # 0.1.0 knew no contexts
            rows = rows.append_column(CONTEXT, pa.array([""] * rows.num_rows))
        said = {key.decode(): value.decode() for key, value in rows.schema.metadata.items()}
        rung = said.get("rung", Rung.THREE)
        return cls(said["dataset"], said["target"], said["task"], said["chosen"], rows, rung)


def table(choice: Choice, customers: pa.Array, dataset: str, contexts: Sequence[str] = ()) -> pa.Table:
    """Return a choice's test rows, which say in their metadata what they are.

    Args:
        choice: what was tried.
        customers: the log's customers, whom the examples name by place.
        dataset: its name.
        contexts: what the codes of the examples' contexts stand for.
    """
    spine, names = choice.test.spine, pa.array([*contexts, ""], pa.string())  # the last is that of no context
    columns = {
        "customer_id": customers.take(pa.array(spine.customers)),
        "as_of": pa.array(spine.as_of).cast(pa.timestamp("us", "UTC")),
        CONTEXT: names.take(pa.array(np.where(spine.context == NONE, len(contexts), spine.context))),
        OUTCOME: pa.array(choice.test.y),
        **{trial.recipe.name: pa.array(trial.predictions) for trial in choice.trials},
    }
    target = choice.target
    said = {
        "dataset": dataset,
        "target": target.name,
        "task": target.task,
        "chosen": choice.chosen.recipe.name,
        "rung": choice.rung,
    }
    return pa.table(columns, metadata=said)


def write(rows: pa.Table, folder: Path) -> Path:
    """Write the table into a folder."""
    path = folder / FILE
    pq.write_table(rows, path)
    return path
