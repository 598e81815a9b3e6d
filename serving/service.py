"""The BentoML service: one Starlette app over one bundle and the stored events of its dataset."""

import os
from functools import partial
from zoneinfo import ZoneInfo

import bentoml
from anyio import to_thread
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from features import clock, command
from features.clock import iso
from features.consent.secret import SecretError
from features.consent.watch import Watch
from features.dataset import DatasetError
from features.log.as_of import Asked, Base, Moment, Outdated
from features.log.store import mapped
from serving import answer, due, edge, served
from serving.answered import Answered
from serving.ruled import ruled
from serving.served import ALIAS, AS_OF, DATASET, VERSION
from serving.wall import Wall
from training.bundle import bundle as bundles
from training.panel.campaign import Campaigns, UnknownCampaign
from training.reasons import wording
from training.rules.rules import NO_RULES

_OF_ONE = ("why", "as_of", "language")
"""What may be asked about one customer."""


async def predict(request: Request) -> Response:
    """POST /predict: answer for customers by id, from their stored events."""
    asked = edge.decode(await edge.read_body(request), answer.Request)
    if len(asked.customer_ids) > answer.MOST_CUSTOMERS:
        got = len(asked.customer_ids)
        raise HTTPException(422, f"got {got:,} customer_ids; at most {answer.MOST_CUSTOMERS:,} are allowed")
    language = _language(asked.language)
    state = request.app.state
    now = state.wall.read()
    known = _known(state, now)
    bundle, log, base = state.stored.bundle, state.log, _base(state, now)
    campaign = _campaign(bundle, asked)
    as_of = _asked(asked.as_of, bundle.zone)
    customers = await to_thread.run_sync(
        answer.answer,
        bundle,
        log,
        asked.customer_ids,
        base,
        as_of,
        language,
        campaign,
        _note(state, now),
        now,
        None,
        state.watch.suppressed,
        None,
        state.rules,
    )
    return edge.as_json(answer.Answer(**known, customers=customers))


async def customer(request: Request) -> Response:
    """GET /customers/{customer_id}: answer for one customer, and say why they are in segments that are asked for."""
    given = dict(request.query_params)
    for name in given:
        if name not in _OF_ONE:
            raise HTTPException(422, f"there is an unknown parameter; allowed are {', '.join(_OF_ONE)}")
    language, state = _language(given.get("language", wording.ENGLISH)), request.app.state
    now = state.wall.read()
    known, base, log = _known(state, now), _base(state, now), state.log
    bundle, suppressed = state.stored.bundle, state.watch.suppressed
    as_of, ids = _asked(given.get("as_of"), bundle.zone), [request.path_params["customer_id"]]
    whose = now, None, suppressed, None, state.rules, given.get("why", "")
    try:
        (found,) = await to_thread.run_sync(
            answer.answer, bundle, log, ids, base, as_of, language, None, _note(state, now), *whose
        )
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    if found.error:
        return edge.problem(404, found.error)
    return edge.as_json({**known, "customer": found})


def _base(state: State, now: int) -> Moment:
    """Return the base at what the clock shows."""
    try:
        moment: Moment = state.base.moment(now)
    except Outdated as error:
        raise HTTPException(503, str(error)) from None
    return moment


def _asked(text: str | None, zone: str) -> Asked:
    """Return what a request asks about; where it says nothing, what the launcher did."""
    try:
        return clock.parse(text, ZoneInfo(zone)) if text else int(os.environ.get(AS_OF) or 0) or "own"
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


def _known(state: State, now: int) -> dict[str, str]:
    """Return what every answer says of the bundle and of the data."""
    due_by = _due(state, now)
    return {
        **({"retrain_by": due_by} if due_by else {}),
        "dataset": state.stored.bundle.dataset,
        "bundle_version": os.environ[VERSION],
        "bundle_alias": os.environ[ALIAS],
        "bundle_as_of": iso(state.stored.bundle.as_of),
        "data_end": iso(state.base.end),
    }


def _due(state: State, now: int, overdue: str | None = None) -> str:
    """Look who was erased since, forget the answers to them, and return by when the bundle is to be trained again."""
    try:
        if state.watch.look():
            state.answered.forget(state.watch.suppressed)
        return due.retrain_by(state.stored, state.watch.suppressed, now, overdue)
    except (due.Overdue, SecretError) as error:
        raise HTTPException(503, str(error)) from None


def _language(asked: str) -> str:
    try:
        return wording.known(asked)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


def _campaign(bundle: bundles.Bundle, asked: answer.Request) -> Campaigns | None:
    try:
        return bundle.campaign(asked.campaign, asked.channel)
    except UnknownCampaign as error:
        raise HTTPException(422, str(error)) from None


async def score(request: Request) -> Response:
    """POST /score: answer for customers whose events come in the body, and store nothing."""
    asked = edge.decode(await edge.read_body(request, answer.LARGEST_HISTORY), answer.ScoreRequest)
    state = request.app.state
    now = state.wall.read()
    told, base = _known(state, now), _base(state, now)
    try:
        known, note = answer.Known.of(state.log, state.watch.suppressed, state.rules), _note(state, now)
        scored = await to_thread.run_sync(answer.score, state.stored.bundle, asked, base, known, note, now)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    return edge.as_json(answer.ScoreAnswer(**told, customers=scored.customers, kept_aside=scored.kept_aside))


def _note(state: State, now: int) -> answer.Note:
    """Return what keeps an answer for `/drift`."""
    answered: Answered = state.answered
    return partial(answered.add, state.stored.bundle, now=now)


async def drift(request: Request) -> Response:
    """GET /drift: the last answers beside what the bundle was made of."""
    state = request.app.state
    bundle, now = state.stored.bundle, state.wall.read()
    if bundle.reference is None:
        raise HTTPException(409, "the bundle was made by a release that kept no reference: `make train` makes it anew")
    known = _known(state, now)
    told = await to_thread.run_sync(state.answered.told, bundle, now)
    return edge.as_json({**known, **told})


async def describe(request: Request) -> Response:
    """GET /bundle: what is served."""
    stored = request.app.state.stored
    due_by = _due(request.app.state, request.app.state.wall.read(), due.WARN)
    about = {"id": stored.id, "version": os.environ[VERSION], "alias": os.environ[ALIAS]}
    about |= {"retrain_by": due_by} if due_by else {}
    return edge.as_json({**about, **answer.described(stored.bundle, request.app.state.rules)})


async def metrics(_: Request) -> Response:
    """GET /metrics: Prometheus's text."""
    return Response(generate_latest(edge.METRICS), media_type=CONTENT_TYPE_LATEST)


def make_app() -> Starlette:
    """Return the app; it answers once its state holds a bundle and a log."""
    routes = [
        Route("/predict", predict, methods=["POST"]),
        Route("/score", score, methods=["POST"]),
        Route(f"/customers/{{customer_id{edge.ANYTHING}", customer),
        Route("/bundle", describe),
        Route("/drift", drift),
        Route("/metrics", metrics),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: edge.on_http_exception},
        middleware=[Middleware(edge.Guard, routes=frozenset(route.path for route in routes))],
    )
    app.router.redirect_slashes = False
    app.state.failure = None
    app.state.wall = Wall()
    app.state.answered = Answered()
    app.state.launched = False
    app.state.rules = NO_RULES
    return app


app = make_app()


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    """Take every path that BentoML does not own.

    It is a function since BentoML asks a Starlette object for its routes, and answers all others itself.
    """
    await app(scope, receive, send)


def _check_dataset(bundle: bundles.Bundle) -> None:
    if bundle.dataset != os.environ.get(DATASET, bundle.dataset):
        raise bundles.BundleError(f"the bundle is of {bundle.dataset!r}; {os.environ[DATASET]!r} was asked for.")


class Habitus:
    """Loads the bundle when a worker starts."""

    def __init__(self) -> None:
        """Load the bundle that the launcher named, or that `serving.served` finds, and map its dataset's events."""
        try:
            found = served.find(served.dataset(command.DATASET))
            os.environ.update(found.environment())
            if not app.state.launched:
                print(f"{served.FOR_TRYING} {found.notice}".rstrip(), flush=True)  # noqa: T201  said at start
            app.state.stored = bundles.load(found.folder)
            _check_dataset(app.state.stored.bundle)
            app.state.log = app.state.stored.bundle.looks_at(mapped.load(app.state.stored.bundle.dataset))
            app.state.watch = Watch(app.state.stored.bundle.dataset)
            app.state.watch.look()
            app.state.rules, said = ruled(app.state.stored.bundle, app.state.log, app.state.watch.suppressed)
            for line in said:
                print(line, flush=True)  # noqa: T201  said at start
            app.state.base = app.state.log.base or Base(app.state.stored.bundle.as_of)
            answer.answer(
                app.state.stored.bundle,
                app.state.log,
                app.state.log.customers.slice(0, 1).to_pylist(),
                app.state.base.moment(app.state.wall.read()),
                rules=app.state.rules,
            )
        except (
            bundles.BundleError, served.NotServed, mapped.StoreError, Outdated, SecretError, DatasetError,
        ) as error:  # fmt: skip
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
