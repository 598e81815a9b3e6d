"""Enough: the fewest customers and outcomes that a target is learned from, unless the user insists.

How many days are needed follows from its horizon: the split says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from features.catalogue.feature import Aggregate, Feature, lacks
from features.dataset import Dataset
from features.log.event import MONEY, SELECTIONS
from features.log.log import Log
from training.panel.examples import Examples


class Refused(ValueError):
    """A target cannot be learned from these data; the message names the rule."""


@dataclass(frozen=True)
class Enough:
    """The least that is enough."""

    customers: int = 500
    """Different customers in the cohort, over all cut-offs; without labels, at the data's end."""
    either_class: int = 100
    """Rows of the rarer outcome of a binary target, or of a known time."""

    def check_customers(self, customers: int) -> None:
        """Raise Refused where the cohort has too few."""
        if customers < self.customers:
            raise Refused(f"at least {self.customers} customers in the cohort are needed; got {customers}.{_OVERRIDE}")

    def check(self, task: str, examples: Examples) -> None:
        """Raise Refused where the examples are too few."""
        self.check_customers(np.unique(examples.customers).size)
        if task == "binary":
            rarer = int(min(examples.y.sum(), len(examples) - examples.y.sum()))
            if rarer < self.either_class:
                raise Refused(
                    f"at least {self.either_class} rows of either outcome are needed; got {rarer}.{_OVERRIDE}"
                )
        if task == "time":
            known = int((examples.y < examples.y.max(initial=0)).sum())
            if known < self.either_class:
                raise Refused(
                    f"at least {self.either_class} rows with a purchase in the horizon are needed; got {known}."
                    f"{_OVERRIDE}"
                )


def check_features(features: Iterable[Feature], dataset: Dataset) -> None:
    """Raise Refused where a dataset lacks a column or a kind of event that one of the aggregates counts."""
    for feature in features:
        if isinstance(feature, Aggregate) and (missing := lacks(feature, {}, dataset.columns, dataset.kinds)):
            raise Refused(f"{feature.name} is needed: {missing}.")


def check_money(features: Iterable[Feature], log: Log) -> None:
    """Raise Refused where one of the aggregates counts money and no purchase has a positive amount."""
    of_money = [one.name for one in features if isinstance(one, Aggregate) and one.column in MONEY]
    if of_money and not any(_paid(piece) for _, piece in log.pieces()):
        raise Refused(f"{of_money[0]} is needed: no purchase has a positive amount; at least one is needed.")


def _paid(log: Log) -> bool:
    bought = SELECTIONS["purchase"].codes(log.kinds)[log.columns["code"]]
    return bool((log.columns["amount"][bought] > 0).any()) if log.columns["amount"].size else False


_OVERRIDE = " ALLOW_SMALL=1 overrides"

SMALL_IS_FINE = Enough(customers=0, either_class=0)
