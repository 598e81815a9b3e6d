"""What every command shares: how it is run, how it ends on bad input, and the options that many have."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Never
from zoneinfo import ZoneInfo

import typer

from features import warned

if TYPE_CHECKING:
    from rich.console import Console

WRONG = 2
"""The exit status where what was given is at fault."""
DATASET = "complete_journey"
NAMED = "A shipped dataset's name, or the path of a dataset's TOML file."
DatasetOption = Annotated[str, typer.Option(help=NAMED)]
DatasetArgument = Annotated[str, typer.Argument(help=NAMED)]
OUT = (
    "The file to write, .parquet or .csv, here or at s3://; or a table of a database:"
    " postgresql://user@host/database/table."
)
ENGINES = ("here", "spark")
EngineOption = Annotated[str, typer.Option(help="What computes: `here` or `spark`, whose OUT is a folder.")]
AllowSmall = Annotated[
    bool, typer.Option("--allow-small", help="Learn targets from less data than is believed to be enough.")
]
NowOption = Annotated[
    str | None,
    typer.Option(
        help="What the clock shows, for a dataset that speaks of now or asks for consent: an ISO date or time. Default:"
        " what it does show."
    ),
]
LiveOption = Annotated[
    bool, typer.Option("--live/--no-live", help="Read what a service accepted since the files, as one more source.")
]

_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}


def run(main: Callable[..., None], arguments: Sequence[str] | None = None) -> Never:
    """Run a command with the arguments of this process, or with some, and leave with its exit status.

    Options that it does not have, or that cannot be read, are told in one line.
    """
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    try:
        with warned.told_once():
            status = app(arguments, standalone_mode=False)
    except typer.TyperException as error:
        got = shlex.join(sys.argv[1:] if arguments is None else arguments)
        said = f"{error.format_message().rstrip('.')}. Got {got or 'nothing'}; --help tells what is allowed."
        status = ended(" ".join(said.split())).exit_code
    except BrokenPipeError:  # whoever read what is printed, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)


def ended(message: str) -> typer.Exit:
    """Print one line that says what was wrong; return what ends the command."""
    typer.echo(f"error: {message}", err=True)
    return typer.Exit(WRONG)


def read_clock(now: str | None, zone: str) -> int:
    """Return what NOW says, in microseconds UTC, else what the clock on the wall shows.

    Raises:
        ValueError: it is no ISO date or time.
    """
    from features import clock  # NumPy, before which the threads are set

    return clock.parse(now, ZoneInfo(zone), "now") if now else clock.now()


def numbered(option: str, given: list[str]) -> dict[str, float]:
    """Return what ARM=NUMBER says, by arm.

    Raises:
        ValueError: one is not written so.
    """
    found = {}
    for text in given:
        arm, _, number = text.rpartition("=")
        try:
            found[arm] = float(number)
        except ValueError:
            raise ValueError(f"{option}: got {text!r}; ARM=NUMBER is allowed.") from None
        if not arm or not 0 <= found[arm] < float("inf"):
            raise ValueError(f"{option}: got {text!r}; ARM=NUMBER of at least 0 is allowed.")
    return found


def require_engine(given: str) -> None:
    """Refuse an engine that there is not.

    Raises:
        ValueError: it is none of ENGINES.
    """
    if given not in ENGINES:
        raise ValueError(f"ENGINE: got {given!r}; {' or '.join(ENGINES)} is allowed.")


@contextmanager
def told(*faults: type[Exception]) -> Iterator[None]:
    """End the command in one line, not a traceback, where the block raises one of these faults."""
    try:
        yield
    except faults as fault:
        raise ended(str(fault)) from None


def console(width: int) -> "Console":
    """Return the screen; where there is no terminal, such as in a log, a page so wide that tables are whole."""
    from rich.console import Console

    screen = Console()
    return screen if screen.is_terminal else Console(width=width)


def single_threaded() -> None:
    """Give libraries one thread each unless the environment says more; call it before NumPy is imported.

    The threads of NumPy's and LightGBM's libraries wait for each other beside a busy neighbour.
    """
    for name, value in _THREADS.items():
        os.environ.setdefault(name, value)
