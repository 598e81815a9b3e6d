"""The replay: at each origin, the whole procedure of training with what was known then, and its predictions."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Feature
from features.catalogue.feature_set import feature_set
from features.clock import DAY, iso
from features.dataset import Dataset
from features.kernel.kernel import Kernel
from features.log import as_of
from features.log.log import Log
from training.backtest.hindsight import CONSTANT, Hindsight
from training.backtest.origins import Origins, seasonal
from training.choice.choice import Choice, Wanted
from training.choice.pool import choose_all
from training.metrics.metrics import Floats
from training.panel import panel as panels
from training.panel.enough import Refused
from training.panel.panel import TEST_DAYS, Panel, Split
from training.targets import Target, outcomes, with_needs


@dataclass(frozen=True)
class Told:
    """What one target's replay at one origin gave."""

    target: Target
    origin: int
    hindsight: Hindsight | Refused


@dataclass(frozen=True)
class Replay:
    """A dataset, and where each of its targets is replayed."""

    dataset: Dataset
    log: Log
    targets: tuple[Target, ...]
    origins: Mapping[str, Origins]
    wanted: Wanted

    @cached_property
    def moments(self) -> list[int]:
        """All origins, the oldest first."""
        return sorted({moment for found in self.origins.values() for moment in found.moments})

    @cached_property
    def features(self) -> dict[int, tuple[Feature, ...]]:
        """By origin, the features that a training then would have had, and those that its targets need."""
        return {
            origin: with_needs(features_at(self.dataset, self.log, origin), list(self.asked(origin)))
            for origin in self.moments
        }

    @cached_property
    def kernel(self) -> Kernel:
        """Computes what any of the origins needs."""
        return Kernel(tuple({feature.name: feature for own in self.features.values() for feature in own}.values()))

    def asked(self, origin: int) -> dict[Target, Split]:
        """Return the targets that are replayed at an origin, with their splits."""
        splits = {target: self.origins[target.name].splits for target in self.targets}
        return {target: split for target, own in splits.items() for split in own if split.test == (origin,)}

    def cut_offs(self, origin: int) -> set[int]:
        """Return every cut-off that the targets look at from an origin."""
        start, found = as_of.start(self.log.days), set[int]()
        for target, split in self.asked(origin).items():
            found |= split.all() | (seasonal(target, start, split) if self.wanted.season else set())
        return found

    def panel(self) -> Panel:
        """Compute the rows of all origins: a feature's value is the same, whoever looks at it later."""
        return panels.panel(self.log, self.kernel, set[int]().union(*map(self.cut_offs, self.moments)))

    def told(self, panel: Panel) -> Iterator[Told]:
        """Train and predict at each origin, the oldest first."""
        for origin in self.moments:
            asked = self.asked(origin)
            names = tuple(feature.name for feature in self.features[origin])
            past = _past(panel, self.cut_offs(origin), [self.kernel.position[name] for name in names])
            labels = labels_at(self.log, tuple(asked), past, origin)
            splits = {target.name: split for target, split in asked.items()}
            found = choose_all(tuple(asked), splits, past, labels, names, self.wanted)
            for target, choice in zip(asked, found, strict=True):
                if isinstance(choice, Refused):
                    yield Told(target, origin, choice)
                    continue
                inside = target.cohort().failed(past.x, names) < 0
                known = labels[target.name][inside & past.at(asked[target].refit)]
                yield Told(target, origin, _hindsight(choice, origin, float(known.mean())))


def features_at(dataset: Dataset, log: Log, origin: int) -> tuple[Feature, ...]:
    """Return the features that a training at the origin would have, had the data ended there."""
    day = datetime.date.fromisoformat(iso(origin, ZoneInfo(dataset.zone))[:10])
    then = msgspec.structs.replace(dataset, end=day)
    return feature_set(then, log, origin - TEST_DAYS * DAY)[0]


def labels_at(log: Log, targets: Sequence[Target], rows: Panel, origin: int) -> dict[str, Floats]:
    """Return the outcomes of rows: those at the origin as they happened, earlier ones as they were known at the origin.

    What happened at the origin or after, or arrived then, is not in the log that the earlier ones are read from, so
    nothing that is learned from can hold it.
    """
    labels = outcomes(as_it_was(log, origin), targets, rows.customers, rows.as_of)
    now = rows.as_of == origin
    later = outcomes(log, targets, rows.customers[now], rows.as_of[now])
    for name, known in labels.items():
        known[now] = later[name]
    return labels


def as_it_was(log: Log, moment: int) -> Log:
    """Return the log of what had happened and arrived before a moment, of the same customers."""
    there = log.columns["time"] < moment
    if log.columns["recorded"].size:
        there &= log.columns["recorded"] < moment
    offsets = np.concatenate([[0], np.cumsum(there)])[log.offsets]
    return replace(
        log,
        offsets=offsets,
        columns={name: column[there] if column.size else column for name, column in log.columns.items()},
    )


def _past(panel: Panel, cut_offs: set[int], columns: list[int]) -> Panel:
    """Return the rows and features that are there at an origin: no later row goes into the processes that learn."""
    rows = panel.at(cut_offs)
    x: NDArray[np.float32] = np.ascontiguousarray(panel.x[rows][:, columns])
    return Panel(panel.customers[rows], panel.as_of[rows], x)


def _hindsight(choice: Choice, origin: int, constant: float) -> Hindsight:
    """Return what would have been served from the origin on: fitted on all that ended before it, never after."""
    test = choice.test
    served = replace(choice.predictor, scorer=choice.chosen.scorer)
    rivals = {trial.recipe.name: trial.predictions for trial in choice.trials if trial.recipe.baseline}
    rivals[CONSTANT] = np.full(len(test), constant)
    return Hindsight((origin,), choice.chosen.recipe.name, test.customers, test.y, served.predict(test.x), rivals)
