"""Personas: what a cluster's customers are like, in words with the numbers that set them apart."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from features.catalogue import unit
from features.catalogue.feature import Aggregate, Feature
from training.segmenters.facts import Facts

_CLEAREST, _TOLD = 2, 4
_PHRASES = {
    "purchase_activity": "{} purchase days, recent ones in full",
    "spend_364d": "{} {currency} in 364 days",
    "gap_mean_364d": "buy every {} days",
    "lines_per_visit_364d": "{} lines a visit",
    "spend_per_visit_364d": "{} {currency} a visit",
    "repeat_share_364d": "{} % of lines bought before",
    "discounted_line_share_364d": "{} % of lines at a discount",
}


def persona(
    facts: Facts, inside: NDArray[np.bool_], names: tuple[str, ...], features: Mapping[str, Feature], currency: str
) -> tuple[str, str]:
    """Return the title and the meaning of a cluster: its clearest inputs, and those beside the numbers of all.

    Args:
        facts: of all who are in a cluster.
        inside: who is in this one, shape (rows,).
        names: of the inputs.
        features: by name, what the inputs mean.
        currency: of amounts.
    """
    told = list[tuple[float, str, str]]()
    for name in names:
        values, feature = _values(facts, name, features), features.get(name)
        own, all_ = float(np.nanmedian(values[inside])), float(np.nanmedian(values))
        own_said, all_said = (_said(name, feature, one, currency) for one in (own, all_))
        if own_said != all_said:
            told.append((_apart(values[inside], all_), own_said, all_said))
    clearest = sorted(told, key=lambda one: -one[0])
    title = ", ".join(own for _, own, _ in clearest[:_CLEAREST]) or "like all others"
    meaning = "; ".join(f"{own} (all: {all_})" for _, own, all_ in clearest[:_TOLD]) or "like all others in every input"
    return title[0].upper() + title[1:], meaning


def _apart(values: NDArray[np.float64], middle: float) -> float:
    """Return how far more or less than half of some values are above a middle."""
    known = values[~np.isnan(values)]
    return abs(float((known > middle).mean() + (known >= middle).mean()) / 2 - 0.5) if known.size else 0.0


def _values(facts: Facts, name: str, features: Mapping[str, Feature]) -> NDArray[np.float64]:
    """Return an input as it is told: of the lines of a category their share."""
    if _category(features.get(name)) and facts.has("lines_364d"):
        total = facts.column("lines_364d")
        return np.nan_to_num(facts.column(name)) / np.where(total > 0, total, np.nan)
    return facts.column(name)


def _category(feature: Feature | None) -> str:
    return feature.only[1] if isinstance(feature, Aggregate) and feature.only is not None else ""


def _said(name: str, feature: Feature | None, value: float, currency: str) -> str:
    if category := _category(feature):
        return f"{100 * value:.0f} % {category.lower()}"
    written = unit.written(feature, value, currency) if feature is not None else f"{value:.3g}"
    meaning = feature.meaning if feature is not None else name
    return _PHRASES.get(name, f"{meaning}: {{}}").format(written, currency=currency)
