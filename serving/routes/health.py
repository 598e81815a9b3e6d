"""GET /livez and /readyz: whether the service runs, and whether it can answer."""

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from features.log.store.accepted import Away, NotStored
from serving.stale import behind
from serving.state import State

_BEYOND = 1 << 62
"""A number that no event has, so that little is read."""


async def livez(_: Request) -> Response:
    """Say that the process answers."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Say whether requests are answered, with the reason why not."""
    state: State | None = request.app.state.serving
    if state is None:
        raise HTTPException(503, "the bundle is not loaded yet")
    loaded, now = state.loaded, state.wall.read()
    state.told(loaded, now)
    state.base(loaded, now)
    if state.live is not None:
        try:
            await to_thread.run_sync(state.live.since, _BEYOND, 1)
        except Away as error:  # all replicas would be taken out at once, and each may answer from what is stored
            return PlainTextResponse(f"ok, but {behind(error)}\n")
        except NotStored as error:
            raise HTTPException(503, str(error)) from None
    return PlainTextResponse("ok\n")
