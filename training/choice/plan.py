"""The plan: what the data allow of each target, before anything is computed; or why they do not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from features.catalogue.feature import lacks
from features.clock import DAY
from features.dataset import DatasetError
from training.choice.seasons import references
from training.panel.campaign import Campaigns
from training.panel.enough import Refused, check_features, check_money
from training.panel.ground import Ground
from training.panel.need import processes
from training.panel.reach import Reach
from training.panel.rows import Rows
from training.panel.rung import WORDS, Rung
from training.panel.sample import Sample
from training.panel.split import Split, TooLittleHistory
from training.recipes.btyd import HISTORY
from training.recipes.table import without_labels
from training.targets.target import Target


@dataclass(frozen=True)
class Plan:
    """How one target is learned."""

    target: Target
    split: Split | None
    """None where the history has no label of its horizon: it is answered from purchase dates alone."""
    seasons: frozenset[int] = frozenset()
    """The cut-offs of the same weeks a year before its test and its future."""
    short: str = ""
    """What the rungs above its own would need; empty on the highest."""
    shorter: Target | None = None
    """The target over the longest horizon that has labels, where there is no split; None where none has."""
    checked_at: int = 0
    """The moment from which that horizon is."""

    @property
    def rung(self) -> Rung:
        """What it stands on."""
        return self.split.rung if self.split else Rung.NONE

    @property
    def said(self) -> str:
        """What it stands on, in words."""
        return f"{self.rung}: {WORDS[self.rung].stands}" + (f"; {self.short}" if self.short else "")

    @property
    def asked(self) -> Target | None:
        """Whose labels are looked at: its own, or those of the shorter horizon."""
        return self.target if self.split else self.shorter

    @property
    def cut_offs(self) -> frozenset[int]:
        """Every cut-off that is looked at."""
        if self.split:
            return self.seasons | self.split.all()
        return frozenset({self.checked_at} if self.shorter else ())


@dataclass(frozen=True)
class Plans:
    """How the targets are learned that the data allow, and why they do not allow the others."""

    learned: tuple[Plan, ...]
    refused: dict[str, str]

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets that are learned."""
        return tuple(one.target for one in self.learned)

    @property
    def labelled(self) -> tuple[Plan, ...]:
        """Those with a split."""
        return tuple(one for one in self.learned if one.split is not None)

    @property
    def unlabelled(self) -> tuple[Plan, ...]:
        """Those that are answered without a label."""
        return tuple(one for one in self.learned if one.split is None)

    def by_spine(self) -> dict[str, tuple[Plan, ...]]:
        """Return the plans that look at labels and whose rows share a spine."""
        found: dict[str, tuple[Plan, ...]] = {}
        for one in self.learned:
            if one.asked:
                key = one.target.rows().spine_key
                found[key] = (*found.get(key, ()), one)
        return found

    def told(self) -> Iterator[str]:
        """Yield what the targets stand on, those alike in one sentence, and why others cannot be learned."""
        alike: dict[str, list[str]] = {}
        for one in self.learned:
            alike.setdefault(one.said, []).append(one.target.name)
        yield from (f"{', '.join(names)}: {said}" for said, names in alike.items())
        yield from (f"{name}: not possible: {reason}" for name, reason in self.refused.items())

    def drawn(self, ground: Ground, sample: Sample) -> Sample:
        """Return a sample with what decides who is in: of each spine as many rows as its largest target may have."""
        counts = {
            key: [plan.target.rows().count(ground, plan.cut_offs) for plan in own]
            for key, own in self.by_spine().items()
        }
        return sample.of(ground.log, counts)

    def processes(self, ground: Ground, features: int, memory: int) -> int:
        """Return how many targets can be learned at once.

        Raises:
            TooManyRows: not even one.
        """
        rows = [
            int(plan.target.rows().count(ground, plan.cut_offs)[ground.sample.inside(ground.log, key)].sum())
            for key, own in self.by_spine().items()
            for plan in own
        ]
        return processes(max(rows, default=0), features, memory)

    def contexts(self, ground: Ground) -> dict[str, Campaigns]:
        """Return the table of each kind of context that rows have."""
        by_kind: dict[str, list[Rows]] = {}
        for one in self.labelled:
            rows = one.target.rows()
            by_kind.setdefault(rows.context, []).append(rows)
        return {kind: table for kind, own in by_kind.items() if (table := type(own[0]).table(ground, own))}


def plans(wanted: Iterable[Target], ground: Ground, season: bool) -> Plans:
    """Return what the data allow of some targets.

    Args:
        wanted: the targets.
        ground: what is known of the business.
        season: whether levels follow the season, so that its cut-offs are looked at.
    """
    learned, refused = [], {}
    for target in wanted:
        try:
            learned.append(plan(target, ground, season))
        except (DatasetError, Refused) as reason:
            refused[target.name] = str(reason)
    return Plans(tuple(learned), refused)


def plan(target: Target, ground: Ground, season: bool) -> Plan:
    """Return what the data allow of one target: the highest rung of the ladder that they do.

    Raises:
        Refused: it cannot be learned; the message names the rule.
        DatasetError: the sources do not say what its rows are of.
    """
    rows = target.rows()
    check_features((*target.needs(), *rows.counted), ground.dataset)
    check_money(target.needs(), ground.log)
    try:
        split = rows.split(ground)
    except TooLittleHistory as reason:
        if not answerable(target, ground):
            raise
        return _without_labels(target, ground, str(reason))
    if not rows.regular:
        return Plan(target, split)
    return Plan(
        target,
        split,
        _seasons(target, split, ground) if season else frozenset(),
        _reach(target).above(split.rung, ground.begin, ground.end),
    )


def _without_labels(target: Target, ground: Ground, short: str) -> Plan:
    """Return the plan of a target of which no label is known, with the longest horizon that has some."""
    days = _reach(target).shorter(ground.begin, ground.end)
    if days < 1:
        return Plan(target, None, short=short)
    return Plan(target, None, frozenset(), short, shortened(target, days), ground.end - days * DAY)


def answerable(target: Target, ground: Ground) -> bool:
    """Return whether a target can be answered without a label."""
    dataset, needed = ground.dataset, (*HISTORY, *target.needs())
    enough = ground.end - ground.begin >= _reach(target).unlabelled * DAY
    known = not any(lacks(feature, {}, dataset.columns, dataset.kinds) for feature in needed)
    return enough and known and without_labels(target) is not None


def shortened(target: Target, days: int) -> Target:
    """Return a target with another horizon."""
    return msgspec.structs.replace(target, horizon_days=days)


def _reach(target: Target) -> Reach:
    return Reach(target.horizon_days, target.cohort().look_back)


def _seasons(target: Target, split: Split, ground: Ground) -> frozenset[int]:
    """Return the cut-offs of the same weeks a year before a target's test and future."""
    reach = _reach(target)
    earliest = ground.begin + reach.warm_up(ground.begin, ground.end) * DAY
    return frozenset(references((*split.test, ground.end), reach.horizon, earliest))
