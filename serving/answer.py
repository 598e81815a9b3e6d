"""The answer: what one request asks for, and what the service says of each customer."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from features import clock
from features.buckets import intake
from features.buckets.joined import columns
from features.clock import iso
from features.consent.profiled import Profiled
from features.consent.suppression import NOBODY, Suppression
from features.log import log as logs
from features.log.as_of import Asked, Moment, Why, moments
from features.log.log import KEYS, ORDER, Log
from features.log.products import Products
from features.log.spine import NONE, Spine
from features.sources import posted
from features.sources.categories import NO_PRODUCTS
from serving.blocks import blocks
from serving.shape import Customer, Event, KeptAside, Prediction, Reason, ScoreRequest, SegmentName
from serving.stale import stale
from serving.whose import ERASED, Whose, erased, whose
from training.actions.play import Actions
from training.actions.suggest import suggest
from training.bundle.bundle import Bundle
from training.bundle.scores import Scores
from training.offers.offer import Offer
from training.panel.campaign import Campaigns
from training.reasons import wording
from training.rules import why as whys
from training.rules.rules import NO_RULES, Rules
from training.segmenters.wording import worded
from training.targets import NextPurchase, Target

UNKNOWN = "unknown customer: no event"
"""Begins the error of somebody of whom nothing is known."""
Note = Callable[[Scores], None]
Since = Callable[[Mapping[str, int | None]], Mapping[str, Log]]
"""Gives the logs of customers of whom something came in, by what they are called and their places in the stored log."""


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
    columns: tuple[str, ...] = ()
    """The canonical columns that stored events have, so that no event is read by its neighbours'; empty: not known."""

    @classmethod
    def of(cls, log: Log, suppressed: Suppression = NOBODY, rules: Rules = NO_RULES) -> "Known":
        """Return what is stored beside the events of a log, who was erased, and the rules that are told."""
        kinds = log.linked.kinds if log.linked else ()
        return cls(
            log.products,
            log.excluded,
            log.by_machine,
            log.profiled,
            log.positions,
            suppressed,
            kinds,
            rules,
            tuple(columns(log)),
        )


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
    gone = erased(ids, stored.suppressed, stored.kinds)
    ahead = posted.ahead([(one.occurred_at, one.recorded_at) for one in asked.events], bundle.zone, now) if now else ()
    refused = [
        KeptAside(place, ERASED if event.customer_id in gone else posted.TOO_FAR)
        for place, event in enumerate(asked.events)
        if event.customer_id in gone or place in ahead
    ]
    out = {one.event for one in refused}
    allowed = [place for place in range(len(asked.events)) if place not in out]
    if not allowed:
        unused = f"no event can be used: {posted.TOO_FAR}"
        return Scored([Customer(one, error=ERASED if one in gone else unused) for one in ids], refused)
    events = [asked.events[place] for place in allowed]
    given = _given(events, stored.columns)
    few = intake.of_rows(given, bundle.zone, bundle.kinds, stored.products, stored.by_machine)
    kept_aside = [KeptAside(allowed[place], reason) for place, reason in few.rejects]
    if few.log is None:
        raise ValueError(f"no event can be used; the first: {kept_aside[0].reason}")
    as_of: Asked = clock.parse(asked.as_of, ZoneInfo(bundle.zone)) if asked.as_of is not None else "own"
    log = replace(few.log, excluded=stored.excluded, profiled=stored.profiled)
    whose = stored.customers, stored.suppressed, stored.kinds, stored.rules
    found = answer(bundle, log, ids, base, as_of, language, campaign, note, now, *whose, reasons=asked.reasons)
    return Scored(found, sorted([*kept_aside, *refused], key=lambda one: one.event))


def without(customers: list[Customer], suppressed: Suppression, kinds: Sequence[str]) -> list[Customer]:
    """Return what is said of customers, and nothing of those who were erased while it was found out."""
    gone = erased([one.customer_id for one in customers], suppressed, kinds)
    return [Customer(one.customer_id, error=ERASED) if one.customer_id in gone else one for one in customers]


def _given(events: Sequence[Event], stored: Sequence[str]) -> dict[str, list[Any]]:
    """Return the columns of events: those that stored ones have, and others that some event has.

    Where stored events tell no orders, an instant is one for everybody; what names one changes that for nobody.
    """
    there = {name: [getattr(event, name) for event in events] for name in Event.__struct_fields__}
    orders = not stored or KEYS[ORDER] in stored
    return {
        name: column
        for name, column in there.items()
        if name in stored or (any(one is not None for one in column) and (orders or name != KEYS[ORDER]))
    }


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
    people = whose(log, ids, now, there, suppressed, kinds)
    how = How(base, asked, language, campaign, rules, why, reasons)
    found = of_customers(bundle, log, people.stored, how, since(people.stored), note)
    return [told(people, one, found, how, log.linked is not None) for one in ids]


def told(people: Whose, asked: str, found: Mapping[str, Customer], how: "How", linked: bool) -> Customer:
    """Return what is said of one id of a request, by what was found of its customer."""
    own = people.meant.get(asked, "")
    if own in found:
        return msgspec.structs.replace(found[own], customer_id=asked, known_as=own if linked and own != asked else "")
    before = f" before {iso(how.asked)}" if isinstance(how.asked, int) else ""
    return Customer(asked, error=people.errors.get(asked) or f"{UNKNOWN}{before} is stored")


@dataclass(frozen=True)
class How:
    """How customers are answered for, whoever they are; as `answer` is asked."""

    base: Moment
    asked: Asked = "own"
    language: str = wording.ENGLISH
    campaign: Campaigns | None = None
    rules: Rules = NO_RULES
    why: str = ""
    reasons: bool = True
    act: "Act | None" = None
    """By what it is said what to do; None: it is not."""


@dataclass(frozen=True)
class Act:
    """What tells what to do for a customer."""

    actions: Actions
    offer: Offer | None
    """What there is to show, at the base."""


def of_customers(
    bundle: Bundle,
    log: Log,
    stored: Mapping[str, int | None],
    how: How,
    fresh: Mapping[str, Log] = MappingProxyType({}),
    note: Note | None = None,
) -> dict[str, Customer]:
    """Answer for customers, by what they are called; those of whom nothing is known at their moment are left out.

    Args:
        bundle: what answers.
        log: the stored events.
        stored: the customers, and where each one's events lie in it.
        how: how they are answered for.
        fresh: of those of whom something came in since, all events.
        note: is called with the scores, unless a moment of the past is asked about.

    Raises:
        Stopped: the request that asked is not waited for any more.
    """
    found: dict[str, Customer] = {}
    for part, block in blocks(log, stored, fresh):
        found |= _of_log(bundle, part, block, how, note)
    return found


def _of_log(bundle: Bundle, log: Log, customers: Mapping[str, int], how: How, note: Note | None) -> dict[str, Customer]:
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
    if note is not None and not isinstance(how.asked, int):
        note(scored)
    found = {
        few.customers[row].as_py(): customer(
            bundle, scored, row, spoken.why(known[row]), how.language, how.campaign, reasons=how.reasons
        )
        for row in range(known.size)
    }
    if how.act is not None:
        said = suggest(how.act.actions, few, everyone, scored, how.act.offer, how.language)
        found = {
            name: msgspec.structs.replace(one, action=own) for (name, one), own in zip(found.items(), said, strict=True)
        }
    if not how.rules and not how.why:
        return found
    told = _segments(how.rules, how.why, few, spine, scored, how.language)
    return {name: msgspec.structs.replace(one, **told(row)) for row, (name, one) in enumerate(found.items())}


def _segments(
    rules: Rules, why: str, log: Log, spine: Spine, scores: Scores, language: str
) -> Callable[[int], dict[str, Any]]:
    """Return what tells of a row in which rule segments it is, and why it is in those that are asked for."""
    judged = rules.on(log)(spine.customers, spine.as_of, scores)
    names = whys.asked(why, judged, scores) if why else ()
    inside = dict(judged.everyone())
    return lambda row: {
        "rules": {name: bool(rows[row]) for name, rows in inside.items()},
        "because": whys.why(names, judged, scores, row, language),
    }


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
    as_of, currency, x = int(scores.as_of[row]), bundle.currency, scores.x[row]
    predictions: dict[str, Prediction] = {}
    for number, (predictor, numbers) in enumerate(scores.predictions):
        target = predictor.target
        value = float(numbers[row])
        outside = isnan(value)
        horizon = _horizon(target, campaign)
        predictions[target.name] = Prediction(
            horizon_days=horizon,
            unit=currency or target.unit if target.unit == "currency" else target.unit,
            value=None if outside else value,
            later=isinstance(target, NextPurchase) and target.later(value),
            reason=scores.outside_one(number, row, language),
            by="" if outside else predictor.by_one(x),
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
