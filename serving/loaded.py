"""Loaded: what answers are made from at one moment: a bundle, stored events and the rules beside. It never changes.

A new bundle, or new stored events, are another one, which takes its place between two requests.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from features.clock import iso
from features.consent.consent import Consent
from features.consent.suppression import Suppression
from features.log import log as logs
from features.log.as_of import Base, Moment
from features.log.log import Log
from features.log.store import mapped
from features.log.store.accepted import Live
from serving import answer
from serving.answer import Act
from serving.answered import Answered
from serving.history import History
from serving.kept import Kept
from serving.ruled import NOTHING, business, offered, ruled
from serving.served import DATASET, Served
from serving.whose import Whose, whose
from training.actions.play import Actions, of_bundle, shipped
from training.bundle import bundle as bundles
from training.bundle.bundle import Bundle, Stored
from training.offers.offer import Offer
from training.rules.rules import NO_RULES, Rules


@dataclass(frozen=True)
class Loaded:
    """One bundle over the stored events of its dataset."""

    stored: Stored
    version: str
    alias: str
    log: Log
    history: History
    rules: Rules = NO_RULES
    retrain_days: int = Consent({}).retrain_days
    """Within so many days the bundle is to be trained again when somebody was erased."""
    smallest_group: int | None = None
    """Of fewer customers no figure is told; None where the dataset file, which says so, is not known."""
    kept: Kept = field(default_factory=Kept)
    """What was answered from it."""
    answered: Answered = field(default_factory=Answered)
    """The newest answers of its bundle, for drift: those of another have other columns."""
    said: tuple[str, ...] = ()
    """What is to be said of it when it takes its place, a line each."""
    found: Served | None = None
    """The bundle as it was found; None where it was not looked for."""
    offer: Offer | None = None
    """What is offered; None where nothing is."""
    nothing: str = ""
    """Why nothing is."""
    actions: Actions = field(default_factory=lambda: Actions(shipped()))
    """What is done for whom."""

    @property
    def bundle(self) -> Bundle:
        """The bundle."""
        return self.stored.bundle

    @property
    def base(self) -> Base:
        """What answers speak of where nothing newer is known."""
        return self.log.base or Base(self.bundle.as_of)

    def act(self, base: Moment) -> Act:
        """Return what tells what to do for customers, where nothing newer than a moment is known."""
        return Act(self.actions, self.offer.at(base.at) if self.offer else None)

    def people(self, ids: Sequence[str], now: int, suppressed: Suppression, history: History | None = None) -> Whose:
        """Return who is meant by the ids of a request at what the clock shows, and of whom nothing may be said.

        Args:
            ids: as the request has them.
            now: what the clock shows.
            suppressed: who was erased.
            history: what tells whom that which came in links; by default all that did.

        Raises:
            Away: the server of what came in does not answer.
        """
        log, known = self.log, history or self.history
        known.look()
        kinds = log.linked.kinds if log.linked else ()
        return whose(log, ids, now, log.positions, suppressed, kinds, known.person)

    @cached_property
    def told(self) -> dict[str, str]:
        """What every answer says of the bundle and of the data."""
        return {
            "dataset": self.bundle.dataset,
            "bundle_version": self.version,
            "bundle_alias": self.alias,
            "bundle_as_of": iso(self.bundle.as_of),
            "data_end": iso(self.base.end),
        }


def load(
    found: Served,
    suppressed: Suppression,
    live: Live | None,
    now: int,
    log: Log | None = None,
    stored: Stored | None = None,
) -> Loaded:
    """Load a bundle that was found, with the stored events of its dataset, check it, and ask it once.

    Args:
        found: the bundle.
        suppressed: who was erased.
        live: what came in since the events were stored.
        now: what the clock shows.
        log: the stored events, where they are loaded already.
        stored: the bundle, where it is loaded already.

    Raises:
        bundles.BundleError: it is damaged, or of another dataset.
        mapped.StoreError: no events are stored that can be read.
        Outdated: answers are to speak of now, and the data ended too long before.
        DatasetError: the dataset file or a rule is wrong.
    """
    stored = stored or bundles.load(found.folder)
    wanted = os.environ.get(DATASET, stored.bundle.dataset)
    if stored.bundle.dataset != wanted:
        raise bundles.BundleError(f"the bundle is of {stored.bundle.dataset!r}; {wanted!r} was asked for.")
    log = stored.bundle.looks_at(log or mapped.load(stored.bundle.dataset))
    dataset = business(stored.bundle)
    rules, said = ruled(stored.bundle, dataset, log, suppressed)
    consent = (dataset and dataset.consent) or Consent({})
    history = History(log, live)
    days = consent.retrain_days
    base = (log.base or Base(stored.bundle.as_of)).moment(now)
    offer, nothing = offered(stored.bundle, dataset, log, base.at)
    if dataset:
        dataset.let_go()
    if nothing and nothing != NOTHING:
        said = [*said, nothing]
    loaded = Loaded(
        stored, found.version, found.alias, log, history, rules, days, said=tuple(said), found=found, offer=offer,
        nothing=nothing, smallest_group=dataset.smallest_group if dataset else None,
        actions=of_bundle(dataset, stored.bundle) if dataset else Actions(shipped()),
    )  # fmt: skip
    if offer is not None and len(log.customers):
        offer.warm(logs.pick(log, [0]), base.at)
    answer.answer(stored.bundle, log, log.customers.slice(0, 1).to_pylist(), base, rules=rules)
    return loaded
