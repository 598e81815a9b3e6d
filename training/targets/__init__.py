"""Targets: numbers about one customer after the as-of. One small class each; a dataset declares those it wants."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.dataset import Dataset, DatasetError
from features.feature import Aggregate, Feature
from features.kernel import Kernel
from features.log import Log
from training.targets.churn import Churn
from training.targets.spend import Spend

__all__ = ["Churn", "Spend", "Target", "declared", "outcomes", "with_needs"]

Target = Churn | Spend


def declared(dataset: Dataset) -> tuple[Target, ...]:
    """Return the targets that a dataset declares.

    Raises:
        DatasetError: a declaration is wrong; the message names the key and what is allowed.
    """
    targets = []
    for name, table in dataset.targets.items():
        try:
            targets.append(msgspec.convert({**table, "name": name}, Target))
        except msgspec.ValidationError as error:
            raise DatasetError(f"dataset {dataset.name!r}: targets.{name}: {error}") from None
    return tuple(targets)


def with_needs(features: Sequence[Feature], targets: Sequence[Target]) -> tuple[Feature, ...]:
    """Return the features, and those that the targets' cohorts and baselines need beyond them."""
    by_name = {feature.name: feature for feature in features}
    for target in targets:
        for feature in target.needs():
            by_name.setdefault(feature.name, feature)
    return tuple(by_name.values())


def outcomes(
    log: Log, targets: Sequence[Target], customers: NDArray[np.int64], as_of: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Return each target's label for rows of a spine, by the kernel itself.

    What happens in `as_of <= t < as_of + horizon` is what a window of one horizon sees from one horizon later.
    """
    unique: dict[str, Aggregate] = {target.outcome().name: target.outcome() for target in targets}
    kernel = Kernel(tuple(unique.values()))
    labels = {}
    for target in targets:
        seen = kernel.exact(log, customers, as_of + target.horizon_days * DAY)
        labels[target.name] = target.label(seen[:, kernel.position[target.outcome().name]])
    return labels
