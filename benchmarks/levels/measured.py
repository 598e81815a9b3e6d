"""What is measured: at each origin of a business, how far predicted is off observed, with each cure and without.

The recipes are fitted once at an origin, by what was known then; only what the cures do is done again for each of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.levels.business import Business
from features import dataset as datasets
from features.buckets import intake
from features.clock import DAY
from training.backtest.origins import Origins, origins
from training.backtest.replay import Replay
from training.choice.cures import ALL, Cures
from training.choice.settled import settle
from training.choice.tried import tried
from training.choice.wanted import Wanted
from training.metrics.metrics import level, level_variance
from training.panel.enough import Enough, Refused
from training.panel.ground import Ground

STEP_DAYS = 28
MANY = 1000
NONE = Cures(season=False, level=False, slope=False)
SETS: Mapping[str, Cures] = {
    "none": NONE,
    "all": ALL,
    "no season": Cures(season=False),
    "no level": Cures(level=False),
    "no slope": Cures(slope=False),
}
"""The cures that are on: all, all but one, none."""
YEAR_DAYS, KNOWN_DAYS = 364, 56
"""An origin has a year of labels where there is so much history a year before it."""


@dataclass(frozen=True)
class Origin:
    """One target at one origin of one business."""

    group: str
    seed: int
    target: str
    task: str
    day: int
    """Since the business's first."""
    moment: int
    rows: int
    recipe: str
    off: dict[str, float]
    """By the cures that are on, the logarithm of predicted over observed."""
    ece: dict[str, float]
    """By the cures that are on; of probabilities."""
    chance: float
    """How far off predicted over observed is by chance alone, on average: of what happens to so many customers."""
    surprise: float
    """How far off the level was with all cures, over how far it was said to be and chance makes it."""

    @property
    def yearly(self) -> bool:
        """Whether labels of the same weeks a year ago were there."""
        return self.day >= YEAR_DAYS + KNOWN_DAYS


def measured(business: Business) -> list[Origin]:
    """Replay a business.

    Raises:
        DatasetError: its files are not there.
    """
    dataset = datasets.load(business.dataset)
    log = intake.take(dataset).log
    ground = Ground.of(dataset, log)
    least, wanted = ground.begin + business.from_day * DAY, Wanted(Enough())
    places = {}
    for target in business.targets:
        found = origins(target, ground.begin, ground.end, MANY)
        splits = tuple(split for split in found.splits if split.test[0] >= least)
        places[target.name] = Origins(splits, found.step_days)
    return list(_replayed(business, Replay(dataset, log, business.targets, places, wanted), ground.begin))


def _replayed(business: Business, replay: Replay, begin: int) -> Iterator[Origin]:
    panel = replay.panel()
    for moment in replay.moments:
        past = replay.past(panel, moment)
        for target, split in replay.asked(moment).items():
            try:
                attempt = tried(target, split, past.examples(target.name), replay.wanted)
            except Refused:
                continue
            every = {
                name: settle(target, split, attempt, Wanted(Enough(), cures=cures)) for name, cures in SETS.items()
            }
            y = attempt.parts["test"].y
            ratio = {name: float(np.log(one.chosen.predictions.sum() / y.sum())) for name, one in every.items()}
            ece = {name: one.chosen.test.value.get("ece", np.nan) for name, one in every.items()}
            known, p = every["all"], every["all"].chosen.predictions
            sd = np.sqrt(known.season.sd**2 + level_variance(target.task, y, p))
            where = business.group, business.seed, target.name, target.task, (moment - begin) // DAY, moment
            sums = float(np.sqrt((p * (1 - p)).sum() if target.task == "binary" else ((y - p) ** 2).sum()) / p.sum())
            chance = float(np.sqrt(2 / np.pi) * sums)
            surprise = float(level(target.task, y, p) / sd)
            yield Origin(*where, y.size, known.chosen.recipe.name, ratio, ece, chance, surprise)
