"""Tried: audiences with an experiment are sent as it decided alone, and held where its newest reading asks for it."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from activation import ledger
from activation.destinations.vendor import Vendor
from activation.experiments import record, started
from activation.experiments.started import Started
from activation.plan import plan
from activation.plan.wanted import Audience

_HELD = "held: the newest reading of experiment {} excludes a gain"


class OtherArms(ValueError):
    """An audience was frozen before its experiment was started or stopped; the message says what to do."""


def standing(
    connection: sqlite3.Connection, dataset: str, wanted: Sequence[tuple[Audience, bool]], now: int
) -> dict[str, str]:
    """Return the audiences that are held, with the experiment that holds each.

    Args:
        connection: the ledger, opened with `started.TABLES`.
        dataset: its name.
        wanted: audiences, each with whether it ends; those are taken out whatever an experiment says.
        now: microseconds UTC.

    Raises:
        OtherArms: one was not frozen as its experiment is by now: members would be told what is not of their arm.
        Several: more than one experiment runs on one of them.
        Unreachable: the place where readings are kept does not answer.
    """
    names = {one.name: started.of_audience(connection, one.name, now) for one, ends in wanted if not ends}
    for audience, _ in wanted:
        _require(audience, names.get(audience.name))
    auto = {
        name: one.experiment for name, one in names.items() if one and one.assigns and one.experiment.stop == "auto"
    }
    read = {name: record.newest(dataset, one.name) for name, one in auto.items()}
    return {name: auto[name].name for name, one in read.items() if one is not None and one.hold}


def _require(audience: Audience, found: Started | None) -> None:
    if found is not None and found.state != audience.experiment:
        before = f"for the experiment {audience.experiment}" if audience.experiment else "without any experiment"
        raise OtherArms(
            f"audience {audience.name!r} was frozen {before}, and the experiment on it is {found.state} by now:"
            f" make audience NAME={audience.name} again."
        )


def hold(connection: sqlite3.Connection, vendor: Vendor, audiences: Mapping[str, str]) -> None:
    """Give up what is still to be sent of audiences that are held; a later plan has it again."""
    with ledger.step(connection):
        for name, experiment in audiences.items():
            plan.give_up(connection, vendor, name, _HELD.format(experiment))


def lines(audiences: Mapping[str, str]) -> Iterator[str]:
    """Yield what is held, a line each."""
    for name, experiment in audiences.items():
        yield (
            f"{name}: {_HELD.format(experiment)}, and it has stop = 'auto': nobody is told until a newer reading"
            f" does not, or `make experiment NAME={experiment} stop`; who may not be told of"
            " any more leaves all the same"
        )
