"""GET /metrics: the numbers of the process and of what it serves, in Prometheus's text."""

from anyio import to_thread
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from serving.watched import Watched


async def metrics(request: Request) -> Response:
    """Give Prometheus's text."""
    watched = Watched(request.app.state.serving)
    return Response(await to_thread.run_sync(generate_latest, watched), media_type=CONTENT_TYPE_LATEST)
