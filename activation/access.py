"""`python -m activation.access`: everything that is known of one customer, as JSON, for who asks for it."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import pyarrow as pa
import typer

from activation import ledger
from activation.stores import stores
from features import command, settings
from features.buckets import memory as memories
from features.buckets.everybody import everybody
from features.clock import iso
from features.consent import forgetting, journal, secret, suppression
from features.consent.consent import Consent
from features.consent.suppression import CUSTOMER, Identifier
from features.dataset import Dataset, DatasetError, load
from features.identity import names
from features.identity.people import People
from features.log.as_of import Base, moments
from features.log.spine import NONE, Spine
from features.log.store import mapped, opened
from features.log.store.accepted import NotStored
from features.log.store.mapped import StoreError
from features.outputs import kept, output
from features.sources import about, erased
from training.tracking import registry, tracking
from training.tracking.answer import Unreachable
from training.tracking.registry import NothingRegistered

ERASED = "The customer was erased: nothing is kept, and rows of them are refused."
CAME_IN = "a service"
"""Where events are from that came in."""
UNKNOWN = "Nothing is known of this customer."
_NOTE = (
    "Predictions and segments rank customers for contacts and planning. No decision with legal or similar effect for"
    " a person may rest on them alone."
)


class NobodyAsked(ValueError):
    """Whose data are asked for is not told."""


@tracking.reached()
def main(
    dataset: command.DatasetOption = command.DATASET,
    customer: Annotated[str, typer.Option(help="An id, or KIND:VALUE of another identifier of the dataset.")] = "",
    out: Annotated[Path | None, typer.Option(help="The file to write; by default it is printed.")] = None,
    now: command.NowOption = None,
    allowed: memories.Option = None,
) -> None:
    """Write all that is known of a customer: data, identifiers, consents, segments, scores and why, and what for."""
    with command.told(DatasetError, NobodyAsked, secret.SecretError, NotStored, ValueError):
        business = load(dataset)
        asked = named(business, customer)
        moment = command.read_clock(now, business.zone)
        known = found(business, asked, moment, memories.told(allowed))
        text = json.dumps(known, indent=1, ensure_ascii=False, allow_nan=False)
        there = secret.found()
        who = [suppression.hashed(key, *asked) for key in there.keys] if there else []
        journal.add(business.name, moment, journal.ACCESS, who)
    if out is None:
        typer.echo(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)  # one that was there keeps its rights otherwise
        file.write(text + "\n")
    kept.remember(out)
    typer.echo(f"written to {out}, which nobody but you may read; it is yours to hand on and to delete")


def named(dataset: Dataset, given: str) -> Identifier:
    """Return an identifier as events have it.

    Raises:
        NobodyAsked: it is empty.
    """
    one = erased.identifier(dataset, given)
    if not one[1]:
        raise NobodyAsked("nobody is asked for: give CUSTOMER=<id>.")
    return one


def found(dataset: Dataset, asked: Identifier, now: int, room: int) -> dict[str, Any]:
    """Return what is known of somebody, as plain data.

    Args:
        dataset: whose customer it is.
        asked: one of the identifiers.
        now: microseconds UTC.
        room: bytes that the process may take.

    Raises:
        DatasetError: the sources cannot be read.
    """
    kind, value = asked
    told: dict[str, Any] = {"dataset": dataset.name, "asked": {"kind": kind, "value": value}, "at": iso(now)}
    if erased.read(dataset).has(kind, value):
        return {**told, "known": False, "erased": True, "note": ERASED, **declared(dataset)}
    linked = everybody(dataset, room)
    identifiers, called, shared = [asked], [value], dict[Identifier, int]()
    if linked is not None:
        identifiers = linked.widened([asked])
        called, shared = [names.one(one, linked.kinds) for one in identifiers], linked.shared(identifiers)
    events, attributes = about.events(dataset, identifiers, shared), about.known(dataset, called)
    events += list(_came_in(dataset, called, linked))
    answers, where = about.answers(dataset, called), list(_kept(dataset, called))
    scored = _scored(dataset, called, now)
    told_of = list(_sent(dataset, called))
    known = bool(events or attributes or answers or scored or where or told_of)
    return {
        **told,
        "known": known,
        "erased": False,
        "note": _NOTE if known else UNKNOWN,
        "identifiers": [{"kind": kind, "value": value} for kind, value in identifiers] if known else [],
        "events": events,
        "attributes": attributes,
        "consents": answers,
        **({"answers": scored} if scored else {}),
        **({"sent": told_of} if told_of else {}),
        "kept": where,
        **declared(dataset),
    }


def _came_in(dataset: Dataset, called: Sequence[str], linked: People | None) -> Iterator[dict[str, Any]]:
    """Yield the events of a customer that a service accepted, in the order of acceptance.

    Raises:
        NotStored: the store of them cannot be opened.
    """
    store = opened.some(dataset.name)
    if store is None:
        return
    kinds = linked.kinds if linked is not None else ()
    spelt = list(dict.fromkeys(one for name in called for one in names.spellings(name, kinds)))
    try:
        found = [one for own in store.of(spelt).values() for one in own]
    finally:
        store.close()
    for one in sorted(found, key=lambda one: one.number):
        yield {"from": CAME_IN, "accepted_at": iso(one.at), **msgspec.json.decode(one.event)}


def declared(dataset: Dataset) -> dict[str, Any]:
    """Return what a dataset says of purposes, of where its data are from, and of how long they are kept."""
    consent = dataset.consent or Consent({})
    return {
        "purposes": [{"purpose": name, "basis": basis} for name, basis in consent.purposes.items()],
        "retention_days": consent.retention_days,
        "from": [
            {"source": source.path, "events": sorted(source.kinds), "columns": dict(source.columns)}
            for source in dataset.sources
        ]
        + [{"source": table.path, "attributes": list(table.attributes)} for table in dataset.attributes],
    }


def _scored(dataset: Dataset, called: Sequence[str], now: int) -> dict[str, Any]:
    """Return what the bundle that is served says of somebody, and why; nothing where there is none, or nobody."""
    from training.bundle import bundle as bundles

    try:
        registered = registry.find(tracking.client(tracking.place()), dataset.name)
        log = mapped.load(dataset.name)
        bundle = bundles.load(Path(registered.folder)).bundle
    except (NothingRegistered, StoreError, Unreachable, bundles.BundleError) as error:
        return {"none": str(error)} if isinstance(error, bundles.BundleError) else {}
    places = [place for name in called if name not in log.excluded and (place := log.place(name)) is not None]
    if not places:
        return {}
    owner = np.array(places[:1], np.int64)
    spoken = moments((log.base or Base(bundle.as_of)).moment(now), log.own[owner], "own")
    scores = bundle.score(log, Spine.of(owner, spoken.as_of, NONE))
    predictions = [
        {
            "target": msgspec.to_builtins(predictor.target),
            "value": None if np.isnan(numbers[0]) else float(numbers[0]),
            "outside": scores.outside[number][0],
            "by": predictor.by(scores.x)[0],
            "reasons": [reason.text for reason in scores.reasons(number, 0, "en")],
        }
        for number, (predictor, numbers) in enumerate(scores.predictions)
    ]
    segments = {one.name: msgspec.to_builtins(one.segments[places[0]]) for one, places in scores.segments}
    return {
        "bundle": {"version": registered.version, "alias": registered.alias, "as_of": iso(bundle.as_of)},
        "as_of": iso(int(spoken.as_of[0])),
        "predictions": predictions,
        "segments": segments,
    }


def _sent(dataset: Dataset, called: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what was decided of somebody, given by chance, sent to destinations, and what those have acknowledged."""
    for table, row in ledger.known(settings.outbox(dataset.name), called):
        whole = {name: msgspec.json.decode(one) if isinstance(one, bytes) else one for name, one in row.items()}
        moments = {name: iso(whole[name]) for name in ("at", "due", "triggered", "decided") if whole.get(name)}
        yield {"in": table, **whole, **moments}


def _kept(dataset: Dataset, called: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a customer in tables that runs and commands left."""
    table = stores(dataset.name)
    own = [path for path in forgetting.files() if (one := forgetting.store_of(path, table)) and one.proved]
    for path in (*own, *kept.paths()):
        if path.suffix not in output.ENDINGS or not path.is_file():
            continue
        try:
            rows = output.rows(path, CUSTOMER, called)
        except (OSError, ValueError, pa.ArrowException):
            continue
        if rows:
            yield {"in": _shown(path), "rows": [{name: _plain(one) for name, one in row.items()} for row in rows]}
    for far in kept.addresses():
        if rows := output.found_far(far, CUSTOMER, called):
            yield {"in": far, "rows": [{name: _plain(one) for name, one in row.items()} for row in rows]}


def _shown(path: Path) -> str:
    return path.relative_to(settings.home()).as_posix() if path.is_relative_to(settings.home()) else str(path)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)


if __name__ == "__main__":
    command.run(main)
