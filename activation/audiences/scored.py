"""Scored: candidates out of a table of scores: nobody's events are read, and what they alone tell is refused.

Permission, erasures and attributes are those of now; what a segment has done for it is told, what own acts tell is not.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from activation.audiences import candidates, whom
from activation.audiences.candidates import KNOWN, ORDER, OUT_BY, REASONS, VALUE, WHERE, Chosen, Found
from activation.audiences.choice import Asked, Road
from activation.audiences.declared import EXPECTED, PRIORITY
from activation.audiences.frozen import IDENTIFIER
from activation.audiences.told import Words
from features import clock
from features.arrow import joined
from features.consent.suppression import CUSTOMER
from features.dataset import NOW, DatasetError
from features.log.as_of import Moment, Why
from features.sources import products as all_products
from features.sources.attributes import Attributes
from training.actions import message as messages
from training.actions.message import PRODUCTS
from training.actions.suggest import expected, plays
from training.actions.suggestion import RESPONSE
from training.bundle.scores import Scores
from training.rules.rules import Judged
from training.rules.seen import Seen
from training.scored import rows as all_rows
from training.scored.known import Known
from training.scored.table import SCORES, Table, columns
from training.segmenters.facts import Facts
from training.targets.column import AS_OF, BECAUSE

OWN_ACTS = ("channel", "channel_from", "weekday", "hour", "timing_from", "offer_level", "offer_from")
"""What events alone tell of a customer; without them they are not told at all."""
_SHOWN = (PRODUCTS, f"{PRODUCTS}_from")


class _Looks(LookupError):
    """A condition looks at what a table does not hold."""


class _Seen(Seen):
    """What rules can look at of rows of a table: no features."""

    def feature(self, name: str) -> NDArray[np.float32]:
        """Refuse to tell a feature.

        Raises:
            _Looks: always.
        """
        raise _Looks(name)


def road(wanted: Asked, table: Table, room: int, beside: Known) -> Road:
    """Return the road of those who are in a table.

    Args:
        wanted: what an audience asks for.
        table: found to be as asking now would be.
        room: bytes that the process may take; what reading took is given back before anybody is prepared.
        beside: what is known of customers.
    """
    why: Why = "clock" if wanted.dataset.as_of == NOW else "end of data"
    base = Moment(clock.parse(table.base, ZoneInfo("UTC")), why)
    return Road(
        beside.attributes,
        all_products.read(wanted.dataset)[0],
        beside.permissions,
        base,
        None,
        lambda chosen: _candidates(chosen, table, room, beside),
        partial(_require, wanted, table),
    )


def _require(wanted: Asked, table: Table, chosen: Chosen, texts: Sequence[Words]) -> None:
    """Refuse what events alone tell.

    Raises:
        DatasetError: the audience asks for it.
    """
    audience, mapped = chosen.audience, tuple(wanted.vendor.declared.fields) if wanted.vendor else ()
    shows = chosen.bundle.offering is not None
    own = (*OWN_ACTS, *(_SHOWN if shows else ()))
    asked = audience.tell or mapped
    looks = _features(chosen, table)
    there = {
        **{f"{place}: {looks[place]}": place in looks for place in sorted(_needed(chosen) & looks.keys())},
        "policy, which decides what each is told": bool(audience.policy),
        "with, lists of products": bool(audience.lists),
        "products in the message": shows
        and any(PRODUCTS in messages.fields(one.message) for one in texts if one.message),
        "offers with a file of codes, which may be redeemed by now": any(
            one.offer and one.offer.codes for one in texts
        ),
        **{f"what is told: {name}": name in asked for name in own},
        "what is told by default: products (name the columns in tell)": shows and not asked,
    }
    if found := [name for name, needed in there.items() if needed]:
        raise DatasetError(
            f"dataset {chosen.dataset.name!r}: audiences.{chosen.name}: {SCORES} does not hold: {'; '.join(found)}."
            " Leave it out: events are read then."
        )


def _needed(chosen: Chosen) -> set[str]:
    """Return the places of the conditions without which nobody can be told who is chosen."""
    others = (WHERE.format(one) for one in chosen.audiences.before(chosen.name))
    return {WHERE.format(chosen.name), ORDER.format(chosen.name), *others}


def _features(chosen: Chosen, table: Table) -> dict[str, str]:
    """Return the conditions that look at features, which a table does not hold, each with the first."""
    nobody, found = _nobody(chosen, table), {}
    for place in chosen.rules.conditions:
        try:
            _judged(chosen, nobody, (place,))
        except _Looks as error:
            found[place] = str(error.args[0])
    return found


def _judged(chosen: Chosen, scores: Scores, places: Sequence[str]) -> Judged:
    """Say who is in the rules of audiences; those of the dataset are told where these refer to them."""
    scope = chosen.rules.scope
    predicted = {one.target.name: numbers for one, numbers in scores.predictions}
    segments = {
        one.name: pa.array([own.name for own in one.segments], pa.string()).take(pa.array(numbers))
        for one, numbers in scores.segments
    }
    asked = scope is not None and bool(scope.asked) and isinstance(scope.attributes, Attributes)
    attributes = scope.attributes.at(scores.customer_ids, scores.as_of) if asked else None  # type: ignore[union-attr]
    seen = _Seen(Facts(scores.x, (), predicted), segments, attributes, _Nothing())
    for place in places:
        seen.truth(place, chosen.rules.conditions[place].holds)
    return Judged({}, seen, chosen.rules)


class _Nothing(dict[str, NDArray[np.float32]]):
    """What rules count themselves, of which a table holds nothing."""

    def __missing__(self, name: str) -> NDArray[np.float32]:
        raise _Looks(name)


def _candidates(chosen: Chosen, table: Table, room: int, beside: Known) -> Found:
    """Return everybody in the rule, as the table tells of them."""
    found, tables = Found(sizes=dict.fromkeys(chosen.audiences.by_name, 0)), list[pa.Table]()
    looks = _features(chosen, table)
    places = [one for one in chosen.rules.conditions if "." in one and one not in looks]
    names = [*columns(chosen.bundle), *_because(chosen, table)]
    for whole in _batches(table, room, names):
        some = beside.told(whole, chosen.now)
        found.known += some.num_rows
        scores = all_rows.scores(chosen.bundle, some, table)
        judged = _judged(chosen, scores, places)
        inside = np.flatnonzero(candidates.counted(chosen, judged, found))
        if inside.size or not tables:
            tables.append(_table(chosen, table, beside, some.take(pa.array(inside)), judged, inside))
    found.table = pa.concat_tables(tables)
    found.notes = (
        "what own acts tell (channel, hours, the level of an offer) is not told: a table of scores does not hold it",
        *([] if names[len(columns(chosen.bundle)) :] else ["no reasons: the table has none of what is expected"]),
        *(f"{place} looks at {name}: who is in it, too, is not told" for place, name in looks.items() if "." in place),
    )
    return found


def _batches(table: Table, room: int, names: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows, or none of them once: the columns are needed whoever is there."""
    some = None
    with all_rows.opened(table, room) as opened:
        for some in opened.batches(names):
            yield some
    if some is None:
        yield pa.table({name: pa.array([], pa.int64() if name == AS_OF else pa.string()) for name in names})


def _because(chosen: Chosen, table: Table) -> list[str]:
    """Return the columns that say why, of the prediction by which the rest is expected; none where REASONS was 0."""
    name, _ = expected(chosen.actions, _nobody(chosen, table))
    names = [BECAUSE.format(name, nth) for nth in range(1, REASONS + 1)]
    return [one for one in names if name and one in table.parts.columns]


def _nobody(chosen: Chosen, table: Table) -> Scores:
    names = columns(chosen.bundle)
    none = pa.table({name: pa.array([], pa.int64() if name == AS_OF else pa.string()) for name in names})
    return all_rows.scores(chosen.bundle, none, table)


def _table(
    chosen: Chosen, table: Table, beside: Known, some: pa.Table, judged: Judged, inside: NDArray[np.int64]
) -> pa.Table:
    """Return a row for each of some customers, with the columns that asking the bundle gives but those of own acts."""
    scores = all_rows.scores(chosen.bundle, some, table)
    names: list[str] = scores.customer_ids.to_pylist()
    known_of = beside.attributes.at(scores.customer_ids, chosen.now)
    own = whom.identifiers(chosen.dataset, chosen.kind, names, None, np.arange(len(names)), known_of)
    said, values = expected(chosen.actions, scores)
    because = _because(chosen, table)
    every = {
        CUSTOMER: pa.array(names, pa.string()),
        IDENTIFIER: pa.array(own, pa.string()),
        PRIORITY: pa.array([chosen.audiences.rank(chosen.name)] * len(names), pa.int64()),
        **candidates.scored(scores, chosen.dataset.language),
        **{
            f"because_{nth}": _reasons(some, BECAUSE.format(said, nth), values, because)
            for nth in range(1, REASONS + 1)
        },
        **_actions(chosen, scores, said, values),
        **{f"{KNOWN}{name}": joined(known_of[name]) for name in known_of.column_names if name != CUSTOMER},
        OUT_BY: pa.array(candidates.out_by(chosen, judged, inside), pa.string()),
        VALUE: pa.array(candidates.order(chosen, judged, inside, values)),
    }
    return pa.table(every)


def _reasons(some: pa.Table, name: str, values: NDArray[np.float64], there: Sequence[str]) -> pa.Array:
    """Return one reason of each, none where nothing is expected."""
    if name not in there:
        return pa.nulls(some.num_rows, pa.string())
    texts = joined(some[name]).cast(pa.string())
    return pa.array([None if gone else one for one, gone in zip(texts.to_pylist(), np.isnan(values), strict=True)])


def _actions(chosen: Chosen, scores: Scores, said: str, values: NDArray[np.float64]) -> dict[str, pa.Array]:
    """Return what is suggested to each by their segment."""
    found = list(plays(chosen.actions, scores))
    texts = {
        "action_by": [by for by, _ in found],
        "proposition": [one.proposition for _, one in found],
        "action_message": [one.message for _, one in found],
        "action": [one.action for _, one in found],
        "timing": [one.timing for _, one in found],
    }
    every = {name: pa.array(own, pa.string()) for name, own in texts.items()}
    if chosen.bundle.offering is None:
        every[PRODUCTS] = pa.array([[]] * len(found), pa.list_(pa.string()))
        every[f"{PRODUCTS}_from"] = pa.array([""] * len(found), pa.string())
    every["action_destination"] = pa.array([one.destination for _, one in found], pa.string())
    every["service_channel"] = pa.array([one.service_channel for _, one in found], pa.string())
    gone = np.isnan(values)
    every[EXPECTED] = pa.array(values, mask=gone)
    for name, text in (("expected_from", said), ("expected_by", RESPONSE)):
        every[name] = pa.array(["" if one else text for one in gone.tolist()], pa.string())
    return every
