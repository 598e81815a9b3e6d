"""The intake: a dataset's sources read and put in order, with the rows that could not be used kept beside."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from features import attributes as all_attributes
from features import log as logs
from features import parquet, settings, source
from features.attributes import Attributes
from features.dataset import Dataset
from features.log import Log


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
        lines = [f"kept aside: {count:,} rows: {reason}" for reason, count in self.rejects.items()]
        return [*lines, f"their sources and rows are in {self.kept_in}"] if lines else []


def take(dataset: Dataset) -> Intake:
    """Read a dataset; what cannot be used goes to `mlruns/rejects/<dataset>.parquet`.

    Raises:
        DatasetError: the sources cannot be read as declared.
        NoEvents: they hold no event that can be used.
    """
    read = source.read(dataset)
    attributes, unusable = all_attributes.read(dataset)
    canonical = source.Canonical(read.events, pa.concat_tables([read.rejects, unusable]))
    kept_in = settings.rejects(dataset.name)
    if canonical.rejects.num_rows:
        parquet.write(canonical.rejects, kept_in)
    else:
        kept_in.unlink(missing_ok=True)
    try:
        log = logs.build(canonical.events, dataset.zone)
    except logs.NoEvents as error:
        reasons = "; ".join(f"{count:,} rows: {reason}" for reason, count in canonical.reject_counts().items())
        raise logs.NoEvents(f"dataset {dataset.name!r}: {error} {reasons or 'The sources are empty.'}") from None
    return Intake(log, canonical.events, canonical.reject_counts(), kept_in, attributes)
