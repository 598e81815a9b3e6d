"""Found: who was given which arm of an experiment by chance, as a source of the dataset or the ledger says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from activation import ledger
from activation.assignment import kept
from activation.experiments import started
from activation.experiments.assigned import Assigned, of_ledger, of_rows
from features import clock, settings
from features.dataset import Dataset
from features.nearest import nearest
from features.sources import assignments
from training.uplift.trial import NoTrial


@dataclass(frozen=True)
class Found:
    """The assignments of one experiment."""

    assigned: Assigned
    control: str
    """The arm that leaves a customer alone, or what is compared with; empty where nothing says which it is."""
    outcome: str
    """The experiment's own metric; empty where it has none."""
    alone: tuple[str, ...] = ()
    """Arms for which nothing is done, which cost nothing."""
    notes: tuple[str, ...] = ()
    """What is to be told of rows that are not used."""
    ends: int | None = None
    """When the experiment ends, microseconds UTC; None where nothing says it."""

    def control_of(self, asked: str) -> str:
        """Return the arm that effects are told against: the one that is asked for, else the experiment's own.

        Raises:
            NoTrial: neither says one of the arms.
        """
        if (named := asked or self.control) not in self.assigned.arms:
            raise NoTrial(f"control: got {named!r}; arms are {', '.join(self.assigned.arms)}.")
        return named

    def require_ended(self, end: int) -> None:
        """Refuse an experiment that ends after the data do.

        Raises:
            NoTrial: it does.
        """
        if self.ends is not None and end < self.ends:
            raise NoTrial(
                f"experiment: it ends at {clock.iso(self.ends)}, and the data at {clock.iso(end)}: whom it helps is"
                " read of one that has ended."
            )


def found(dataset: Dataset, name: str) -> Found:
    """Return who was assigned in an experiment.

    Args:
        dataset: whose `[[assignments]]` count, and whose ledger.
        name: of the experiment.

    Raises:
        NoTrial: there is none of the name, or it is in both.
        AssignmentError: it has nobody, or somebody more than once.
        DatasetError: the sources cannot be read as declared.
        LedgerError: the ledger cannot be opened.
    """
    rows = assignments.read(dataset)
    begun, names = _of_ledger(dataset, name)
    if begun is not None and name in rows.names:
        raise NoTrial(
            f"experiment {name!r}: got assignments by [[assignments]] and by the ledger of `make experiment`; one of"
            " both is allowed: give the experiment of the source another name."
        )
    if begun is not None:
        return begun
    if name not in rows.names:
        raise NoTrial(f"experiment: got {name!r}.{nearest(name, sorted({*rows.names, *names}))}")
    return of_source(rows.of(name), name)


def of_source(rows: assignments.Assignments, name: str) -> Found:
    """Return the assignments of a source; of several rows that say the same one counts.

    Raises:
        AssignmentError: it has nobody, or somebody with assignments that differ.
    """
    columns = (rows.customers.to_pylist(), rows.time.tolist(), rows.arm.to_pylist(), rows.probability.tolist())
    every = list(zip(*columns, strict=True))
    once = list(dict.fromkeys(every))
    notes = [f"not used: {count:,} assignments{of}: {reason}" for of, reason, count in _unusable(rows)]
    if again := len(every) - len(once):
        notes.append(f"not used: {again:,} assignments: another row says the same")
    assigned = of_rows(once, sorted(set(columns[2])), f"[[assignments]] of {name!r}")
    return Found(assigned, "", "", notes=tuple(notes))


def _unusable(rows: assignments.Assignments) -> Sequence[tuple[str, str, int]]:
    told = Counter({(of, reason): count for of, own in rows.unusable.items() for reason, count in own.items()})
    return [("" if of else ", perhaps of it", reason, count) for (of, reason), count in sorted(told.items())]


def _of_ledger(dataset: Dataset, name: str) -> tuple[Found | None, list[str]]:
    """Return what the ledger keeps of an experiment, None where it keeps nothing, and the names that it has."""
    if not settings.outbox(dataset.name).is_file():
        return None, []
    with ledger.opened(dataset.name, (*started.TABLES, *kept.TABLES)) as connection:
        names = [one for (one,) in connection.execute("SELECT name FROM experiment")]
        if (begun := started.of(connection, name)) is None:
            return None, names
        own = begun.experiment
        assigned = of_ledger(connection, begun.unit, tuple(own.arms))
    alone = tuple(arm for arm in own.arms if own.what(arm).nothing)
    return Found(assigned, alone[0] if len(alone) == 1 else own.pair[0], own.primary, alone, ends=begun.end), names
