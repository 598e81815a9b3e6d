"""/customers/{customer_id}: what is told of one customer, and why; and that nothing is told any more."""

import msgspec
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.buckets.joined import NotJoined
from features.clock import iso
from features.consent.secret import SecretError
from features.log.store.accepted import NotStored
from features.sources import rows
from serving import edge, erase, shape
from serving.answer import How
from serving.replies import replies
from serving.routes import asked
from serving.state import State

NEWEST = 20
"""So many of the events that came in are told."""
_OF_ONE = ("why", "as_of", "language")
"""What may be asked about one customer."""


class _Found(msgspec.Struct):
    """What of a reply tells whom it is of."""

    customer_id: str
    error: str = ""
    known_as: str = ""


OUTSTANDING = (
    "nothing is answered of this customer any more, and no row of theirs is taken; `make erase` takes what is left out"
    " of stored events, runs and reports, and proves it"
)


async def customer(request: Request) -> Response:
    """Answer for one customer, or forget them."""
    return await (forget(request) if request.method == "DELETE" else one(request))


async def one(request: Request) -> Response:
    """Answer for one customer, and say why they are in segments that are asked for."""
    given = dict(request.query_params)
    for name in given:
        if name not in _OF_ONE:
            raise HTTPException(422, f"there is an unknown parameter; allowed are {', '.join(_OF_ONE)}")
    state: State = request.app.state.serving
    language = asked.language(given.get("language", "en"))
    loaded, now = state.loaded, state.wall.read()
    told, base = state.told(loaded, now), state.base(loaded, now)
    as_of = asked.moment(state, given.get("as_of"), loaded.bundle.zone)
    how = How(base, as_of, language, None, loaded.rules, given.get("why", ""))
    try:
        (reply,) = await replies(state, loaded, [request.path_params["customer_id"]], how, now)
    except NotJoined as error:
        raise HTTPException(503, str(error)) from None
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    found = msgspec.json.decode(reply, type=_Found)
    if found.error:
        return edge.problem(404, found.error)
    name = found.known_as or found.customer_id
    newest = loaded.history.newest(rows.customer(name) or name, loaded.log.place(name))[-NEWEST:]
    since = [shape.AcceptedEvent(iso(event.at), msgspec.Raw(event.event)) for event in reversed(newest)]
    return edge.as_json({**told, "customer": reply, "events": since})


async def forget(request: Request) -> Response:
    """Forget one customer: at once in what is answered and taken, and journal the rest for `make erase`."""
    state: State = request.app.state.serving
    customer_id, now = request.path_params["customer_id"], state.wall.read()
    try:
        await to_thread.run_sync(erase.begun, state, customer_id, now)
    except (SecretError, NotStored, OSError) as error:
        raise HTTPException(503, str(error), {"Retry-After": "1"}) from None
    return edge.as_json(shape.Outstanding(iso(now), OUTSTANDING), 202)
