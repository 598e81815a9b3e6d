"""Suggest: what to do for customers, from their segments, predictions and own acts; one function, live and in batch."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from features.dataset import Profit
from features.log.log import Log
from training.actions.habits import MEANT, Habits, habits
from training.actions.play import ANY, LEVELS, Actions, Play
from training.actions.suggestion import DEFAULT, RESPONSE, SEGMENT, Part, Suggestion, Timing
from training.bundle.scores import Scores
from training.offers.offer import Offer
from training.reasons.wording import ENGLISH

Floats = NDArray[np.float64]
K = 3
"""Products that are shown."""
FEW = 3
"""Fewer acts of a customer tell no habit."""
EVIDENCE = (
    ("mail_click", 1, "mail", "own clicks"),
    ("redemption", 1, "", "own answers to campaigns"),
    ("mail_open", 2, "mail", "own opens"),
    ("app_session", FEW, "push", "own app sessions"),
    ("purchase", FEW, "", "own purchases"),
)
"""Of what tells the channel, the strongest first: the kind, how many at least, the channel or that of the event."""
SPARED, EAGER = 0.05, 0.5
"""Up to such a share of lines at a discount somebody buys without one, and from such a share on hardly without."""
_MERGED = "_and_"
"""Between the names of segments that are told as one, for lack of customers: the first with a play counts."""
_KINDS = ("mail_click", "mail_open", "app_session", "redemption", "purchase")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def suggest(
    said: Actions, log: Log, customers: NDArray[np.int64], scores: Scores, offer: Offer | None, language: str = ENGLISH
) -> Iterator[Suggestion]:
    """Yield what to do for customers, in their order; equal to the bit, one by one or together.

    Args:
        said: the plays of the dataset.
        log: the customers' events, as the bundle looks at them.
        customers: places in the log, shape (rows,).
        scores: what the bundle says of the same rows, each at a moment of its own.
        offer: what there is to show; None where nothing is offered.
        language: of what is told of products.
    """
    found = habits(log, customers, scores.as_of, _KINDS)
    every = list(plays(said, scores))
    name, values = expected(said, scores)
    shown = _shown(offer, log, customers, scores, [play for _, play in every], language)
    for row, ((by, play), products) in enumerate(zip(every, shown, strict=True)):
        value = float(values[row])
        yield Suggestion(
            segment=by,
            proposition=play.proposition,
            message=play.message,
            action=play.action,
            channel=_channel(found, row, play, by),
            timing=_timing(found, row, play, by),
            offer=_level(found, row, play, by),
            products=products,
            products_from=play.products if products else "",
            destination=play.destination,
            service_channel=play.service_channel,
            expected_value=None if math.isnan(value) else value,
            expected_from="" if math.isnan(value) else name,
            expected_by="" if math.isnan(value) else RESPONSE,
        )


def expected(said: Actions, scores: Scores) -> tuple[str, Floats]:
    """Return which prediction tells what a contact is expected to bring, and that, in units of currency, shape (rows,).

    A probability, or a number of times, is worth `value` each, money `margin`; `rate` of it is what a contact brings,
    and `cost` is taken off. NaN where nothing is predicted.
    """
    able = [(one, own) for one, own in scores.predictions if not one.target.context and one.target.unit in _WORTH]
    wanted = [(one, own) for one, own in able if one.target.name == said.target] if said.target else able
    if not wanted:
        return "", np.full(scores.as_of.size, math.nan)
    predictor, numbers = wanted[0]
    profit: Profit = said.profit
    worth = profit.rate * float(getattr(profit, _WORTH[predictor.target.unit]))
    return predictor.target.name, numbers * worth - profit.cost


_WORTH = {"probability": "value", "currency": "margin"}
"""By the unit of a prediction, the setting of `[profit]` that says what one is worth."""


def plays(said: Actions, scores: Scores) -> Iterator[tuple[str, Play]]:
    """Yield of each row the first segment that there is a play of, and that."""
    segments = {segmenter.name: (segmenter.segments, places) for segmenter, places in scores.segments}
    asked = [(name, *segments[name]) for name in said.order if name in segments and name in said.plays]
    for row in range(scores.as_of.size):
        for name, every, places in asked:
            segment, known = every[places[row]].name, said.plays[name]
            part = next((one for one in (segment, *segment.split(_MERGED)) if one in known), "")
            if part:
                yield f"{name}.{segment}", known[part]
                break
        else:
            yield ANY, Play()


def _origin(by: str) -> str:
    return DEFAULT if by == ANY else SEGMENT


def _channel(found: Habits, row: int, play: Play, by: str) -> Part:
    """Return the channel that a customer answers by the strongest evidence; else that of the segment."""
    for kind, least, channel, named in EVIDENCE:
        if channel and found.count(kind)[row] >= least:
            return Part(channel, named)
        if not channel:
            counts = {one: int(found.channels[kind][one][row]) for one in MEANT}
            best = max(counts, key=lambda one: counts[one])  # of equal ones the first of MEANT
            if counts[best] >= least:
                return Part(best, named)
    return Part(play.channel, _origin(by))


def _timing(found: Habits, row: int, play: Play, by: str) -> Timing:
    """Return when: of equal hours and weekdays the earliest."""
    hours, days = found.hours[row], found.weekdays[row]
    hour = int(np.argmax(hours)) if hours.sum() >= FEW else None
    weekday = WEEKDAYS[int(np.argmax(days))] if days.sum() >= FEW else None
    return Timing(play.timing, weekday, hour, _origin(by) if hour is None and weekday is None else "own acts")


def _level(found: Habits, row: int, play: Play, by: str) -> Part:
    """Return the offer that the past justifies: less for who buys without a discount, more for who waits for one."""
    level, lines = LEVELS.index(play.offer), int(found.count("purchase")[row])
    if level and lines >= FEW:
        share = int(found.discounted[row]) / lines
        redeemed = int(found.count("redemption")[row])
        if share <= SPARED and not redeemed:
            return Part(LEVELS[level - 1], "own purchases without a discount")
        if redeemed:
            return Part(LEVELS[level], "own redemptions")
        if share >= EAGER:
            return Part(LEVELS[level], "own purchases at a discount")
    return Part(play.offer, _origin(by))


def _shown(
    offer: Offer | None,
    log: Log,
    customers: NDArray[np.int64],
    scores: Scores,
    plays: Sequence[Play],
    language: str,
) -> Iterator[list[str]]:
    """Yield the products that each customer is shown: the best of the list that the play names."""
    names = [name for name in (offer.names if offer else ()) if any(play.products == name for play in plays)]
    if offer is None or not names:
        yield from ([] for _ in plays)
        return
    every = offer.customers(log, customers, scores.as_of, K, names, language=language)
    for play, lists in zip(plays, every, strict=True):
        yield [item.product_id for item in lists.get(play.products, [])]
