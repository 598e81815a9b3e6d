"""`python -m benchmarks.experiments`: what reading an experiment of many customers takes."""

from typing import TYPE_CHECKING, Annotated

import typer

from features import command

if TYPE_CHECKING:
    from pathlib import Path

START = 1_700_006_400_000_000
"""2023-11-15, midnight UTC: everybody is assigned at it."""
SEED = 0
DATASET = """
name = "bench_experiments"
[[sources]]
path = "events.parquet"
event = "purchase"
columns = { customer_id = "customer_id", occurred_at = "occurred_at", amount = "amount" }
"""
EACH = (-21, -14, -7, 1, 2, 3, 4, 5, 6, 6)
"""On which days from the start each customer buys."""


def main(customers: Annotated[int, typer.Option(min=100, help="How many are assigned.")] = 200_000) -> None:
    """Assign made-up customers to two arms, read what that caused after a week, and print the CPU of the reading."""
    command.single_threaded()
    import resource
    import tempfile
    import time
    from pathlib import Path

    import numpy as np

    from activation.experiments.assigned import of_rows
    from activation.experiments.declared import Experiment
    from activation.experiments.reading import read
    from features.buckets import intake, memory
    from features.clock import DAY
    from features.dataset import load

    with tempfile.TemporaryDirectory() as folder:
        file = _written(Path(folder), customers)
        log = intake.take(load(str(file)), memory.told(None), now=START + 30 * DAY).log
    trial = Experiment(name="trial", audience="all", arms={"new": "spring", "same": ""}, primary="spend_7d")
    coin = np.random.default_rng(SEED).permutation(customers) % 2
    rows = [(f"c{who:08}", START, ("new", "same")[arm], 0.5) for who, arm in enumerate(coin.tolist())]
    assigned = of_rows(rows, ("new", "same"), trial.name)
    begun = time.process_time()
    reading = read(log, trial, assigned, START + 7 * DAY)
    cpu = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 10**9
    primary = reading.primary
    if primary is None:
        raise RuntimeError("the experiment was not read: its arms are not what chance gives")
    print(
        f"{customers:,} customers of an experiment, {customers * len(EACH):,} events: {cpu:.2f} CPU s,"
        f" {peak:.2f} GB at the peak; read of {sum(primary.n):,}"
    )


def _written(folder: "Path", customers: int) -> "Path":
    """Write the purchases, and return the dataset file that declares them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from features.clock import DAY

    amounts = np.random.default_rng(SEED).gamma(4, 10, customers * len(EACH)).round(2)
    table = {
        "customer_id": np.repeat([f"c{who:08}" for who in range(customers)], len(EACH)),
        "occurred_at": pa.array(np.tile(START + np.array(EACH) * DAY, customers)).cast(pa.timestamp("us")),
        "amount": amounts,
    }
    pq.write_table(pa.table(table), folder / "events.parquet")
    (folder / "shop.toml").write_text(DATASET, encoding="utf-8")
    return folder / "shop.toml"


if __name__ == "__main__":
    command.run(main)
