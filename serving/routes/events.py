"""POST /events: what just happened, on the disk before the answer and in its customer's next one."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.identity import names
from features.log.store.accepted import Offered
from features.log.store.verdict import Verdict
from features.preset import FORMAT
from features.sources import formed, posted
from features.sources.formed import Form
from serving import counted, edge, shape, whose
from serving.limits.problem import ECHOED
from serving.loaded import Loaded
from serving.routes import asked
from serving.state import State

_BODY = cast("type[Any]", dict[str, Any] | list[Any])
"""Rows of a form: one, several, or a document that holds them."""
CONFLICT = "an event of this event_id is stored, with other content; that one stays"
IGNORED = "no event that counts is in it, as the format's rules tell"
NOT_KEPT = "nothing of this customer may be kept: they were erased, are excluded, or may not be profiled"


async def events(request: Request) -> Response:
    """Keep one event or many, and say of each what became of it."""
    state: State = request.app.state.serving
    if state.live is None:
        raise HTTPException(503, "there is no store for events that come in")
    most, form = request.app.state.entry.limits.events_events, _form(request)
    loaded, now = state.loaded, state.wall.read()
    given = await edge.read(request, _events if form is None else lambda body: form.rows(edge.decode(body, _BODY)))
    asked.at_most(len(given), most, "events")
    state.look(loaded)
    told = await to_thread.run_sync(_all, state, loaded, given, form, most, now)
    counted.events(one.verdict for one in told)
    return edge.as_json(shape.EventsAnswer(told))


def _form(request: Request) -> Form | None:
    """Return the form that rows are said to have, None where they are canonical events.

    Raises:
        HTTPException: 422 where there is no such form, its rows cannot be read one by one, or more is asked for.
    """
    given = request.query_params.multi_items()
    if not given:
        return None
    if [name for name, _ in given] != [FORMAT]:
        raise HTTPException(422, f"of the address {FORMAT!r} may be given, once, and nothing else")
    try:
        return formed.form(given[0][1][:ECHOED])
    except formed.NotFormed as error:
        raise HTTPException(422, str(error)) from None


def _events(body: bytes) -> list[dict[str, Any]]:
    """Return the events of a body, which is one, or has several in `events`."""
    names = edge.decode(body, dict[str, msgspec.Raw])
    several = "events" in names
    events = edge.decode(body, shape.EventsRequest).events if several else [edge.decode(body, shape.Arrived)]
    return [msgspec.structs.asdict(one) for one in events]


def _all(
    state: State, loaded: Loaded, given: Sequence[Any], form: Form | None, most: int, now: int
) -> list[shape.Told]:
    """Store what can be used of events, or of rows of a form, and tell what became of each."""
    if form is None:
        return kept(state, loaded, given, now)
    log = loaded.log
    try:
        found = formed.formed(form, given, log.zone, log.kinds, loaded.bundle.currency, most)
    except formed.NotFormed as error:
        raise HTTPException(413, str(error)) from None
    verdicts = iter(kept(state, loaded, [one.event for one in found if not one.reason], now))
    told: dict[int, list[shape.Told]] = {}
    for one in found:
        verdict = shape.Told(Verdict.REFUSED, one.reason) if one.reason else next(verdicts)
        told.setdefault(one.row, []).append(msgspec.structs.replace(verdict, row=one.row))
    nothing = shape.Told(Verdict.IGNORED, IGNORED)
    return [
        verdict for row in range(len(given)) for verdict in told.get(row, [msgspec.structs.replace(nothing, row=row)])
    ]


def kept(state: State, loaded: Loaded, given: Sequence[dict[str, Any]], now: int) -> list[shape.Told]:
    """Store what can be used, in one step."""
    assert state.live is not None
    log = loaded.log
    priced = bool(log.columns["amount"].size)
    identity = log.ties.identity if log.ties else None
    read = posted.read(given, log.zone, now, log.kinds, _stamps(loaded), priced, identity)
    offered = [one for one in read if isinstance(one, Offered)]

    loaded.history.look()

    def may(one: Offered) -> bool:
        state.watch.look()
        called = [names.one(own, identity.names) for own in one.identifiers] if identity else []
        every, gone, person = {one.customer, *called}, state.watch.suppressed, loaded.history.person
        return all(whose.kept(log, name, gone, now, person) for name in every)

    verdicts = iter(state.live.accept(offered, now, may) if offered else ())
    return [_told(next(verdicts)) if isinstance(one, Offered) else shape.Told(Verdict.REFUSED, one) for one in read]


def _told(verdict: Verdict) -> shape.Told:
    reasons = {Verdict.CONFLICT: CONFLICT, Verdict.REFUSED: NOT_KEPT}
    return shape.Told(verdict, reasons.get(verdict, ""))


def _stamps(loaded: Loaded) -> bool:
    """Return whether the dataset says when rows were recorded, so that rows without it are so now."""
    return bool(loaded.log.columns["recorded"].size)
