"""The stored events of a dataset, which a bundle from elsewhere needs here: its customers' history."""

from dataclasses import replace

import typer

from features import clock
from features.buckets import intake
from features.consent.profiled import Profiled
from features.dataset import Dataset
from features.log.log import Log
from features.log.store import mapped
from features.sources import attributes, consents


def ensure(business: Dataset, room: int) -> None:
    """Store the dataset's events where none are, in so many bytes of memory.

    Where it asks for consent, its answers are read again: who has refused since may not be answered for.
    """
    try:
        stored = mapped.load(business.name) if business.consent and mapped.exists(business.name) else None
    except mapped.StoreError:
        return  # the service says it
    if stored is not None and stored.profiled is not None and business.identified is None:
        mapped.save(replace(stored, profiled=_asked_again(business, stored, stored.profiled)), business.name)
    elif stored is not None or not mapped.exists(business.name):
        typer.echo(f"storing the events of {business.name} ...")
        mapped.save(intake.take(business, room).log, business.name)


def _asked_again(business: Dataset, log: Log, before: Profiled) -> Profiled:
    """Return who may be profiled now, of customers whose events are stored; of others there is nothing to answer by."""
    read, _ = consents.read(business)
    assert read is not None
    now = max(clock.now(), before.now)
    found = read.permissions(log.customers, attributes.read(business)[0], now).profiled(now)
    return replace(
        found,
        refused=found.refused | before.refused,
        left_out=before.left_out + found.left_out,
        customers=before.customers,
    )
