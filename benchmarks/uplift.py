"""`python -m benchmarks.uplift`: what is read from Hillstrom's e-mail experiment, by five seedings of five parts.

The file is `hillstrom.parquet` in the folder that HABITUS_DATA names; without it there is nothing to measure.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from features import command

if TYPE_CHECKING:
    import pyarrow as pa

    from training.uplift.trial import Trial

SEEDS = 5
BAR = 0.058
"""What the mean Qini coefficient of the learned effect must reach on women's mail and visits."""
NONE, WOMEN, MEN = "No E-Mail", "Womens E-Mail", "Mens E-Mail"
BEFORE = ("recency", "history", "mens", "womens", "newbie", "zip_code", "channel", "history_segment")


def main() -> None:
    """Print Qini coefficients, areas and differences by mail and outcome, then the ways to act with three arms."""
    command.single_threaded()
    from features.dataset import DATA

    path = Path(os.environ.get(DATA, ".")) / "hillstrom.parquet"
    if not path.is_file():
        print(f"{path} is not there: nothing is measured; {DATA} names the folder.")
        return
    import numpy as np

    from training.uplift import job, table, verdict
    from training.uplift.chosen import Costs
    from training.uplift.judged import Scored, judged

    rows = table.read(path)
    for mail, outcome in ((WOMEN, "visit"), (MEN, "visit"), (WOMEN, "spend"), (MEN, "spend")):
        own = trial(rows, (NONE, mail), outcome)
        every = [judged(Scored.of(own, seed), 1) for seed in range(SEEDS)]
        print(f"\n{mail}, {outcome}: effect {verdict.told(every[0].effect)}")
        for method in every[0].area:
            qini = [one.qini[method] for one in every] if every[0].qini else []
            area = np.mean([one.area[method].value for one in every])
            said = f"Qini {np.mean(qini):.4f} ({min(qini):.4f} to {max(qini):.4f})  " if qini else ""
            print(f"  {method:10}{said}area {area * 1e4:.1f}e-4")
        if (mail, outcome) == (WOMEN, "visit"):
            reached = np.mean([one.qini["learned"] for one in every]) >= BAR
            print(f"  bar {BAR}: {'reached' if reached else 'MISSED'}")
        print(f"  of use in {sum(one.of_use for one in every)} of {SEEDS} seedings; of the first:")
        for line in verdict.of_action(every[0]):
            print(f"  {line}")
    for outcome, cost in (("visit", 0.0), ("spend", 0.1)):
        own = trial(rows, (NONE, MEN, WOMEN), outcome)
        told = job.report(own, Costs(1.0, np.array([0.0, cost, cost])), "hillstrom", outcome)
        print(f"\nthree arms, {outcome}, {cost:g} a mail")
        for way, value in told.chosen.value.items():
            print(f"  {way:20}{verdict.told(value)}")
        print(f"  {verdict.of_ways(told.chosen)}")


def trial(rows: pa.Table, arms: tuple[str, ...], outcome: str) -> Trial:
    """Return the customers of some arms, who were drawn evenly; segments are what they bought before."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from training.uplift import table

    own = rows.filter(pc.is_in(rows["segment"], pa.array(arms, rows["segment"].type)))
    bought = pc.add(pc.multiply(own["mens"], 2), own["womens"])
    own = own.append_column("bought", bought)
    shares = dict.fromkeys(arms, 1 / len(arms))
    return table.trial(own, table.Columns("segment", outcome, BEFORE, "", shares, "bought", NONE))


if __name__ == "__main__":
    main()
