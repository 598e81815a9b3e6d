"""Kept scores: the Parquet files that `make score` wrote in the past, compared with what happened since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import scratch
from features.clock import DAY, iso
from features.dataset import Dataset
from features.kernel.kernel import Kernel
from features.log import ends
from features.log.log import Log
from features.log.spine import everyone
from features.outputs import parts
from training import batch
from training.backtest.hindsight import CONSTANT, Hindsight
from training.backtest.origins import reach
from training.backtest.replay import features_at, labels_at
from training.metrics.metrics import Floats
from training.panel.everyone import EVERYONE
from training.panel.examples import Examples
from training.panel.ground import Ground
from training.panel.panel import Panel, features
from training.panel.sample import EVERYBODY, Sample
from training.recipes.blend import fit_all
from training.recipes.table import recipes
from training.targets.declared import with_needs
from training.targets.target import Target

KEYS = ("customer_id", "as_of")


class NotScores(ValueError):
    """A file holds no scores that can be compared; the message says why."""


@dataclass(frozen=True)
class KeptScores:
    """What one file says as of one moment."""

    path: Path
    as_of: int
    rows: pa.Table

    def has(self, target: Target) -> bool:
        """Return whether it predicts a target."""
        return target.name in self.rows.column_names

    def predictions(self, target: Target) -> tuple[list[str], Floats]:
        """Return the customers that it has a prediction of, and the predictions.

        Raises:
            NotScores: they are not what the target's task allows.
        """
        column = self.rows[target.name]
        if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
            raise NotScores(f"{self.path}: {target.name}: got values of type {column.type}; numbers are allowed.")
        p = column.cast(pa.float64()).to_numpy()
        there = ~np.isnan(p)
        low, high = (0.0, 1.0) if target.task == "binary" else (-np.inf, np.inf)
        wrong = there & ~((p >= low) & (p <= high) & np.isfinite(p))
        if wrong.any():
            allowed = "a probability from 0 to 1" if target.task == "binary" else "a finite number"
            raise NotScores(f"{self.path}: {target.name}: got {p[wrong][0]}; {allowed} is allowed.")
        return self.rows["customer_id"].filter(pa.array(there)).to_pylist(), p[there]


def read(path: Path, dataset: str = "") -> tuple[KeptScores, ...]:
    """Read a file of scores; return what it says as of each of its moments, the oldest first.

    Args:
        path: the file.
        dataset: the name of the dataset whose scores are wanted; empty: of any.

    Raises:
        NotScores: it is not a table with a row for each customer and as-of, or says that it is of another dataset.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise NotScores(f"{path}: is not a Parquet file that can be read: {str(error).splitlines()[0]}") from None
    try:
        metadata = parts.read(path, "SCORES").metadata if path.is_dir() else table.schema.metadata
    except parts.NotWhole as error:
        raise NotScores(str(error)) from None
    of = batch.told(metadata).get("dataset", dataset)
    if dataset and of != dataset:
        raise NotScores(f"{path}: these are scores of {of!r}; those of {dataset!r} are allowed.")
    if missing := [name for name in KEYS if name not in table.column_names]:
        raise NotScores(
            f"{path}: the column {missing[0]} is missing; a file that `make score` wrote is allowed."
            f" It has {', '.join(table.column_names)}."
        )
    if not pa.types.is_timestamp(table["as_of"].type):
        raise NotScores(f"{path}: as_of: got values of type {table['as_of'].type}; timestamps are allowed.")
    if not table.num_rows or any(table[name].null_count for name in KEYS):
        raise NotScores(f"{path}: every row needs a customer_id and an as_of, and there must be a row.")
    moments = table["as_of"].cast(pa.timestamp("us")).cast(pa.int64())
    table = table.set_column(
        table.column_names.index("customer_id"), "customer_id", table["customer_id"].cast(pa.string())
    )
    return tuple(
        _checked(KeptScores(path, moment, table.filter(pc.equal(moments, moment))))
        for moment in sorted(pc.unique(moments).to_pylist())
    )


def _checked(one: KeptScores) -> KeptScores:
    counts = one.rows["customer_id"].value_counts()
    often = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(often):
        twice = often[0]["values"].as_py()
        raise NotScores(f"{one.path}: the customer {twice!r} has more than one row as of {iso(one.as_of)}.")
    return one


def ignored(one: KeptScores, targets: Sequence[Target]) -> list[str]:
    """Return the columns that name no target; those that only explain another column are passed over."""
    names = [name for name in one.rows.column_names if name not in KEYS]
    alone = [name for name in names if not any(name.startswith(f"{other}_") for other in names if other != name)]
    return sorted(set(alone) - {target.name for target in targets})


def passed(
    every: Sequence[KeptScores], targets: Sequence[Target], end: int
) -> tuple[list[tuple[KeptScores, list[Target]]], list[str]]:
    """Return each file with the targets whose horizon is over, and a sentence for each whose is not.

    Raises:
        NotScores: a file has no prediction of these targets, or none whose horizon is over; or two files speak of the
            same target as of the same moment.
    """
    over, waiting = [], []
    seen: dict[tuple[int, str], Path] = {}
    for one in every:
        said = [target for target in targets if one.has(target)]
        if not said:
            names = ", ".join(target.name for target in targets)
            raise NotScores(f"{one.path}: no column is named as a target: {names} are looked for.")
        late = [target for target in said if one.as_of + target.horizon_days * DAY > end]
        why = [
            f"{one.path}: {target.name}: {target.horizon_days} days from {iso(one.as_of)} have not passed by"
            f" {iso(end)}, where the data end."
            for target in late
        ]
        if len(late) == len(said):
            raise NotScores(" ".join(why))
        waiting += why
        over.append((one, [target for target in said if target not in late]))
        for target in over[-1][1]:
            other = seen.setdefault((one.as_of, target.name), one.path)
            if other is not one.path:
                raise NotScores(
                    f"{other} and {one.path} both predict {target.name} as of {iso(one.as_of)}: give one of them."
                )
    return over, waiting


@dataclass(frozen=True)
class Compared:
    """What one file says of a target, beside what happened."""

    target: Target
    hindsight: Hindsight
    unknown: int
    """How many predictions are of customers whom the data do not know before the as-of."""
    not_drawn: int
    """How many are of customers who are not in the sample."""


def compared(
    one: KeptScores, targets: Sequence[Target], dataset: Dataset, log: Log, sample: Sample = EVERYBODY
) -> Iterator[Compared]:
    """Put a file's predictions of some targets beside what happened.

    The baselines are fitted at its as-of, on all that ended before it; there are none where nothing had.

    Raises:
        NotScores: the data know none of its customers.
    """
    start = ends.start(log.days)
    refit = {target.name: reach(target).before(start, one.as_of, one.as_of) for target in targets}
    kernel = Kernel(with_needs(features_at(dataset, log, one.as_of), targets))
    ground = Ground.of(dataset, log)
    counts = [target.rows().count(ground, {one.as_of, *refit[target.name]}) for target in targets]
    drawn = sample.of(log, {EVERYONE: counts})
    spine = everyone(log, {one.as_of}.union(*refit.values()), replace(ground, sample=drawn).who(EVERYONE))
    x = features(kernel, log, spine, None, scratch.lasting())
    panel = Panel(spine, kernel.names, x, labels_at(log, targets, spine, one.as_of))
    place = {int(spine.customers[row]): int(row) for row in np.flatnonzero(spine.at({one.as_of}))}
    for target in targets:
        ids, said = one.predictions(target)
        customers = np.array([log.positions.get(customer, -1) for customer in ids], np.int64)
        known = (customers >= 0) & log.known(one.as_of, customers)
        rows = np.array([place.get(customer, -1) for customer in customers.tolist()], np.int64)
        there = rows >= 0
        if not there.any():
            raise NotScores(
                f"{one.path}: {target.name}: none of its {len(ids):,} customers with a prediction has an event before"
                f" {iso(one.as_of)} in {dataset.name}."
            )
        every = panel.examples(target.name)
        inside = (every.said_of(target.cohort().failed) < 0) & spine.at(refit[target.name])
        asked = every.where(rows[there])
        rivals = _baselines(target, every.where(inside), asked)
        found = Hindsight((one.as_of,), one.path.name, asked.owners, asked.y, said[there], rivals)
        yield Compared(target, found, int((~known).sum()), int((known & ~there).sum()))


def _baselines(target: Target, learned: Examples, asked: Examples) -> dict[str, Floats]:
    """Return what the baselines would have said; nothing where there is nothing to learn from."""
    if np.unique(learned.y).size <= 1:
        return {}
    simple = tuple(recipe for recipe in recipes(target, learned.names) if recipe.baseline)
    said = {name: asked.said(scorer.score) for name, scorer in fit_all(simple, learned).items()}
    return {**said, CONSTANT: np.full(len(asked), learned.y.mean())}
