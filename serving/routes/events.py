"""POST /events: what just happened, on the disk before the answer and in its customer's next one."""

from collections.abc import Sequence

import msgspec
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.log.store.accepted import Offered
from features.log.store.verdict import Verdict
from features.sources import posted
from serving import counted, edge, shape, whose
from serving.loaded import Loaded
from serving.routes import asked
from serving.state import State

CONFLICT = "an event of this event_id is stored, with other content; that one stays"
NOT_KEPT = "nothing of this customer may be kept: they were erased, are excluded, or may not be profiled"


async def events(request: Request) -> Response:
    """Keep one event or many, and say of each what became of it."""
    state: State = request.app.state.serving
    if state.live is None:
        raise HTTPException(503, "there is no store for events that come in")
    given = await edge.read(request, _events)
    asked.at_most(len(given), request.app.state.entry.limits.events_events, "events")
    loaded, now = state.loaded, state.wall.read()
    state.look(loaded)
    told = await to_thread.run_sync(_kept, state, loaded, given, now)
    counted.events(one.verdict for one in told)
    return edge.as_json(shape.EventsAnswer(told))


def _events(body: bytes) -> list[shape.Event]:
    """Return the events of a body, which is one, or has several in `events`."""
    names = edge.decode(body, dict[str, msgspec.Raw])
    if "events" in names:
        return edge.decode(body, shape.EventsRequest).events
    return [edge.decode(body, shape.Event)]


def _kept(state: State, loaded: Loaded, given: Sequence[shape.Event], now: int) -> list[shape.Told]:
    """Store what can be used, in one step."""
    assert state.live is not None
    log = loaded.log
    priced = bool(log.columns["amount"].size)
    read = posted.read(
        [msgspec.structs.asdict(one) for one in given], log.zone, now, log.kinds, _stamps(loaded), priced
    )
    offered = [one for one in read if isinstance(one, Offered)]

    def may(customer: str) -> bool:
        state.watch.look()
        return whose.kept(log, customer, state.watch.suppressed, now)

    verdicts = iter(state.live.accept(offered, now, may) if offered else ())
    return [_told(next(verdicts)) if isinstance(one, Offered) else shape.Told(Verdict.REFUSED, one) for one in read]


def _told(verdict: Verdict) -> shape.Told:
    reasons = {Verdict.CONFLICT: CONFLICT, Verdict.REFUSED: NOT_KEPT}
    return shape.Told(verdict, reasons.get(verdict, ""))


def _stamps(loaded: Loaded) -> bool:
    """Return whether the dataset says when rows were recorded, so that rows without it are so now."""
    return bool(loaded.log.columns["recorded"].size)
