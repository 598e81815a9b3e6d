"""Targets: numbers about one customer after the as-of. One small class each; a dataset declares those it wants."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Feature
from features.catalogue.feature_set import largest
from features.clock import DAY
from features.dataset import Dataset, DatasetError
from features.kernel.kernel import Kernel
from features.log.log import Log
from training.targets.category import Category
from training.targets.churn import Churn
from training.targets.conversion import Conversion
from training.targets.decline import Decline
from training.targets.default import defaults
from training.targets.next_purchase import NextPurchase
from training.targets.purchases import Purchases
from training.targets.repurchase import Repurchase
from training.targets.response import Response, largest_types
from training.targets.spend import Spend

__all__ = [
    "Category",
    "Churn",
    "Conversion",
    "Decline",
    "NextPurchase",
    "Purchases",
    "Repurchase",
    "Response",
    "Spend",
    "Target",
    "declared",
    "outcomes",
    "with_needs",
]

Target = Category | Churn | Conversion | Decline | NextPurchase | Purchases | Repurchase | Response | Spend

LARGEST_CATEGORIES = 10


def declared(dataset: Dataset, log: Log, known_until: int) -> tuple[tuple[Target, ...], str]:
    """Return the targets that a dataset declares, each category's by itself; for none, defaults and why these.

    Args:
        dataset: the declaration.
        log: its events.
        known_until: the largest categories are those of the time before this moment.

    Raises:
        DatasetError: a declaration is wrong; the message names the key and what is allowed.
    """
    if not dataset.targets:
        return defaults(log)
    targets: list[Target] = []
    for name, table in dataset.targets.items():
        try:
            target = msgspec.convert({**table, "name": name}, Target)
        except msgspec.ValidationError as error:
            raise DatasetError(f"dataset {dataset.name!r}: targets.{name}: {error}") from None
        if isinstance(target, Category):
            categories = (
                [target.category] if target.category else largest(log, "category", known_until, LARGEST_CATEGORIES)
            )
            targets.extend(target.of(category) for category in categories)
        elif isinstance(target, Response) and not target.types:
            targets.append(target.of(largest_types(log, target.contact, known_until)))
        else:
            targets.append(target)
    return tuple(targets), ""


def with_needs(features: Sequence[Feature], targets: Sequence[Target]) -> tuple[Feature, ...]:
    """Return the features, and those that the targets' cohorts and recipes need beyond them."""
    by_name = {feature.name: feature for feature in features}
    for target in targets:
        for feature in target.needs():
            by_name.setdefault(feature.name, feature)
    return tuple(by_name.values())


def outcomes(
    log: Log, targets: Sequence[Target], customers: NDArray[np.int64], as_of: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Return each target's label for rows of a spine, by the kernel itself.

    What happens in `as_of <= t < as_of + horizon` is what a window of one horizon sees from one horizon later, when
    everything is known of it.
    """
    known = log.all_known()
    measured = {feature.name: feature for target in targets for feature in (*target.outcome(), *target.history())}
    kernel = Kernel(tuple(measured.values()))
    history = kernel.exact(log, customers, as_of)
    seen = {days: kernel.exact(known, customers, as_of + days * DAY) for days in {t.horizon_days for t in targets}}
    labels = {}
    for target in targets:
        after = [kernel.position[feature.name] for feature in target.outcome()]
        before = [kernel.position[feature.name] for feature in target.history()]
        labels[target.name] = target.label(seen[target.horizon_days][:, after], history[:, before])
    return labels
