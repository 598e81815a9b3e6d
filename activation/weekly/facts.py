"""Facts: all that a weekly report tells, as it is kept; None is what is not known, or not told since it is of few."""

import math

import msgspec

from training.kpis.figure import Figure
from training.kpis.members import told
from training.metrics.bootstrap import Estimate


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure moved by."""

    then: float | None = None
    by: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def beyond(self) -> bool:
        """Whether it is beyond chance."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def strength(self) -> float:
        """Return how many halves of its interval it is."""
        if self.by is None or self.low is None or self.high is None or self.high <= self.low:
            return 0.0
        return abs(self.by) / ((self.high - self.low) / 2)


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A KPI of a segment in the week."""

    segmenter: str
    segment: str
    kpi: str
    unit: str
    members: int | None
    value: float | None
    low: float | None
    high: float | None
    week: Change
    """Since the week before."""
    year: Change
    """Since the same week a year ago."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast, with its interval."""

    value: float
    low: float
    high: float

    def holds(self, came: float) -> bool:
        """Return whether what came lies in the interval."""
        return self.low <= came <= self.high


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How many were in a segment when the week began, left and joined in it, and were there at its end."""

    segmenter: str
    segment: str
    title: str
    began: int | None = None
    left: int | None = None
    joined: int | None = None
    today: int | None = None
    next: Expected | None = None
    """A week ahead, as it is forecast now."""
    forecast: Expected | None = None
    """What the report of the week before, by the same bundle, forecast of `today`."""


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """How many were in a segment at the ends of months, the oldest first."""

    segmenter: str
    segment: str
    title: str
    sizes: list[int | None]


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """How many went from one segment to another in a month; empty is who was not known."""

    before: str
    after: str
    count: int | None


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """Who ordered for the first time in a month, and the share of them who ordered in each month after it."""

    month: str
    customers: int | None
    shares: list[float | None]
    """By the months after; one that is not over is not in it."""


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A product, or a category where no source names products."""

    name: str
    revenue: float
    buyers: int
    before: float
    """Its net revenue in the week before."""


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """What surveys of a segment were about in the week."""

    segmenter: str
    segment: str
    title: str
    topic: str
    answers: int
    score: float
    """The mean."""


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a campaign reached or was sent to in the week."""

    name: str
    contacts: int
    customers: int


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What an experiment caused, as `make experiment read` kept it last."""

    result: str
    """`signal`, `no signal`, `not told` or `not read`."""
    as_of: str
    """Up to when it was looked at."""
    ended: bool
    metric: str
    other: str
    base: str
    effect: float | None = None
    """By how much more `other` has per customer than `base`."""
    low: float | None = None
    high: float | None = None


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment as it stands; what it caused is told by its own reading alone."""

    name: str
    state: str
    started: str = ""
    customers: int | None = None
    reading: Reading | None = None
    """None where it was not read yet."""


class Objective(msgspec.Struct, frozen=True, kw_only=True):
    """An objective as it stands."""

    name: str
    segment: str
    kpi: str
    unit: str
    aim: str
    value: float | None
    low: float | None
    high: float | None
    status: str
    why: str
    action: str
    goal: str

    @property
    def rank(self) -> int:
        """0 with a goal, 1 without: those without are listed last."""
        return 0 if self.goal else 1


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen audience: how many it has, less those erased since."""

    name: str
    id: str
    created: str
    purpose: str
    customers: int | None
    fresh: bool
    """Whether it was frozen since the week began."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What sales and service said of a segment or campaign."""

    of: str
    useful: int
    wrong: int
    newest: str = ""


class Weekly(msgspec.Struct, frozen=True, kw_only=True):
    """A weekly report."""

    dataset: str
    title: str
    language: str
    currency: str
    smallest: int
    first: str
    """The week's Monday."""
    last: str
    """Its Sunday."""
    data_end: str
    """Up to where the data are complete."""
    made: str
    bundle: str
    version: str
    events: int
    """Events from before the week's end."""
    declaration: str
    """A hash of the dataset file."""
    tiles: list[Tile]
    """Of everybody, then of each segment."""
    sizes: list[Size]
    months: list[str] = []
    history: list[Month] = []
    flows: list[Flow] = []
    cohorts: list[Cohort] = []
    things: list[Thing] = []
    topics: list[Topic] = []
    campaigns: list[Campaign] = []
    experiments: list[Experiment] = []
    objectives: list[Objective] = []
    audiences: list[Audience] = []
    notes: list[Note] = []
    warnings: list[str] = []


def known(value: float) -> float | None:
    """Return a figure, None for what is not known."""
    return float(value) if math.isfinite(value) else None


def tile(one: Figure) -> Tile | None:
    """Return a figure as it is kept; None of the rest that a rule segment is held against."""
    if (place := told(one.segmenter, one.segment)) is None:
        return None

    def since(then: Estimate, by: Estimate) -> Change:
        return Change(then=known(then.value), by=known(by.value), low=known(by.lo), high=known(by.hi))

    return Tile(
        segmenter=place[0],
        segment=place[1],
        kpi=one.kpi,
        unit=one.unit,
        members=one.members,
        value=known(one.result.value),
        low=known(one.result.lo),
        high=known(one.result.hi),
        week=since(one.before, one.change),
        year=since(one.year_ago, one.year_change),
    )
