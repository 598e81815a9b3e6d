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
from features.identity.blocked import blocked
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
    return replace(found, listed=listed(dataset, identifiers(dataset, dataset.consent.erasures, "consent.erasures")))


def listed(dataset: Dataset, people: Sequence[Identifier]) -> frozenset[Identifier]:
    """Return identifiers, and what they are called as customers where several are linked into one."""
    known = dataset.identified
    return frozenset([*people, *((CUSTOMER, names.one(one, known.names)) for one in people if known)])


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
            for kind, column, head in _columns(relation, dataset.identifiers, where):
                sql = f"SELECT {key(relation, column, (), where)} AS id FROM {relation.sql}"
                texts = fetched(connection, sql, where)["id"].cast(pa.string()).drop_null().to_pylist()
                first = head if kind else [one for one in head if ":" in one]  # else it is what the column is called
                own = [*ids.bared(first), *ids.bared(texts)]
                found += [identifier(dataset, text, kind) if kind else _prefixed(dataset, text, where) for text in own]
    return somebodys(dataset, found)


def identifier(dataset: Dataset, text: str, kind: str = "") -> Identifier:
    """Return an identifier as events have it, of a kind or as KIND:VALUE; by default it is of the strongest."""
    known = dataset.identifiers
    before, _, value = text.partition(":")
    one = (kind, text) if kind else (before, value) if before in known and value else (known[0], text)
    return one[0], cleaned(dataset, *one)


def _prefixed(dataset: Dataset, text: str, where: str) -> Identifier:
    """Return an identifier of a column that tells no kind.

    Raises:
        DatasetError: the dataset has several kinds, and the text names none.
    """
    if dataset.identified and text.partition(":")[0] not in dataset.identifiers:
        listed = ", ".join(dataset.identifiers)
        raise DatasetError(f"{where}: call the columns by their kinds ({listed}), or write each as KIND:VALUE.")
    return identifier(dataset, text)


def somebodys(dataset: Dataset, some: Sequence[Identifier]) -> list[Identifier]:
    """Return those identifiers, each once, that identify anybody."""
    found = [one for one in dict.fromkeys(some) if one[1]]
    if dataset.identified is None:
        return found
    keys = dataset.identified.keys
    return [one for one in found if not blocked(pa.array([one[1]], pa.string()), keys[one[0]].block)[0]]


def _columns(relation: Relation, known: Sequence[str], where: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the kind of each column of identifiers, its name, and the name again where that may be an identifier."""
    names = [name for name in relation.types if not name.startswith("habitus ")]
    own = {name: kind for name in names for kind in known if name.strip().casefold() == kind.casefold()}
    if not own and len(names) != 1:
        # What the file has is not told: without a head, its first line holds identifiers.
        raise DatasetError(f"{where}: there is no column {' or '.join(known)}; only a file of one column needs none.")
    if own:
        yield from ((kind, name, []) for name, kind in own.items())
    else:
        kind = known[0] if len(known) == 1 else ""
        yield kind, names[0], [names[0]] if relation.part.tables[0].file.form == "text" else []
