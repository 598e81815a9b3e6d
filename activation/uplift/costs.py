"""Costs: what an outcome is worth and each arm costs, as it is asked, else as `[profit]` of the dataset says."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from activation.experiments.measure import Wanted
from features.dataset import Dataset
from training.uplift.chosen import Costs
from training.uplift.trial import NoTrial

_SALES = ("orders", "buyers")
"""Outcomes of which one is a success, as `[profit]` has a value of."""


def costs(
    dataset: Dataset,
    metric: Wanted,
    arms: Sequence[str],
    alone: Collection[str],
    cost: Mapping[str, float],
    worth: float | None,
) -> tuple[Costs, list[str]]:
    """Return what an outcome is worth and each arm costs a customer, and what is to be told of it.

    Args:
        dataset: whose `[profit]` counts where nothing is asked.
        metric: the outcome.
        arms: the control first.
        alone: those of them for which nothing is done; the control is one of them.
        cost: by arm, as it is asked.
        worth: of one unit of the outcome, as it is asked.

    Raises:
        NoTrial: a cost is of no arm, or actions cost something and nothing says what the outcome is worth.
    """
    if unknown := sorted(set(cost) - set(arms)):
        raise NoTrial(f"cost: got {unknown[0]!r}; arms are {', '.join(arms)}.")
    if worth is not None and not 0 < worth < float("inf"):
        raise NoTrial(f"worth: got {worth:g}; above 0 is allowed.")
    usual = dataset.profit.cost if dataset.profit else 0.0
    each = np.array([cost.get(arm, 0.0 if arm in alone or not place else usual) for place, arm in enumerate(arms)])
    own, whence = (worth, "as asked") if worth is not None else _worth(dataset, metric, paid=bool(each.any()))
    return Costs(own, each), list(_told(dataset, metric, arms, each, own, whence))


def _worth(dataset: Dataset, metric: Wanted, *, paid: bool) -> tuple[float, str]:
    """Return what one unit is worth by `[profit]`, and the key that says so."""
    profit = dataset.profit
    if profit is not None and metric.unit == "currency":
        return profit.margin, "[profit] margin"
    if profit is not None and metric.name.rpartition("_")[0] in _SALES:
        return profit.value, "[profit] value"
    if paid:
        raise NoTrial(
            f"worth: actions cost something, and nothing says what {metric.name} is worth; WORTH= says what one unit of"
            " it is, in what costs are told in."
        )
    return 1.0, "nothing says what it is worth: values are in units of the outcome"


def _told(
    dataset: Dataset, metric: Wanted, arms: Sequence[str], cost: np.ndarray, worth: float, whence: str
) -> Iterator[str]:
    each = ", ".join(f"{arm} {one:g}" for arm, one in zip(arms, cost.tolist(), strict=True))
    yield f"cost of one customer: {each}; one unit of {metric.name} is worth {worth:g}: {whence}"
    if whence == "[profit] margin" and dataset.profit and dataset.profit.margins:
        yield "margins by category are not told apart here: [profit] margin is that of all"
