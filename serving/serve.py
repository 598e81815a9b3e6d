"""`python -m serving.serve`: the live service, in one process, on this machine alone unless told otherwise."""

import logging
import os
import signal
import socket
import sys
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features import clock, command
from features.buckets import memory
from features.dataset import DatasetError, load
from serving import due, events, served


def main(
    dataset: command.DatasetOption = command.DATASET,
    as_of: Annotated[
        str | None,
        typer.Option(help="Answer as of this moment, unless a request asks about another: an ISO date or time."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 3000,
    allowed: memory.Option = None,
) -> None:
    """Answer for one customer over HTTP with the champion, or the challenger where there is no champion yet."""
    with command.told(DatasetError, served.NotServed, ValueError):
        business = load(dataset)
        follows, chosen = served.follows(), served.find(business.name)
        events.ensure(business, memory.told(allowed))
        moment = str(clock.parse(as_of, ZoneInfo(business.zone))) if as_of else ""
    if chosen.notice:
        typer.echo(chosen.notice)
    os.environ.update(
        served.QUIET
        | chosen.environment()
        | {served.DATASET: business.name, served.AS_OF: moment, served.OVERDUE: due.rule(business.consent)}
        | {served.DECLARED: dataset, served.FOLLOWS: "1" if follows else "0"},
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    _run(_bound(host, port), f"habitus-{business.name} version {chosen.version}")


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()
    except OSError as error:
        raise command.ended(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return bound


def _run(bound: socket.socket, what: str) -> None:
    import uvicorn

    from serving.service import app, service

    handler = logging.StreamHandler()
    handler.addFilter(lambda _: app.state.failure is None)  # a failure is told in one line, below
    logging.basicConfig(
        level=logging.WARNING, handlers=[handler], format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("habitus").setLevel(logging.INFO)
    bento = logging.getLogger("bentoml")
    bento.handlers.clear()
    bento.propagate = True
    bento.setLevel(logging.WARNING)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                typer.echo("{} answers on http://{}:{} (Ctrl-C stops it)".format(what, *bound.getsockname()[:2]))

    app.state.launched = True
    config = uvicorn.Config(
        service.to_asgi(),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    try:
        Server(config).run(sockets=[bound])
    except SystemExit:
        if app.state.failure is None:
            raise
        raise command.ended(app.state.failure) from None


if __name__ == "__main__":
    command.run(main)
