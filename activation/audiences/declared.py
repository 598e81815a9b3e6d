"""The audiences that a dataset declares: plain data of its file as what it means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from activation.assignment.assign import Cap
from features.consent.consent import PROFILING
from features.dataset import Dataset, DatasetError
from features.nearest import explained, nearest
from training.recommenders.lists import LISTS

_NAME = r"[A-Za-z][A-Za-z0-9_]*"
PRIORITY, CAP, HOLDOUT = "priority", "cap", "holdout"
"""Reserved names of `[audiences]`."""
MOST_SHOWN = 20
EXPECTED = "expected_value"
"""What customers are ordered by where nothing else is said: what a contact is expected to bring."""
NOBODY_ASKED = "none"
"""The purpose where the dataset does not ask for consent."""
_Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]


class Audience(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table `[audiences.NAME]`: who is contacted for what, and what they are told."""

    where: str
    """The condition, as those of `[rules]`."""
    title: str = ""
    order: str = f"{EXPECTED} desc"
    """A number and `asc` or `desc`: `expected_value`, a feature, `predicted.TARGET` or `attribute.NAME`."""
    limit: Annotated[int, msgspec.Meta(ge=1)] | None = None
    purpose: str = ""
    """What they allow; needed where the dataset asks for consent."""
    destination: str = ""
    """A name of `[destinations]`."""
    identifier: str = ""
    """What the destination knows them by; by default what it says, else `customer_id`."""
    exclude: tuple[str, ...] = ()
    """Audiences whose people are not in this one."""
    message: str = ""
    """A name of `[messages]`."""
    offer: str = ""
    """A name of `[offers]`."""
    shown: tuple[str, ...] = msgspec.field(default=(), name="with")
    """Lists of products with how many, such as `buy_again:3`."""
    tell: tuple[str, ...] = ()
    """The columns that a destination is told; by default titles, the action, the message, the offer and products."""
    holdout: _Share = 0.0
    """The share that is left alone."""
    policy: str = ""
    """A name of `[policies]`: each is told what their action is, and nothing else."""
    exploration: _Share | None = None
    """The share whose action is drawn among all of the policy's; by default what the policy says."""

    @property
    def lists(self) -> dict[str, int]:
        """The lists that are shown, with how many products."""
        return {name: int(count) for name, _, count in (one.partition(":") for one in self.shown)}

    @property
    def ordered(self) -> tuple[str, bool]:
        """What they are ordered by, and whether the largest come first."""
        what, _, way = self.order.strip().rpartition(" ")
        return (what.strip(), way == "desc") if what else (self.order.strip(), True)


@dataclass(frozen=True)
class Audiences:
    """All audiences of a dataset."""

    by_name: Mapping[str, Audience]
    priority: tuple[str, ...] = ()
    """A person in the rules of several gets the first."""
    cap: Cap | None = None
    holdout: float = 0.0
    """The share that every audience, workflow and experiment leaves alone, for a quarter."""

    def before(self, name: str) -> tuple[str, ...]:
        """Return the audiences whose people are not in one: those that come first, and those that it excludes."""
        first = self.priority[: self.priority.index(name)] if name in self.priority else ()
        return tuple(dict.fromkeys((*first, *self.by_name[name].exclude)))

    def rank(self, name: str) -> int | None:
        """Return which place one has among those in order, from 1; None where it has none."""
        return self.priority.index(name) + 1 if name in self.priority else None


def declared(dataset: Dataset) -> Audiences:
    """Return the audiences of a dataset; their conditions are not read yet.

    Raises:
        DatasetError: a key, a type or a name is not allowed.
    """
    given, where = dict(dataset.audiences), f"dataset {dataset.name!r}: audiences"
    priority = _converted(given.pop(PRIORITY, ()), tuple[str, ...], f"{where}.{PRIORITY}")
    cap = given.pop(CAP, None)
    holdout = _converted(given.pop(HOLDOUT, 0.0), _Share, f"{where}.{HOLDOUT}")
    every = {name: _audience(dataset, name, table) for name, table in given.items()}
    for place, name in enumerate(priority):
        if name not in every:
            raise DatasetError(f"{where}.{PRIORITY}[{place}]: got {name!r}.{nearest(name, every)}")
        if name in priority[:place]:
            raise DatasetError(f"{where}.{PRIORITY}[{place}]: got {name!r} again; each is allowed once.")
    for name, one in every.items():
        for place, other in enumerate(one.exclude):
            if other not in every or other == name:
                raise DatasetError(
                    f"{where}.{name}.exclude[{place}]: got {other!r}.{nearest(other, set(every) - {name})}"
                )
    return Audiences(every, priority, None if cap is None else _cap(cap, f"{where}.{CAP}"), holdout)


class _Cap(msgspec.Struct, forbid_unknown_fields=True):
    contacts: Annotated[int, msgspec.Meta(ge=1)]
    days: Annotated[float, msgspec.Meta(gt=0, le=3650)]


def _cap(given: Any, where: str) -> Cap:
    found = _converted(given, _Cap, where)
    return Cap(found.contacts, found.days)


def _converted(given: Any, kind: Any, where: str) -> Any:
    """Return plain data as what it means.

    Raises:
        DatasetError: it is something else.
    """
    try:
        return msgspec.convert(given, kind, strict=True)
    except msgspec.ValidationError as error:
        named = isinstance(kind, type) and issubclass(kind, msgspec.Struct)  # a tuple or a number has no keys
        names = [field.encode_name for field in msgspec.structs.fields(kind)] if named else ()
        raise DatasetError(f"{where}: {explained(error, names)}") from None


def _audience(dataset: Dataset, name: str, table: Any) -> Audience:
    where = f"dataset {dataset.name!r}: audiences.{name}"
    if not re.fullmatch(_NAME, name):
        raise DatasetError(f"{where}: got {name!r}; a letter, then letters, digits and '_' are allowed.")
    if not isinstance(table, dict):
        raise DatasetError(f"{where}: got {table!r}; a table is needed, or one of {PRIORITY}, {CAP} and {HOLDOUT}.")
    one: Audience = _converted(table, Audience, where)
    if not one.where.strip():
        raise DatasetError(f"{where}.where: got nothing; a condition is needed, such as segment.rfm == 'at_risk'.")
    if one.order.split()[-1:] not in (["asc"], ["desc"]) or len(one.order.split()) != 2:  # noqa: PLR2004
        raise DatasetError(f"{where}.order: got {one.order!r}; a number and asc or desc, such as 'spend_84d desc'.")
    _check_purpose(dataset, one, where)
    _check_policy(one, where)
    for what, names in (
        ("destination", dataset.destinations),
        ("message", dataset.messages),
        ("offer", dataset.offers),
        ("policy", dataset.policies),
    ):
        if (got := getattr(one, what)) and got not in names:
            raise DatasetError(f"{where}.{what}: got {got!r}.{nearest(got, names)}")
    for place, text in enumerate(one.shown):
        listed, _, count = text.partition(":")
        if listed not in LISTS or not count.isdigit() or not 1 <= int(count) <= MOST_SHOWN:
            raise DatasetError(
                f"{where}.with[{place}]: got {text!r}; a list and a number up to {MOST_SHOWN}, such as 'buy_again:3':"
                f" {', '.join(LISTS)}."
            )
    return one if one.title else msgspec.structs.replace(one, title=name.replace("_", " ").capitalize())


def _check_policy(one: Audience, where: str) -> None:
    """Check that what is told is told by one thing, and that there is something to explore."""
    if one.policy and (both := one.message or one.offer):
        raise DatasetError(f"{where}.policy: got {one.policy!r} beside {both!r}: its actions alone say what is told.")
    if one.exploration is not None and not one.policy:
        got = f"{one.exploration:g}"
        raise DatasetError(f"{where}.exploration: got {got}; without a policy there is nothing to explore.")


def _check_purpose(dataset: Dataset, one: Audience, where: str) -> None:
    """Check that it is told what the customers must allow, wherever they are asked."""
    if dataset.consent is None:
        if one.purpose:
            raise DatasetError(f"{where}.purpose: got {one.purpose!r}; without [consent] nothing says who allows it.")
        return
    purposes = [name for name in dataset.consent.purposes if name != PROFILING]
    if one.purpose not in purposes:
        hint = nearest(one.purpose, purposes) if one.purpose else f" One of {', '.join(purposes) or 'none'} is needed."
        raise DatasetError(f"{where}.purpose: got {one.purpose or 'nothing'!r}.{hint}")
