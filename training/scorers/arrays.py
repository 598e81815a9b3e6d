"""A scorer's fields as one NumPy file: arrays, and numbers as arrays of no dimension."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def save(scorer: "DataclassInstance", path: Path) -> None:
    """Write a scorer's fields."""
    np.savez(path, **asdict(scorer))


def load(kind: type[T], path: Path) -> T:
    """Read what `save` wrote; what the class declares as a number is one again."""
    with np.load(path, allow_pickle=False) as stored:
        values = dict(stored)
    for field in fields(kind):
        for number in (int, float):
            if field.type is number:
                values[field.name] = number(values[field.name])
    return kind(**values)
