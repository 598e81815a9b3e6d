"""The stored events of a dataset, which a bundle from elsewhere needs here: its customers' history."""

import typer

from features.buckets import intake
from features.dataset import Dataset
from features.log import store


def ensure(business: Dataset, room: int) -> None:
    """Store the dataset's events where none are, in so many bytes of memory."""
    if not store.exists(business.name):
        typer.echo(f"storing the events of {business.name} ...")
        store.save(intake.take(business, room).log, business.name)
