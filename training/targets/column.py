"""Columns: what a table of scores says of each target and segmenter, and that no two of them share one."""

from collections.abc import Iterable

from features.dataset import DatasetError

CUSTOMER, AS_OF = "customer_id", "as_of"
REASON, BY, BECAUSE, SEGMENT = "{}_reason", "{}_by", "{}_because_{}", "{}_segment"
WANTED = 3
"""Reasons of a prediction at most."""
SEGMENTERS = ("rfm", "lifecycle", "value", "behaviour")


def columns(target: str) -> tuple[str, ...]:
    """Return the columns of a target: the value, why there is none, which recipe gave it, and why it is what it is.

    Example:
        >>> columns("churn")
        ('churn', 'churn_reason', 'churn_by', 'churn_because_1', 'churn_because_2', 'churn_because_3')
    """
    because = (BECAUSE.format(target, nth) for nth in range(1, WANTED + 1))
    return (target, REASON.format(target), BY.format(target), *because)


def check(dataset: str, targets: Iterable[str]) -> None:
    """Refuse targets of which a column would be that of another, of a segmenter, or of the row: one would be lost.

    Raises:
        DatasetError: two share a column; the message names both.
    """
    owners = {name: f"the row's {name}" for name in (CUSTOMER, AS_OF)}
    owners |= {SEGMENT.format(name): f"the segmenter {name}" for name in SEGMENTERS}
    for target in targets:
        for column in columns(target):
            if column in owners:
                raise DatasetError(
                    f"dataset {dataset!r}: targets.{target}: its column {column!r} of the scores is that of"
                    f" {owners[column]}, too; rename one of them."
                )
            owners[column] = f"targets.{target}"
