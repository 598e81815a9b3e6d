"""The policies that a dataset declares: each a file that training wrote, held to the version that was looked at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from features.dataset import Dataset, DatasetError
from features.nearest import explained, nearest
from features.remote.copied import is_far
from training.uplift.policy import Policy, parse

_NAME = r"[A-Za-z][A-Za-z0-9_]*"


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table `[policies.NAME]` of a dataset file."""

    path: str
    """The file, from the folder of the dataset file on."""
    version: str = ""
    """What the file must be: a hash of all that it says. It is needed; an error tells that of the file."""
    segmenter: str = ""
    """Whose segments the rules name, where the file does not say it."""
    actions: dict[str, Any] = {}
    """By action what is done, as the arms of an experiment; needed where an audience is told by it."""


@dataclass(frozen=True)
class Held:
    """A policy as it was read."""

    name: str
    """What the dataset calls it."""
    policy: Policy
    declared: Declared
    segmenter: str
    where: str
    """Where it stands, for messages."""

    @property
    def version(self) -> str:
        """A hash of all that the policy says."""
        return self.policy.version

    @property
    def state(self) -> str:
        """What it is, in words."""
        return f"{self.name} version {self.version}"


def read(dataset: Dataset, name: str) -> Held:
    """Return a policy of a dataset.

    Raises:
        DatasetError: there is none, its file cannot be read or is of another version, or names other actions than those
            that are declared.
    """
    if name not in dataset.policies:
        raise DatasetError(f"dataset {dataset.name!r}: policies: got {name!r}.{nearest(name, dataset.policies)}")
    where = f"dataset {dataset.name!r}: policies.{name}"
    said = _declared(dataset, name, where)
    try:
        policy = parse(_bytes(dataset, said, where))
    except ValueError as error:
        raise DatasetError(f"{where}.path: {said.path}: {error}") from None
    if said.version != policy.version:
        got = repr(said.version) if said.version else "nothing"
        raise DatasetError(
            f"{where}.version: got {got}, and {said.path} is {policy.version!r}: look at what it says, and write that."
        )
    if said.segmenter and policy.segmenter and said.segmenter != policy.segmenter:
        raise DatasetError(
            f"{where}.segmenter: got {said.segmenter!r}, and {said.path} is of the segments of {policy.segmenter!r}."
        )
    segmenter = policy.segmenter or said.segmenter
    if not segmenter and any(rule.segment for rule in policy.rules):
        raise DatasetError(f"{where}.segmenter: got none, and {said.path} does not say whose segments its rules name.")
    _check_actions(policy, said, where)
    return Held(name, policy, said, segmenter, where)


def told(dataset: Dataset) -> Iterator[str]:
    """Yield a line for each policy of a dataset.

    Raises:
        DatasetError: one is wrong.
    """
    for name in dataset.policies:
        held = read(dataset, name)
        own = held.policy
        rules = ", ".join(f"{rule.segment or rule.where}: {rule.action}" for rule in own.rules)
        every = f"{rules}; else {_other(own)}" if rules else _other(own)
        yield f"policy {held.state}: {every}; exploration {own.exploration:.0%}"


def beside(dataset: Dataset) -> list[str]:
    """Return the files of a dataset's policies, from the folder of the dataset file on, so that they can go with it.

    Raises:
        DatasetError: a policy is wrong, or its file is neither beside the dataset file nor below it.
    """
    found = [read(dataset, name).declared.path for name in dataset.policies]
    for name, path in zip(dataset.policies, found, strict=True):
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise DatasetError(
                f"dataset {dataset.name!r}: policies.{name}.path: got {path!r}; what goes along stands beside the"
                " dataset file, or below it."
            )
    return found


def _other(policy: Policy) -> str:
    """Return what is done for whom no rule speaks of, in words."""
    if policy.learned is None:
        return policy.other
    return f"by what {len(policy.learned.features)} features tell of {', '.join(policy.actions[1:])}"


def _declared(dataset: Dataset, name: str, where: str) -> Declared:
    if not re.fullmatch(_NAME, name):
        raise DatasetError(f"{where}: got {name!r}; a letter, then letters, digits and '_' are allowed.")
    try:
        return msgspec.convert(dataset.policies[name], Declared)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {explained(error, Declared.__struct_fields__)}") from None


def _bytes(dataset: Dataset, said: Declared, where: str) -> bytes:
    if is_far(said.path):
        raise DatasetError(f"{where}.path: got {said.path!r}; a file of this machine is allowed.")
    try:
        return (Path(dataset.folder) / said.path).read_bytes()
    except OSError as error:
        raise DatasetError(f"{where}.path: {said.path} cannot be read: {error.strerror}.") from None


def _check_actions(policy: Policy, said: Declared, where: str) -> None:
    """Check that what is done is told of each action that the policy gives, and of no other."""
    if not said.actions:
        return
    for action in policy.actions:
        if action not in said.actions:
            raise DatasetError(
                f"{where}.actions: the policy gives {action!r}, which is not declared.{nearest(action, said.actions)}"
            )
    for action in said.actions:
        if action not in policy.actions:
            raise DatasetError(
                f"{where}.actions: got {action!r}, which the policy never gives.{nearest(action, policy.actions)}"
            )
