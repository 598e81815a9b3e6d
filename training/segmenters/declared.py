"""The segmenters that a dataset has, and the features that they need."""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from features.catalogue.feature import Feature
from features.dataset import Dataset, DatasetError
from training.segmenters import Segmenter
from training.segmenters.facts import Facts
from training.segmenters.lifecycle import Lifecycle
from training.segmenters.lifecycle_settings import LifecycleSettings, told_by
from training.segmenters.rfm import Rfm
from training.segmenters.rfm_settings import RfmSettings
from training.targets import Target

Fit = Callable[[Facts], Segmenter]
"""Fits a segmenter to customers of one moment; raises ValueError, with the reason, where they do not allow one."""

Kind = TypeVar("Kind", bound=msgspec.Struct)


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
    rfm: RfmSettings = RfmSettings()
    """Where the scores of RFM begin, and which segment each of its cells is."""


def settings(dataset: Dataset) -> Segments:
    """Return what a dataset says of its segments.

    Raises:
        DatasetError: a key or value is not allowed.
    """
    return _told(dataset, "segments", dataset.segments, Segments)


def lifecycle(dataset: Dataset) -> LifecycleSettings:
    """Return where a dataset says that the states of a customer's life begin.

    Raises:
        DatasetError: a key or value is not allowed.
    """
    return _told(dataset, "lifecycle", dataset.lifecycle, LifecycleSettings)


def _told(dataset: Dataset, key: str, table: dict[str, Any], kind: type[Kind]) -> Kind:
    """Return a table of a dataset file as what it declares."""
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise DatasetError(f"dataset {dataset.name!r}: {key}: {error}") from None


def needs(dataset: Dataset, targets: Sequence[Target]) -> tuple[Feature, ...]:
    """Return the features that the segmenters of a dataset need, in the catalogue or not; models do not see them.

    Args:
        dataset: the declaration.
        targets: those that are learned.

    Raises:
        DatasetError: what is said of segments is wrong.
    """
    settings(dataset)
    told = told_by(lifecycle(dataset), targets)
    return told.needs if "purchase" in dataset.kinds else ()


def declared(dataset: Dataset, targets: Sequence[Target] = ()) -> dict[str, Fit]:
    """Return what fits each segmenter of a dataset that is a rule, by name.

    Args:
        dataset: the declaration.
        targets: those for which `needs` was asked.
    """
    said, states = settings(dataset), lifecycle(dataset)
    return {
        "rfm": partial(Rfm.fit, settings=said.rfm),
        "lifecycle": partial(Lifecycle.fit, settings=states, told=told_by(states, targets)),
    }


def noted(dataset: Dataset) -> dict[str, str]:
    """Return a digest of what a dataset declares of each segmenter, by its name: another one asks for another fit."""
    own = {**msgspec.to_builtins(settings(dataset)), "lifecycle": dataset.lifecycle}
    return {
        name: hashlib.sha256(json.dumps(own.get(name), sort_keys=True, default=str).encode()).hexdigest()[:12]
        for name in (*declared(dataset), "value", "behaviour")
    }
