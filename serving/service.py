"""The BentoML service: one Starlette app over one bundle and the events of its dataset."""

import os

import bentoml
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from features import clock, command
from features.consent.secret import SecretError
from features.consent.watch import Watch
from features.dataset import DatasetError
from features.log.as_of import Outdated
from features.log.store import mapped, opened
from features.log.store.accepted import NotStored
from serving import edge, loaded, served
from serving.routes import bundle, customers, events, metrics, predict, score
from serving.served import AS_OF
from serving.state import State
from training.bundle import bundle as bundles

_WRONG = (
    bundles.BundleError, served.NotServed, mapped.StoreError, Outdated, SecretError, DatasetError, NotStored,
)  # fmt: skip
"""What the launcher tells in one line."""


ROUTES = (
    Route("/predict", predict.predict, methods=["POST"]),
    Route("/explain", predict.explain, methods=["POST"]),
    Route("/score", score.score, methods=["POST"]),
    Route("/events", events.events, methods=["POST"]),
    Route(f"/customers/{{customer_id{edge.ANYTHING}", customers.customer, methods=["GET", "DELETE"]),
    Route("/segments", bundle.segments),
    Route("/bundle", bundle.bundle),
    Route("/drift", bundle.drift),
    Route("/metrics", metrics.metrics),
)


def make_app(state: State | None = None) -> Starlette:
    """Return the app; it answers once it has a state."""
    app = Starlette(
        routes=list(ROUTES),
        exception_handlers={HTTPException: edge.on_http_exception},
        middleware=[Middleware(edge.Guard, routes=frozenset(route.path for route in ROUTES))],
    )
    app.router.redirect_slashes = False
    app.state.serving = state
    app.state.failure = None
    app.state.launched = False
    return app


app = make_app()


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    """Take every path that BentoML does not own.

    It is a function since BentoML asks a Starlette object for its routes, and answers all others itself.
    """
    await app(scope, receive, send)


class Habitus:
    """Loads the bundle when a worker starts."""

    def __init__(self) -> None:
        """Load the bundle that the launcher named, or that `serving.served` finds, and map its dataset's events."""
        try:
            dataset = served.dataset(command.DATASET)
            found = served.find(dataset)
            if not app.state.launched:
                print(f"{served.FOR_TRYING} {found.notice}".rstrip(), flush=True)  # noqa: T201  said at start
            watch = Watch(dataset)
            watch.look()
            live = opened.live(dataset)
            first = loaded.load(found, watch.suppressed, live, clock.now())
            for line in first.said:
                print(line, flush=True)  # noqa: T201  said at start
            app.state.serving = State(first, watch, live, as_of=int(os.environ.get(AS_OF) or 0))
        except _WRONG as error:
            app.state.failure = str(error)
            raise


service = bentoml.service(
    name="habitus",
    workers=1,
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": [".*"]},
    traffic={"timeout": edge.BODY_SECONDS + 5},
)(bentoml.asgi_app(everything, path="/")(Habitus))
