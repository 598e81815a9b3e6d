"""The intake: a dataset's sources read and put in order, with the rows that could not be used kept beside."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from features import settings
from features.dataset import Dataset
from features.log import log as logs
from features.log.log import Log
from features.outputs import output
from features.sources import attributes as all_attributes
from features.sources import canonical as source
from features.sources.attributes import Attributes


@dataclass(frozen=True)
class Aside:
    """Rows that could not be used."""

    rejects: dict[str, int]
    """How many, by reason."""
    kept_in: Path
    """The Parquet file that holds their source, row and reason."""

    def said(self) -> list[str]:
        """Return what to tell of them, a line each."""
        lines = [f"kept aside: {count:,} rows: {reason}" for reason, count in self.rejects.items()]
        return [*lines, f"their sources and rows are in {self.kept_in}"] if lines else []


@dataclass(frozen=True)
class Intake:
    """A dataset as it was read."""

    log: Log
    events: pa.Table
    """The good rows, in the order of the sources."""
    rejects: dict[str, int]
    """Rows kept aside, by reason."""
    kept_in: Path
    """The Parquet file that holds their source, row and reason."""
    attributes: Attributes
    """What is known of customers: for profiles and rules, never for features."""

    def said(self) -> list[str]:
        """Return what to tell of the rows that were kept aside, a line each."""
        return Aside(self.rejects, self.kept_in).said()


def take(dataset: Dataset) -> Intake:
    """Read a dataset; what cannot be used goes to `mlruns/rejects/<dataset>.parquet`.

    Raises:
        DatasetError: the sources cannot be read as declared.
        NoEvents: they hold no event that can be used.
    """
    read = source.read(dataset)
    attributes, unusable = all_attributes.read(dataset)
    aside = put_aside(pa.concat_tables([read.rejects, unusable]), dataset)
    if not read.events.num_rows:
        raise without_events(dataset, aside)
    return Intake(logs.build(read.events, dataset.zone), read.events, aside.rejects, aside.kept_in, attributes)


def put_aside(rejects: pa.Table, dataset: Dataset) -> Aside:
    """Keep the rows of `Canonical.rejects` in the dataset's file of them, which is not there where there are none."""
    kept_in = settings.rejects(dataset.name)
    if rejects.num_rows:
        output.write(rejects, kept_in)
    else:
        kept_in.unlink(missing_ok=True)
    counts = {row["values"]: row["counts"] for row in rejects["reason"].value_counts().to_pylist()}
    return Aside(counts, kept_in)


def without_events(dataset: Dataset, aside: Aside) -> logs.NoEvents:
    """Return the error that says why no row can be used."""
    reasons = "; ".join(f"{count:,} rows: {reason}" for reason, count in aside.rejects.items())
    return logs.NoEvents(
        f"dataset {dataset.name!r}: there is no event that can be used. {reasons or 'The sources are empty.'}"
    )
