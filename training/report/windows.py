"""Windows: which time each part of a split looks at, before and after each of its cut-offs."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.clock import DAY
from training.charts.windows import Part, TimeLine
from training.choice.choice import Choice
from training.panel.rung import Rung

PURPOSES = {
    "train": "fitted on, to choose",
    "validation": "chosen by",
    "refit": "fitted on, to judge",
    "test": "judged on",
    "final": "fitted on, to serve",
}
"""The parts of a split in the order of their use."""
OF_RUNG = {
    Rung.THREE: PURPOSES,
    Rung.TWO: {
        **{name: PURPOSES[name] for name in ("train", "validation", "final")},
        "validation": "chosen by, figures",
    },
    Rung.ONE: {"final": "half fitted on, half judged"},
}
"""The parts that there are on each rung."""


@dataclass(frozen=True)
class Windows(TimeLine):
    """The windows that some targets share."""

    targets: tuple[str, ...]
    cohort: str
    """Who is in their cohort, in words."""
    rung: Rung = Rung.THREE
    """What they stand on."""

    @property
    def look_back_days(self) -> int:
        """The look-back in days."""
        return self.look_back // DAY

    @property
    def horizon_days(self) -> int:
        """The horizon in days."""
        return self.horizon // DAY


def windows(choices: Sequence[Choice], begin: int, end: int, zone: ZoneInfo) -> tuple[Windows, ...]:
    """Return the windows of the targets, once for all targets that have the same, in the order of the first of each."""
    shared: dict[tuple[object, ...], list[Choice]] = {}
    for choice in choices:
        shared.setdefault((choice.split, choice.target.horizon_days, choice.target.cohort()), []).append(choice)
    return tuple(_windows(alike, begin, end, zone) for alike in shared.values())


def _windows(alike: Sequence[Choice], begin: int, end: int, zone: ZoneInfo) -> Windows:
    first, rung = alike[0], alike[0].split.rung
    parts = tuple(
        Part(name, purpose, tuple(sorted(getattr(first.split, name)))) for name, purpose in OF_RUNG[rung].items()
    )
    return Windows(
        begin=begin,
        end=end,
        look_back=first.target.cohort().look_back * DAY,
        horizon=first.target.horizon_days * DAY,
        parts=parts,
        zone=zone,
        targets=tuple(choice.target.name for choice in alike),
        cohort=first.target.cohort().inside,
        rung=rung,
    )
