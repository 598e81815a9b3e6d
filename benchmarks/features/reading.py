"""`python -m benchmarks.features.reading READER PATH`: read a file of lines and do nothing with its rows.

READER is `duckdb`, for which PATH is a CSV file of which every column is text, or `habitus`, for which it is a dataset
file: times, numbers and kinds of event are converted and checked, too.
"""

import sys

_MEMORY = 10**9
"""Bytes."""


def with_duckdb(path: str) -> int:
    """Read all columns as text into Arrow arrays; return the number of rows."""
    import duckdb

    with duckdb.connect() as connection:
        text = connection.read_csv(path, all_varchar=True)
        return sum(batch.num_rows for batch in text.to_arrow_reader())


def with_habitus(path: str) -> int:
    """Read all canonical columns in batches; return the number of rows."""
    from features import scratch
    from features.buckets.intake import OPTIONAL
    from features.dataset import load
    from features.sources import stream

    with scratch.folder() as folder, stream.opened(load(path), OPTIONAL, _MEMORY, folder, by_value=False) as read:
        return sum(batch.place.size for batch in read.batches())


if __name__ == "__main__":
    print({"duckdb": with_duckdb, "habitus": with_habitus}[sys.argv[1]](sys.argv[2]))
