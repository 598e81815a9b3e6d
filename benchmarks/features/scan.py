"""`python -m benchmarks.features.scan READER PLAN`: read Parquet columns and do nothing with them.

The least that any engine does: every value of the columns is decompressed and decoded, with nothing else imported.
PLAN is JSON: for each file, its columns.
"""

import json
import sys
from pathlib import Path

Columns = dict[str, list[str]]


def with_pyarrow(columns: Columns) -> int:
    """Read row group by row group into Arrow arrays; return the number of rows."""
    import pyarrow.parquet as pq

    rows = 0
    for path, names in columns.items():
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                rows += file.read_row_group(group, columns=names).num_rows
    return rows


def with_duckdb(columns: Columns) -> int:
    """Count the values of each column; return the number of rows."""
    import duckdb

    rows = 0
    with duckdb.connect() as connection:
        for path, names in columns.items():
            counts = ", ".join(f'count("{name}")' for name in names)
            found = connection.execute(f"SELECT count(*), {counts} FROM read_parquet('{path}')").fetchall()
            rows += found[0][0]
    return rows


if __name__ == "__main__":
    read = with_duckdb if sys.argv[1] == "duckdb" else with_pyarrow
    read(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
