"""A continuation: more days of a simulation that is there, given who was contacted, and the truth of what that did."""

import fcntl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.arrow import to_numpy
from features.simulator import campaign, contact, population
from features.simulator.folder import DRAWN_TOGETHER, EVENTS, KNOBS, TRUTH, in_order, write
from features.simulator.outcome import Job, drawn
from features.simulator.population import FIRST_ID
from features.simulator.season import season
from features.simulator.simulation import Simulation
from features.simulator.stretch import MOST_DAYS, ContinuationError, Stretch, following, stretches, sweep
from features.simulator.table import table


@dataclass(frozen=True)
class Done:
    """What a continuation came to."""

    stretch: Stretch
    events: int
    contacts: int
    repeated: int
    """Contacts that stood in the file twice, alike in all columns; they count once."""


def proceed(folder: Path, days: int, contacts: Path | None) -> Done:
    """Add days to a simulation in its folder; all of their files are there afterwards, or none.

    Args:
        folder: of a simulation, continued before or not.
        days: how many.
        contacts: a file of contacts within these days (features/simulator/contact.py); none are made without it.

    Raises:
        ContinuationError: the folder cannot be continued.
        ContactError: contacts cannot be taken.
    """
    if not (folder / KNOBS).is_file():
        raise ContinuationError(f"{folder} has no {KNOBS}; the folder of a simulation is allowed.")
    simulation = msgspec.json.decode((folder / KNOBS).read_bytes(), type=Simulation)
    with _alone(folder):
        done = stretches(folder, simulation)
        stretch = following(simulation, done, days)
        longer = msgspec.structs.replace(simulation, days=stretch.end)
        own = campaign.names(longer)
        since, until = (
            int(at) for at in population.instants(simulation, np.array([stretch.begin, stretch.end], float))
        )
        last = FIRST_ID + simulation.customers - 1
        empty = contact.Read(contact.SCHEMA.empty_table(), 0)
        read = contact.read(contacts, (FIRST_ID, last), since, until, set(own)) if contacts else empty
        kept = [pq.read_table(folder / one.files[0]) for one in done]
        before = pa.concat_tables([contact.SCHEMA.empty_table(), *kept])
        named = sorted({*before[contact.CAMPAIGN].to_pylist(), *read.table[contact.CAMPAIGN].to_pylist()})
        if set(named) & set(own):
            clash = ", ".join(sorted(set(named) & set(own)))
            raise ContinuationError(
                f"{folder}: the business itself comes to use the campaigns {clash}; fewer days are allowed."
            )
        truth = pq.read_table(folder / TRUTH)
        offset = int(to_numpy(read.table["at"].cast(pa.int64())).min()) if read.table.num_rows else since
        job = Job(
            simulation,
            stretch,
            season(simulation, simulation.days + MOST_DAYS),
            truth,
            before,
            read.table,
            own + named,
            offset,
        )
        events = _write(folder, job, longer, named)
    return Done(stretch, events, read.table.num_rows, read.repeated)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder, so that no two continue it at a time."""
    with (folder / KNOBS).open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ContinuationError(
                f"{folder} is being continued by another process; one at a time is allowed."
            ) from None
        yield


def _write(folder: Path, job: Job, longer: Simulation, campaigns: list[str]) -> int:
    """Draw all parts, write the files aside and put them in place, the events last; return how many those are."""
    parts = range(0, job.simulation.customers, DRAWN_TOGETHER)
    made = list(in_order(lambda first: drawn(folder, job, first), parts))
    rows = np.concatenate([rows for rows, _ in made])
    rows = rows[np.argsort(rows["time"], kind="stable")]
    events = table(longer, rows, 1 + _last_id(folder), campaigns)
    sweep(folder, job.simulation)
    draft = folder / f".draft-{uuid.uuid4().hex}"
    draft.mkdir()
    try:
        pq.write_table(job.new, draft / "0", compression="zstd")
        pq.write_table(pa.concat_tables([truth for _, truth in made]), draft / "1", compression="zstd")
        write(events, draft / "2")
        for number, file in enumerate(job.stretch.files):
            (draft / str(number)).rename(folder / file)
    finally:
        sweep(folder, job.simulation)
    return len(rows)


def _last_id(folder: Path) -> int:
    paths = (folder / EVENTS).glob("*.parquet")
    newest = (pc.max(pq.read_table(path, columns=["event_id"])["event_id"]).as_py() for path in paths)
    return int(max((one for one in newest if one is not None), default=0))
