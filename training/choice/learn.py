"""The training job, from a dataset to what is to be recorded. It computes; it neither logs nor prints."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features import clock
from features.buckets import intake
from features.catalogue.feature_set import feature_set
from features.dataset import Dataset
from features.kernel.kernel import Kernel
from features.log import as_of, log
from features.sources.attributes import Attributes
from training import targets as all_targets
from training.bundle.bundle import Bundle
from training.choice import unlabelled as without_labels
from training.choice.choice import Choice, Wanted, choose
from training.choice.pool import choose_all
from training.choice.season import references
from training.panel import contacts
from training.panel import panel as panels
from training.panel.campaign import Context
from training.panel.enough import Enough, Refused, check_features
from training.segmenters import FAMILIES, Segmenter
from training.segmenters.profile import Profile, profiles
from training.targets import Response

Say = Callable[[str], None]

ENOUGH = Enough()
NOTHING_MORE = Attributes()


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
    taken = intake.take(dataset)
    return taken.log, taken.rejects


def train(
    dataset: Dataset,
    events: log.Log,
    rejects: dict[str, int],
    say: Say,
    enough: Enough = ENOUGH,
    attributes: Attributes = NOTHING_MORE,
    trials: int = 0,
) -> Trained:
    """Learn every target and segmenter of a dataset.

    Args:
        dataset: the declaration.
        events: its log.
        rejects: rows kept aside, to be passed on.
        say: called with a sentence whenever a part is done.
        enough: the least data that a target is learned from.
        attributes: what else is known of customers; told in the profiles, and nothing is learned from it.
        trials: how many settings of LightGBM are tried around the preset.

    Raises:
        NothingToTrain: no target can be learned.
        DatasetError: a target's declaration is wrong.
    """
    begin, end = as_of.start(events.days), as_of.end(events.days, dataset.end)
    known_until = end - panels.TEST_DAYS * clock.DAY
    features, left_out = feature_set(dataset, events, known_until)
    wanted, why = all_targets.declared(dataset, events, known_until)
    if why:
        say(why)
    asked, refused_contacts = contacts.asked(
        [t for t in wanted if isinstance(t, Response)], dataset, events, end, enough
    )
    wanted = tuple(target for target in wanted if not isinstance(target, Response))
    splits, why_not = possible(wanted, dataset, begin, end, enough)
    learned = [target for target in wanted if target.name in splits]
    short = [
        target
        for target in wanted
        if isinstance(why_not.get(target.name), panels.TooLittleHistory)
        and without_labels.possible(target, dataset.columns, dataset.kinds, begin, end)
    ]
    refused = {name: str(reason) for name, reason in why_not.items()} | refused_contacts
    kernel = Kernel(all_targets.with_needs(features, (*learned, *short, *(one.target for one in asked))))
    cut_offs = {end}.union(*(split.all() for split in splits.values()))
    if dataset.season:
        cut_offs |= _a_year_ago(learned, splits, begin, end)
    panel = panels.panel(events, kernel, cut_offs)
    say(f"{len(kernel.features)} features of {len(panel.customers):,} rows at {len(cut_offs)} cut-offs")
    labels = all_targets.outcomes(events, learned, panel.customers, panel.as_of)
    choices = []
    found = choose_all(learned, splits, panel, labels, kernel.names, Wanted(enough, dataset.season, trials))
    for target, choice in zip(learned, found, strict=True):
        if isinstance(choice, Refused):
            refused[target.name] = str(choice)
            continue
        choices.append(choice)
        say(
            f"{target.name}: {choice.chosen.recipe.name} of {len(choice.trials)} recipes, {choice.rows['final']:,} rows"
        )
    unlabelled = tuple(without_labels.predictor(target, panel, kernel.names, end) for target in short)
    for predictor in unlabelled:
        say(f"{predictor.target.name}: {predictor.recipe}, fitted without labels: {refused.pop(predictor.target.name)}")
    context = contacts.context(asked)
    answers = _answers(asked, context, kernel, events, enough, refused)
    for choice in answers:
        say(f"{choice.target.name}: {choice.chosen.recipe.name}, {choice.rows['final']:,} contacts")
    if not choices and not unlabelled and not answers:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in refused.items()) or "it declares no target"
        raise NothingToTrain(f"dataset {dataset.name!r}: nothing can be learned: {reasons}.")
    now = panel.customers[panel.at({end})]
    known = attributes.at(events.customers.take(pa.array(now)), end).drop_columns(["customer_id"])
    segmenters, described = _segmenters(panel, end, kernel, choices, labels, refused, known)
    for name, found_in in described.items():
        say(f"{name}: {len(found_in)} segments of {sum(profile.size for profile in found_in):,} customers")
    choices += answers
    predictors = (*(choice.predictor for choice in choices), *unlabelled)
    bundle = Bundle(
        dataset.name,
        dataset.zone,
        dataset.currency,
        end,
        events.digest,
        kernel,
        predictors,
        tuple(segmenters),
        context if answers else None,
    )
    return Trained(dataset, events, end, rejects, left_out, refused, tuple(choices), described, bundle)


def _answers(
    asked: tuple[contacts.Asked, ...],
    context: Context | None,
    kernel: Kernel,
    events: log.Log,
    enough: Enough,
    refused: dict[str, str],
) -> list[Choice]:
    """Choose for each target of contacts, here and not in the pool: they have rows of their own, and few."""
    found = []
    for one in asked:
        assert context is not None
        rows = one.rows.examples(kernel, context, events)
        try:
            found.append(choose(one.target, one.split, rows, Wanted(enough, season=False)))
        except Refused as reason:
            refused[one.target.name] = str(reason)
    return found


def _a_year_ago(learned: list[all_targets.Target], splits: dict[str, panels.Split], begin: int, end: int) -> set[int]:
    """Return the cut-offs that tell the seasons of the targets' validation, test and future."""
    found: set[int] = set()
    for target in learned:
        split, days = splits[target.name], target.horizon_days
        earliest = begin + panels.warm_up_days(begin, end, target.cohort().look_back) * clock.DAY
        for moments in (split.validation, split.test, (end,)):
            found |= references(moments, days, earliest)
    return found


def possible(
    wanted: tuple[all_targets.Target, ...], dataset: Dataset, begin: int, end: int, enough: Enough
) -> tuple[dict[str, panels.Split], dict[str, panels.TooLittleHistory | Refused]]:
    """Return the split of each target that the data can have, and why they cannot have the others."""
    splits: dict[str, panels.Split] = {}
    refused: dict[str, panels.TooLittleHistory | Refused] = {}
    for target in wanted:
        try:
            enough.check_days((end - begin) // clock.DAY)
            check_features((*target.needs(), *target.outcome()), dataset)
            splits[target.name] = panels.split_of(target, begin, end)
        except (panels.TooLittleHistory, Refused) as reason:
            refused[target.name] = reason
    return splits, refused


def _segmenters(
    panel: panels.Panel,
    end: int,
    kernel: Kernel,
    choices: list[Choice],
    labels: dict[str, np.ndarray],
    refused: dict[str, str],
    known: pa.Table,
) -> tuple[list[Segmenter], dict[str, tuple[Profile, ...]]]:
    """Return the segmenters that the customers of now allow, with their segments' profiles; the others are refused."""
    now = panel.x[panel.at({end})]
    segmenters: list[Segmenter] = []
    described = {}
    for name, family in FAMILIES.items():
        try:
            segmenter = family.fit(now, kernel.names)
            nexts = _nexts(family, panel, choices, labels, kernel)
        except ValueError as error:
            refused[name] = str(error)
            continue
        segmenters.append(segmenter)
        described[name] = tuple(profiles(segmenter, now, kernel.features, nexts, known))
    return segmenters, described


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
