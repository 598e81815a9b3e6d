"""The replay: at each origin, the whole procedure of training with what was known then, and its predictions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from features import scratch
from features.catalogue.feature import Feature
from features.catalogue.feature_set import feature_set
from features.clock import DAY, date
from features.dataset import Dataset
from features.kernel.kernel import Kernel
from features.log import ends
from features.log.log import Log
from features.log.spine import Spine, everyone
from training.backtest.hindsight import CONSTANT, Hindsight
from training.backtest.origins import Origins, seasonal
from training.choice.choice import Choice
from training.choice.plan import Plan
from training.choice.pool import choose_all
from training.choice.wanted import Wanted
from training.metrics.metrics import Floats
from training.panel.enough import Refused
from training.panel.everyone import EVERYONE, Everyone, labels
from training.panel.ground import Ground
from training.panel.panel import Panel, features
from training.panel.reach import TEST_DAYS
from training.panel.sample import EVERYBODY, Sample
from training.panel.split import Split
from training.targets.declared import with_needs
from training.targets.target import Target


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
    sample: Sample = EVERYBODY

    def drawn(self, sample: Sample) -> "Replay":
        """Return the replay of a sample of customers: over all origins, the largest target has the rows asked for."""
        ground, counts = Ground.of(self.dataset, self.log), []
        for target in self.targets:
            found = set[int]().union(*(self._of(target, split) for split in self.origins[target.name].splits))
            counts.append(target.rows().count(ground, found))
        return replace(self, sample=sample.of(self.log, {EVERYONE: counts} if counts else {}))

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
        return set[int]().union(*(self._of(target, split) for target, split in self.asked(origin).items()))

    def _of(self, target: Target, split: Split) -> set[int]:
        start = ends.start(self.log.days)
        return split.all() | (seasonal(target, start, split) if self.wanted.season else set())

    def panel(self) -> Panel:
        """Compute the rows of all origins: a feature's value is the same, whoever looks at it later."""
        who = Ground.of(self.dataset, self.log, sample=self.sample).who(EVERYONE)
        spine = everyone(self.log, set[int]().union(*map(self.cut_offs, self.moments)), who)
        return Panel(spine, self.kernel.names, features(self.kernel, self.log, spine, None, scratch.lasting()), {})

    def told(self, panel: Panel) -> Iterator[Told]:
        """Train and predict at each origin, the oldest first."""
        for origin in self.moments:
            asked = self.asked(origin)
            past = self.past(panel, origin)
            plans = [Plan(target, split) for target, split in asked.items()]
            for plan, choice in choose_all(plans, {EVERYONE: past}, self.wanted):
                target = plan.target
                if isinstance(choice, Refused):
                    yield Told(target, origin, choice)
                    continue
                known = past.examples(target.name).at(asked[target].refit)
                inside = known.said_of(target.cohort().failed) < 0
                yield Told(target, origin, _hindsight(choice, origin, float(known.y[inside].mean())))

    def past(self, panel: Panel, origin: int) -> Panel:
        """Return what is there at an origin: no later row or feature goes into the processes that learn."""
        rows = panel.spine.at(self.cut_offs(origin))
        names = tuple(feature.name for feature in self.features[origin])
        columns = [self.kernel.position[name] for name in names]
        spine = panel.spine.where(rows)
        x: NDArray[np.float32] = np.ascontiguousarray(panel.x[rows][:, columns])
        return Panel(spine, names, x, labels_at(self.log, tuple(self.asked(origin)), spine, origin))


def features_at(dataset: Dataset, log: Log, origin: int) -> tuple[Feature, ...]:
    """Return the features that a training at the origin would have, had the data ended there."""
    then = msgspec.structs.replace(dataset, end=date(origin, ZoneInfo(dataset.zone)))
    return feature_set(then, log, origin - TEST_DAYS * DAY)[0]


def labels_at(log: Log, targets: Sequence[Target], spine: Spine, origin: int) -> dict[str, Floats]:
    """Return the outcomes of rows: those at the origin as they happened, earlier ones as they were known at the origin.

    What happened at the origin or after, or arrived then, is not in the log that the earlier ones are read from, so
    nothing that is learned from can hold it.
    """
    rows = {target.name: own for target in targets if isinstance(own := target.rows(), Everyone)}

    def then(piece: Log) -> Log:
        return as_it_was(piece, origin).all_known()

    found = labels(log, rows, spine, then)
    now = spine.at({origin})
    later = labels(log, rows, spine.where(now))
    for name, known in found.items():
        known[now] = later[name]
    return found


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


def _hindsight(choice: Choice, origin: int, constant: float) -> Hindsight:
    """Return what would have been served from the origin on: fitted on all that ended before it, never after."""
    test = choice.test
    served = replace(choice.predictor, scorer=choice.chosen.scorer)
    rivals = {trial.recipe.name: trial.predictions for trial in choice.trials if trial.recipe.baseline}
    rivals[CONSTANT] = np.full(len(test), constant)
    return Hindsight((origin,), choice.chosen.recipe.name, test.owners, test.y, test.said(served.predict), rivals)
