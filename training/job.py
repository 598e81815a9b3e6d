"""The training job, from a dataset to what is to be recorded. It computes; it neither logs nor prints."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features import as_of, clock, log, source
from features.catalogue import CATALOGUE
from features.dataset import Dataset
from features.feature import fitting
from features.kernel import Kernel
from training import panel as panels
from training import targets as all_targets
from training.bundle import Bundle
from training.choice import Choice, Refused, choose_all
from training.profile import Profile, profiles
from training.segmenters import FAMILIES, Segmenter

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """Everything that one training run found out."""

    dataset: Dataset
    log: log.Log
    end: int
    """Where labels end, and the bundle's as-of."""
    rejects: dict[str, int]
    """Rows kept aside, by reason."""
    left_out: dict[str, str]
    """Features that the dataset cannot have, and why."""
    refused: dict[str, str]
    """Targets and segmenters that cannot be learned from these data, and why."""
    choices: tuple[Choice, ...]
    profiles: dict[str, tuple[Profile, ...]]
    """By segmenter."""
    bundle: Bundle


class NothingToTrain(ValueError):
    """A dataset has no target that can be learned."""


def read(dataset: Dataset) -> tuple[log.Log, dict[str, int]]:
    """Read a dataset's sources; return its log, and the rows kept aside by reason."""
    canonical = source.read(dataset)
    return log.build(canonical.events, dataset.zone), canonical.reject_counts()


def train(dataset: Dataset, events: log.Log, rejects: dict[str, int], say: Say) -> Trained:
    """Learn every target and segmenter of a dataset.

    Args:
        dataset: the declaration.
        events: its log.
        rejects: rows kept aside, to be passed on.
        say: called with a sentence whenever a part is done.

    Raises:
        NothingToTrain: no target can be learned.
        DatasetError: a target's declaration is wrong.
    """
    begin, end = as_of.start(dataset, events), as_of.end(dataset, events)
    splits, refused, possible = {}, {}, []
    for target in all_targets.declared(dataset, events, end - panels.TEST_DAYS * clock.DAY):
        try:
            splits[target.name] = panels.split(begin, end, target.horizon_days)
            possible.append(target)
        except panels.TooLittleHistory as error:
            refused[target.name] = str(error)
    features, left_out = fitting(CATALOGUE, dataset.columns, dataset.kinds)
    kernel = Kernel(all_targets.with_needs(features, possible))
    cut_offs = {end}.union(*(split.all() for split in splits.values()))
    panel = panels.panel(events, kernel, cut_offs)
    say(f"{len(kernel.features)} features of {len(panel.customers):,} rows at {len(cut_offs)} cut-offs")
    labels = all_targets.outcomes(events, possible, panel.customers, panel.as_of)
    choices = []
    found = choose_all(possible, splits, panel, labels, kernel.names)
    for target, choice in zip(possible, found, strict=True):
        if isinstance(choice, Refused):
            refused[target.name] = str(choice)
            continue
        choices.append(choice)
        say(
            f"{target.name}: {choice.chosen.recipe.name} of {len(choice.trials)} recipes, {choice.rows['final']:,} rows"
        )
    if not choices:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in refused.items()) or "it declares no target"
        raise NothingToTrain(f"dataset {dataset.name!r}: nothing can be learned: {reasons}.")
    now = panel.x[panel.at({end})]
    segmenters, described = [], {}
    for name, family in FAMILIES.items():
        try:
            segmenter = family.fit(now, kernel.names)
        except ValueError as error:
            refused[name] = str(error)
            continue
        segmenters.append(segmenter)
        described[name] = tuple(profiles(segmenter, now, kernel.names, _nexts(family, panel, choices, labels, kernel)))
        say(f"{name}: {len(described[name])} segments of {len(now):,} customers")
    predictors = tuple(choice.predictor for choice in choices)
    bundle = Bundle(dataset.name, dataset.zone, dataset.currency, end, kernel, predictors, tuple(segmenters))
    return Trained(dataset, events, end, rejects, left_out, refused, tuple(choices), described, bundle)


def _nexts(
    family: type[Segmenter], panel: panels.Panel, choices: list[Choice], labels: dict[str, np.ndarray], kernel: Kernel
) -> dict[str, dict[str, float]]:
    """Return, by segment and target, the mean outcome after the newest test cut-off, with cuts from that day."""
    nexts: dict[str, dict[str, float]] = {}
    for choice in choices:
        rows = panel.at(choice.split.test[:1])
        x, y = panel.x[rows], labels[choice.target.name][rows]
        assigned = family.fit(x, kernel.names).assign(x)
        inside = choice.predictor.eligible(x)
        for number, segment in enumerate(family.segments):
            chosen = inside & (assigned == number)
            if chosen.any():
                nexts.setdefault(segment.name, {})[choice.target.name] = float(y[chosen].mean())
    return nexts
