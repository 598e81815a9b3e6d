"""A choice: what an audience asks for, checked before anything is read, and who that is once the sources were."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from activation.assignment.assign import Contacts
from activation.audiences import candidates, codes, prepared, told, whom
from activation.audiences import trial as trials
from activation.audiences.arms import Parts
from activation.audiences.candidates import WHERE, Chosen, Found
from activation.audiences.declared import NOBODY_ASKED, Audience, Audiences
from activation.audiences.frozen import About
from activation.audiences.policed import Policed, policed
from activation.audiences.prepared import Prepared, Ways
from activation.audiences.told import Words
from activation.audiences.trial import Trial
from activation.destinations import destination as destinations
from activation.destinations.destination import Destination
from activation.experiments import started
from activation.experiments.started import Started
from features import clock
from features.buckets import intake
from features.consent.permissions import Permissions
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError
from features.log.as_of import Moment
from features.log.products import Products
from features.sources.attributes import Attributes
from training.actions import message as messages
from training.actions import play
from training.actions.play import Actions
from training.bundle.bundle import Bundle
from training.offers.offer import Offer, offer
from training.rules.rules import Rules

_LATER = "the sources are read later"


@dataclass(frozen=True)
class Asked:
    """What an audience asks for."""

    dataset: Dataset
    audiences: Audiences
    name: str
    bundle: Bundle
    vendor: Destination | None
    kind: str
    """What customers are known by."""
    actions: Actions
    words: Words
    """Without what is known of products."""
    conditions: Mapping[str, str]
    now: int

    @property
    def audience(self) -> Audience:
        """The one that is asked for."""
        return self.audiences.by_name[self.name]


@dataclass(frozen=True)
class Road:
    """Where candidates come from, and what is known of them there."""

    attributes: Attributes
    products: Products
    permissions: Permissions | None
    """None where the dataset asks nobody."""
    base: Moment
    offer: Offer | None
    candidates: Callable[[Chosen], Found]
    require: Callable[[Chosen, Sequence[Words]], None]
    """Refuses, by a DatasetError, what cannot be told on it: who is chosen, and the texts that they may be told."""


@dataclass(frozen=True)
class Choice:
    """Who an audience is, and how it came about."""

    found: Found
    made: Prepared
    tell: list[str]
    """The columns that a destination is told."""
    base: Moment
    rules: Rules
    name: str
    trial: Trial | None = None
    """The experiment that decides what they are told."""
    policy: Policed | None = None
    """The policy that does."""

    @property
    def policies(self) -> dict[str, str]:
        """By name, the versions of the policies that were asked: by the condition, and for what is told."""
        asked = self.rules.policies(WHERE.format(self.name))
        asked |= {self.policy.held.name: self.policy.held} if self.policy else {}
        return {name: held.version for name, held in asked.items()}


def asked(dataset: Dataset, audiences: Audiences, name: str, bundle: Bundle, now: int) -> Asked:
    """Return what an audience asks for.

    Args:
        dataset: the declaration.
        audiences: all of its audiences.
        name: one of them.
        bundle: what it is chosen by.
        now: microseconds UTC.

    Raises:
        DatasetError: something that it asks for is wrong, or is not there.
    """
    audience, where = audiences.by_name[name], f"dataset {dataset.name!r}: audiences.{name}"
    vendor = destinations.read(dataset, audience.destination) if audience.destination else None
    wanted = audience.identifier or (vendor.identifier if vendor else CUSTOMER)
    kind = whom.kind(dataset, wanted, f"{where}.identifier")
    today = clock.date(now, ZoneInfo(dataset.zone))
    message = messages.declared(dataset, audience.message) if audience.message else None
    given = codes.declared(dataset, audience.offer, today) if audience.offer else None
    words = Words(dataset, message, given, Products(), now)
    told.require(words, where, audience.message, audience.offer)
    if audience.policy:
        policed(words, name, audience, today)
    conditions = candidates.conditions(audiences, name)
    Rules.read(dataset, bundle, _LATER, more=conditions)
    return Asked(
        dataset, audiences, name, bundle, vendor, kind, play.of_bundle(dataset, bundle), words, conditions, now
    )


def of_logs(wanted: Asked, read: intake.Opened) -> Road:
    """Return the road of those whom the bundle is asked about now.

    Args:
        wanted: what an audience asks for.
        read: the dataset as it was read; its logs are taken.

    Raises:
        DatasetError: it shows products that are not at hand.
        Outdated: answers are to speak of now, and the data ended too long before.
    """
    base = intake.base(wanted.dataset, read.days).moment(wanted.now)
    permissions = read.permitted.permissions if read.permitted else None
    return Road(
        read.attributes,
        read.products,
        permissions,
        base,
        _offer(wanted, read, base),
        lambda chosen: candidates.candidates(chosen, read, base),
        lambda *_: None,
    )


def choose(wanted: Asked, road: Road, contacts: Contacts, connection: sqlite3.Connection, *, keep: bool) -> Choice:
    """Return who an audience is.

    Args:
        wanted: what it asks for.
        road: where its candidates come from.
        contacts: counts what a cap looks at.
        connection: the ledger, opened with the tables of assignments, codes and experiments.
        keep: whether what chance decides, and codes, are kept.

    Raises:
        DatasetError: something that it asks for is not at hand.
        Several: more than one experiment runs on it.
    """
    dataset, name = wanted.dataset, wanted.name
    words = wanted.words.of(road.products)
    begun = started.of_audience(connection, name, wanted.now)
    today = clock.date(wanted.now, ZoneInfo(dataset.zone))
    trial = trials.trial(words, begun, today) if begun else None
    policy = policed(words, name, wanted.audience, today) if wanted.audience.policy else None
    _require_one(dataset, name, begun, policy)
    parts = trial or policy
    audience = parts.shows(wanted.audience) if parts else wanted.audience
    rules = Rules.read(dataset, wanted.bundle, road.attributes, road.products, wanted.conditions)
    candidates.check(dataset, rules, name, wanted.audiences.before(name))
    chosen = Chosen(
        dataset, wanted.bundle, wanted.audiences, name, rules, wanted.actions, wanted.kind, wanted.now, road.offer,
        redeems=bool(audience.offer),
    )  # fmt: skip
    road.require(chosen, parts.texts(words) if parts else [words])
    found = road.candidates(chosen)
    assert found.table is not None
    mapped = tuple(wanted.vendor.declared.fields) if wanted.vendor else ()
    tell = told.telling(dataset, name, audience, mapped, found.table.schema)
    ways = Ways(road.permissions, wanted.vendor, contacts, connection, keep)
    made = prepared.prepare(chosen, words, ways, found.table, found.redeemed, parts)
    return Choice(found, made, tell, road.base, rules, name, trial, policy)


def _require_one(dataset: Dataset, name: str, begun: Started | None, policy: Policed | None) -> None:
    """Refuse an experiment and a policy that both say what an audience is told."""
    if begun is not None and policy is not None:
        raise DatasetError(
            f"dataset {dataset.name!r}: audiences.{name}.policy: got {policy.held.name!r}, and the experiment"
            f" {begun.experiment.name} says what is told until {clock.iso(begun.end)}; one of both is allowed."
        )


def _offer(wanted: Asked, read: intake.Opened, base: Moment) -> Offer | None:
    """Return what there is to show."""
    bundle = wanted.bundle
    found = offer(bundle, wanted.dataset, read.products, read.sold, base.at) if bundle.offering is not None else None
    lists = found.names if found else ()
    for place, one in enumerate(wanted.audience.lists):
        if one not in lists:
            raise DatasetError(
                f"dataset {wanted.dataset.name!r}: audiences.{wanted.name}.with[{place}]: got {one!r}; the bundle"
                f" offers {', '.join(lists) or 'nothing'}."
            )
    return found


def about(wanted: Asked, choice: Choice, version: str) -> About:
    """Return what the audience is, to be frozen with its members."""
    audience = wanted.audience
    return About(
        name=wanted.name,
        created="",
        purpose=audience.purpose if wanted.dataset.consent else NOBODY_ASKED,
        destination=audience.destination,
        kind=wanted.kind,
        where=audience.where,
        as_of=clock.iso(choice.base.at),
        version=version,
        tell=choice.tell,
        waterfall=choice.made.waterfall.steps,
        experiment=choice.trial.started.state if choice.trial else "",
        policy=choice.policy.state if choice.policy else "",
        policies=choice.policies,
        offers=_offers(audience, choice.trial or choice.policy),
    )


def _offers(audience: Audience, parts: Parts | None) -> dict[str, str]:
    """Return what the members are sent, by arm; under "" where all are sent the same."""
    if parts is not None and parts.arms:
        return {arm: one.called for arm, one in parts.arms.items()}
    return {"": audience.offer or audience.message}


def why(customer: str, choice: Choice) -> str:
    """Return where one customer falls out."""
    falls = choice.made.waterfall
    if customer not in falls.customers:
        return f"{customer}: in the rule: no, or nothing is known of them"
    return f"{customer}: {falls.why(customer) or 'they are a member'}"
