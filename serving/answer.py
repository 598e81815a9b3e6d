"""The answer: what one request asks for, and what the service says of each customer."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from features import clock
from features.buckets import intake
from features.clock import iso
from features.consent.profiled import Profiled
from features.consent.suppression import CUSTOMER, NOBODY, Suppression
from features.identity import names
from features.log import log as logs
from features.log.as_of import Asked, Moment, Why, moments
from features.log.log import Log
from features.log.products import Products
from features.log.spine import NONE, Spine
from features.sources import rows
from features.sources.categories import NO_PRODUCTS
from serving.stale import stale
from training.bundle.bundle import Bundle
from training.bundle.scores import Scores
from training.panel.campaign import Campaigns
from training.reasons import wording
from training.rules import why as whys
from training.rules.rules import NO_RULES, Rules
from training.rules.why import Membership
from training.segmenters import Segment
from training.segmenters.wording import worded
from training.targets import NextPurchase, Target

Note = Callable[[Scores], None]
Since = Callable[[Mapping[str, int | None]], Mapping[str, Log]]
"""Gives the logs of customers of whom something came in, by what they are called and their places in the stored log."""
EXCLUDED = "excluded: the dataset file leaves this customer out"
NOT_PROFILED = "not_profiled: this customer may not be profiled"
ERASED = "erased: nothing is kept or answered of this customer"
MOST_CUSTOMERS = 1000
LARGEST_HISTORY = 4 << 20
"""The most bytes of events in one request."""


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """Which customers are asked about."""

    customer_ids: Annotated[list[str], msgspec.Meta(min_length=1)]
    as_of: str | None = None
    """The moment that the answer is to speak of, in ISO 8601; by default the later of the base and the own event."""
    language: str = wording.ENGLISH
    """Of the reasons, and of what segments are called and mean."""
    reasons: bool = False
    """Whether values come with the reasons for them."""
    campaign: str | None = None
    """Which the customers are to be contacted by, for the targets that speak of an answer."""
    channel: str | None = None
    """The campaign's; one that the bundle does not know needs it."""


class Event(msgspec.Struct, forbid_unknown_fields=True):
    """One canonical event, as a client writes it: times in ISO 8601 or epochs, money in units of currency."""

    customer_id: str
    occurred_at: str | int | float
    event: str
    event_id: str | None = None
    amount: float | None = None
    quantity: float | None = None
    discount: float | None = None
    order_id: str | None = None
    product_id: str | None = None
    category: str | None = None
    store_id: str | None = None
    channel: str | None = None
    campaign_id: str | None = None
    recorded_at: str | int | float | None = None
    score: float | None = None
    duration: float | None = None
    until: str | int | float | None = None


class ScoreRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Customers by all of their events."""

    events: Annotated[list[Event], msgspec.Meta(min_length=1)]
    as_of: str | None = None
    """As in `Request`."""
    language: str = wording.ENGLISH
    """Of the reasons, and of what segments are called and mean."""
    reasons: bool = False
    """As in `Request`."""
    campaign: str | None = None
    """As in `Request`, like `channel`."""
    channel: str | None = None


class KeptAside(msgspec.Struct):
    """An event of the request that could not be used."""

    event: int
    """Its place in the request, from 0."""
    reason: str


class Reason(msgspec.Struct):
    """One reason for a value, the customer's number beside the usual one; money is in units of currency."""

    text: str
    feature: str
    value: float | None
    usual: float | None
    effect: Literal["raises", "lowers"]


class Prediction(msgspec.Struct, omit_defaults=True):
    """What a bundle says of one customer and target: a value and why it is so, or the reason why there is none."""

    horizon_days: int
    unit: str
    value: float | None
    later: bool = False
    """Of days until something: whether the value is the horizon and stands for any time from there on, or never."""
    reason: str = ""
    by: str = ""
    """The recipe that gave the value; of few purchases, a simpler one than of many."""
    reasons: list[Reason] = []
    """The strongest first, at most three."""
    stale: str = ""
    """Why the moment and the bundle's as-of lie a horizon or more apart, where they do."""


class SegmentName(msgspec.Struct):
    """The one segment of a segmenter that a customer is in."""

    name: str
    title: str


class Customer(msgspec.Struct, omit_defaults=True):
    """One customer's answer; an unknown one has an error and nothing else."""

    customer_id: str
    as_of: str = ""
    """The moment that the answer speaks of."""
    why: str = ""
    """Why it is this moment, one of `as_of.Why`."""
    segments: dict[str, SegmentName] = {}
    predictions: dict[str, Prediction] = {}
    error: str = ""
    known_as: str = ""
    """What the customer is called who has the identifier that was asked about, where that is not the same."""
    rules: dict[str, bool] = {}
    """By rule, whether the customer is in its segment."""
    because: dict[str, Membership] = {}
    """Why the customer is in each segment that was asked for, or why not."""


class Answer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The answers in the order of the request, the bundle that gave them, and what it and the data know up to."""

    dataset: str
    bundle_version: str
    bundle_alias: str
    bundle_as_of: str
    data_end: str
    retrain_by: str = ""
    """Until when the bundle is to be trained again, since somebody was erased after it was trained."""
    customers: list[Customer]


class ScoreAnswer(Answer, kw_only=True):
    """An answer from the request's own events, and those of them that could not be used."""

    kept_aside: list[KeptAside]


@dataclass(frozen=True)
class Known:
    """What is stored beside events and holds for those of a request, too."""

    products: Products = NO_PRODUCTS
    excluded: frozenset[str] = frozenset()
    """Customers who are left out."""
    by_machine: Mapping[str, float] = field(default_factory=dict)
    """Of opens and clicks, within how many seconds of the delivery of their mail machines make them."""
    profiled: Profiled | None = None
    """Who may be profiled, where the dataset asks for consent."""
    customers: Container[str] = frozenset()
    """Whose events are stored."""
    suppressed: Suppression = NOBODY
    """Who was erased."""
    kinds: tuple[str, ...] = ()
    """Of identifiers, strongest first, where several are linked into one customer."""
    rules: Rules = NO_RULES
    """The rule segments that are told."""

    @classmethod
    def of(cls, log: Log, suppressed: Suppression = NOBODY, rules: Rules = NO_RULES) -> "Known":
        """Return what is stored beside the events of a log, who was erased, and the rules that are told."""
        kinds = log.linked.kinds if log.linked else ()
        return cls(log.products, log.excluded, log.by_machine, log.profiled, log.positions, suppressed, kinds, rules)


@dataclass(frozen=True)
class Scored:
    """What came of the events of a request."""

    customers: list[Customer]
    kept_aside: list[KeptAside]


def score(
    bundle: Bundle,
    asked: ScoreRequest,
    base: Moment,
    stored: Known = Known(),
    note: Note | None = None,
    now: int = 0,
) -> Scored:
    """Answer for the customers of a request from its events alone, in the order in which they first occur.

    They are asked about at the later of the base and their newest event, but for an as-of in the request. An event
    without a category takes that of its product, where the dataset's do. `now` is as in `answer`.

    Raises:
        ValueError: the as-of is no time, there are no words of the language, the campaign is not known, or no event
            can be used.
    """
    language = wording.known(asked.language)
    campaign = bundle.campaign(asked.campaign, asked.channel)
    ids = list(dict.fromkeys(event.customer_id for event in asked.events))
    erased = _erased(ids, stored.suppressed, stored.kinds)
    allowed = [place for place, event in enumerate(asked.events) if event.customer_id not in erased]
    refused = [KeptAside(place, ERASED) for place, event in enumerate(asked.events) if event.customer_id in erased]
    if not allowed:
        return Scored([Customer(customer_id, error=ERASED) for customer_id in ids], refused)
    events = [asked.events[place] for place in allowed]
    columns = {name: [getattr(event, name) for event in events] for name in Event.__struct_fields__}
    given = {name: column for name, column in columns.items() if any(value is not None for value in column)}
    few = intake.of_rows(given, bundle.zone, bundle.kinds, stored.products, stored.by_machine)
    kept_aside = [KeptAside(allowed[place], reason) for place, reason in few.rejects]
    if few.log is None:
        raise ValueError(f"no event can be used; the first: {kept_aside[0].reason}")
    as_of: Asked = clock.parse(asked.as_of, ZoneInfo(bundle.zone)) if asked.as_of else "own"
    log = replace(few.log, excluded=stored.excluded, profiled=stored.profiled)
    whose = stored.customers, stored.suppressed, stored.kinds, stored.rules
    found = answer(bundle, log, ids, base, as_of, language, campaign, note, now, *whose, reasons=asked.reasons)
    return Scored(found, sorted([*kept_aside, *refused], key=lambda one: one.event))


def _erased(ids: Iterable[str], suppressed: Suppression, kinds: Sequence[str]) -> frozenset[str]:
    """Return which customers, as a request calls them, were erased; whatever they may mean counts."""
    if not suppressed:
        return frozenset()
    return frozenset(
        one
        for one in ids
        if any(suppressed.has(CUSTOMER, name) for name in names.spellings(rows.customer(one) or one, kinds))
    )


def answer(
    bundle: Bundle,
    log: Log,
    ids: list[str],
    base: Moment,
    asked: Asked = "own",
    language: str = wording.ENGLISH,
    campaign: Campaigns | None = None,
    note: Note | None = None,
    now: int = 0,
    there: Container[str] | None = None,
    suppressed: Suppression = NOBODY,
    kinds: Sequence[str] | None = None,
    rules: Rules = NO_RULES,
    why: str = "",
    reasons: bool = True,
    since: Since = lambda _: {},
) -> list[Customer]:
    """Answer for some customers from their events, in a language that there are words of.

    Without a campaign, the targets that speak of the answer to one have no value.

    A customer is known when the log holds an event of theirs before the moment that the answer is to speak of.

    Args:
        bundle: what answers.
        log: the stored events.
        ids: the customers.
        base: the moment where nothing newer is known.
        asked: what is asked about.
        language: of the reasons, and of what segments are called and mean.
        campaign: by which the customers are contacted.
        note: is called with the scores of those who are known, unless a moment of the past is asked about.
        now: what the clock shows: permission is asked for then, whatever the answer speaks of, and never before the
            moment at which it was when the events were stored.
        there: whose events are stored; by default those of the log.
        suppressed: who was erased: nothing is looked up of them.
        kinds: of identifiers, strongest first; by default those of the log.
        rules: the rule segments that are told.
        why: of which segments it is told why somebody is in them, as `whys.asked` reads it.
        reasons: whether values come with the reasons for them.
        since: gives the logs of those of some customers of whom something came in since the events were stored.

    Raises:
        ValueError: it asks for a segment that is not there.
    """
    kinds = (log.linked.kinds if log.linked else ()) if kinds is None else kinds
    there = log.positions if there is None else there
    log = bundle.looks_at(log)
    erased = _erased(ids, suppressed, kinds)
    meant = {one: rows.customer(one) or one for one in ids if one not in erased}
    spelt = {own: names.spellings(own, kinds) for own in meant.values()}
    barred = {own: error for own in spelt if (error := _barred_by(spelt[own], log, now, there))}
    asked_about = {own: _place(log, spelt[own]) for own in spelt if own not in barred}
    meant |= {asked: _called(log, asked_about.get(own)) or own for asked, own in meant.items()}
    barred |= {own: error for own in meant.values() if (error := _barred(own, log, now, there))}
    stored = {_called(log, place) or own: place for own, place in asked_about.items()}
    fresh = since(stored)
    parts = [(own_log, {own: 0}) for own, own_log in fresh.items()]
    parts += [(log, {own: place for own, place in stored.items() if place is not None and own not in fresh})]
    how = _How(base, asked, language, campaign, note, rules, why, reasons)
    found: dict[str, Customer] = {}
    for part, places in parts:
        found |= _of_log(bundle, part, places, how)
    before = f" before {iso(asked)}" if isinstance(asked, int) else ""
    unknown = f"unknown customer: no event{before} is stored"
    return [
        msgspec.structs.replace(
            found[own],
            customer_id=customer_id,
            known_as="" if log.linked is None or own == customer_id else own,
        )
        if (own := meant.get(customer_id, "")) in found
        else Customer(customer_id, error=ERASED if customer_id in erased else barred.get(own, unknown))
        for customer_id in ids
    ]


@dataclass(frozen=True)
class _How:
    """How customers are answered for, whoever they are; as `answer` is asked."""

    base: Moment
    asked: Asked
    language: str
    campaign: Campaigns | None
    note: Note | None
    rules: Rules
    why: str
    reasons: bool


def _of_log(bundle: Bundle, log: Log, customers: Mapping[str, int], how: _How) -> dict[str, Customer]:
    """Answer for customers by their places in one log; those of whom nothing is known at their moment are left out."""
    log = bundle.looks_at(log)
    places = np.array(sorted(customers.values()), np.int64)
    spoken = moments(how.base, log.own[places], how.asked)
    known = np.flatnonzero(log.known(spoken.as_of, places))
    if not known.size and not how.why:
        return {}
    few = logs.pick(log, places[known].tolist())
    everyone = np.arange(known.size, dtype=np.int64)
    spine = Spine.of(everyone, spoken.as_of[known], NONE if how.campaign is None else 0)
    scored = bundle.score(few, spine, how.campaign)
    if how.note is not None and not isinstance(how.asked, int):
        how.note(scored)
    told = _segments(how.rules, how.why, few, spine, scored, how.language)
    found = {few.customers[row].as_py(): row for row in range(known.size)}
    return {
        name: msgspec.structs.replace(
            customer(bundle, scored, row, spoken.why(known[row]), how.language, how.campaign, reasons=how.reasons),
            **told(row),
        )
        for name, row in found.items()
    }


def _segments(
    rules: Rules, why: str, log: Log, spine: Spine, scores: Scores, language: str
) -> Callable[[int], dict[str, Any]]:
    """Return what tells of a row in which rule segments it is, and why it is in those that are asked for."""
    if not rules and not why:
        return lambda _: {}
    judged = rules.on(log)(spine.customers, spine.as_of, scores)
    names = whys.asked(why, judged, scores) if why else ()
    inside = dict(judged.everyone())
    return lambda row: {
        "rules": {name: bool(rows[row]) for name, rows in inside.items()},
        "because": whys.why(names, judged, scores, row, language),
    }


def kept(log: Log, customer: str, suppressed: Suppression, now: int) -> bool:
    """Return whether an event of a customer, as files have the id, may be kept."""
    kinds = log.linked.kinds if log.linked else ()
    spelt = names.spellings(customer, kinds)
    return not _erased([customer], suppressed, kinds) and not _barred_by(spelt, log, now, log.positions)


def _barred_by(spelt: Sequence[str], log: Log, now: int, there: Container[str]) -> str:
    """Return why nothing may be said of a customer by whatever a name may mean, if so; the name itself counts first."""
    refused = log.profiled.refused if log.profiled else frozenset()
    meant = [spelt[0], *(name for name in spelt[1:] if name in refused or name in log.excluded or name in there)]
    return next((error for name in meant if (error := _barred(name, log, now, there))), "")


def _place(log: Log, spelt: Sequence[str]) -> int | None:
    """Return where the customer stands who is meant: a name as it stands counts before another spelling."""
    return next((place for name in spelt if (place := log.place(name)) is not None), None)


def _called(log: Log, place: int | None) -> str:
    """Return the id of the customer at a place, empty where there is none."""
    return "" if place is None else str(log.customers[place].as_py())


def _barred(customer_id: str, log: Log, now: int, there: Container[str]) -> str:
    """Return why nothing may be said of a customer, if so."""
    if customer_id in log.excluded:
        return EXCLUDED
    return NOT_PROFILED if log.profiled and not log.profiled.may(customer_id, now, there) else ""


def customer(
    bundle: Bundle,
    scores: Scores,
    row: int,
    why: Why,
    language: str = wording.ENGLISH,
    campaign: Campaigns | None = None,
    reasons: bool = True,
) -> Customer:
    """Return one row of a bundle's scores in words, and why it speaks of its moment; the campaign is the scores'."""
    as_of, currency = int(scores.as_of[row]), bundle.currency
    predictions: dict[str, Prediction] = {}
    for number, (predictor, numbers) in enumerate(scores.predictions):
        target = predictor.target
        outside = bool(np.isnan(numbers[row]))
        horizon = _horizon(target, campaign)
        predictions[target.name] = Prediction(
            horizon_days=horizon,
            unit=currency or target.unit if target.unit == "currency" else target.unit,
            value=None if outside else float(numbers[row]),
            later=isinstance(target, NextPurchase) and target.later(float(numbers[row])),
            reason=wording.outside(scores.outside[number][row] or "", language),
            by="" if outside else predictor.by(scores.x[row : row + 1])[0],
            reasons=[
                Reason(reason.text, reason.feature, reason.value, reason.usual, "raises" if reason.raises else "lowers")
                for reason in (scores.reasons(number, row, language) if reasons else ())
            ],
            stale=stale(as_of, why, bundle.as_of, horizon),
        )
    segments: dict[str, SegmentName] = {}
    for segmenter, places in scores.segments:
        segment = segmenter.segments[places[row]]
        segments[segmenter.name] = SegmentName(segment.name, worded(segmenter.name, segment, language).title)
    return Customer(scores.customer_ids[row].as_py(), iso(as_of), why, segments, predictions)


def _horizon(target: Target, campaign: Campaigns | None) -> int:
    """Return how many days a prediction speaks of: for an answer to a campaign, as many as it lasts."""
    return round(campaign.campaigns[0].days) if campaign and target.context else target.horizon_days


def described(bundle: Bundle, rules: Rules = NO_RULES) -> dict[str, Any]:
    """Return what a bundle can answer, and the rules beside it."""
    return {
        "dataset": bundle.dataset,
        "as_of": iso(bundle.as_of),
        "features": len(bundle.kernel.features),
        "predictors": [
            {**msgspec.to_builtins(predictor.target), "recipe": predictor.recipe} for predictor in bundle.predictors
        ],
        **({"campaigns": msgspec.to_builtins(bundle.campaigns.campaigns)} if bundle.campaigns else {}),
        "segmenters": {s.name: [_flagged(bundle, s.name, one) for one in s.segments] for s in bundle.segmenters},
        **({"rules": {name: msgspec.to_builtins(rule) for name, rule in rules.declared.items()}} if rules else {}),
        **({"rules_left_out": dict(rules.left_out)} if rules.left_out else {}),
    }


def _flagged(bundle: Bundle, segmenter: str, segment: Segment) -> dict[str, Any]:
    """Return a segment, with what the figures of the training say against its name where they do."""
    against = bundle.flags.get(segmenter, {}).get(segment.name, {})
    return {**vars(segment), **({"flag": against[wording.ENGLISH]} if against else {})}
