"""Judged: of whom the conditions of workflows hold now, by the rules of segments, a bundle and what just came in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from activation.workflows.known import Known
from activation.workflows.workflow import Turned, Workflow
from features.buckets.joined import joined
from features.dataset import Dataset, DatasetError
from features.log import content
from features.log.as_of import Base, moments
from features.log.log import PRODUCT, Log
from features.log.spine import NONE, Spine
from features.log.store.accepted import Accepted, Live
from features.sources import posted
from features.sources.batch import Key
from training.bundle import bundle as bundles
from training.bundle.bundle import Bundle
from training.rules.rules import Rules
from training.rules.truth import TRUE
from training.tracking import registry, tracking
from training.tracking.registry import NothingRegistered

ONLY_IF = "only_if"
_TOGETHER = 50_000
"""Customers that are judged in one go."""
_UNNAMED = "the stored events do not name their products: `make load` stores them anew"


@dataclass
class Judge:
    """Says of whom conditions hold."""

    known: Known
    rules: Rules
    bundle: Bundle | None
    live: Live | None

    def holds(self, rule: str, customers: Sequence[str], now: int) -> dict[str, bool]:
        """Return of each customer whether a condition holds now; where it cannot be told, it does not."""
        log = self.known.log
        fresh = self._fresh(customers)
        stored = [one for one in customers if one not in fresh and one in log.positions]
        found = dict.fromkeys(customers, False)
        for begin in range(0, len(stored), _TOGETHER):
            some = stored[begin : begin + _TOGETHER]
            found |= self._of(log, some, [log.positions[one] for one in some], rule, now)
        for one, rows in fresh.items():
            found |= self._of(self._joined(one, rows), [one], [0], rule, now)
        return found

    def everybody(self, now: int) -> list[str]:
        """Return all customers of today of whom something may be said."""
        log = self.known.log
        came = {self.known.called(one.customer) for one in (self.live.everything() if self.live else ())}
        return [one for one in dict.fromkeys([*log.ids, *came]) if not self.known.barred(one, now)]

    def _fresh(self, customers: Sequence[str]) -> dict[str, list[Accepted]]:
        """Return what came in of customers since the events were stored, in the order of acceptance."""
        if self.live is None:
            return {}
        log, wanted = self.known.log, dict[str, str]()
        for one in customers:
            place = log.place(one)
            own = log.linked.of_place(place) if log.linked is not None and place is not None else []
            wanted |= dict.fromkeys([one, *own], one)
        found: dict[str, list[Accepted]] = {}
        held = log.accepted.of(self.live.name)
        for name, rows in self.live.of(list(wanted), held.until).items():
            new = [row for row in rows if not held.has(row.number)]
            if new:
                found.setdefault(wanted[name], []).extend(new)
        return {one: sorted(rows, key=lambda row: row.number) for one, rows in found.items()}

    def _joined(self, customer: str, rows: Sequence[Accepted]) -> Log:
        log = self.known.log
        batch = posted.batch_of(posted.stored(rows), log.zone, log.kinds, log.products)
        batch = batch.where(batch.reason == 0)
        name = pa.array([customer] * batch.place.size, pa.string())
        hashes = np.full(batch.place.size, content.of_text(pa.array([customer], pa.string())).view(np.int64)[0])
        batch = replace(batch, customer=Key(hashes, name), event_id=None)
        return joined(log, log.place(customer), batch, log.zone, log.by_machine)

    def _of(self, log: Log, customers: Sequence[str], places: Sequence[int], rule: str, now: int) -> dict[str, bool]:
        log = self.bundle.looks_at(log) if self.bundle else log
        owners = np.array(places, np.int64)
        base = (log.base or Base(now)).moment(now)
        as_of = moments(base, np.asarray(log.own)[owners], "own").as_of
        scores = self.bundle.score(log, Spine.of(owners, as_of, NONE)) if self.bundle else None
        judged = self.rules.on(log)(owners, as_of, scores)
        return dict(zip(customers, (judged.truths[rule] == TRUE).tolist(), strict=True))


def read(known: Known, workflows: Mapping[str, Workflow], live: Live | None) -> Judge | None:
    """Return what judges the conditions of workflows; None where none has one.

    Raises:
        DatasetError: a condition is wrong, or asks for what is not at hand, such as a bundle.
    """
    wanted = {called(one, key): text for one in workflows.values() for key, text in _conditions(one).items()}
    if not wanted:
        return None
    own = {name: {"where": text} for name, text in wanted.items()}
    dataset: Dataset = msgspec.structs.replace(known.dataset, rules={**known.dataset.rules, **own})
    where = {called(one, key): f"workflows.{one.name}.{key}" for one in workflows.values() for key in _conditions(one)}
    bundle = _bundle(known.dataset.name)
    products = known.log.products if known.log.columns[PRODUCT].size or not len(known.log) else _UNNAMED
    try:
        rules = Rules.read(dataset, bundle, known.attributes, products)
    except DatasetError as error:
        said = str(error)
        for name, place in where.items():
            said = said.replace(f"rules.{name}.where", place)
        raise DatasetError(said) from None
    for name, place in where.items():
        if name in rules.left_out:
            raise DatasetError(f"dataset {known.dataset.name!r}: {place}: {rules.left_out[name]}.")
    return Judge(known, rules, bundle, live)


def called(workflow: Workflow, key: str) -> str:
    """Return what a workflow's condition is called among the rules."""
    return f"workflow_{workflow.name}_{key.rpartition('.')[2]}"


def turning(workflow: Workflow) -> str:
    """Return what the condition of a workflow's trigger is called among the rules; empty where it has none."""
    return next((called(workflow, key) for key in _conditions(workflow) if key != ONLY_IF), "")


def _conditions(workflow: Workflow) -> dict[str, str]:
    """Return the conditions of a workflow by their keys."""
    found = {ONLY_IF: workflow.only_if} if workflow.only_if else {}
    if isinstance(workflow.trigger, Turned):
        found["trigger.enters" if workflow.trigger.entering else "trigger.leaves"] = workflow.trigger.condition
    return found


def _bundle(dataset: str) -> Bundle | None:
    try:
        registered = registry.find(tracking.client(tracking.place()), dataset)
    except NothingRegistered:
        return None
    return bundles.load(Path(registered.folder)).bundle
