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
from serving import answer, edge, erase
from serving.routes import asked
from serving.state import State

NEWEST = 20
"""So many of the events that came in are told."""
_OF_ONE = ("why", "as_of", "language")
"""What may be asked about one customer."""


class Event(msgspec.Struct):
    """An event that came in since the events were stored."""

    accepted_at: str
    event: msgspec.Raw


class Outstanding(msgspec.Struct):
    """What is left to do of an erasure that was begun."""

    erased: str
    outstanding: str


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
    customer_id = request.path_params["customer_id"]
    try:
        (found,) = await to_thread.run_sync(
            lambda: answer.answer(
                loaded.bundle,
                loaded.log,
                [customer_id],
                base,
                as_of,
                language,
                None,
                state.note(loaded, now),
                now,
                suppressed=state.watch.suppressed,
                rules=loaded.rules,
                why=given.get("why", ""),
                since=loaded.history.since,
            )
        )
    except NotJoined as error:
        raise HTTPException(503, str(error)) from None
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    if found.error:
        return edge.problem(404, found.error)
    name = found.known_as or found.customer_id
    newest = loaded.history.newest(rows.customer(name) or name, loaded.log.place(name))[-NEWEST:]
    since = [Event(iso(event.at), msgspec.Raw(event.event)) for event in reversed(newest)]
    return edge.as_json({**told, "customer": found, "events": since})


async def forget(request: Request) -> Response:
    """Forget one customer: at once in what is answered and taken, and journal the rest for `make erase`."""
    state: State = request.app.state.serving
    customer_id, now = request.path_params["customer_id"], state.wall.read()
    try:
        await to_thread.run_sync(erase.begun, state, customer_id, now)
    except (SecretError, NotStored, OSError) as error:
        raise HTTPException(503, str(error), {"Retry-After": "1"}) from None
    return edge.as_json(Outstanding(iso(now), OUTSTANDING), 202)
