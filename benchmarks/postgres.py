"""`python -m benchmarks.postgres ADDRESS`: rows into a table of PostgreSQL and out of it, and the memory of both.

ADDRESS is `postgresql://user@host/database/table`; the table is made, and stays. COPY is timed beside the swap, which
does not depend on the rows.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.outputs import output, table
from features.remote import copied
from features.remote.query import Query, named

_AT_ONCE = 1 << 15
"""Rows that `make score` writes together."""


def _some(begin: int, rng: np.random.Generator) -> pa.Table:
    """Return rows like those of scores: an id, a moment, ten chances, two segments."""
    ids = pa.array([f"customer-{n:09}" for n in range(begin, begin + _AT_ONCE)])
    moment = pa.array(np.full(_AT_ONCE, 1_700_000_000_000_000), pa.timestamp("us", "UTC"))
    chances = {f"chance_{n}": rng.random(_AT_ONCE) for n in range(10)}
    segments = {f"segment_{n}": pa.array(rng.integers(0, 9, _AT_ONCE).astype(str)) for n in range(2)}
    return pa.table({"customer_id": ids, "as_of": moment, **chances, **segments})


def _peak() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(address: str, rows: int) -> None:
    """Write so many rows, read them again, and print what both took."""
    rng, out = np.random.default_rng(0), Path(address)
    some = _some(0, rng)
    print(f"before: {_peak():,.0f} MB")
    began, cpu, written = time.perf_counter(), time.process_time(), 0
    with output.opened(out, some.schema) as file:
        while written < rows:
            file.write(some)
            written += _AT_ONCE
        copied_in = time.perf_counter() - began
    whole, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"out: {written:,} rows, {written / copied_in:,.0f} a second by COPY, swap {whole - copied_in:.2f} s")
    print(f"     {cpu / written * 1e6:.2f} CPU seconds of ours a million; {_peak():,.0f} MB at most")
    where = table.target(str(address))
    os.environ["BENCH"] = where.database
    began, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        asked = Query("BENCH", query=f"SELECT * FROM {named(where.name)}")
        (path,) = copied.snapshot({"t": asked}, Path(folder)).values()
        read = pq.read_metadata(path).num_rows
        size = path.stat().st_size / 1e6
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"in:  {read:,} rows, {read / took:,.0f} a second, {size:,.0f} MB of Parquet")
    print(f"     {cpu / read * 1e6:.2f} CPU seconds of ours a million; {_peak():,.0f} MB at most")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000)  # noqa: PLR2004
