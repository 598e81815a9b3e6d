"""`python -m training.rollback`: return to the champion before."""

from pathlib import Path

import typer

from features import command
from training.tracking import tracking


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
) -> None:
    """Make the version that was champion before the champion again; a second call takes that back."""
    from features.dataset import DatasetError, load
    from training.bundle import bundle
    from training.tracking import registry

    try:
        with command.told(DatasetError, registry.NothingRegistered):
            name = load(dataset).name
            client = tracking.client(tracking.place())
            before = registry.champion_before(client, name)
            now = registry.find(client, name, (registry.CHAMPION,))
            bundle.load(Path(before.folder))  # what cannot be served is no champion
    except bundle.BundleError as error:
        typer.echo(f"refused: version {before.version} cannot be served by this code. {error}", err=True)
        raise typer.Exit(1) from None
    registry.crown(client, name, before.version)
    typer.echo(
        f"The champion was version {now.version} and is version {before.version} of {now.model} again."
        f" A second `make rollback` goes forward to version {now.version}."
    )


if __name__ == "__main__":
    command.run(main)
