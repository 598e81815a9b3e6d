"""Replies: what is said of the customers of a request, as bytes: kept ones where nothing moved, else made now."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from anyio import to_thread

from features.log.log import Log
from features.log.store.accepted import Away
from serving import counted
from serving.answer import How, of_customers, told
from serving.history import NOTHING, History, Version
from serving.loaded import Loaded
from serving.shape import Customer
from serving.stale import behind
from serving.state import State
from serving.whose import Whose

_encode = msgspec.json.Encoder().encode
_FEW, _EVENTS = 2, 5_000
"""So many customers, of so many events, are answered for without a thread where their rules are light."""


@dataclass(frozen=True)
class Replies:
    """What is said of each customer of a request."""

    customers: list[msgspec.Raw]
    stale: str = ""
    """Why they know nothing of what came in; empty where they do."""

    @property
    def told(self) -> dict[str, str]:
        """What an answer says of that."""
        return {"stale": self.stale} if self.stale else {}


async def replies(
    state: State, loaded: Loaded, ids: Sequence[str], how: How, now: int, context: Hashable = None
) -> Replies:
    """Return what is said of each customer of a request; permission is asked for at each.

    Args:
        state: the service's.
        loaded: what answers are made from.
        ids: who is asked about.
        how: how they are answered for.
        now: what the clock shows.
        context: what tells the campaign of the request from others.

    Raises:
        NotJoined: an earlier release stored the events, and something came in since.
        ValueError: it asks why somebody is in a segment that is not there.
    """
    try:
        return Replies(await _replies(state, loaded, loaded.history, ids, how, now, context))
    except Away as error:  # what is kept meanwhile is what is said of who has no events that came in
        found = await _replies(state, loaded, loaded.history.alone, ids, how, now, context)
        return Replies(found, behind(error))


async def _replies(
    state: State, loaded: Loaded, history: History, ids: Sequence[str], how: How, now: int, context: Hashable
) -> list[msgspec.Raw]:
    log, suppressed = loaded.log, state.watch.suppressed

    def told_of() -> tuple[Whose, dict[str, Version]]:
        found = loaded.people(ids, now, suppressed, history)
        return found, history.versions(found.stored)

    people, versions = told_of() if history.near else await to_thread.run_sync(told_of)
    asked = (how.base, how.asked, how.language, how.why, how.reasons, how.act is not None, context)
    keys: dict[str, Hashable] = {one: (one, versions.get(people.meant.get(one, ""), NOTHING), asked) for one in ids}
    kept = {one: found for one, key in keys.items() if (found := loaded.kept.get(key)) is not None}
    kept = {one: found for one, found in kept.items() if one not in people.errors}
    missing = [one for one in keys if one not in kept]
    counted.asked(len(kept), len(missing))
    if missing:
        owns = {people.meant[one] for one in missing if one in people.meant}
        few = {own: place for own, place in people.stored.items() if own in owns}

        def made() -> dict[str, bytes]:
            fresh = history.since(few)
            state.erased_since(loaded, suppressed)
            found = of_customers(loaded.bundle, log, few, how, fresh, state.note(loaded, now, suppressed))
            return {one: _encode(told(people, one, found, how, log.linked is not None)) for one in missing}

        plain = not how.reasons and not how.why and how.act is None and how.rules.light
        quick = plain and not versions.keys() & few and _small(log, few)
        for one, answer in (made() if quick else await to_thread.run_sync(made)).items():
            kept[one] = answer
            if one not in people.errors:
                loaded.kept.put(keys[one], answer)
    if state.erased_since(loaded, suppressed):
        barred = loaded.people(ids, now, state.watch.suppressed, history).errors
        kept |= {one: _encode(Customer(one, error=error)) for one, error in barred.items()}
    return [msgspec.Raw(kept[one]) for one in ids]


def _small(log: Log, stored: Mapping[str, int | None]) -> bool:
    """Return whether customers, by their places, are answered for in about the time that a thread takes to begin.

    The loop computes such answers itself: they are done before anybody could go away.
    """
    places = [place for place in stored.values() if place is not None]
    return len(places) <= _FEW and sum(int(log.offsets[one + 1] - log.offsets[one]) for one in places) <= _EVENTS
