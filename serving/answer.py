"""The answer: what one request asks for, and what the service says of each customer."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from features import clock
from features.buckets import intake
from features.clock import iso
from features.log import log as logs
from features.log.log import Log
from features.log.spine import NONE, Spine
from training.bundle.bundle import Bundle
from training.bundle.scores import Scores
from training.panel.campaign import Campaigns
from training.reasons import wording
from training.targets import NextPurchase, Target

MOST_CUSTOMERS = 1000
LARGEST_HISTORY = 4 << 20
"""The most bytes of events in one request."""


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """Which customers are asked about."""

    customer_ids: Annotated[list[str], msgspec.Meta(min_length=1)]
    language: str = wording.ENGLISH
    """Of the reasons."""
    campaign: str | None = None
    """Which the customers are to be contacted by, for the targets that speak of an answer."""
    channel: str | None = None
    """The campaign's; one that the bundle does not know needs it."""


class Event(msgspec.Struct, forbid_unknown_fields=True):
    """One canonical event, as a client writes it: times in ISO 8601, money in units of currency."""

    customer_id: str
    occurred_at: str
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
    recorded_at: str | None = None


class ScoreRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Customers by all of their events, and the moment to look back from."""

    events: Annotated[list[Event], msgspec.Meta(min_length=1)]
    as_of: str | None = None
    language: str = wording.ENGLISH
    """Of the reasons."""
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


class SegmentName(msgspec.Struct):
    """The one segment of a segmenter that a customer is in."""

    name: str
    title: str


class Customer(msgspec.Struct, omit_defaults=True):
    """One customer's answer; an unknown one has an error and nothing else."""

    customer_id: str
    segments: dict[str, SegmentName] = {}
    predictions: dict[str, Prediction] = {}
    error: str = ""


class Answer(msgspec.Struct):
    """The answers in the order of the request, the moment that they speak of, and the bundle that gave them."""

    dataset: str
    bundle_version: str
    bundle_alias: str
    as_of: str
    customers: list[Customer]


class ScoreAnswer(Answer):
    """An answer from the request's own events, and those of them that could not be used."""

    kept_aside: list[KeptAside]


@dataclass(frozen=True)
class Scored:
    """What came of the events of a request."""

    as_of: int
    customers: list[Customer]
    kept_aside: list[KeptAside]


def score(bundle: Bundle, asked: ScoreRequest) -> Scored:
    """Answer for the customers of a request from its events alone, in the order in which they first occur.

    Raises:
        ValueError: the as-of is no time, there are no words of the language, the campaign is not known, or no event
            can be used.
    """
    language = wording.known(asked.language)
    campaign = bundle.campaign(asked.campaign, asked.channel)
    columns = {name: [getattr(event, name) for event in asked.events] for name in Event.__struct_fields__}
    given = {name: column for name, column in columns.items() if any(value is not None for value in column)}
    few = intake.of_rows(given, bundle.zone)
    kept_aside = [KeptAside(place, reason) for place, reason in few.rejects]
    if few.log is None:
        raise ValueError(f"no event can be used; the first: {kept_aside[0].reason}")
    as_of = clock.parse(asked.as_of, ZoneInfo(bundle.zone)) if asked.as_of else known_until(bundle, few.log)
    ids = list(dict.fromkeys(columns["customer_id"]))
    return Scored(as_of, answer(bundle, few.log, ids, as_of, language, campaign), kept_aside)


def known_until(bundle: Bundle, log: Log) -> int:
    """Return the live as-of: the bundle's, or just after the newest stored event where that is later."""
    return max(bundle.as_of, log.newest + 1)


def answer(
    bundle: Bundle,
    log: Log,
    ids: list[str],
    as_of: int,
    language: str = wording.ENGLISH,
    campaign: Campaigns | None = None,
) -> list[Customer]:
    """Answer for some customers from their stored events, with reasons in a language that there are words of.

    Without a campaign, the targets that speak of the answer to one have no value.

    A customer is known when the store holds an event of theirs before `as_of`.
    """
    places = [log.positions.get(customer_id) for customer_id in ids]
    known = [place for place in places if place is not None and log.first_known[place] < as_of]
    few = logs.pick(log, known)
    spine = Spine.of(np.arange(len(known), dtype=np.int64), as_of, NONE if campaign is None else 0)
    scored = bundle.score(few, spine, campaign)
    rows = {place: row for row, place in enumerate(known)}
    return [
        customer(scored, rows[place], bundle.currency, language, campaign)
        if place in rows
        else Customer(customer_id, error=f"unknown customer: no event before {iso(as_of)} is stored")
        for customer_id, place in zip(ids, places, strict=True)
    ]


def customer(
    scores: Scores, row: int, currency: str, language: str = wording.ENGLISH, campaign: Campaigns | None = None
) -> Customer:
    """Return one row of scores in words; the campaign is that of the scores."""
    predictions: dict[str, Prediction] = {}
    for number, (predictor, numbers) in enumerate(scores.predictions):
        target = predictor.target
        outside = bool(np.isnan(numbers[row]))
        predictions[target.name] = Prediction(
            horizon_days=_horizon(target, campaign),
            unit=currency or target.unit if target.unit == "currency" else target.unit,
            value=None if outside else float(numbers[row]),
            later=isinstance(target, NextPurchase) and target.later(float(numbers[row])),
            reason=scores.outside[number][row] or "",
            by="" if outside else predictor.by(scores.x[row : row + 1])[0],
            reasons=[
                Reason(why.text, why.feature, why.value, why.usual, "raises" if why.raises else "lowers")
                for why in scores.reasons(number, row, language)
            ],
        )
    segments: dict[str, SegmentName] = {}
    for segmenter, places in scores.segments:
        segment = segmenter.segments[places[row]]
        segments[segmenter.name] = SegmentName(segment.name, segment.title)
    return Customer(scores.customer_ids[row].as_py(), segments, predictions)


def _horizon(target: Target, campaign: Campaigns | None) -> int:
    """Return how many days a prediction speaks of: for an answer to a campaign, as many as it lasts."""
    return round(campaign.campaigns[0].days) if campaign and target.context else target.horizon_days


def described(bundle: Bundle) -> dict[str, Any]:
    """Return what a bundle can answer."""
    return {
        "dataset": bundle.dataset,
        "as_of": iso(bundle.as_of),
        "features": len(bundle.kernel.features),
        "predictors": [
            {**msgspec.to_builtins(predictor.target), "recipe": predictor.recipe} for predictor in bundle.predictors
        ],
        **({"campaigns": msgspec.to_builtins(bundle.campaigns.campaigns)} if bundle.campaigns else {}),
        "segmenters": {s.name: [vars(segment) for segment in s.segments] for s in bundle.segmenters},
    }
