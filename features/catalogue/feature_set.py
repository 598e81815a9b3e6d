"""The feature set: what of the catalogue a dataset allows, and the features of its largest categories and channels."""

import math
from zoneinfo import ZoneInfo

import numpy as np

from features.catalogue.catalogue import of_category, of_channel
from features.catalogue.feature import MOST_SELECTIONS, Aggregate, Feature, fitting, own_kinds
from features.catalogue.slug import unique
from features.catalogue.windows import catalogue, too_long
from features.clock import days_between
from features.dataset import Dataset, DatasetError
from features.log import ends
from features.log.event import SELECTIONS
from features.log.log import Log

LARGEST_CATEGORIES = 12
LARGEST_CHANNELS = 4


def feature_set(dataset: Dataset, log: Log, until: int) -> tuple[tuple[Feature, ...], dict[str, str]]:
    """Return the features that a training can use, and why the others of the catalogue are left out.

    Args:
        dataset: the declaration.
        log: its events.
        until: the largest categories and channels are those of the time before this moment.
    """
    zone = ZoneInfo(dataset.zone)
    days = days_between(ends.start(log.days), ends.end(log.days, dataset.end), zone)
    features, left_out = allowed_by(dataset, days)
    long = too_long(features, days)
    features, left_out = tuple(one for one in features if one.name not in long), left_out | long
    if "purchase" not in dataset.kinds:
        return features, left_out
    categories = largest(log, "category", until, LARGEST_CATEGORIES)
    channels = largest(log, "channel", until, LARGEST_CHANNELS)
    of_categories, of_channels = category_slugs(log), channel_slugs(log)
    named = [
        *(feature for name in categories for feature in of_category(name, of_categories[name])),
        *(feature for name in channels if len(channels) > 1 for feature in of_channel(name, of_channels[name])),
    ]
    return (*features, *named), left_out


def allowed_by(dataset: Dataset, days: float = math.inf) -> tuple[tuple[Feature, ...], dict[str, str]]:
    """Return the features that a dataset's declaration allows with so much history, and why others are left out.

    Raises:
        DatasetError: its own kinds of event need more selections than a kernel has room for.
    """
    every = catalogue(dataset.features.windows, dataset.kinds)
    features, left_out = fitting(every, dataset.columns, dataset.kinds, days)
    selections = {feature.selection for feature in features if isinstance(feature, Aggregate)}
    if (over := len(selections) - MOST_SELECTIONS) > 0:
        own = own_kinds(features)
        raise DatasetError(
            f"dataset {dataset.name!r}: features of its kinds of event need {len(selections)} selections, and there is"
            f" room for {MOST_SELECTIONS}: leave out {over} of its own kinds; without room are"
            f" {', '.join(own[-over:])}."
        )
    return features, left_out


def channel_slugs(log: Log) -> dict[str, str]:
    """Return the slug of each channel of a log; those that come to the same are told apart."""
    return unique(log.names["channel"].to_pylist())


def category_slugs(log: Log) -> dict[str, str]:
    """Return the slug of each category of a log; none is that of a channel's lines, which are named beside them."""
    return unique(log.names["category"].to_pylist(), {f"by_{own}" for own in channel_slugs(log).values()})


def largest(log: Log, column: str, until: int, n: int) -> list[str]:
    """Return the values of a named column with the largest sum of purchases before a moment, the largest first."""
    names, purchase = log.names[column], SELECTIONS["purchase"].codes()
    if not len(names):
        return []
    spend = np.zeros(len(names))
    for piece in log.of_today():
        codes, amounts = piece.columns[column], piece.columns["amount"]
        known = (piece.columns["time"] < until) & (codes >= 0) & purchase[piece.columns["code"]]
        spend += np.bincount(codes[known], amounts[known] if amounts.size else None, len(names))
    order = np.argsort(-spend, kind="stable")[:n]
    found: list[str] = names.take(order[spend[order] > 0]).to_pylist()
    return found
