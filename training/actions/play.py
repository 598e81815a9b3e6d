"""A play: what is usually done for a segment, as it ships or as a dataset's `[actions]` says it otherwise."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from features.dataset import Dataset, DatasetError, Profit
from features.nearest import explained, nearest
from training.bundle.bundle import Bundle
from training.recommenders.lists import LISTS

SHIPPED = Path(__file__).parent / "shipped.toml"
LEVELS = ("none", "small", "medium", "large")
"""Of offers, from nothing on."""
CHANNELS = ("mail", "sms", "push", "phone", "post", "web", "store", "ads")
ORDER, TARGET = "order", "target"
"""Reserved names of `[actions]`: which segmenter is asked first, and which prediction tells what is expected."""
FIRST = ("rfm", "lifecycle", "value")
ANY = "any"
"""Whom no segment tells anything of."""


class Play(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done for a segment."""

    proposition: str = ""
    """What they are promised."""
    message: str = ""
    """What they are told."""
    action: str = ""
    """What is done."""
    channel: str = "mail"
    """By which channel, where nothing is known of what the customer answers."""
    timing: str = ""
    """When."""
    offer: str = "none"
    """One of LEVELS."""
    products: str = ""
    """The list whose products are shown; empty: none."""
    destination: str = ""
    """By which tool: a name of `[destinations]`."""
    service_channel: str = ""
    """How they are served."""


@dataclass(frozen=True)
class Actions:
    """All plays of a dataset, and what else tells what is suggested."""

    plays: Mapping[str, Mapping[str, Play]]
    """By segmenter, by segment."""
    order: tuple[str, ...] = FIRST
    """The segmenters that are asked, the first first."""
    target: str = ""
    """The prediction that tells what is expected; empty: the first that can."""
    profit: Profit = field(default_factory=Profit)


@cache
def shipped() -> dict[str, dict[str, Play]]:
    """Return what ships, by segmenter and segment."""
    read = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    return msgspec.convert(read, dict[str, dict[str, Play]])


def declared(dataset: Dataset) -> Actions:
    """Return the plays of a dataset; whether a bundle has such segments is not looked at.

    Raises:
        DatasetError: a key, a type or a name is not allowed.
    """
    given, where = dict(dataset.actions), f"dataset {dataset.name!r}: actions"
    order, target = given.pop(ORDER, list(FIRST)), given.pop(TARGET, "")
    if not isinstance(order, list) or not order or not all(isinstance(one, str) for one in order):
        raise DatasetError(f"{where}.{ORDER}: got {order!r}; names of segmenters are needed, such as ['rfm'].")
    if not isinstance(target, str):
        raise DatasetError(f"{where}.{TARGET}: got {target!r}; the name of a target is needed.")
    plays = {name: dict(own) for name, own in shipped().items()}
    for segmenter, tables in given.items():
        if not isinstance(tables, dict) or not all(isinstance(one, dict) for one in tables.values()):
            raise DatasetError(f"{where}.{segmenter}: got {tables!r}; tables [actions.SEGMENTER.SEGMENT] are allowed.")
        own = plays.setdefault(segmenter, {})
        for segment, table in tables.items():
            own[segment] = _play(dataset, f"{where}.{segmenter}.{segment}", table, own.get(segment, Play()))
    return Actions(plays, tuple(order), target, dataset.profit or Profit())


def _play(dataset: Dataset, where: str, table: Mapping[str, Any], before: Play) -> Play:
    """Return a play with what a table says otherwise."""
    try:
        play = msgspec.convert({**msgspec.to_builtins(before), **table}, Play)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {explained(error, Play.__struct_fields__)}") from None
    for name, allowed in (("channel", CHANNELS), ("offer", LEVELS), ("products", ("", *LISTS))):
        if (got := getattr(play, name)) not in allowed:
            raise DatasetError(f"{where}.{name}: got {got!r}.{nearest(got, [one for one in allowed if one])}")
    if play.destination and play.destination not in dataset.destinations:
        raise DatasetError(
            f"{where}.destination: got {play.destination!r}.{nearest(play.destination, dataset.destinations)}"
        )
    return play


def of_bundle(dataset: Dataset, bundle: Bundle) -> Actions:
    """Return the plays of a dataset, held against what a bundle has.

    Raises:
        DatasetError: the declaration is wrong, or names a segment or a prediction that the bundle has not.
    """
    said, where = declared(dataset), f"dataset {dataset.name!r}: actions"
    segments = {one.name: {own.name for own in one.segments} for one in bundle.segmenters}
    for segmenter, tables in dataset.actions.items():
        if segmenter in {ORDER, TARGET}:
            continue
        if segmenter not in segments:
            raise DatasetError(f"{where}: there is no segmenter {segmenter!r}.{nearest(segmenter, segments)}")
        for segment in tables:
            known = segments[segmenter] | set(shipped().get(segmenter, {}))  # ours may be merged for lack of customers
            if segment not in known:
                raise DatasetError(f"{where}.{segmenter}: there is no segment {segment!r}.{nearest(segment, known)}")
    for place, segmenter in enumerate(dataset.actions.get(ORDER, [])):
        if segmenter not in segments:
            raise DatasetError(f"{where}.{ORDER}[{place}]: got {segmenter!r}.{nearest(segmenter, segments)}")
    targets = [one.target.name for one in bundle.predictors if not one.target.context]
    if said.target and said.target not in targets:
        raise DatasetError(f"{where}.{TARGET}: got {said.target!r}.{nearest(said.target, targets)}")
    return said
