"""The training, from a log to what is to be recorded. It computes; it neither logs nor prints."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from features import clock, scratch
from features.catalogue.feature_set import feature_set
from features.dataset import Dataset
from features.kernel.kernel import Kernel
from features.log import ends
from features.log.log import Log
from features.log.spine import everyone
from features.sources.attributes import Attributes
from training.bundle.agreement import agreement
from training.bundle.bundle import Bundle
from training.bundle.predictor import Predictor
from training.choice.choice import Choice
from training.choice.describe import describe
from training.choice.foretold import moments
from training.choice.offered import Offered
from training.choice.offering import NOTHING_OFFERED, OFFERS, offering, with_popular
from training.choice.plan import Plans, plans
from training.choice.pool import choose_all
from training.choice.unlabelled import Unlabelled, predictor
from training.choice.wanted import Wanted
from training.drift.reference import with_reference
from training.panel.campaign import Campaigns
from training.panel.contacts import Contacts
from training.panel.enough import Enough, Refused
from training.panel.everyone import EVERYONE
from training.panel.ground import Ground
from training.panel.panel import Panel, panel
from training.panel.reach import TEST_DAYS
from training.panel.sample import EVERYBODY, Sample
from training.personas.market import sizes
from training.personas.people import People
from training.reasons.reasons import Explainer
from training.rules.shelf import Shelf
from training.segmenters import Segmenter
from training.segmenters.declared import needs
from training.segmenters.profile import Profile
from training.stability.gate import Verdict
from training.succession.kept import Former, Succession
from training.succession.moved import counted
from training.targets.declared import declared, with_needs
from training.tracking.work import Work

Say = Callable[[str], None]

ENOUGH = Enough()
NOTHING_MORE = Attributes()


@dataclass(frozen=True)
class Trained:
    """Everything that one training run found out."""

    dataset: Dataset
    log: Log
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
    work: Mapping[str, Work] = field(default_factory=dict)
    """By segmenter, when it was fitted; and when it was learned what to offer."""
    unlabelled: tuple[Unlabelled, ...] = ()
    """The targets that no label is known of."""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """By segmenter, what the gate says of it."""
    successions: Mapping[str, Succession] = field(default_factory=dict)
    """By segmenter, what it is of the champion's."""
    people: Mapping[str, People] = field(default_factory=dict)
    """By segmenter, what is told of its segments beside their profiles."""
    offered: Offered | None = None
    """By what methods products are offered, and what was tried; None where nothing is."""


class NothingToTrain(ValueError):
    """A dataset has no target that can be learned."""


def train(
    dataset: Dataset,
    events: Log,
    rejects: dict[str, int],
    say: Say,
    enough: Enough = ENOUGH,
    attributes: Attributes = NOTHING_MORE,
    trials: int = 0,
    sample: Sample = EVERYBODY,
    memory: int | None = None,
    former: Former | None = None,
    recommend: bool = True,
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
        sample: how many rows are learned from, and by which seed they are drawn.
        memory: bytes that all processes may take together, from which their number follows; None: one for each core.
        former: the champion, whose segmenters are kept while they fit.
        recommend: whether it is learned what to offer, where the dataset names products.

    Raises:
        NothingToTrain: no target can be learned.
        TooManyRows: they do not fit into the memory.
        DatasetError: the declaration of a target, of the market or of what is offered is wrong.
    """
    sizes(dataset)  # what is wrong is told before anything is computed
    Shelf.read(dataset, events)
    ground, known_until = Ground.of(dataset, events), ends.end(events.days, dataset.end) - TEST_DAYS * clock.DAY
    features, left_out = feature_set(dataset, events, known_until)
    wanted, why = declared(dataset, events, known_until)
    if why:
        say(why)
    every = plans(wanted, ground, dataset.season)
    for line in every.told():
        say(line)
    _anything(dataset, every.learned, every.refused)
    ground = replace(ground, sample=every.drawn(ground, sample))
    kernel, contexts = (
        Kernel(with_needs(features, every.targets, needs(dataset, every.targets))),
        every.contexts(ground),
    )
    processes = every.processes(ground, len(kernel.features), memory) if memory else None
    folder = scratch.lasting()
    panels = _panels(every, ground, kernel, contexts, folder)
    for key, one in panels.items():
        say(_told(key, one, ground))
    desired = Wanted(enough, dataset.season, trials, dataset.features.windows)
    choices, refused = _choices(every, panels, desired, say, processes)
    choices = tuple(_explained(one, panels[one.target.rows().spine_key], kernel, contexts) for one in choices)
    unlabelled, short = _unlabelled(every, panels[EVERYONE], ground, enough, say)
    refused = every.refused | refused | short
    _anything(dataset, (*choices, *unlabelled), refused)
    told = [choice for choice in choices if choice.target.name in panels[EVERYONE].labels]
    predictors = (*(choice.predictor for choice in choices), *(one.predictor for one in unlabelled))
    described = describe(ground, kernel, panels[EVERYONE], told, predictors, attributes, folder, former, every.targets)
    for name, profiles in described.profiles.items():
        say(f"{name}: {len(profiles)} segments of {sum(profile.size for profile in profiles):,} customers")
    for name, verdict in described.verdicts.items():
        say(f"{name}: {verdict.said()}")
    bundle = with_reference(_bundle(ground, kernel, predictors, described.segmenters, contexts), events, ground.begin)
    people = described.people.items()
    made = offering(dataset, events, ground.end) if recommend else NOTHING_OFFERED
    made = with_popular(made, bundle, panels[EVERYONE], events, ground.end, dataset.smallest_group)
    for line in made.said():
        say(line)
    bundle = replace(
        bundle,
        flags={name: own.contradicted for name, own in people if own.contradicted},
        bought={name: own.buys for name, own in people if own.buys},
        offering=made.offering,
    )
    successions = counted(described.successions, events, former, bundle)
    for came in successions.values():
        for line in came.lines(dataset.smallest_group):
            say(line)
    refused |= described.refused | ({OFFERS: made.refused} if made.refused else {})
    taken = (dataset, events, ground.end, rejects, left_out, refused)
    work = {**described.work, **({OFFERS: made.work} if made.work else {})}
    told_of = (described.verdicts, successions, described.people)
    return Trained(*taken, choices, described.profiles, bundle, work, unlabelled, *told_of, made.offered)


def _anything(dataset: Dataset, learned: Collection[object], refused: Mapping[str, str]) -> None:
    """Raise NothingToTrain where nothing is learned."""
    if not learned:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in refused.items()) or "it declares no target"
        raise NothingToTrain(f"dataset {dataset.name!r}: nothing can be learned: {reasons}.")


def _told(key: str, one: Panel, ground: Ground) -> str:
    """Return what a panel holds, and of how many customers."""
    rows = f"{len(one.names)} features of {len(one.spine):,} rows at {np.unique(one.spine.cut_off).size} cut-offs"
    return rows + ground.sample.said(ground.log, key)


def _panels(
    every: Plans, ground: Ground, kernel: Kernel, contexts: Mapping[str, Campaigns], folder: Path
) -> dict[str, Panel]:
    """Return the panel of each spine; everyone's has the end of the data, too."""
    found = {}
    for key, own in ({EVERYONE: ()} | every.by_spine()).items():
        rows = {plan.target.name: plan.target.rows() for plan in own if plan.split}
        cut_offs = {ground.end} if key == EVERYONE else set[int]()
        cut_offs = cut_offs.union(*(plan.cut_offs for plan in own if plan.split))
        first = next((plan.target.rows() for plan in own), None)
        table = contexts.get(first.context) if first else None
        spine = first.spine(ground, cut_offs, table) if first else everyone(ground.log, cut_offs, ground.order)
        place = ground.sample.place(ground.log, key)[spine.customers]
        half = ground.sample.half(ground.log)[spine.customers]
        found[key] = replace(panel(ground, kernel, spine, rows, table, folder), place=place, half=half)
    return found


def _unlabelled(
    every: Plans, panel: Panel, ground: Ground, enough: Enough, say: Say
) -> tuple[tuple[Unlabelled, ...], dict[str, str]]:
    """Return what answers without a label, and why others cannot."""
    told, refused = [], {}
    for plan in every.unlabelled:
        try:
            drawn, known = ground.sample.customers(ground.log, plan.target.rows().spine_key)
            found = tuple(moments(plan.target, ground))
            fitted = predictor(plan.target, panel, ground.end, found, enough, drawn / known)
        except Refused as reason:
            refused[plan.target.name] = str(reason)
            continue
        one = Unlabelled(
            fitted, plan.short, ground.dataset.currency if plan.target.unit == "currency" else plan.target.unit
        )
        told.append(one)
        say(f"{plan.target.name}: {one.predictor.recipe}, fitted without labels; {one.checked}")
    return tuple(told), refused


def _choices(
    every: Plans, panels: Mapping[str, Panel], wanted: Wanted, say: Say, processes: int | None
) -> tuple[tuple[Choice, ...], dict[str, str]]:
    """Return what was chosen for each target, and why others cannot be learned."""
    found, refused = [], {}
    for plan, choice in choose_all(every.labelled, panels, wanted, processes):
        name = plan.target.name
        if isinstance(choice, Refused):
            refused[name] = str(choice)
            continue
        found.append(choice)
        why = f"; {choice.floored}" if choice.floored else ""
        say(f"{name}: {choice.chosen.recipe.name} of {len(choice.trials)} recipes, {choice.rows['final']:,} rows{why}")
    return tuple(found), refused


def _explained(choice: Choice, panel: Panel, kernel: Kernel, contexts: Mapping[str, Campaigns]) -> Choice:
    """Return a choice whose predictor knows how far cheap reasons agree with exact ones, on the validation's rows."""
    made, context = choice.predictor, contexts.get(choice.target.context)
    explainer = Explainer((*kernel.features, *(context.given if context else ())))
    rows = panel.at(choice.split.validation)
    found = agreement(made.scorer, rows[made.eligible(rows)], made.usual, explainer)
    return replace(choice, predictor=replace(made, agreement=found))


def _bundle(
    ground: Ground,
    kernel: Kernel,
    predictors: tuple[Predictor, ...],
    segmenters: tuple[Segmenter, ...],
    contexts: Mapping[str, Campaigns],
) -> Bundle:
    dataset, kinds = ground.dataset, {one.target.context for one in predictors}
    return Bundle(
        dataset.name,
        dataset.zone,
        dataset.currency,
        ground.end,
        ground.log.digest,
        kernel,
        predictors,
        segmenters,
        contexts.get(Contacts.context) if Contacts.context in kinds else None,
        ground.sample,
        ground.log.kinds,
        now=ground.log.profiled.now if ground.log.profiled else None,
        retention=ground.log.retention,
    )
