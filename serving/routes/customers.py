"""/customers/{customer_id}: what is told of one customer, and why; and that nothing is told any more."""

import msgspec
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.buckets.joined import NotJoined
from features.clock import iso
from features.consent.secret import SecretError
from features.sources import rows
from serving import edge, erase, shape
from serving.answer import UNKNOWN, How
from serving.limits.problem import ECHOED, LATER
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
    given = _given(request)
    state: State = request.app.state.serving
    language = asked.language(given.get("language", "en"))
    loaded, now = state.loaded, state.wall.read()
    told, base = state.told(loaded, now), state.base(loaded, now)
    as_of = asked.moment(state, given.get("as_of"), loaded.bundle.zone)
    how = How(base, as_of, language, None, loaded.rules, given.get("why", ""), act=loaded.act(base))
    try:
        told_of = await replies(state, loaded, [request.path_params["customer_id"]], how, now)
    except NotJoined as error:
        raise HTTPException(503, str(error)) from None
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    (reply,) = told_of.customers
    found = msgspec.json.decode(reply, type=_Found)
    if found.error:
        if told_of.stale and found.error.startswith(UNKNOWN):  # they may have come in since
            return edge.problem(503, told_of.stale, LATER)
        return edge.problem(404, found.error)
    name = found.known_as or found.customer_id
    history = loaded.history.alone if told_of.stale else loaded.history
    newest = await to_thread.run_sync(history.newest, rows.customer(name) or name, loaded.log.place(name))
    since = [shape.AcceptedEvent(iso(event.at), msgspec.Raw(event.event)) for event in reversed(newest[-NEWEST:])]
    return edge.as_json({**told, **told_of.told, "customer": reply, "events": since})


def _given(request: Request) -> dict[str, str]:
    """Return what is asked about one customer.

    Raises:
        HTTPException: 422 where something cannot be asked, stands more than once, or holds what no text of ours does.
    """
    given = request.query_params.multi_items()
    if any(name not in _OF_ONE for name, _ in given):
        raise HTTPException(422, f"there is an unknown parameter; allowed are {', '.join(_OF_ONE)}")
    if len(dict(given)) < len(given):
        raise HTTPException(422, "a parameter stands more than once; which of its values counts is not told")
    if any(len(word) > ECHOED for name, text in given for word in (text.split(",") if name == "why" else [text])):
        raise HTTPException(422, f"a parameter has a name of over {ECHOED} characters")
    _sound(request.path_params["customer_id"], *(text for _, text in given))
    return dict(given)


def _sound(*texts: str) -> None:
    """Refuse what has a NUL, or was no UTF-8."""
    if any("\0" in text or "\ufffd" in text for text in texts):
        raise HTTPException(422, "the address has a NUL, or bytes that are no UTF-8; neither may be")


async def forget(request: Request) -> Response:
    """Forget one customer: at once in what is answered and taken, and journal the rest for `make erase`."""
    _sound(request.path_params["customer_id"])
    if rows.customer(request.path_params["customer_id"]) is None:
        raise HTTPException(422, "the address names no customer")
    state: State = request.app.state.serving
    customer_id, now = request.path_params["customer_id"], state.wall.read()
    try:
        await to_thread.run_sync(erase.begun, state, customer_id, now)
    except (SecretError, OSError) as error:
        raise HTTPException(503, str(error), LATER) from None
    return edge.as_json(shape.Outstanding(iso(now), OUTSTANDING), 202)
