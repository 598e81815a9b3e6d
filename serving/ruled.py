"""Ruled: the rule segments that a service tells of, read from the dataset file when it starts."""

from features.consent.suppression import Suppression
from features.dataset import Dataset, DatasetError, load, shipped
from features.log.log import PRODUCT, Log
from features.log.products import Products
from features.sources import attributes
from features.sources.attributes import Attributes
from serving import served
from training.bundle.bundle import Bundle
from training.offers.offer import Offer, offer
from training.rules.rules import NO_RULES, Rules

LINKED = "identifiers are linked into customers, and whose attributes are whose is known to a batch alone"
UNNAMED = "the stored events do not name their products: `make train` stores them anew"
NOTHING = "the bundle offers nothing: its dataset names no products, too few were bought, or it was trained without"
_LATER = "not read yet"


def business(bundle: Bundle) -> Dataset | None:
    """Return the dataset of a bundle as it is declared now; None where its file is not told.

    Raises:
        DatasetError: the file is wrong, or of another dataset.
    """
    place = served.declared(bundle.dataset)
    if not place.endswith(".toml") and place not in shipped():
        return None
    found = load(place)
    if found.name != bundle.dataset:
        raise DatasetError(f"{place}: the dataset is {found.name!r}, and the bundle is of {bundle.dataset!r}.")
    return found


def ruled(bundle: Bundle, dataset: Dataset | None, log: Log, suppressed: Suppression) -> tuple[Rules, list[str]]:
    """Return the rules of a bundle's dataset, and what is to be said of those that cannot be told.

    Attributes are read where a rule asks for any; they are those of the moment at which the service starts.

    Raises:
        DatasetError: a rule is wrong.
    """
    if dataset is None:
        return NO_RULES, [f"rules are not read: {served.DECLARED} does not say where the file of {bundle.dataset!r} is"]
    products = _products(log)
    rules = Rules.read(dataset, bundle, _LATER, products)
    if _LATER in rules.left_out.values():
        rules = Rules.read(dataset, bundle, _attributes(dataset, suppressed), products)
    return rules, [*rules.told(), *(f"rules: {one}" for one in rules.strangers(log).values())]


def offered(bundle: Bundle, dataset: Dataset | None, log: Log, base: int) -> tuple[Offer | None, str]:
    """Return what a bundle offers by the rules of its dataset, or why nothing: what may not be offered is not guessed.

    Raises:
        DatasetError: a rule is wrong.
    """
    if bundle.offering is None:
        return None, NOTHING
    if dataset is None:
        where = f"{served.DECLARED} does not say where the file of {bundle.dataset!r} is"
        return None, f"nothing is offered: {where}, which says what may not be"
    return offer(bundle, dataset, log.products, log.names["product"], base), ""


def _products(log: Log) -> Products | str:
    """Return what is known of the products of stored events; where those do not name any, why it cannot be told."""
    return log.products if log.columns[PRODUCT].size or not len(log) else UNNAMED


def _attributes(dataset: Dataset, suppressed: Suppression) -> Attributes | str:
    """Return what is known of customers beside events; where it cannot be told here, why."""
    if dataset.identified is not None:
        return LINKED
    try:
        return attributes.read(dataset, suppressed)[0]
    except DatasetError as error:
        return f"attributes are not at hand: {error}"
