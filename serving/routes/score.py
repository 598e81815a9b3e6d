"""POST /score: answers for customers whose events come in the body; nothing is stored."""

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from serving import answer, edge, shape
from serving.routes import asked
from serving.state import State


async def score(request: Request) -> Response:
    """Answer for the customers of some events."""
    wanted = edge.decode(edge.body(request), shape.ScoreRequest)
    limits = request.app.state.entry.limits
    asked.at_most(len(wanted.events), limits.score_events, "events")
    asked.at_most(len({event.customer_id for event in wanted.events}), limits.score_customers, "customers")
    state: State = request.app.state.serving
    loaded, now = state.loaded, state.wall.read()
    told, base = state.told(loaded, now), state.base(loaded, now)
    known = answer.Known.of(loaded.log, state.watch.suppressed, loaded.rules)
    note = state.note(loaded, now)
    try:
        scored = await to_thread.run_sync(answer.score, loaded.bundle, wanted, base, known, note, now)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    return edge.as_json(shape.ScoreAnswer(**told, customers=scored.customers, kept_aside=scored.kept_aside))
