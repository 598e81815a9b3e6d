"""The workflows that a dataset declares: plain data of its file as what it means, those that come along filled in."""

import re
from collections.abc import Callable, Mapping
from datetime import time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from activation.audiences import declared as audiences
from activation.audiences.declared import Audiences
from activation.workflows import span, telling
from activation.workflows.quiet import Quiet
from activation.workflows.quiet import time as read_time
from activation.workflows.workflow import (
    NEVER,
    Action,
    Anniversary,
    Cap,
    Done,
    Happened,
    Silence,
    Trigger,
    Turned,
    Workflow,
)
from features.clock import DAY
from features.dataset import Dataset, DatasetError
from features.log.event import KINDS
from features.nearest import explained, nearest
from training.actions import message as messages

SHIPPED = Path(__file__).parent / "shipped"
LIKE = "like"
TELLING = ("amount", "quantity", "discount", "product_id", "category", "channel", "campaign_id")
"""Columns of events that can be asked for and told: of others, stored events do not keep what stands in them."""
_NAME = "[a-z][a-z0-9_]*"
_MERGED = ("trigger", "action", "quiet", "cap")
_TRIGGERS = ("event", "enters", "leaves", "date", "silence", "done")
_BESIDE = {"event": "where", "date": "at", "silence": "for"}
T = TypeVar("T")


class QuietTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`quiet`: from one time of day until before another."""

    begin: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")


class CapTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cap`: so many contacts in so many days."""

    contacts: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    days: Annotated[int, msgspec.Meta(ge=1, le=365)]


class ActionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`action`: what is told to which destination."""

    destination: str = ""
    event: str = ""
    message: str = ""
    offer: str = ""
    fields: tuple[str, ...] = msgspec.field(name="with", default=())


class WorkflowTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table `[workflows.NAME]`."""

    trigger: dict[str, Any]
    action: ActionTable
    title: str = ""
    wait: str = "0s"
    only_if: str = ""
    exit_on: tuple[str, ...] = ()
    reentry: str = "never"
    max_lateness: str = "24h"
    quiet: QuietTable | Literal[False] = False
    cap: CapTable | Literal[False] | msgspec.UnsetType = msgspec.UNSET
    purpose: str = ""
    holdout: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0


@cache
def shipped() -> Mapping[str, dict[str, Any]]:
    """Return the workflows that come along, by name, as a dataset file would have them."""
    return {path.stem: msgspec.toml.decode(path.read_bytes()) for path in sorted(SHIPPED.glob("*.toml"))}


def declared(dataset: Dataset) -> dict[str, Workflow]:
    """Return a dataset's workflows by name; conditions are not read yet.

    Raises:
        DatasetError: one is wrong; the message names its key, what was got and what is allowed.
    """
    everything = audiences.declared(dataset)
    found = {name: _workflow(dataset, name, table, everything) for name, table in dataset.workflows.items()}
    for name, one in found.items():
        _check_journey(dataset, found, name, one)
    return found


def _workflow(dataset: Dataset, name: str, given: dict[str, Any], everything: Audiences) -> Workflow:
    where = f"dataset {dataset.name!r}: workflows.{name}"
    if not re.fullmatch(_NAME, name):
        raise DatasetError(f"{where}: got {name!r}; small letters, digits and '_' are allowed, a letter first.")
    table = _filled(given, where)
    try:
        read = msgspec.convert(table, WorkflowTable)
    except msgspec.ValidationError as error:
        allowed = (LIKE, *(one.encode_name for one in msgspec.structs.fields(WorkflowTable)))
        raise DatasetError(f"{where}: {explained(error, allowed)}") from None
    once = read.reentry == "never"
    return Workflow(
        name,
        _trigger(dataset, read.trigger, f"{where}.trigger"),
        _action(dataset, read.action, f"{where}.action"),
        _told(f"{where}.wait", span.read, read.wait),
        read.only_if.strip(),
        tuple(_kind(dataset, one, f"{where}.exit_on") for one in read.exit_on),
        NEVER if once else _told(f"{where}.reentry", span.read, read.reentry),
        _told(f"{where}.max_lateness", span.read, read.max_lateness),
        _quiet(read.quiet, f"{where}.quiet") if read.quiet else None,
        _cap(read.cap, everything),
        _purpose(dataset, read.purpose, f"{where}.purpose"),
        read.holdout,
        everything.holdout,
    )


def _cap(own: CapTable | Literal[False] | msgspec.UnsetType, everything: Audiences) -> Cap | None:
    """Return a workflow's cap: its own, or else what `[audiences]` says of everything."""
    if own is msgspec.UNSET:
        return Cap(everything.cap.contacts, round(everything.cap.days * DAY)) if everything.cap else None
    return Cap(own.contacts, span.read(f"{own.days}d")) if isinstance(own, CapTable) else None


def _filled(given: dict[str, Any], where: str) -> dict[str, Any]:
    """Return what a table says, and beside it what the shipped workflow says that it is like."""
    own = dict(given)
    like = own.pop(LIKE, None)
    if like is None:
        return own
    if like not in shipped():
        raise DatasetError(f"{where}.{LIKE}: got {like!r}.{nearest(str(like), shipped())}")
    whole = {**shipped()[like], **own}
    for key in _MERGED[1:]:  # a trigger of one's own is another one
        before, now = shipped()[like].get(key), own.get(key)
        if isinstance(before, dict) and isinstance(now, dict):
            whole[key] = {**before, **now}
    return whole


def _trigger(dataset: Dataset, given: dict[str, Any], where: str) -> Trigger:
    named = [key for key in _TRIGGERS if key in given]
    if len(named) != 1:
        got = ", ".join(named) or ", ".join(given) or "nothing"
        raise DatasetError(f"{where}: got {got}; one of {', '.join(_TRIGGERS)} is allowed.")
    (key,) = named
    beside = _BESIDE.get(key, "")
    for one in given:
        if one not in {key, beside}:
            raise DatasetError(f"{where}: unknown key {one!r}.{nearest(one, [key, beside] if beside else [key])}")
    value, more = _text(given[key], f"{where}.{key}"), given.get(beside)
    if key == "event":
        return Happened(_kind(dataset, value, f"{where}.event"), _where(more or {}, f"{where}.where"))
    if key in {"enters", "leaves"}:
        return Turned(value, key == "enters")
    if key == "done":
        return Done(value)
    if key == "silence":
        text = _text(more, f"{where}.for")
        return Silence(_kind(dataset, value, f"{where}.silence"), _told(f"{where}.for", span.read, text))
    names = [name for table in dataset.attributes for name in table.attributes]
    if value not in names:
        raise DatasetError(f"{where}.date: got {value!r}, which is no attribute.{nearest(value, names)}")
    at = _told(f"{where}.at", read_time, _text(more, f"{where}.at")) if more is not None else time(9)
    return Anniversary(value, at)


def _where(given: Any, where: str) -> dict[str, tuple[Any, ...]]:
    """Return by column the values of which an event must have one."""
    if not isinstance(given, dict):
        raise DatasetError(f"{where}: got {given!r}; columns with a value each are allowed, {{ channel = 'web' }}.")
    for name in given:
        if name not in TELLING:
            raise DatasetError(f"{where}: got {name!r}.{nearest(name, TELLING)}")
    return {name: tuple(one) if isinstance(one, list) else (one,) for name, one in given.items()}


def _action(dataset: Dataset, given: ActionTable, where: str) -> Action:
    if given.destination not in dataset.destinations:
        raise DatasetError(
            f"{where}.destination: got {given.destination!r}.{nearest(given.destination, dataset.destinations)}"
        )
    texts = _texts(dataset, given, where)
    event = given.event.strip() or given.message
    if not event:
        raise DatasetError(f"{where}.event: got nothing; the name of the event that the destination is told is needed.")
    names = [*TELLING, *(name for table in dataset.attributes for name in table.attributes)]
    sensitive = dataset.consent.sensitive if dataset.consent else ()
    for name in given.fields:
        if name not in names:
            raise DatasetError(f"{where}.with: got {name!r}.{nearest(name, names)}")
        if name in sensitive:
            raise DatasetError(f"{where}.with: got {name!r}, which consent.sensitive names: it is told to nobody.")
        if texts and name in telling.TELLS:
            raise DatasetError(f"{where}.with: got {name!r}, which the message tells.")
    variants = texts if len(texts) > 1 else ()
    return Action(given.destination, event, given.fields, given.message, given.offer, variants)


def _texts(dataset: Dataset, given: ActionTable, where: str) -> tuple[str, ...]:
    """Return the texts of the message of an action; none where it has no message."""
    for what, got, names in (
        ("message", given.message, dataset.messages),
        ("offer", given.offer, dataset.offers),
    ):
        if got and got not in names:
            raise DatasetError(f"{where}.{what}: got {got!r}.{nearest(got, names)}")
    if given.offer and not given.message:
        raise DatasetError(f"{where}.offer: got {given.offer!r}, and no message that tells of it.")
    return tuple(messages.declared(dataset, given.message).texts) if given.message else ()


def _quiet(given: QuietTable, where: str) -> Quiet:
    begin, end = (_told(where, read_time, one) for one in (given.begin, given.end))
    if begin == end:
        raise DatasetError(f"{where}: got {given.begin!r} and {given.end!r}; some time of the day must lie outside.")
    return Quiet(begin, end)


def _purpose(dataset: Dataset, given: str, where: str) -> str:
    if dataset.consent is None:
        return ""
    if given not in dataset.consent.purposes:
        raise DatasetError(f"{where}: got {given!r}.{nearest(given, dataset.consent.purposes)}")
    return given


def _kind(dataset: Dataset, given: str, where: str) -> str:
    """Return a kind of event: one that may come in live need not be in the files."""
    if given not in dataset.every_kind:
        raise DatasetError(f"{where}: got {given!r}.{nearest(given, (*KINDS, *dataset.kinds))}")
    return given


def _text(given: Any, where: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise DatasetError(f"{where}: got {given!r}; a text is needed.")
    return given.strip()


def _told(where: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise DatasetError(f"{where}: {error}") from None


def _check_journey(dataset: Dataset, found: Mapping[str, Workflow], name: str, one: Workflow) -> None:
    """Check that a step follows a workflow that there is, and that no journey leads back to its begin."""
    where, seen = f"dataset {dataset.name!r}: workflows.{name}.trigger.done", [name]
    while isinstance(one.trigger, Done):
        before = one.trigger.workflow
        if before not in found:
            raise DatasetError(f"{where}: got {before!r}.{nearest(before, found)}")
        if before in seen:
            raise DatasetError(f"{where}: {' after '.join([*seen, before])} leads in a circle.")
        seen.append(before)
        one = found[before]
