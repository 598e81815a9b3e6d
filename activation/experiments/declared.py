"""A declared experiment: `[experiments.NAME]` of the dataset file."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from activation.experiments.interval import ALPHA, EARLY
from activation.experiments.measure import NoSuchMeasure, Wanted, wanted
from features.clock import DAY
from features.dataset import Dataset, DatasetError
from features.nearest import nearest

_SAME = 1e-9
_LEAST_ARMS = 2
SUGGESTED = "suggested"
"""The action of an arm in which each is told what is suggested to them."""
HELD = "hold-out"
"""The word of assignments for who is left alone, which no arm may be called."""


class What(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done for the customers of an arm; nothing of it: they are left alone."""

    message: str = ""
    """A message's name."""
    offer: str = ""
    """An offer's name."""
    action: str = ""
    """`suggested` for what is suggested to each, else the one action of all."""

    @property
    def nothing(self) -> bool:
        """Whether they are left alone."""
        return not (self.message or self.offer or self.action)

    @property
    def called(self) -> str:
        """What they are sent, by the plainest name: the offer's, else the message's, else that of the action."""
        return self.offer or self.message or self.action


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is parted into which arms by chance, and what tells afterwards whether it was of use."""

    audience: str
    arms: dict[str, str | What]
    """What is done for each: a text is a message's name, an empty one nothing. The first is compared with `against`."""
    primary: str = "spend_28d"
    """The one metric that decides."""
    secondary: tuple[str, ...] = ()
    """Others, told beside it by Benjamini and Hochberg."""
    against: str = ""
    """The arm that the first is compared with; by default the second."""
    weights: dict[str, Annotated[float, msgspec.Meta(gt=0, le=1)]] = {}
    """The share of each arm; by default all the same."""
    horizon: Annotated[int, msgspec.Meta(ge=0, le=999)] = 0
    """Days from the start to the end; by default those of the primary metric. Who is assigned later than that many
    days before the end is not read."""
    peek: bool = True
    """Whether it may be looked at before its end, which costs a fifth of alpha."""
    segmenter: str = ""
    """Whose segments effects are told by; by default those of the bundle's first."""
    stop: Literal["propose", "auto"] = "propose"
    """Whether a loss that is certain is told, or holds what is still to be sent, too."""
    name: str = ""
    """Set by `declared`."""

    @property
    def metric(self) -> Wanted:
        """The primary metric."""
        return wanted(self.primary)

    @property
    def days(self) -> int:
        """Days from the start to the end."""
        return self.horizon or self.metric.days

    @property
    def length(self) -> int:
        """The same in microseconds."""
        return self.days * DAY

    @property
    def pair(self) -> tuple[str, str]:
        """The arm that is compared with, and the arm that is compared."""
        first, second, *_ = self.arms
        return self.against or second, first

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of each arm."""
        return tuple(self.weights.get(arm, 1 / len(self.arms)) for arm in self.arms)

    @property
    def alpha(self) -> float:
        """What of alpha the interval at the end has."""
        return ALPHA * (1 - EARLY) if self.peek else ALPHA

    @property
    def unanswered(self) -> str:
        """The arm that tells customers apart where none tells all the same; empty where that question is asked."""
        whats = {arm: self.what(arm) for arm in self.arms}
        if any(not one.nothing and one.action != SUGGESTED for one in whats.values()):
            return ""
        return next((arm for arm, one in whats.items() if one.action == SUGGESTED), "")

    def what(self, arm: str) -> What:
        """Return what is done for an arm."""
        given = self.arms[arm]
        return given if isinstance(given, What) else What(message=given)


def declared(dataset: Dataset) -> dict[str, Experiment]:
    """Return the experiments that a dataset declares, by name.

    Raises:
        DatasetError: a declaration is wrong; the message names the key and what is allowed.
    """
    return {name: _read(dataset, name) for name in dataset.experiments}


def experiment(dataset: Dataset, name: str) -> Experiment:
    """Return one experiment.

    Raises:
        DatasetError: there is none, or its declaration is wrong.
    """
    if name not in dataset.experiments:
        raise DatasetError(f"dataset {dataset.name!r}: experiments: got {name!r}.{nearest(name, dataset.experiments)}")
    return _read(dataset, name)


def _read(dataset: Dataset, name: str) -> Experiment:
    where = f"dataset {dataset.name!r}: experiments.{name}"
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        raise DatasetError(f"{where}: letters, digits and '_' are allowed in a name.")
    if "name" in dataset.experiments[name]:
        raise DatasetError(f"{where}: unknown key 'name': the table's own name is it.")
    try:
        found = msgspec.convert({**dataset.experiments[name], "name": name}, Experiment)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {error}") from None
    _check_arms(found, where)
    _check_metrics(found, where)
    _one_of(f"{where}.audience", found.audience, dataset.audiences)
    for arm in found.arms:
        what, at = found.what(arm), f"{where}.arms.{arm}"
        _named(f"{at}.message", what.message, dataset.messages)
        if what.message and dataset.messages[what.message].get("variants"):
            raise DatasetError(f"{at}.message: got {what.message!r}, which has variants: an arm is told one text.")
        _named(f"{at}.offer", what.offer, dataset.offers)
    return found


def _check_arms(found: Experiment, where: str) -> None:
    if len(found.arms) < _LEAST_ARMS:
        raise DatasetError(f"{where}.arms: got {len(found.arms)}; at least {_LEAST_ARMS} are needed.")
    if HELD in found.arms:
        raise DatasetError(f"{where}.arms: got {HELD!r}, which means those who are left alone by everything.")
    _named(f"{where}.against", found.against, found.arms)
    if found.against == next(iter(found.arms)):
        raise DatasetError(f"{where}.against: got {found.against!r}, the first arm, which is compared with it.")
    if not found.weights:
        return
    if set(found.weights) != set(found.arms):
        raise DatasetError(f"{where}.weights: got {', '.join(found.weights)}; one of each arm is needed.")
    if abs(sum(found.weights.values()) - 1) > _SAME:
        raise DatasetError(f"{where}.weights: got {sum(found.weights.values()):g} together; 1 is needed.")


def _check_metrics(found: Experiment, where: str) -> None:
    for key, name in (("primary", found.primary), *(("secondary", one) for one in found.secondary)):
        try:
            metric = wanted(name)
        except NoSuchMeasure as error:
            raise DatasetError(f"{where}.{key}: {error}") from None
        if metric.days > (found.horizon or wanted(found.primary).days):
            raise DatasetError(f"{where}.{key}: got {name!r}, which ends after the horizon of {found.days} days.")
    if found.primary in found.secondary or len(set(found.secondary)) < len(found.secondary):
        raise DatasetError(f"{where}.secondary: got {', '.join(found.secondary)}; each metric is allowed once.")


def _named(where: str, got: str, allowed: Mapping[str, object]) -> None:
    if got:
        _one_of(where, got, allowed)


def _one_of(where: str, got: str, allowed: Mapping[str, object]) -> None:
    if got not in allowed:
        raise DatasetError(f"{where}: got {got!r}.{nearest(got, allowed)}")
