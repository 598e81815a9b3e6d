"""`python -m features.simulator --customers 4000 --out shop`: a made-up business as a folder of files."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from features import command
from features.simulator import continuation, folder
from features.simulator.contact import ContactError
from features.simulator.simulation import Simulation
from features.simulator.stretch import ContinuationError

_DEFAULT = Simulation()


def main(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="The folder to write; it must not exist yet.")] = None,
    continued: Annotated[
        Path | None,
        typer.Option("--continue", help="In place of --out: the folder of a simulation that gets --days more."),
    ] = None,
    contacts: Annotated[
        Path | None,
        typer.Option(help="With --continue: a Parquet file of customer_id, at, offer and, if wanted, campaign_id."),
    ] = None,
    customers: Annotated[int, typer.Option(help="How many customers.")] = _DEFAULT.customers,
    days: Annotated[int, typer.Option(help="How many days.")] = _DEFAULT.days,
    start: Annotated[str, typer.Option(help="The first day, such as 2023-01-01.")] = _DEFAULT.start.isoformat(),
    seed: Annotated[int, typer.Option(help="Another seed gives other customers.")] = _DEFAULT.seed,
    segments: Annotated[bool, typer.Option(help="Latent segments, or one population.")] = _DEFAULT.segments,
    season: Annotated[float, typer.Option(help="Swing of activity over the year; 0 is off.")] = _DEFAULT.season,
    activity: Annotated[float, typer.Option(help="Multiplies all rates.")] = _DEFAULT.activity,
    late: Annotated[float, typer.Option(help="Share of the rows that are recorded late.")] = _DEFAULT.late,
    duplicates: Annotated[float, typer.Option(help="Share of the rows written twice.")] = _DEFAULT.duplicates,
    broken: Annotated[float, typer.Option(help="Share of the rows with a broken one beside.")] = _DEFAULT.broken,
    devices: Annotated[int, typer.Option(help="Devices of each customer; 0: rows name customers.")] = _DEFAULT.devices,
    shared: Annotated[float, typer.Option(help="Share of the devices that two use.")] = _DEFAULT.shared,
    logged_out: Annotated[float, typer.Option(help="Share of days on which a visitor is no user.")] = (
        _DEFAULT.logged_out
    ),
    typos: Annotated[float, typer.Option(help="Share of wrong addresses of guests.")] = _DEFAULT.typos,
) -> None:
    """Simulate a business and write its files, the truth about it, and a dataset.toml that reads the files.

    Or continue one, given who was contacted.
    """
    if continued is not None:
        given = {name for name, of in context.params.items() if _was_given(context, name) and of is not None}
        if given - {"continued", "contacts", "days"} or "days" not in given:
            raise command.ended("--continue: --days is needed beside it, --contacts is allowed, and no other option.")
        _proceed(continued, days, contacts)
        return
    if out is None or contacts is not None:
        raise command.ended("--out is needed; or --continue, and with it --contacts is allowed.")
    knobs = {
        "customers": customers, "days": days, "start": start, "seed": seed, "segments": segments, "season": season,
        "activity": activity, "late": late, "duplicates": duplicates, "broken": broken, "devices": devices,
        "shared": shared, "logged_out": logged_out, "typos": typos,
    }  # fmt: skip
    try:
        simulation = msgspec.convert(knobs, Simulation)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at ")
        raise command.ended(f"--{place.strip('`$.')}: {said}") from None
    if out.exists():
        raise command.ended(f"--out: {out} exists already; the name of a new folder is allowed.")
    name = "".join(c for c in out.resolve().name if c.isalnum() or c in "_-") or "simulated"
    folder.generate(simulation, out.resolve(), name)
    typer.echo(f"{out / folder.DATASET} reads what was simulated; the truth is in {out / folder.TRUTH}")


def _was_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _proceed(folder: Path, days: int, contacts: Path | None) -> None:
    try:
        done = continuation.proceed(folder, days, contacts)
    except (ContinuationError, ContactError) as error:
        raise command.ended(str(error)) from None
    twice = f" ({done.repeated} rows stood there already, and count once)" if done.repeated else ""
    typer.echo(
        f"{done.events} events of {days} days, {done.contacts} contacts{twice} in {folder / done.stretch.files[2]}"
    )
    typer.echo(f"The truth, with and without contacts, is in {folder / done.stretch.files[1]}")


if __name__ == "__main__":
    command.run(main)
