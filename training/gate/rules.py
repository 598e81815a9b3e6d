"""The gate of rules: with a challenger that a rule cannot be read with, scoring and serving would end."""

from features.dataset import Dataset
from features.log.products import Products
from features.sources.attributes import Attributes
from training.bundle.bundle import Bundle
from training.gate.gate import Verdict
from training.rules.things import UNKNOWN_PRODUCTS
from training.rules.unread import unread

GATE = "rules"


def judge(
    dataset: Dataset, challenger: Bundle, attributes: Attributes | str, products: Products | str = UNKNOWN_PRODUCTS
) -> tuple[Verdict, ...]:
    """Refuse each rule of the dataset that cannot be read with the challenger; of others nothing is said.

    Args:
        dataset: which declares the rules.
        challenger: the bundle that wants to be served.
        attributes: what is known of customers beside events; where that is not at hand, why.
        products: what is known of products; where that is not at hand, why.
    """
    return tuple(
        Verdict(
            GATE,
            name,
            None,
            "every rule can be read",
            False,
            "no",
            f"({why})",
            "Mend the rule in the dataset file, or `make promote FORCE=1` and scoring and serving end until it is.",
        )
        for name, why in unread(dataset, challenger, attributes, products).items()
    )
