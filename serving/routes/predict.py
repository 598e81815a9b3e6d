"""POST /predict and /explain: answers for customers by id, from what is known of them; the second with reasons."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.buckets.joined import NotJoined
from serving import edge, shape
from serving.answer import How
from serving.replies import replies
from serving.routes import asked
from serving.state import State


async def predict(request: Request) -> Response:
    """Answer for customers by id, with reasons where they are asked for."""
    return await _answered(request, reasons=False)


async def explain(request: Request) -> Response:
    """Answer for customers by id, with reasons."""
    return await _answered(request, reasons=True)


async def _answered(request: Request, reasons: bool) -> Response:
    wanted = await edge.decoded(request, shape.Request)
    asked.at_most(len(wanted.customer_ids), request.app.state.entry.limits.predict_customers, "customer_ids")
    state: State = request.app.state.serving
    language, loaded, now = asked.language(wanted.language), state.loaded, state.wall.read()
    told, base = state.told(loaded, now), state.base(loaded, now)
    campaign = asked.campaign(loaded.bundle, wanted)
    as_of = asked.moment(state, wanted.as_of, loaded.bundle.zone)
    act = loaded.act(base) if wanted.action else None
    how = How(base, as_of, language, campaign, loaded.rules, reasons=reasons or wanted.reasons, act=act)
    context = (wanted.campaign, wanted.channel)
    try:
        found = await replies(state, loaded, wanted.customer_ids, how, now, context)
    except NotJoined as error:
        raise HTTPException(503, str(error)) from None
    return edge.as_json({**told, **found.told, "customers": found.customers})
