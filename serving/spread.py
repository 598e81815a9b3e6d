"""Spread: the scores of everybody by the executors of Spark, with the numbers of one machine, or a refusal."""

from collections.abc import Mapping
from pathlib import Path

from features import cluster
from features.buckets import shuffled
from features.buckets.intake import OPTIONAL
from features.dataset import Dataset
from training.bundle.shipped import Scoring


def require(dataset: Dataset, out: Path, live: bool) -> None:
    """Refuse what is not scored on a cluster alike.

    Raises:
        ValueError: there is such a thing; the message says what, and what is allowed.
    """
    cluster.require(dataset, out, live)
    if dataset.rules:
        raise ValueError(f"dataset {dataset.name!r}: with ENGINE=spark, not told: rules. Use one machine.")


def write(dataset: Dataset, scoring: Scoring, out: Path, memory: int, about: Mapping[str, str]) -> cluster.Written:
    """Let executors write a row for everybody of whom something is known, in no order.

    Args:
        dataset: the dataset, for which `require` was asked.
        scoring: what is asked.
        out: a folder, which is whole or absent.
        memory: bytes that reading may take, here and in a task.
        about: what the table tells of itself.

    Raises:
        DatasetError: the sources cannot be read as declared.
        NoEvents: they hold no event that can be used.
    """
    nobody = shuffled.schema(shuffled.COLUMNS).empty_table()
    (empty,) = shuffled.log(nobody, shuffled.COLUMNS, dataset.zone, dataset.every_kind)
    (table,) = scoring(empty)
    made = cluster.Made(frozenset(OPTIONAL), table.schema, scoring)
    return cluster.write(cluster.session(), dataset, made, out, memory, about)
