"""What is offered, made beside the targets: methods chosen for each list, and what goes with each product."""

import time
from dataclasses import dataclass

from features.dataset import Dataset
from features.log.log import PRODUCT, Log
from training.choice import offered
from training.choice.offered import Offered, Past, TooFew
from training.recommenders.by_product import ByProduct
from training.recommenders.compared import Compared
from training.recommenders.declared import declared
from training.recommenders.offering import Offering
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
        chosen = offered.choose(Past(log), end)
    except TooFew as error:
        return Made(refused=str(error))
    made = Offering(
        chosen.recommender, ByProduct.fit(log, end, said, dataset.smallest_group), Compared.of(chosen.origins)
    )
    return Made(chosen, made, work=Work.since(began))
