"""The tables of what was measured."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from rich.table import Table

from benchmarks.segments.judged import Row

ARI, JACCARD, BEHIND = 0.85, 0.80, 0.005
"""What was promised of value's default."""


def value(rows: Sequence[Row]) -> Table:
    """Return every entry at every date."""
    heads = (
        "dataset",
        "date",
        "entry",
        "ARI",
        "10 %",
        "Jaccard",
        "smallest",
        "AUC",
        "map",
        "AUC over the map's (95 %)",
    )
    table = Table(*heads)
    for one in rows:
        beside = "above" if one.more.lo > 0 else "below" if one.more.hi < 0 else ""
        figures = (f"{number:.3f}" for number in (one.ari, one.p10, one.jaccard, one.share, one.auc, one.map))
        more = f"{one.more.value:+.3f} ({one.more.lo:+.3f} to {one.more.hi:+.3f}) {beside}"
        table.add_row(one.dataset, one.date, one.entry, *figures, more)
    return table


def goals(rows: Sequence[Row]) -> Table:
    """Return by dataset and entry what holds over the dates."""
    table = Table("dataset", "entry", "ARI", "Jaccard", "AUC over the map's", "dates", "above", "below", "as promised")
    for dataset, entry in dict.fromkeys((one.dataset, one.entry) for one in rows):
        own = [one for one in rows if (one.dataset, one.entry) == (dataset, entry)]
        ari, jaccard = np.mean([one.ari for one in own]), np.mean([one.jaccard for one in own])
        more = np.mean([one.more.value for one in own])
        kept = ari >= ARI and jaccard >= JACCARD and more >= -BEHIND
        counts = (len(own), sum(one.more.lo > 0 for one in own), sum(one.more.hi < 0 for one in own))
        table.add_row(
            dataset, entry, f"{ari:.3f}", f"{jaccard:.3f}", f"{more:+.3f}", *map(str, counts), "yes" if kept else "no"
        )
    return table


def counted(found: Iterable[tuple[str, int, str]]) -> list[str]:
    """Return how often each verdict was given for each kind of noise."""
    counts = Counter((kind, verdict) for kind, _, verdict in found)
    return [f"{kind}: {verdict} in {count}" for (kind, verdict), count in sorted(counts.items())]
