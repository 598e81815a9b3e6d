"""What is offered, made beside the targets: methods chosen for each list, and what goes with each product."""

import time
from dataclasses import dataclass, replace

import numpy as np

from features.dataset import Dataset
from features.log.log import PRODUCT, Log
from training.bundle.bundle import Bundle
from training.choice import offered
from training.choice.offered import Offered, Past, TooFew
from training.panel.panel import Panel
from training.recommenders.by_product import ByProduct
from training.recommenders.compared import Compared
from training.recommenders.declared import declared
from training.recommenders.offering import Offering
from training.recommenders.popular import LEAST, Assigned, Popular
from training.tracking.work import Work


@dataclass(frozen=True)
class Made:
    """What was made, or why nothing was."""

    offered: Offered | None = None
    offering: Offering | None = None
    refused: str = ""
    work: Work | None = None
    """When it was made."""

    def said(self) -> list[str]:
        """Return what a training says of it."""
        if self.offered is None:
            return []
        return [
            f"{name}: {chosen} of {len(self.offered.methods[name])} ways to rank products"
            for name, chosen in self.offered.chosen.items()
        ]


NOTHING_OFFERED = Made()
OFFERS = "recommendations"
"""What a run calls them, among what it could not learn."""


def offering(dataset: Dataset, log: Log, end: int) -> Made:
    """Make what a bundle holds of what is offered; nothing where a dataset names no products.

    Args:
        dataset: the declaration.
        log: its events.
        end: microseconds UTC; nothing from then on is looked at.

    Raises:
        DatasetError: `[recommend]` is wrong.
    """
    said = declared(dataset)
    if PRODUCT not in dataset.columns or not log.columns[PRODUCT].size:
        return Made()
    began = time.time()
    try:
        chosen = offered.choose(Past(log, dataset.smallest_group), end)
    except TooFew as error:
        return Made(refused=str(error))
    made = Offering(
        chosen.recommender, ByProduct.fit(log, end, said, dataset.smallest_group), Compared.of(chosen.origins)
    )
    return Made(chosen, made, work=Work.since(began))


def with_popular(made: Made, bundle: Bundle, panel: Panel, log: Log, end: int, smallest: int) -> Made:
    """Return what was made with what is popular in the segments of a bundle.

    Args:
        made: what was made.
        bundle: the segmenters, with the predictions that they look at.
        panel: everyone's rows, at the end among others.
        log: the events.
        end: microseconds UTC.
        smallest: customers that a segment, and a product in it, is told of at the least.
    """
    if made.offering is None:
        return made
    rows = panel.spine.at({end})
    customers, facts = panel.spine.customers[rows], bundle.facts(panel.x[rows])
    order = np.argsort(customers, kind="stable")
    assigned = {
        one.name: Assigned([segment.name for segment in one.segments], one.assign(facts)[order])
        for one in bundle.segmenters
    }
    items = made.offering.recommender.shop.items
    found = Popular.fit(items, log, customers[order], end, assigned, max(LEAST, smallest), smallest)
    return replace(made, offering=replace(made.offering, popular=found))
