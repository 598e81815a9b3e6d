"""Assigned customers: who was put into which arm when, and how likely that was, from a file or from the ledger."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from activation.experiments.moments import Floats
from features import clock
from features.nearest import nearest

Ints = NDArray[np.int64]
_NEEDED = ("customer", "moment", "arm", "probability")
_SAME = 0.005
"""By how much of itself a probability differs from another at the most that is the same, rounded."""


class AssignmentError(ValueError):
    """A log of assignments cannot be used: the message says what was got and what is allowed."""


@dataclass(frozen=True)
class Assigned:
    """The log of assignments of one experiment; arrays of shape (assigned,)."""

    customers: tuple[str, ...]
    """Each once."""
    moment: Ints
    """Microseconds UTC."""
    arm: Ints
    """Places in `arms`."""
    probability: Floats
    """How likely the arm was when it was drawn."""
    arms: tuple[str, ...]
    segment: tuple[str, ...] | None = None
    """The segment of each when it was assigned, where that was kept."""
    prediction: Floats | None = None
    """What the bundle predicted of each when it was assigned, NaN where nothing; None where that was not kept."""

    def where(self, which: NDArray[np.bool_] | Ints) -> "Assigned":
        """Return some of them."""
        rows = np.arange(len(self.customers))[which]
        names, segment = self.customers, self.segment
        return Assigned(
            tuple(names[row] for row in rows),
            self.moment[rows],
            self.arm[rows],
            self.probability[rows],
            self.arms,
            None if segment is None else tuple(segment[row] for row in rows),
            None if self.prediction is None else self.prediction[rows],
        )

    def counts(self, which: NDArray[np.bool_] | None = None) -> tuple[int, ...]:
        """Return the customers of each arm, of all or of some."""
        arm = self.arm if which is None else self.arm[which]
        return tuple(np.bincount(arm, minlength=len(self.arms)).tolist())

    def phases(self, weights: Sequence[float]) -> tuple[Ints, list[tuple[float, ...]]]:
        """Return the phase of each, and the weights of the arms in each phase: one ends where a probability changes.

        Those of one moment were drawn together. In a phase that has nobody of some arms, they share what the others
        leave by their declared weights.

        Args:
            weights: those declared, in the order of the arms.

        Raises:
            AssignmentError: an arm has several probabilities at one moment.
        """
        phase, found, now = np.zeros(len(self.customers), np.int64), [], dict[int, float]()
        order = np.argsort(self.moment, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(self.moment[order])) + 1):
            drawn = self._drawn(rows)
            if any(not _same(now.get(arm, share), share) for arm, share in drawn.items()):
                found.append(now)
                now = {}
            now = drawn | now  # the first counts, or many small steps would pass for none
            phase[rows] = len(found)
        found.append(now)
        return phase, [self._filled(own, weights) for own in found]

    def check(self) -> None:
        """Check that the probabilities of each phase are those of one draw.

        Raises:
            AssignmentError: they are not 1 together: they changed to and fro, or are not of the arms.
        """
        phase, _ = self.phases([1.0] * len(self.arms))
        for own in np.unique(phase):
            arm, first = np.unique(self.arm[phase == own], return_index=True)
            share = self.probability[phase == own][first]
            off = share.sum() - 1
            if off > _SAME or (arm.size == len(self.arms) and off < -_SAME):
                said = ", ".join(f"{self.arms[one]} {own:g}" for one, own in zip(arm.tolist(), share, strict=True))
                raise AssignmentError(
                    f"probability: got {said} in one phase, {share.sum():g} together; 1 is needed. Probabilities that"
                    " go to and fro from customer to customer cannot be read: only weights that change for all."
                )

    def _drawn(self, rows: Ints) -> dict[int, float]:
        """Return the probability of each arm among those of one moment."""
        drawn = dict[int, float]()
        for arm, share in zip(self.arm[rows].tolist(), self.probability[rows].tolist(), strict=True):
            if not _same(drawn.setdefault(arm, share), share):
                raise AssignmentError(
                    f"probability of arm {self.arms[arm]!r}: got {drawn[arm]:g} and {share:g} at one moment; those of"
                    " one moment need the same, since customers of other probabilities cannot be compared. Read each"
                    " group by itself, by a FILE= of its own."
                )
        return drawn

    def _filled(self, own: dict[int, float], weights: Sequence[float]) -> tuple[float, ...]:
        """Return the weights of all arms in a phase in which some have nobody."""
        absent = [arm for arm in range(len(self.arms)) if arm not in own]
        left = 1 - sum(own.values())
        rest = sum(weights[arm] for arm in absent) or 1.0
        return tuple(own[arm] if arm in own else max(left, 0.0) * weights[arm] / rest for arm in range(len(self.arms)))


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * max(one, other)


def of_file(path: Path, arms: Sequence[str], zone: str) -> Assigned:
    """Return the assignments in a CSV or Parquet file: customer, moment, arm, probability; segment and prediction, too.

    Args:
        path: the file.
        arms: those of the experiment.
        zone: of moments without one.

    Raises:
        AssignmentError: it cannot be read, or holds an arm that is none, or a customer twice.
    """
    try:
        table = parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path, convert_options=_TEXT)
    except (OSError, pa.ArrowInvalid) as error:
        raise AssignmentError(f"{path}: {error}") from None
    if missing := [name for name in _NEEDED if name not in table.column_names]:
        raise AssignmentError(f"{path}: got {', '.join(table.column_names)}; {', '.join(missing)} is needed, too.")
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    moment = [_moment(one, zone, path) for one in columns["moment"]]
    segment, prediction = columns.get("segment"), columns.get("prediction")
    return of_rows(
        list(zip(map(str, columns["customer"]), moment, columns["arm"], columns["probability"], strict=True)),
        arms,
        str(path),
        None if segment is None else [str(one or "") for one in segment],
        None if prediction is None else [float("nan") if one is None else float(one) for one in prediction],
    )


_TEXT = csv.ConvertOptions(column_types={name: pa.string() for name in ("customer", "moment", "arm", "segment")})


def _moment(got: object, zone: str, path: Path) -> int:
    if isinstance(got, int):
        raise AssignmentError(
            f"{path}: moment: got the number {got}, which may be seconds or anything; a date, a time such as"
            " 2024-05-31T12:00:00Z, or a timestamp of Parquet is allowed."
        )
    try:
        return clock.parse(str(got), ZoneInfo(zone))
    except ValueError as error:
        raise AssignmentError(f"{path}: moment: {error}") from None


def of_ledger(connection: sqlite3.Connection, unit: str, arms: Sequence[str]) -> Assigned:
    """Return the assignments that the ledger keeps of a unit, such as `experiment:win_back_spring`.

    Raises:
        AssignmentError: there are none, or of an arm that is none.
    """
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'assigned'").fetchone()
    sql = "SELECT customer, at, arm, probability FROM assigned WHERE unit = ? ORDER BY customer"
    return of_rows(connection.execute(sql, (unit,)).fetchall() if there else [], arms, unit)


def of_rows(
    rows: Sequence[tuple[str, int, str, float]],
    arms: Sequence[str],
    where: str,
    segment: Sequence[str] | None = None,
    prediction: Sequence[float] | None = None,
) -> Assigned:
    """Return assignments of rows: customer, moment, arm, probability.

    Raises:
        AssignmentError: there is no row, an arm that is none, a probability that is none, or a customer twice.
    """
    if not rows:
        raise AssignmentError(f"{where}: nobody is assigned.")
    names = [row[0] for row in rows]
    for name, count in Counter(names).most_common(1):
        if count > 1:
            raise AssignmentError(f"{where}: customer {name!r}: got {count} rows; each is assigned once.")
    for arm in (row[2] for row in rows):
        if arm not in arms:
            raise AssignmentError(f"{where}: arm: got {arm!r}.{nearest(str(arm), arms)}")
    for share in (row[3] for row in rows):
        if not isinstance(share, float | int) or not 0 < share <= 1:
            raise AssignmentError(f"{where}: probability: got {share!r}; above 0 and at most 1 is allowed.")
    code = {arm: place for place, arm in enumerate(arms)}
    return Assigned(
        tuple(names),
        np.array([row[1] for row in rows], np.int64),
        np.array([code[row[2]] for row in rows], np.int64),
        np.array([row[3] for row in rows], np.float64),
        tuple(arms),
        None if segment is None else tuple(segment),
        None if prediction is None else np.asarray(prediction, np.float64),
    )
