"""The segmenters that a dataset has, and the features that they need."""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from features.dataset import Dataset, DatasetError
from training.segmenters import Segmenter
from training.segmenters.facts import Facts
from training.segmenters.rfm import Rfm

Fit = Callable[[Facts], Segmenter]
"""Fits a segmenter to customers of one moment; raises ValueError, with the reason, where they do not allow one."""


class Segments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[segments]` of a dataset file."""

    value: Literal["", "nested", "kmeans", "bisecting", "rfm_kmeans"] = ""
    """How customers are put together by what they are worth; by default the nested cuts that pass the gate."""
    behaviour: bool = True
    """Whether customers are put together by how they buy, too, where such groups pass the gate."""
    moved: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1
    """A challenger is refused that puts a larger share of the same customers elsewhere than the champion."""
    least: Annotated[int, msgspec.Meta(ge=1)] = 100
    """A segment of fewer customers is flagged."""


def settings(dataset: Dataset) -> Segments:
    """Return what a dataset says of its segments.

    Raises:
        DatasetError: a key or value is not allowed.
    """
    try:
        return msgspec.convert(dataset.segments, Segments)
    except msgspec.ValidationError as error:
        raise DatasetError(f"dataset {dataset.name!r}: segments: {error}") from None


def declared(dataset: Dataset) -> dict[str, Fit]:
    """Return what fits each segmenter of a dataset that is a rule, by name."""
    settings(dataset)
    return {"rfm": Rfm.fit}
