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
    wanted = await edge.decoded(request, shape.ScoreRequest)
    limits = request.app.state.entry.limits
    asked.at_most(len(wanted.events), limits.score_events, "events")
    asked.at_most(len({event.customer_id for event in wanted.events}), limits.score_customers, "customers")
    state: State = request.app.state.serving
    loaded, now = state.loaded, state.wall.read()
    told, base = state.told(loaded, now), state.base(loaded, now)
    suppressed = state.watch.suppressed
    known = answer.Known.of(loaded.log, suppressed, loaded.rules)
    note = state.note(loaded, now, suppressed)
    try:
        scored = await to_thread.run_sync(answer.score, loaded.bundle, wanted, base, known, note, now)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    customers = scored.customers
    if state.erased_since(loaded, suppressed):
        customers = answer.without(customers, state.watch.suppressed, known.kinds)
    return edge.as_json(shape.ScoreAnswer(**told, customers=customers, kept_aside=scored.kept_aside))
