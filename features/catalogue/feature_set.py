"""The feature set: what of the catalogue a dataset allows, and the features of its largest categories and channels."""

import numpy as np

from features.catalogue.catalogue import of_category, of_channel
from features.catalogue.feature import Feature, fitting
from features.catalogue.windows import catalogue, too_long
from features.clock import DAY
from features.dataset import Dataset
from features.log import as_of
from features.log.event import SELECTIONS
from features.log.log import Log

LARGEST_CATEGORIES = 8
LARGEST_CHANNELS = 4


def feature_set(dataset: Dataset, log: Log, until: int) -> tuple[tuple[Feature, ...], dict[str, str]]:
    """Return the features that a training can use, and why the others of the catalogue are left out.

    Args:
        dataset: the declaration.
        log: its events.
        until: the largest categories and channels are those of the time before this moment.
    """
    days = (as_of.end(log.days, dataset.end) - as_of.start(log.days)) // DAY
    features, left_out = fitting(catalogue(dataset.features.windows), dataset.columns, dataset.kinds, days)
    long = too_long(features, days)
    features, left_out = tuple(one for one in features if one.name not in long), left_out | long
    if "purchase" not in dataset.kinds:
        return features, left_out
    categories = largest(log, "category", until, LARGEST_CATEGORIES)
    channels = largest(log, "channel", until, LARGEST_CHANNELS)
    named = [
        *(feature for name in categories for feature in of_category(name, slug(name))),
        *(feature for name in channels if len(channels) > 1 for feature in of_channel(name, slug(name))),
    ]
    return (*features, *{feature.name: feature for feature in named}.values()), left_out


def largest(log: Log, column: str, until: int, n: int) -> list[str]:
    """Return the values of a named column with the largest sum of purchases before a moment, the largest first."""
    names, purchase = log.names[column], SELECTIONS["purchase"].codes()
    if not len(names):
        return []
    spend = np.zeros(len(names))
    for _, piece in log.pieces():
        codes, amounts = piece.columns[column], piece.columns["amount"]
        known = (piece.columns["time"] < until) & (codes >= 0) & purchase[piece.columns["code"]]
        spend += np.bincount(codes[known], amounts[known] if amounts.size else None, len(names))
    order = np.argsort(-spend, kind="stable")[:n]
    found: list[str] = names.take(order[spend[order] > 0]).to_pylist()
    return found


def slug(name: str) -> str:
    """Return a category's or channel's name as a part of a feature's or target's name."""
    return "_".join("".join(c if c.isalnum() else " " for c in name.casefold()).split()) or "unnamed"
