"""Prepared: what the peers need of a bundle: its boosters, everybody's features at the data's end, an answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from features.log.as_of import Moment
from features.log.spine import Spine
from features.log.store import mapped
from serving import answer
from training.bundle import bundle as bundles
from training.scorers.trees import Trees


def prepare(bundle: Path, folder: Path) -> tuple[int, list[str]]:
    """Write all of it into a folder; return how many boosters there are, and the customers."""
    stored = bundles.load(bundle).bundle
    log = mapped.load(stored.dataset)
    people = np.flatnonzero(log.own_known(np.full(len(log.customers), stored.as_of)))
    spine = Spine.of(people, np.full(people.size, stored.as_of), 0 if stored.campaigns else -1)
    np.save(folder / "features.npy", stored.features(log, spine))
    customers = [log.customers[int(place)].as_py() for place in people]
    (folder / "customers.txt").write_text("\n".join(customers))
    count = 0
    for predictor in stored.predictors:
        for trees in _trees(predictor.scorer):
            (folder / f"booster-{count:02d}.txt").write_text(trees.text)
            np.save(folder / f"booster-{count:02d}.npy", trees.columns)
            count += 1
    base = (log.base.moment(0) if log.base else None) or Moment(stored.as_of, "end of data")
    (one,) = answer.answer(stored, log, customers[:1], base, reasons=False)
    (folder / "answer.json").write_bytes(msgspec.json.encode({"customers": [one]}))
    return count, customers


def _trees(scorer: Any) -> Iterator[Trees]:
    """Yield the boosters that a scorer asks, in whatever it is wrapped."""
    if isinstance(scorer, Trees):
        yield scorer
        return
    for value in vars(scorer).values():
        for one in value if isinstance(value, tuple | list) else (value,):
            if hasattr(one, "score"):
                yield from _trees(one)
