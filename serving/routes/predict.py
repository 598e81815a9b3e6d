"""POST /predict and /explain: answers for customers by id, from what is known of them; the second with reasons."""

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.buckets.joined import NotJoined
from serving import answer, edge
from serving.routes import asked
from serving.state import State


async def predict(request: Request) -> Response:
    """Answer for customers by id, with reasons where they are asked for."""
    return await _answered(request, reasons=False)


async def explain(request: Request) -> Response:
    """Answer for customers by id, with reasons."""
    return await _answered(request, reasons=True)


async def _answered(request: Request, reasons: bool) -> Response:
    wanted = edge.decode(await edge.read_body(request), answer.Request)
    if len(wanted.customer_ids) > answer.MOST_CUSTOMERS:
        got = len(wanted.customer_ids)
        raise HTTPException(422, f"got {got:,} customer_ids; at most {answer.MOST_CUSTOMERS:,} are allowed")
    state: State = request.app.state.serving
    language, loaded, now = asked.language(wanted.language), state.loaded, state.wall.read()
    told, base = state.told(loaded, now), state.base(loaded, now)
    campaign = asked.campaign(loaded.bundle, wanted)
    as_of = asked.moment(state, wanted.as_of, loaded.bundle.zone)
    try:
        customers = await to_thread.run_sync(
            lambda: answer.answer(
                loaded.bundle,
                loaded.log,
                wanted.customer_ids,
                base,
                as_of,
                language,
                campaign,
                state.note(loaded, now),
                now,
                suppressed=state.watch.suppressed,
                rules=loaded.rules,
                reasons=reasons or wanted.reasons,
                since=loaded.history.since,
            )
        )
    except NotJoined as error:
        raise HTTPException(503, str(error)) from None
    return edge.as_json(answer.Answer(**told, customers=customers))
