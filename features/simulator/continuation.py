"""A continuation: more days of a simulation that is there, given who was contacted, and the truth of what that did."""

import datetime
import fcntl
import re
import shutil
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
from features.simulator import activity, campaign, contact, population
from features.simulator.continued import NOBODY, Contacts, Continued, continued
from features.simulator.folder import DRAWN_TOGETHER, EVENTS, KNOBS, TRUTH, in_order, write
from features.simulator.offer import NOTHING, OFFERS, effects
from features.simulator.population import FIRST_ID
from features.simulator.row import Rows
from features.simulator.season import Season, season
from features.simulator.simulation import Simulation
from features.simulator.table import table

CONTINUED = "continued"
MOST_DAYS = 3650
"""In all, of one simulation."""
_NAME = re.compile(r"continued-(\d{4}-\d\d-\d\d)\+(\d+)\.parquet")
_BESIDE = re.compile(r"(contacts|truth)-\d{4}-\d\d-\d\d\+\d+\.parquet|\.draft-[0-9a-f]{32}")


class ContinuationError(ValueError):
    """A folder that cannot be continued; the message says why, and what is allowed."""


@dataclass(frozen=True)
class Stretch:
    """Days of one continuation, counted from the start of the simulation, and the names of its files."""

    name: str
    begin: int
    end: int

    @property
    def files(self) -> tuple[str, str, str]:
        """The contacts, the truth and, last, the events that make it count."""
        return (
            f"contacts-{self.name}.parquet",
            f"truth-{self.name}.parquet",
            f"{EVENTS}/{CONTINUED}-{self.name}.parquet",
        )


@dataclass(frozen=True)
class Done:
    """What a continuation came to."""

    stretch: Stretch
    events: int
    contacts: int
    repeated: int
    """Contacts that stood in the file twice, alike in all columns; they count once."""


@dataclass(frozen=True)
class _Job:
    """What all parts are drawn from."""

    simulation: Simulation
    stretch: Stretch
    seasons: Season
    truth: pa.Table
    before: pa.Table
    """Contacts of continuations before this one."""
    new: pa.Table
    campaigns: list[str]
    """All names: the business's own, then those of contacts."""
    offset: int


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
        stretch = _next(simulation, done, days)
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
        job = _Job(
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


def stretches(folder: Path, simulation: Simulation) -> list[Stretch]:
    """Return the continuations of a folder in order.

    Raises:
        ContinuationError: one is missing, or a file of one.
    """
    names = [_NAME.fullmatch(path.name) for path in sorted((folder / EVENTS).iterdir())]
    done: list[Stretch] = []
    for name in filter(None, names):
        end = done[-1].end if done else simulation.days
        stretch = _stretch(simulation, end, int(name[2]))
        if stretch.name != f"{name[1]}+{name[2]}" or not all((folder / file).is_file() for file in stretch.files):
            raise ContinuationError(f"{folder}: {name[0]} does not follow on day {end}, or lacks a file beside.")
        done.append(stretch)
    return done


def _stretch(simulation: Simulation, begin: int, days: int) -> Stretch:
    first = simulation.start + datetime.timedelta(days=begin)
    return Stretch(f"{first}+{days}", begin, begin + days)


def _next(simulation: Simulation, done: list[Stretch], days: int) -> Stretch:
    end = done[-1].end if done else simulation.days
    most = MOST_DAYS - (end - simulation.days)
    if not 1 <= days <= most:
        raise ContinuationError(f"--days: got {days}; 1 to {most} days are allowed.")
    return _stretch(simulation, end, days)


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


def _write(folder: Path, job: _Job, longer: Simulation, campaigns: list[str]) -> int:
    """Draw all parts, write the files aside and put them in place, the events last; return how many those are."""
    parts = range(0, job.simulation.customers, DRAWN_TOGETHER)
    made = list(in_order(lambda first: _drawn(folder, job, first), parts))
    rows = np.concatenate([rows for rows, _ in made])
    rows = rows[np.argsort(rows["time"], kind="stable")]
    events = table(longer, rows, 1 + _last_id(folder), campaigns)
    _sweep(folder, job.simulation)
    draft = folder / f".draft-{uuid.uuid4().hex}"
    draft.mkdir()
    try:
        pq.write_table(job.new, draft / "0", compression="zstd")
        pq.write_table(pa.concat_tables([truth for _, truth in made]), draft / "1", compression="zstd")
        write(events, draft / "2")
        for number, file in enumerate(job.stretch.files):
            (draft / str(number)).rename(folder / file)
    finally:
        _sweep(folder, job.simulation)
    return events.num_rows


def _sweep(folder: Path, simulation: Simulation) -> None:
    """Remove what a continuation that was broken off has left: files beside events that are not there."""
    kept = {file for one in stretches(folder, simulation) for file in one.files}
    for path in folder.iterdir():
        if _BESIDE.fullmatch(path.name) and path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _last_id(folder: Path) -> int:
    paths = (folder / EVENTS).glob("*.parquet")
    newest = (pc.max(pq.read_table(path, columns=["event_id"])["event_id"]).as_py() for path in paths)
    return int(max((one for one in newest if one is not None), default=0))


def _drawn(folder: Path, job: _Job, first: int) -> tuple[Rows, pa.Table]:
    """Return the rows of the new days of one part, and the truth of them."""
    simulation, stretch, part = job.simulation, job.stretch, first // DRAWN_TOGETHER
    rng = np.random.default_rng([simulation.seed, part])
    people = population.draw(simulation, rng, first, min(DRAWN_TOGETHER, simulation.customers - first))
    if not population.truth(simulation, people).equals(job.truth.slice(first, len(people))):
        raise ContinuationError(f"{folder} was written by another version of the simulator; one of this is allowed.")
    begun = activity.begin(simulation, people, season(simulation, simulation.days), rng, 1 + part * activity.ORDERS)
    drawn = continued(simulation, stretch.end - simulation.days, job.seasons, people, begun, part)
    before, new = _contacts(job.before, people.ids, job.campaigns), _contacts(job.new, people.ids, job.campaigns)
    everything = _joined(before, new)
    with_all, without_any = drawn.world(everything), drawn.world(NOBODY)
    since = int(population.instants(simulation, np.array([float(stretch.begin)]))[0])
    reached = people.ids[everything.customer]
    own = drawn.rows(with_all, everything)
    others = drawn.rows(without_any, NOBODY)
    rows = np.concatenate([own[np.isin(own["customer"], reached)], others[~np.isin(others["customer"], reached)]])
    spend = with_all.spend(len(people), since)
    return rows[rows["time"] >= since], _truth(job, drawn, before, new, spend, since)


def _truth(job: _Job, drawn: Continued, before: Contacts, new: Contacts, spend: np.ndarray, since: int) -> pa.Table:
    """Return, for each customer, what was spent and what would have been with each offer and without any."""
    size = len(drawn.people)
    at, offer = np.full(size, job.offset), np.full(size, NOTHING)
    at[new.customer], offer[new.customer] = new.time, new.offer
    names = pa.array([*(one.name for one in OFFERS)])
    kinds = population.segments(job.simulation)
    nobody = offer == NOTHING
    columns = {
        "customer_id": pa.array(drawn.people.ids),
        "segment": pa.array([kind.name for kind in kinds]).take(pa.array(drawn.people.segment)),
        "contact_at": pa.array(at).cast(pa.timestamp("us", "UTC")),
        "offer": names.take(pa.array(offer, mask=nobody)),
        "spend": spend,
        "spend_without": drawn.world(before).spend(size, since),
    }
    everybody = np.arange(size)
    conversion, basket = effects(kinds)
    for number, one in enumerate(OFFERS):
        same = Contacts(everybody, at, np.full(size, number), np.zeros(size, np.int64))
        columns[f"spend_{one.name}"] = drawn.world(_joined(before, same)).spend(size, since)
        columns[f"conversion_{one.name}"] = conversion[drawn.people.segment, number]
        columns[f"basket_{one.name}"] = basket[drawn.people.segment, number]
    return pa.table(columns)


def _contacts(contacts: pa.Table, ids: np.ndarray, campaigns: list[str]) -> Contacts:
    own = contact.spans(contacts, ids)
    offers, names = (own[name].to_pylist() for name in ("offer", contact.CAMPAIGN))
    code = {name: number for number, name in enumerate(campaigns)}
    return Contacts(
        to_numpy(own["customer_id"]) - int(ids[0]),
        to_numpy(own["at"].cast(pa.int64())),
        np.array([contact.NAMES.index(name) for name in offers], np.int64),
        np.array([code[name] for name in names], np.int64),
    ).take(np.arange(own.num_rows))


def _joined(one: Contacts, other: Contacts) -> Contacts:
    columns = ("customer", "time", "offer", "campaign")
    both = Contacts(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in columns))
    return both.take(np.arange(both.customer.size))
