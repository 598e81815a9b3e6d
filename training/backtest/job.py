"""The job of a backtest, from a dataset to figures: by replaying the past, or from kept scores. It does not print."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from features import clock
from features.clock import iso
from features.dataset import Dataset
from features.log import ends
from features.log.log import Log
from features.nearest import nearest
from training.backtest import kept_scores
from training.backtest.hindsight import Backtest, Hindsight, backtest
from training.backtest.origins import Origins, origins
from training.backtest.replay import Replay
from training.choice.wanted import Wanted
from training.metrics.metrics import METRICS
from training.panel.enough import Enough, Refused, check_features
from training.panel.everyone import EVERYONE
from training.panel.ground import Ground
from training.panel.reach import TEST_DAYS
from training.panel.sample import Sample
from training.targets.category import Category
from training.targets.declared import declared
from training.targets.target import Target

Say = Callable[[str], None]


class NothingToBacktest(ValueError):
    """No target can be compared; the message says why."""


@dataclass(frozen=True)
class Asked:
    """The targets to look at, and why others are not."""

    targets: tuple[Target, ...]
    left_out: tuple[str, ...]


def asked(dataset: Dataset, log: Log, names: Sequence[str]) -> Asked:
    """Return the targets of these names; for none, all that the dataset declares but those of categories.

    Raises:
        NothingToBacktest: there is no such target.
    """
    every, why = declared(dataset, log, ends.end(log.days, dataset.end) - TEST_DAYS * clock.DAY)
    by_name = {target.name: target for target in every}
    for name in names:
        if name not in by_name:
            raise NothingToBacktest(f"there is no target {name!r} in {dataset.name!r}.{nearest(name, by_name)}")
    wanted = [by_name[name] for name in dict.fromkeys(names)] if names else list(every)
    said = [why] if why else []
    categories = [target.name for target in wanted if isinstance(target, Category)]
    if categories and not names:
        said.append(f"left out, unless asked for by --target: {', '.join(categories)}")
        wanted = [target for target in wanted if target.name not in categories]
    said += [f"{target.name} is left out: {reason}" for target in wanted if (reason := _beyond(target))]
    return Asked(tuple(target for target in wanted if not _beyond(target)), tuple(said))


def _beyond(target: Target) -> str:
    """Return why a target cannot be compared here; nothing where it can."""
    if not target.rows().regular:
        return "its rows are contacts of campaigns, which are replayed by campaign and not by origin."
    return "" if target.task in METRICS else f"there are no metrics of the task {target.task!r}."


def replayed(
    dataset: Dataset, log: Log, targets: Sequence[Target], wanted: int, enough: Enough, sample: Sample, say: Say
) -> tuple[list[Backtest], list[str]]:
    """Replay targets at some origins each; return their figures, and why others have none.

    Raises:
        NothingToBacktest: no target has an origin that could be learned from.
    """
    found, refused = places(dataset, log, targets, wanted)
    learned = tuple(target for target in targets if target.name in found)
    for target in learned:
        own = found[target.name]
        days = ", ".join(iso(moment, ZoneInfo(dataset.zone))[:10] for moment in reversed(own.moments))
        say(f"{target.name}: replayed at {days}{_overlapping(target, own)}")
    season = Wanted(enough, dataset.season, windows=dataset.features.windows)
    replay = Replay(dataset, log, learned, found, season).drawn(sample)
    hindsights: dict[str, list[Hindsight]] = {}
    notes: dict[str, list[str]] = {name: [own.short] if own.short else [] for name, own in found.items()}
    if learned:
        panel = replay.panel()
        say(f"{len(replay.kernel.features)} features of {len(panel.spine):,} rows{replay.sample.said(log, EVERYONE)}")
        for told in replay.told(panel):
            name, day = told.target.name, iso(told.origin, ZoneInfo(dataset.zone))[:10]
            if isinstance(told.hindsight, Refused):
                notes[name].append(f"not replayed at {day}: {told.hindsight}")
                continue
            hindsights.setdefault(name, []).append(told.hindsight)
            say(f"{day} {name}: {told.hindsight.by}, {len(told.hindsight):,} rows")
    refused += [f"{name}: {'; '.join(why)}" for name, why in notes.items() if name not in hindsights]
    if not hindsights:
        raise NothingToBacktest(f"dataset {dataset.name!r}: nothing can be replayed. {' '.join(refused)}")
    every = [backtest(t, hindsights[t.name], notes[t.name]) for t in learned if t.name in hindsights]
    return every, refused


def _overlapping(target: Target, own: Origins) -> str:
    closer = own.step_days < target.horizon_days and len(own.splits) > 1
    return f" ({own.step_days} days apart, so that the horizons overlap)" if closer else ""


def places(dataset: Dataset, log: Log, targets: Sequence[Target], wanted: int) -> tuple[dict[str, Origins], list[str]]:
    """Return where each target can be replayed, and why others cannot be."""
    ground, found, refused = Ground.of(dataset, log), {}, []
    for target in targets:
        try:
            check_features((*target.needs(), *target.rows().counted), dataset)
            found[target.name] = origins(target, ground.begin, ground.end, wanted)
        except Refused as reason:
            refused.append(f"{target.name}: {reason}")
    return found, refused


def remembered(
    dataset: Dataset, log: Log, targets: Sequence[Target], files: Sequence[Path], sample: Sample, say: Say
) -> tuple[list[Backtest], list[str]]:
    """Compare files of kept scores with what happened since; return the figures, and what was passed over.

    Raises:
        NotScores: a file holds nothing that can be compared.
    """
    every = [one for path in files for one in kept_scores.read(path, dataset.name)]
    said = [
        f"{one.path}: ignored, since no target that is looked at has the name: {', '.join(names)}"
        for one in every
        if (names := kept_scores.ignored(one, targets))
    ]
    over, waiting = kept_scores.passed(every, targets, ends.end(log.days, dataset.end))
    hindsights: dict[str, list[Hindsight]] = {}
    notes: dict[str, list[str]] = {}
    for one, own in over:
        for compared in kept_scores.compared(one, own, dataset, log, sample):
            name, day = compared.target.name, iso(one.as_of, ZoneInfo(dataset.zone))[:10]
            hindsights.setdefault(name, []).append(compared.hindsight)
            say(f"{day} {name}: {len(compared.hindsight):,} predictions of {one.path}")
            if compared.unknown:
                why = f"{one.path}: {compared.unknown:,} predictions are of customers without an event before {day}"
                notes.setdefault(name, []).append(f"{why}: left out.")
            if compared.not_drawn:
                why = f"{one.path}: {compared.not_drawn:,} predictions are of customers who were not drawn"
                notes.setdefault(name, []).append(f"{why}: left out. ROWS=all compares all.")
    found = [backtest(t, hindsights[t.name], notes.get(t.name, ())) for t in targets if t.name in hindsights]
    return found, [*dict.fromkeys(said), *waiting]
