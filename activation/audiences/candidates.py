"""Candidates: everybody in the rule of an audience, with all that is to be told of them, log by log."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.audiences import codes, whom
from activation.audiences.declared import EXPECTED, PRIORITY, Audience, Audiences
from activation.audiences.frozen import IDENTIFIER
from features.arrow import joined
from features.buckets import intake
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset, DatasetError
from features.log import as_of as as_ofs
from features.log.log import Log
from features.log.spine import NONE, Ints, Spine
from training import batch
from training.actions.play import Actions
from training.actions.suggest import suggest
from training.actions.suggestion import Suggestion
from training.bundle.bundle import Bundle
from training.bundle.scores import Scores
from training.offers.offer import Offer
from training.rules import truth
from training.rules.condition import Compared
from training.rules.rules import Judged, Rules
from training.rules.term import Gives
from training.segmenters.wording import titles

WHERE, ORDER, POLICY = "audiences.{}.where", "audiences.{}.order", "audiences.{}.policy"
ROWS = 1 << 15
"""Rows that are scored together."""
SEGMENT, KNOWN = "segment_", " "
"""Before the name of a segmenter, and of an attribute, which is told where it is asked for alone."""
OUT_BY, VALUE, WANTED = " out by", " order", " wanted by policy"
"""Columns that are not told; no attribute has a blank in its name."""
REASONS = 3
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chosen:
    """What candidates are told by."""

    dataset: Dataset
    bundle: Bundle
    audiences: Audiences
    name: str
    rules: Rules
    actions: Actions
    kind: str
    """What customers are known by."""
    now: int
    offer: Offer | None = None
    redeems: bool = False
    """Whether an offer is told, so that it is looked at what was redeemed."""

    @property
    def audience(self) -> Audience:
        """The one that is asked for."""
        return self.audiences.by_name[self.name]


@dataclass
class Found:
    """Who is in the rule, and what was counted on the way."""

    table: pa.Table | None = None
    known: int = 0
    """Customers of whom something is known."""
    sizes: dict[str, int] = field(default_factory=dict)
    """By audience, how many are in its rule."""
    unknown: int = 0
    """Of how many it cannot be told whether they are in the rule."""
    overlaps: dict[str, int] = field(default_factory=dict)
    """By other audience, how many are in both rules."""
    redeemed: set[str] = field(default_factory=set)
    """What customers redeemed, such as codes; looked at where the audience has an offer."""
    notes: tuple[str, ...] = ()
    """What else is to be told of them, a line each."""


def conditions(audiences: Audiences, name: str) -> dict[str, str]:
    """Return the conditions that are to be read, by the place where they stand: of all, and what is ordered by."""
    found = {WHERE.format(one): audience.where for one, audience in audiences.by_name.items()}
    own = audiences.by_name[name]
    what, _ = own.ordered
    found |= {} if what == EXPECTED else {ORDER.format(name): f"missing({what})"}
    return found | ({POLICY.format(name): f"missing(policy.{own.policy})"} if own.policy else {})


def check(dataset: Dataset, rules: Rules, name: str, before: Sequence[str]) -> None:
    """Check that what an audience asks for is at hand, and who is not in it because of others can be told.

    Args:
        dataset: the declaration.
        rules: those of all audiences.
        name: of the one.
        before: the audiences whose people are not in it.

    Raises:
        DatasetError: it is not, or customers cannot be ordered by it.
    """
    for place in (*(one.format(name) for one in (WHERE, ORDER, POLICY)), *map(WHERE.format, before)):
        if place in rules.left_out:
            raise DatasetError(f"dataset {dataset.name!r}: {place}: it cannot be told here: {rules.left_out[place]}.")
    ordered = rules.conditions.get(ORDER.format(name))
    if ordered is not None and not (isinstance(ordered, Compared) and ordered.term.gives is Gives.NUMBER):
        raise DatasetError(f"dataset {dataset.name!r}: {ORDER.format(name)}: customers are ordered by a number alone.")


def candidates(chosen: Chosen, read: intake.Opened, base: as_ofs.Moment) -> Found:
    """Return everybody in the rule, each as the service answers for them: what just came in counts.

    Args:
        chosen: what they are told by.
        read: the dataset as it was read; its logs are taken.
        base: the moment where nothing newer is known.
    """
    found, tables = Found(sizes=dict.fromkeys(chosen.audiences.by_name, 0)), list[pa.Table]()
    for whole in read.logs():
        log = chosen.bundle.looks_at(whole)
        (customers, moments), judge = batch.known(log, base, "own"), chosen.rules.on(log)
        found.known += customers.size
        if chosen.redeems:
            found.redeemed |= codes.redeemed(log)
        linked = read.linked(whole)
        for begin in range(0, max(customers.size, 1), ROWS):
            own, spoken = customers[begin : begin + ROWS], moments[begin : begin + ROWS]
            scores = chosen.bundle.score(log, Spine.of(own, spoken, NONE))
            judged = judge(own, spoken, scores)
            inside = counted(chosen, judged, found)
            rows = np.flatnonzero(inside)
            if rows.size or not tables:
                tables.append(_table(chosen, read, linked, log, own[rows], spoken[rows], judged, rows))
    found.table = pa.concat_tables(tables) if tables else None
    return found


def counted(chosen: Chosen, judged: Judged, found: Found) -> NDArray[np.bool_]:
    """Return who is in the rule, and count who is in the others, too; of one that cannot be told here nothing is."""
    told = (name for name in chosen.audiences.by_name if WHERE.format(name) in judged.seen.kept)
    truths = {name: _inside(judged, name) for name in told}
    inside = truths[chosen.name]
    found.unknown += int(np.count_nonzero(judged.seen.kept[WHERE.format(chosen.name)] == truth.UNKNOWN))
    for name, own in truths.items():
        found.sizes[name] += int(own.sum())
        if name != chosen.name:
            found.overlaps[name] = found.overlaps.get(name, 0) + int((own & inside).sum())
    return inside


def _inside(judged: Judged, name: str) -> NDArray[np.bool_]:
    """Return who is in the rule of an audience that can be told here."""
    return np.asarray(judged.seen.kept[WHERE.format(name)] == truth.TRUE)


def _table(
    chosen: Chosen,
    read: intake.Opened,
    linked: Log,
    log: Log,
    customers: Ints,
    as_of: Ints,
    judged: Judged,
    rows: NDArray[np.int64],
) -> pa.Table:
    """Return a row for each of some customers of a log."""
    scores = chosen.bundle.score(log, Spine.of(customers, as_of, NONE))
    ids = scores.customer_ids
    known = read.attributes.at(joined(ids) if isinstance(ids, pa.ChunkedArray) else ids, chosen.now)
    said = list(suggest(chosen.actions, log, customers, scores, chosen.offer, chosen.dataset.language))
    names = ids.to_pylist()
    own = whom.identifiers(chosen.dataset, chosen.kind, names, linked.linked, customers, known)
    every: tuple[Mapping[str, pa.Array], ...] = (
        {CUSTOMER: pa.array(names, pa.string()), IDENTIFIER: pa.array(own, pa.string())},
        {PRIORITY: pa.array([chosen.audiences.rank(chosen.name)] * len(names), pa.int64())},
        scored(scores, chosen.dataset.language),
        _because(scores, said, chosen.dataset.language),
        actions(said),
        _shown(chosen, log, customers, as_of),
        {f"{KNOWN}{name}": joined(known[name]) for name in known.column_names if name != CUSTOMER},
        {OUT_BY: pa.array(out_by(chosen, judged, rows), pa.string())},
        {VALUE: pa.array(order(chosen, judged, rows, np.array([_expected(one) for one in said], np.float64)))},
        _wanted(chosen, judged, rows),
    )
    _require_distinct([name for part in every for name in part])
    return pa.table({name: column for part in every for name, column in part.items()})


def _require_distinct(names: Sequence[str]) -> None:
    """Refuse columns of one name.

    Raises:
        ValueError: there are some; the message names them.
    """
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"several columns would be called {', '.join(map(repr, twice))}: rename the target.")


def scored(scores: Scores, language: str) -> dict[str, pa.Array]:
    """Return titles of segments, and predictions, null outside their cohort."""
    found: dict[str, pa.Array] = {}
    for segmenter, places in scores.segments:
        told = titles(segmenter.name, segmenter.segments, language)
        found[f"{SEGMENT}{segmenter.name}"] = pa.array([told[place] for place in places.tolist()], pa.string())
    for predictor, numbers in scores.predictions:
        if not predictor.target.context:
            found[predictor.target.name] = pa.array(numbers, mask=np.isnan(numbers))
    return found


def _because(scores: Scores, said: Sequence[Suggestion], language: str) -> dict[str, pa.Array]:
    """Return three reasons of the prediction that tells what is expected."""
    places = {predictor.target.name: place for place, (predictor, _) in enumerate(scores.predictions)}
    each = [
        [reason.text for reason in scores.reasons(places[one.expected_from], row, language)]
        if one.expected_from in places
        else []
        for row, one in enumerate(said)
    ]
    return {
        f"because_{nth + 1}": pa.array([own[nth] if nth < len(own) else None for own in each], pa.string())
        for nth in range(REASONS)
    }


def actions(said: Sequence[Suggestion]) -> dict[str, pa.Array]:
    """Return suggestions as columns; each part with what it is told from."""
    texts = {
        "action_by": [one.segment for one in said],
        "proposition": [one.proposition for one in said],
        "action_message": [one.message for one in said],
        "action": [one.action for one in said],
        "channel": [one.channel.value for one in said],
        "channel_from": [one.channel.told_from for one in said],
        "timing": [one.timing.when for one in said],
        "weekday": [one.timing.weekday for one in said],
        "hour": [one.timing.hour for one in said],
        "timing_from": [one.timing.told_from for one in said],
        "offer_level": [one.offer.value for one in said],
        "offer_from": [one.offer.told_from for one in said],
        "products": [one.products for one in said],
        "products_from": [one.products_from for one in said],
        "action_destination": [one.destination for one in said],
        "service_channel": [one.service_channel for one in said],
        EXPECTED: [one.expected_value for one in said],
        "expected_from": [one.expected_from for one in said],
        "expected_by": [one.expected_by for one in said],
    }
    kinds = {"hour": pa.int64(), "products": pa.list_(pa.string()), EXPECTED: pa.float64()}
    return {name: pa.array(values, kinds.get(name, pa.string())) for name, values in texts.items()}


def _shown(chosen: Chosen, log: Log, customers: Ints, as_of: Ints) -> dict[str, pa.Array]:
    """Return the products of the lists that are wanted, a column each."""
    wanted: Mapping[str, int] = chosen.audience.lists
    if not wanted:
        return {}
    offer = chosen.offer
    assert offer is not None  # looked at before
    every: Iterator[dict[str, list[object]]] = (
        {name: [item.product_id for item in own] for name, own in lists.items()}
        for lists in offer.customers(log, customers, as_of, max(wanted.values()), tuple(wanted))
    )
    lists = list(every)
    return {
        f"{name}_{nth + 1}": pa.array([own[name][nth] if nth < len(own[name]) else None for own in lists], pa.string())
        for name, most in wanted.items()
        for nth in range(most)
    }


def out_by(chosen: Chosen, judged: Judged, rows: NDArray[np.int64]) -> list[str | None]:
    """Return the first audience whose rule a customer is in that keeps them out of this one."""
    found: list[str | None] = [None] * rows.size
    for name in reversed(chosen.audiences.before(chosen.name)):
        inside = _inside(judged, name)[rows]
        for place in np.flatnonzero(inside).tolist():
            found[place] = name
    return found


def _expected(said: Suggestion) -> float:
    return np.nan if said.expected_value is None else said.expected_value


def order(chosen: Chosen, judged: Judged, rows: NDArray[np.int64], expected: Floats) -> Floats:
    """Return what customers are ordered by, shape (rows,); NaN where it is not known.

    Args:
        chosen: what they are told by.
        judged: of more customers.
        rows: which of those they are.
        expected: what a contact is expected to bring of each, shape (rows,).
    """
    condition = chosen.rules.conditions.get(ORDER.format(chosen.name))
    if condition is None:
        return expected
    assert isinstance(condition, Compared)
    return np.asarray(condition.term.read(judged.seen), np.float64)[rows]


def _wanted(chosen: Chosen, judged: Judged, rows: NDArray[np.int64]) -> dict[str, pa.Array]:
    """Return the action that a policy wants each to have, where one decides what they are told."""
    condition = chosen.rules.conditions.get(POLICY.format(chosen.name))
    if condition is None:
        return {}
    assert isinstance(condition, Compared)
    return {WANTED: condition.term.read(judged.seen).take(pa.array(rows))}


def ordered(table: pa.Table, largest_first: bool) -> pa.Table:
    """Return candidates in order, those of whom nothing is known last; ties by customer id."""
    values = table[VALUE].to_pylist()
    ids = table[CUSTOMER].to_pylist()
    sign = -1.0 if largest_first else 1.0

    def key(row: int) -> tuple[bool, float, str]:
        unknown = values[row] is None or np.isnan(values[row])
        return unknown, 0.0 if unknown else sign * values[row], ids[row]

    return table.take(pa.array(sorted(range(len(ids)), key=key), pa.int64()))
