"""The answer: what one request asks for, and what the service says of each customer."""

from typing import Annotated, Any

import msgspec
import numpy as np

from features import log as logs
from features.clock import iso
from features.log import Log
from training.bundle import Bundle
from training.scores import Scores

MOST_CUSTOMERS = 1000


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """Which customers are asked about."""

    customer_ids: Annotated[list[str], msgspec.Meta(min_length=1)]


class Prediction(msgspec.Struct, omit_defaults=True):
    """What a bundle says of one customer and target: a value, or the reason why there is none."""

    horizon_days: int
    unit: str
    value: float | None
    reason: str = ""


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


def known_until(bundle: Bundle, log: Log) -> int:
    """Return the live as-of: the bundle's, or just after the newest stored event where that is later."""
    return max(bundle.as_of, log.newest + 1)


def answer(bundle: Bundle, log: Log, ids: list[str], as_of: int) -> list[Customer]:
    """Answer for some customers from their stored events.

    A customer is known when the store holds an event of theirs before `as_of`.
    """
    places = [log.positions.get(customer_id) for customer_id in ids]
    known = [place for place in places if place is not None and log.columns["time"][log.offsets[place]] < as_of]
    few = logs.pick(log, known)
    everyone = np.arange(len(known), dtype=np.int64)
    scored = bundle.score(few, everyone, np.full(everyone.size, as_of, np.int64))
    rows = {place: row for row, place in enumerate(known)}
    return [
        customer(scored, rows[place], bundle.currency)
        if place in rows
        else Customer(customer_id, error=f"unknown customer: no event before {iso(as_of)} is stored")
        for customer_id, place in zip(ids, places, strict=True)
    ]


def customer(scores: Scores, row: int, currency: str) -> Customer:
    """Return one row of scores in words."""
    predictions: dict[str, Prediction] = {}
    for predictor, numbers in scores.predictions:
        target = predictor.target
        outside = bool(np.isnan(numbers[row]))
        predictions[target.name] = Prediction(
            horizon_days=target.horizon_days,
            unit=currency or target.unit if target.unit == "currency" else target.unit,
            value=None if outside else float(numbers[row]),
            reason=target.cohort().outside if outside else "",
        )
    segments: dict[str, SegmentName] = {}
    for segmenter, places in scores.segments:
        segment = segmenter.segments[places[row]]
        segments[segmenter.name] = SegmentName(segment.name, segment.title)
    return Customer(scores.customer_ids[row].as_py(), segments, predictions)


def described(bundle: Bundle) -> dict[str, Any]:
    """Return what a bundle can answer."""
    return {
        "dataset": bundle.dataset,
        "as_of": iso(bundle.as_of),
        "features": len(bundle.kernel.features),
        "predictors": [
            {**msgspec.to_builtins(predictor.target), "recipe": predictor.recipe} for predictor in bundle.predictors
        ],
        "segmenters": {s.name: [vars(segment) for segment in s.segments] for s in bundle.segmenters},
    }
