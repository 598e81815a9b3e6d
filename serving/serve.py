"""`python -m serving.serve`: the live service, in one process, on this machine alone unless told otherwise."""

import ipaddress
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterable
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features import clock, command
from features.buckets import memory
from features.dataset import DatasetError, load
from serving import events, served
from serving.limits import entry, settings
from serving.said import say
from training import due


def main(
    dataset: command.DatasetOption = command.DATASET,
    as_of: Annotated[
        str | None,
        typer.Option(help="Answer as of this moment, unless a request asks about another: an ISO date or time."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 3000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A name that requests may call this service by, beside the loopback's; `*`: any."),
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="Log each request, a line of JSON on standard error.")] = False,
    limits: Annotated[bool, typer.Option("--limits", help="Print the table of limits, and end.")] = False,
    allowed: memory.Option = None,
) -> None:
    """Answer for one customer over HTTP with the champion, or the challenger where there is no champion yet."""
    if limits:
        told_limits()
        return
    with command.told(DatasetError, served.NotServed, ValueError):
        os.environ.update(_entry(host, allow_host or (), log))
        business = load(dataset)
        follows, chosen = served.follows(), served.find(business.name)
        events.ensure(business, memory.told(allowed))
        business.let_go()
        moment = str(clock.parse(as_of, ZoneInfo(business.zone))) if as_of else ""
    if chosen.notice:
        say(chosen.notice)
    os.environ.update(
        served.QUIET
        | chosen.environment()
        | {served.DATASET: business.name, served.AS_OF: moment, due.OVERDUE: due.rule(business.consent)}
        | {served.DECLARED: dataset, served.FOLLOWS: "1" if follows else "0"},
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    _run(_bound(host, port), f"habitus-{business.name} version {chosen.version}")


def told_limits() -> None:
    """Print each limit as its environment variable, its value here and its meaning.

    Raises:
        Exit: one is set to what it cannot be.
    """
    with command.told(ValueError):
        for name, value, meaning in settings.table(settings.read()):
            typer.echo(f"{name:34} {value:>13,}  {meaning}")


def _entry(host: str, allowed: Iterable[str], log: bool) -> dict[str, str]:
    """Return what the service is told of who may come in.

    Raises:
        ValueError: it was to listen on another address than the loopback's, and asks for no keys; or a limit or a key
            is wrong.
    """
    own = f"[{host}]" if ":" in host else host
    if not entry.read().keys.asked and host != "localhost" and not _loopback(host):
        raise ValueError(
            f"--host {host}: without keys the service listens on this machine alone; docs/service.md tells of keys."
        )
    return {entry.HOSTS: ",".join([own, *allowed]), entry.LOG: "1" if log else ""}


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()
    except OSError as error:
        raise command.ended(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return bound


def _room() -> None:
    """Let the process have as many connections open as it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _run(bound: socket.socket, what: str) -> None:
    import uvicorn

    from serving.limits.connection import Connection, Connections
    from serving.service import Everything, app, service

    handler = logging.StreamHandler()
    handler.addFilter(lambda _: app.state.failure is None)  # a failure is told in one line, below
    logging.basicConfig(
        level=logging.WARNING, handlers=[handler], format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.raiseExceptions = False  # a full disk, or nobody who reads, stops no request
    logging.getLogger("habitus").setLevel(logging.INFO)
    _log_requests(bool(os.environ.get(entry.LOG)))
    bento = logging.getLogger("bentoml")
    bento.handlers.clear()
    bento.propagate = True
    bento.setLevel(logging.WARNING)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                say("{} answers on http://{}:{} (Ctrl-C stops it)".format(what, *bound.getsockname()[:2]))

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.entry.streams.end()  # they have no end of their own, and would be waited for
            await super().shutdown(sockets)

    app.state.launched = True
    _room()
    config = uvicorn.Config(
        Everything(service.to_asgi()),  # past BentoML's layers, which trace, and time out by timers never cancelled
        loop="uvloop",
        http=partial(Connection, Connections(settings.read())),  # type: ignore[arg-type]
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
    finally:
        # What can still be reached when the interpreter ends, DuckDB complains of.
        handler.filters.clear()
        app.middleware_stack = None
        app.state.serving = None


def _log_requests(wanted: bool) -> None:
    """Write each request as one line of JSON, and nothing else in it, where that is wanted."""
    requests = logging.getLogger("habitus.requests")
    requests.propagate = False
    if wanted:
        requests.addHandler(logging.StreamHandler())
        requests.setLevel(logging.INFO)


if __name__ == "__main__":
    command.run(main)
