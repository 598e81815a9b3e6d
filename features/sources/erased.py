"""Erased: those whose rows are refused, by the list of a dataset and by the file of erasures that it names."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from features import scratch
from features.consent import suppression
from features.consent.secret import SecretError
from features.consent.suppression import CUSTOMER, Identifier, Suppression
from features.dataset import Dataset, DatasetError, Source
from features.identity import names
from features.sources import ids
from features.sources.canonical import fetched, key, session
from features.sources.relation import Relation, opened


def read(dataset: Dataset) -> Suppression:
    """Return whose rows of a dataset are refused.

    Raises:
        DatasetError: the file of erasures cannot be read, or the keys of the list are not there.
    """
    try:
        found = suppression.load(dataset.name)
    except SecretError as error:
        raise DatasetError(str(error)) from None
    if dataset.consent is None or not dataset.consent.erasures:
        return found
    listed = identifiers(dataset, dataset.consent.erasures, "consent.erasures")
    if dataset.identified:
        listed += [(CUSTOMER, names.one(one, dataset.identified.names)) for one in listed]
    return replace(found, listed=frozenset(listed))


def kinds(dataset: Dataset) -> tuple[str, ...]:
    """Return the kinds of identifiers that a dataset has, strongest first."""
    return dataset.identified.names if dataset.identified else (CUSTOMER,)


def cleaned(dataset: Dataset, kind: str, value: str) -> str:
    """Return an identifier as events have it."""
    bare = ids.of_customer(value.strip())
    identified = dataset.identified
    return bare.lower() if identified and identified.keys[kind].clean == "email" else bare


def identifiers(dataset: Dataset, file: str, named: str) -> list[Identifier]:
    """Return the identifiers in a file: in columns called by their kinds, or in its only one, which needs no head.

    Args:
        dataset: whose identifiers they are.
        file: a path, as those of sources are.
        named: what names it, for messages.

    Raises:
        DatasetError: the file is missing or cannot be read, or has no column of identifiers.
    """
    where = f"dataset {dataset.name!r}: {named}"
    found: list[Identifier] = []
    with scratch.folder() as folder, session(dataset.zone) as connection:
        for relation in opened(connection, dataset, Source(file, "", {}), folder, where).each:
            for kind, column, head in _columns(relation, kinds(dataset), where):
                sql = f"SELECT {key(relation, column, (), where)} AS id FROM {relation.sql}"
                texts = fetched(connection, sql, where)["id"].cast(pa.string()).drop_null().to_pylist()
                found += [(kind, cleaned(dataset, kind, text)) for text in (*head, *ids.bared(texts))]
    return [one for one in dict.fromkeys(found) if one[1]]


def _columns(relation: Relation, known: Sequence[str], where: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the kind of each column of identifiers, its name, and the name again where that may be an identifier."""
    names = [name for name in relation.types if not name.startswith("habitus ")]
    own = [name for name in names if name in known]
    if not own and len(names) != 1:
        # What the file has is not told: without a head, its first line holds identifiers.
        raise DatasetError(f"{where}: there is no column {' or '.join(known)}; only a file of one column needs none.")
    if own:
        yield from ((name, name, []) for name in own)
    else:
        yield known[0], names[0], [names[0]] if relation.part.tables[0].file.form == "text" else []
