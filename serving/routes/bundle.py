"""GET /bundle, /segments and /drift: what is served, who may be in what, and how the last answers lie beside."""

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from serving import described, edge
from serving.state import State
from training import due


async def bundle(request: Request) -> Response:
    """Say what is served."""
    state: State = request.app.state.serving
    loaded = state.loaded
    due_by = state.due(loaded, state.wall.read(), due.WARN)
    about = {"id": loaded.stored.id, "version": loaded.version, "alias": loaded.alias}
    about |= {"retrain_by": due_by} if due_by else {}
    about |= {"refused": state.refused} if state.refused else {}
    return edge.as_json({**about, **described.described(loaded.bundle, loaded.rules)})


async def segments(request: Request) -> Response:
    """Say which segments there are."""
    state: State = request.app.state.serving
    loaded = state.loaded
    found = described.described(loaded.bundle, loaded.rules)
    wanted = ("segmenters", "rules", "rules_left_out")
    return edge.as_json(
        {**state.told(loaded, state.wall.read()), **{key: found[key] for key in wanted if key in found}}
    )


async def drift(request: Request) -> Response:
    """Say how the last answers lie beside what the bundle was made of."""
    state: State = request.app.state.serving
    loaded, now = state.loaded, state.wall.read()
    if loaded.bundle.reference is None:
        raise HTTPException(409, "the bundle was made by a release that kept no reference: `make train` makes it anew")
    known = state.told(loaded, now)
    told = await to_thread.run_sync(loaded.answered.told, loaded.bundle, now)
    return edge.as_json({**known, **told})
