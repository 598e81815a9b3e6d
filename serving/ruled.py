"""Ruled: the rule segments that a service tells of, read from the dataset file when it starts."""

from features.consent.suppression import Suppression
from features.dataset import Dataset, DatasetError, load, shipped
from features.log.log import PRODUCT, Log
from features.log.products import Products
from features.sources import attributes
from features.sources.attributes import Attributes
from serving import served
from training.bundle.bundle import Bundle
from training.rules.rules import NO_RULES, Rules

LINKED = "identifiers are linked into customers, and whose attributes are whose is known to a batch alone"
UNNAMED = "the stored events do not name their products: `make train` stores them anew"
_LATER = "not read yet"


def ruled(bundle: Bundle, log: Log, suppressed: Suppression) -> tuple[Rules, list[str]]:
    """Return the rules of a bundle's dataset, and what is to be said of those that cannot be told.

    Attributes are read where a rule asks for any; they are those of the moment at which the service starts.

    Raises:
        DatasetError: the dataset file or a rule is wrong.
    """
    place = served.declared(bundle.dataset)
    if not place.endswith(".toml") and place not in shipped():
        return NO_RULES, [f"rules are not read: {served.DECLARED} does not say where the file of {place!r} is"]
    business = load(place)
    if business.name != bundle.dataset:
        raise DatasetError(f"{place}: the dataset is {business.name!r}, and the bundle is of {bundle.dataset!r}.")
    products = _products(log)
    rules = Rules.read(business, bundle, _LATER, products)
    if _LATER in rules.left_out.values():
        rules = Rules.read(business, bundle, _attributes(business, suppressed), products)
    return rules, [*rules.told(), *(f"rules: {one}" for one in rules.strangers(log).values())]


def _products(log: Log) -> Products | str:
    """Return what is known of the products of stored events; where those do not name any, why it cannot be told."""
    return log.products if log.columns[PRODUCT].size or not len(log) else UNNAMED


def _attributes(business: Dataset, suppressed: Suppression) -> Attributes | str:
    """Return what is known of customers beside events; where it cannot be told here, why."""
    if business.identified is not None:
        return LINKED
    try:
        return attributes.read(business, suppressed)[0]
    except DatasetError as error:
        return f"attributes are not at hand: {error}"
