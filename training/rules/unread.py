"""Unread: the rules of a dataset that a bundle cannot be asked, such as one on a segment that is no more."""

from features.dataset import Dataset, DatasetError
from features.log.products import Products
from features.sources.attributes import Attributes
from training.bundle.bundle import Bundle
from training.rules.absent import Absent
from training.rules.declared import declared
from training.rules.reading import Reading
from training.rules.rules import Rules
from training.rules.scope import Scope
from training.rules.things import UNKNOWN_PRODUCTS

ALL = "rules"
"""What is at fault where it is no single rule."""


def unread(
    dataset: Dataset, bundle: Bundle, attributes: Attributes | str, products: Products | str = UNKNOWN_PRODUCTS
) -> dict[str, str]:
    """Return by rule, such as `rule.lapsing`, why it cannot be read; scoring and serving with the bundle would end.

    What is only not at hand is no fault: such a rule is left out where it is asked for, and that is said there.

    Args:
        dataset: the declaration.
        bundle: whose features, predictions and segments the rules look at.
        attributes: what is known of customers beside events; where that is not at hand, why.
        products: what is known of products; where that is not at hand, why.
    """
    try:
        every = declared(dataset)
    except DatasetError as error:
        return {ALL: str(error)}
    found: dict[str, str] = {}
    for name in every:
        try:
            Reading(Scope(dataset, every, bundle, attributes, products)).rule(name)
        except Absent:
            continue
        except (DatasetError, ValueError) as error:
            found[f"rule.{name}"] = str(error)
    if not found:
        try:
            Rules.read(dataset, bundle, attributes, products)
        except DatasetError as error:  # each can be read, and together they are too many
            found[ALL] = str(error)
    return found
