"""Nobody without permission is in anything that is made: a property over histories of consent, moments and clocks.

What makes something new about customers joins by a line of OUTPUTS.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import build, clock, dataset
from features.buckets import intake, memory
from features.buckets.intake import Intake
from features.clock import DAY
from features.consent.profiled import Profiled
from features.dataset import Dataset
from features.log.as_of import Moment
from features.log.store import mapped
from serving import answer, score, shape, whose
from tests.conftest import Trained
from training.bundle.bundle import Bundle, Stored
from training.panel.ground import Ground
from training.tally import Tally
from training.targets import Target

PEOPLE = 8
NOW = 17_600 * DAY
"""After the data's end."""
PURPOSES = ("profiling", "mail", "ads")
WORDS = ("yes", "no", "objected", "perhaps")


@dataclass(frozen=True)
class Answer:
    """One row of the table of answers; days from NOW, None for no moment."""

    customer: str
    purpose: str
    said: str
    day: int | None


@dataclass(frozen=True)
class History:
    """What people answered, what is declared, and the clock of a request."""

    answers: tuple[Answer, ...]
    silent: bool
    """Whether profiling is allowed where nothing was said."""
    days: int
    """For how long a consent to profiling holds; 0: for ever."""
    later: int
    """By how many days a request comes after the events were stored."""

    def allows(self, customer: str, purpose: str, day: int = 0) -> bool:
        """Return whether a customer allows a purpose on a day, by a reading of the rules of its own."""
        own = [one for one in self.answers if one.customer == customer and (one.day is None or one.day <= day)]
        no = [one for one in own if one.said == "objected" or (one.purpose == purpose and one.said != "yes")]
        yes = [one.day for one in own if (one.purpose, one.said) == (purpose, "yes") and one.day is not None]
        last = max((one.day for one in no if one.day is not None), default=-10_000)
        undated = any(one.day is None for one in no)
        days = self.days if purpose == "profiling" and self.days else 10_000
        if any(last < given_ and day - given_ < days and not undated for given_ in yes):
            return True
        return self.silent and purpose == "profiling" and not no and not yes


@dataclass(frozen=True)
class World:
    """A business that was read, what is learned of it, and a folder for files."""

    declared: Dataset
    taken: Intake
    stored: Stored
    folder: Path
    clock: int
    """Of a request."""
    ids: tuple[str, ...]

    @property
    def bundle(self) -> Bundle:
        """What answers."""
        return self.stored.bundle

    @property
    def base(self) -> Moment:
        """What answers speak of."""
        assert self.taken.log.base is not None
        return self.taken.log.base.moment(self.clock)


def in_log(world: World) -> set[str]:
    return set(world.taken.log.customers.to_pylist())


def in_store(world: World) -> set[str]:
    mapped.save(world.taken.log, "everywhere")
    return set(mapped.load("everywhere").customers.to_pylist())


def in_rows_of_training(world: World) -> set[str]:
    ground = Ground.of(world.declared, world.taken.log)
    found: set[int] = set()
    for predictor in world.bundle.predictors:
        target: Target = predictor.target
        if not target.context:
            rows = target.rows()
            found |= set(rows.spine(ground, rows.split(ground).all(), None).customers.tolist())
    return {ground.log.customers[place].as_py() for place in found}


def in_features(world: World) -> set[str]:
    out = world.folder / "features.parquet"
    build.build(world.declared, world.bundle.kernel, (), out, memory.LEAST, NOW)
    return set(pq.read_table(out)["customer_id"].to_pylist())


def scored(world: World) -> list[dict[str, object]]:
    out = world.folder / "scores.parquet"
    with intake.opened(world.declared, memory.LEAST, now=NOW) as read:
        score._write(read, world.bundle, world.base, "own", None, False, "en", out, NOW, Tally(world.bundle), {})
    rows: list[dict[str, object]] = pq.read_table(out).to_pylist()
    return rows


def in_scores_and_segments(world: World) -> set[str]:
    return {str(row["customer_id"]) for row in scored(world)}


def with_mail(world: World) -> set[str]:
    return {str(row["customer_id"]) for row in scored(world) if row["may_mail"]}


def with_ads(world: World) -> set[str]:
    permissions = world.taken.permissions
    assert permissions is not None
    return {row["customer_id"] for row in permissions.table(NOW).to_pylist() if row["ads"]}


def in_answers(world: World) -> set[str]:
    found = answer.answer(world.bundle, world.taken.log, list(world.ids), world.base, now=world.clock)
    return {one.customer_id for one in found if one.error != whose.NOT_PROFILED}


def in_answers_of_requests(world: World) -> set[str]:
    events = [shape.Event(one, "2017-06-01", "purchase", amount=5.0) for one in world.ids]
    known = answer.Known.of(world.taken.log)
    found = answer.score(world.bundle, shape.ScoreRequest(events), world.base, known, now=world.clock)
    return {one.customer_id for one in found.customers if not one.error}


OUTPUTS: dict[Callable[[World], set[str]], Sequence[str]] = {
    in_log: ("profiling",),
    in_store: ("profiling",),
    in_rows_of_training: ("profiling",),
    in_features: ("profiling",),
    in_scores_and_segments: ("profiling",),
    with_mail: ("profiling", "mail"),
    with_ads: ("profiling", "ads"),
}
"""What is made when events are read: who is in it, and the purposes that all of them must allow at NOW."""

REPLIES = (in_answers, in_answers_of_requests)
"""What a service says: it asks at the moment of the request."""


@pytest.fixture(scope="module")
def few(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a few households of the part, with all that they did."""
    folder = tmp_path_factory.mktemp("few")
    whole = trained.dataset
    ids = duckdb.sql(
        f"SELECT DISTINCT household_id FROM '{whole.path(whole.sources[0].path)}' ORDER BY 1 LIMIT {PEOPLE}"
    )
    listed = ", ".join(str(one) for (one,) in ids.fetchall())
    paths = [one.path for one in whole.sources] + [one.path for one in whole.attributes]
    for path in dict.fromkeys(paths):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        rows = f"SELECT * FROM '{whole.path(path)}' WHERE household_id IN ({listed})"
        duckdb.sql(f"COPY ({rows}) TO '{target}' (FORMAT parquet)")
    for join in (one.join for one in whole.sources if one.join):
        if not (folder / join.path).exists():
            (folder / join.path).symlink_to(whole.path(join.path))
    (folder / "people.txt").write_text(listed)
    (folder / "plain.toml").write_text(trained.toml.read_text(encoding="utf-8"))
    return folder


DECLARED = """
[consent]
purposes = {{ profiling = "legitimate_interest", mail = "consent", ads = "consent" }}
unknown = {{ profiling = "{silent}", default = "deny" }}
{valid}
[[consent.sources]]
path = "c.csv"
columns = {{ customer_id = "id", purpose = "what", answer = "said", valid_from = "when" }}
"""


def world(history: History, few: Path, stored: Stored) -> World:
    rows = (
        f"{one.customer},{one.purpose},{one.said},{'' if one.day is None else clock.iso(NOW + one.day * DAY)}\n"
        for one in history.answers
    )
    (few / "c.csv").write_text("id,what,said,when\n" + "".join(rows))
    valid = f"valid_days = {{ profiling = {history.days} }}" if history.days else ""
    more = DECLARED.format(silent="allow" if history.silent else "deny", valid=valid)
    (few / "few.toml").write_text((few / "plain.toml").read_text() + more)
    declared = msgspec.structs.replace(dataset.load(str(few / "few.toml")), name="everywhere")
    people = tuple(one.strip() for one in (few / "people.txt").read_text().split(","))
    taken = intake.take(declared, now=NOW)
    return World(declared, taken, stored, few, NOW + history.later * DAY, (*people, "stranger"))


IDS = st.integers(0, PEOPLE)
ROWS = st.tuples(IDS, st.sampled_from(PURPOSES), st.sampled_from(WORDS), st.none() | st.integers(-30, 10))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[int, str, str, int | None]], bool, int, int]:
    return (
        draw(st.lists(ROWS, max_size=12)),
        draw(st.booleans()),
        draw(st.sampled_from([0, 7, 20])),
        draw(st.integers(0, 12)),
    )


@given(histories())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_without_permission_is_in_anything(
    few: Path, stored: Stored, drawn: tuple[list[tuple[int, str, str, int | None]], bool, int, int]
) -> None:
    rows, silent, days, later = drawn
    ids = [*(one.strip() for one in (few / "people.txt").read_text().split(",")), "stranger"]
    sure = Answer(ids[0], "profiling", "yes", -1)  # of one customer, so that somebody is left
    others = tuple(Answer(ids[who], purpose, said, day) for who, purpose, said, day in rows if who)
    history = History((sure, *others), silent, days, later)
    made = world(history, few, stored)
    for output, purposes in OUTPUTS.items():
        allowed = {one for one in ids if all(history.allows(one, purpose) for purpose in purposes)}
        assert output(made) <= allowed, output.__name__
    assert in_log(made) == {one for one in ids[:PEOPLE] if history.allows(one, "profiling")}
    at_once = {one for one in ids if history.allows(one, "profiling", later) and history.allows(one, "profiling")}
    for reply in REPLIES:
        assert reply(made) <= at_once, reply.__name__
    profiled = made.taken.log.profiled
    assert isinstance(profiled, Profiled)
    still = {one for one in ids[:PEOPLE] if all(history.allows(one, "profiling", day) for day in range(later + 1))}
    assert in_answers(made) & set(ids[:PEOPLE]) == still
