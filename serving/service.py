"""The BentoML service: one Starlette app over one bundle and the events of its dataset."""

import os

import bentoml
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from features import clock, command
from features.consent.secret import SecretError
from features.consent.watch import Watch
from features.dataset import DatasetError
from features.log.as_of import Outdated
from features.log.store import mapped, opened
from features.log.store.accepted import NotStored
from serving import edge, loaded, served
from serving import state as shared
from serving.books import Books
from serving.follower import Follower
from serving.limits import entry
from serving.limits.doors import Doors
from serving.limits.entry import Entry
from serving.limits.keys import KeysError
from serving.limits.settings import LimitError, Limits
from serving.routes import operations
from serving.routes.straight import Straight
from serving.said import say
from serving.served import AS_OF
from training.bundle import bundle as bundles

_WRONG = (
    bundles.BundleError, served.NotServed, mapped.StoreError, Outdated, SecretError, DatasetError, NotStored,
    LimitError, KeysError,
)  # fmt: skip
"""What the launcher tells in one line."""
PATIENCE = Limits().answer_seconds + 5
"""Seconds of BentoML's own limit, which it cannot do without, and whose timers it never cancels."""


class App(Starlette):
    """Starlette's application without its outermost layer: `Guard` is that, and lets no exception out."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the layers, the outermost first."""
        straight = Straight(ExceptionMiddleware(self.router, self.exception_handlers), operations.endpoints())
        routes = [route.path for route in operations.routes()]
        return edge.Guard(Doors(straight, operations.doors()), routes)


def make_app(state: "shared.State | None" = None) -> Starlette:
    """Return the app; it answers once it has a state."""
    app = App(routes=operations.routes(), exception_handlers={HTTPException: edge.on_http_exception})
    app.router.redirect_slashes = False
    app.state.serving = state
    app.state.books = Books(state) if state else None
    app.state.entry = Entry()
    app.state.document = operations.document
    app.state.failure = None
    app.state.launched = False
    return app


app = make_app()


class Everything:
    """Takes every request, before BentoML's routes do: its health checks tell nothing of overdue bundles and stores."""

    def __init__(self, bento: ASGIApp) -> None:
        """Leave to BentoML what is no request: that it starts and ends."""
        self.bento = bento

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await (app if scope["type"] == "http" else self.bento)(scope, receive, send)


class Habitus:
    """Loads the bundle when a worker starts."""

    def __init__(self) -> None:
        """Load the bundle that the launcher named, or that `serving.served` finds, and map its dataset's events."""
        try:
            app.state.entry = entry.read()
            dataset = served.dataset(command.DATASET)
            found = served.find(dataset)
            if not app.state.launched:
                say(f"{served.FOR_TRYING} {found.notice}".rstrip())
            watch = Watch(dataset)
            watch.look()
            live = opened.live(dataset)
            first = loaded.load(found, watch.suppressed, live, clock.now())
            for line in (*live.warnings, *first.said):
                say(line)
            app.state.serving = shared.State(first, watch, live, as_of=int(os.environ.get(AS_OF) or 0))
            app.state.books = Books(app.state.serving)
            Follower(app.state.serving, served.follows()).start()
            app.state.books.start()
        except _WRONG as error:
            app.state.failure = str(error)
            raise


service = bentoml.service(
    name="habitus",
    workers=1,
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": [".*"]},
    traffic={"timeout": PATIENCE},
)(Habitus)
service.add_asgi_middleware(Everything)
