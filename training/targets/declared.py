"""The targets that a dataset declares, and the features that they need."""

from collections.abc import Sequence

import msgspec

from features.catalogue.feature import Feature
from features.dataset import Dataset, DatasetError
from features.log.log import Log
from training.targets import column
from training.targets.default import defaults
from training.targets.target import Target


def declared(dataset: Dataset, log: Log, known_until: int) -> tuple[tuple[Target, ...], str]:
    """Return the targets that a dataset declares, each category's by itself; for none, defaults and why these.

    Args:
        dataset: the declaration.
        log: its events.
        known_until: the largest categories are those of the time before this moment.

    Raises:
        DatasetError: a declaration is wrong, or two targets would share a column of the scores; the message names the
            key and what is allowed.
    """
    if not dataset.targets:
        return defaults(log, dataset.end)
    targets: list[Target] = []
    for name, table in dataset.targets.items():
        try:
            target = msgspec.convert({**table, "name": name}, Target)
        except msgspec.ValidationError as error:
            raise DatasetError(f"dataset {dataset.name!r}: targets.{name}: {error}") from None
        targets.extend(target.spelled_out(log, known_until))
    column.check(dataset.name, [target.name for target in targets])
    return tuple(targets), ""


def with_needs(
    features: Sequence[Feature], targets: Sequence[Target], others: Sequence[Feature] = ()
) -> tuple[Feature, ...]:
    """Return the features, and those that the targets' cohorts and recipes, and others, need beyond them."""
    by_name = {feature.name: feature for feature in features}
    for feature in (*(feature for target in targets for feature in target.needs()), *others):
        by_name.setdefault(feature.name, feature)
    return tuple(by_name.values())
