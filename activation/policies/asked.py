"""Asked: what a policy wanted for customers at moments of the past, by their features then and today's bundle."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from activation.policies.reading import Wants
from features.buckets.intake import Intake
from features.dataset import Dataset, DatasetError
from features.log.spine import NONE, Spine
from training.bundle import bundle as bundles
from training.bundle.bundle import Bundle
from training.rules.condition import Compared
from training.rules.policies import Held
from training.rules.rules import Rules
from training.tracking import registry, tracking

Ints = NDArray[np.int64]


def wants(business: Dataset, taken: Intake, held: Held) -> Wants:
    """Return what tells what a policy wanted.

    Args:
        business: the declaration.
        taken: its events.
        held: the policy.
    """

    def told(places: Ints, moments: Ints) -> list[str]:
        bundle, place = _bundle(business.name), f"policies.{held.name}"
        more = {place: f"missing(policy.{held.name})"}
        rules = Rules.read(business, bundle, taken.attributes, taken.log.products, more)
        if place in rules.left_out:
            raise DatasetError(f"dataset {business.name!r}: {place}: it cannot be told here: {rules.left_out[place]}.")
        log = bundle.looks_at(taken.log) if bundle else taken.log
        scores = bundle.score(log, Spine.of(places, moments, NONE)) if bundle else None
        judged, asked = rules.on(log)(places, moments, scores), rules.conditions[place]
        assert isinstance(asked, Compared)
        actions: list[str] = asked.term.read(judged.seen).to_pylist()
        return actions

    return told


def _bundle(dataset: str) -> Bundle | None:
    try:
        found = registry.find(tracking.client(tracking.place()), dataset)
    except registry.NothingRegistered:
        return None
    return bundles.load(Path(found.folder)).bundle
