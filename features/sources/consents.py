"""Consents: the tables of what identifiers answered, read as they are written, and what people allow by them.

A row that cannot be read is kept aside, and denies: it must never count as a grant.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import scratch
from features.arrow import joined, literal, quoted, to_numpy
from features.clock import FIRST, LAST
from features.consent import age
from features.consent import answers as all_answers
from features.consent.answers import Answers, folded
from features.consent.consent import IGNORED, AnswerTable, Consent
from features.consent.loop import AGE_UNKNOWN, EVERYTHING, GRANT, OBJECT, UNDATED, UNREADABLE, Ints
from features.consent.permissions import Linked, Owners, Permissions, gathered, since_ever
from features.consent.suppression import Suppression
from features.dataset import Dataset, Source
from features.sources import batch, rejects
from features.sources.attributes import Attributes
from features.sources.canonical import Kind, fetched, key, session
from features.sources.files.parts import ROW
from features.sources.relation import Relation, Relations, column, opened, text_from
from features.sources.whose import called

CUSTOMER = "customer_id"
REASONS = (
    "good",
    "consent: the identifier is missing",
    "consent: valid_from is unreadable, or not in the years 1900 to 2199: it can deny and never grant",
    "consent: the purpose is not declared; unless it grants, it denies all marketing",
    "consent: the answer is no known word: it denies",
)
"""Why a row is kept aside; the position is the code, and of several reasons the first counts."""
NOT_A_ROW = f"consent: {batch.NOT_A_ROW}"
_NOBODY, _UNDATED, _PURPOSE, _WORD = range(1, len(REASONS))
_NOTHING = -2
"""In place of a purpose's place: it concerns nothing that is declared."""
_SHOWN = 3
_BLANKS = literal(" \t\r\n")


@dataclass(frozen=True)
class Consents:
    """What the tables of a dataset's consent hold."""

    consent: Consent
    zone: str
    answers: tuple[Answers, ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)
    """Words of answers that are not known, and how many rows have each."""
    purposes: Mapping[str, int] = field(default_factory=dict)
    """Purposes that are not declared, likewise."""

    def without(self, suppressed: Suppression) -> "Consents":
        """Return them without what erased people answered."""
        return replace(self, answers=tuple(one.where(~suppressed.holds(one.kind, one.values)) for one in self.answers))

    def called(self, kinds: Sequence[str]) -> "Consents":
        """Return them by what identifiers are called as customers.

        Args:
            kinds: the names of all kinds, strongest first.
        """
        answers = [replace(one, kind=CUSTOMER, values=called({one.kind: one.values}, kinds)) for one in self.answers]
        return replace(self, answers=tuple(answers))

    def permissions(
        self,
        customers: pa.Array,
        attributes: Attributes,
        now: int,
        signals: Sequence[Answers] = (),
        owners: Owners | None = None,
        linked: Linked = since_ever,
        person: Ints | None = None,
    ) -> Permissions:
        """Return what people allow: the customers, then everybody else who answered, or is known to be too young.

        Args:
            customers: the ids of those who have events, each once.
            attributes: what is known of them, their age among it.
            now: the moment of the attributes.
            signals: what browsers said.
            owners: whose identifiers are, by the customers' places; by default each `customer_id` is itself.
            linked: from when on that was known.
            person: the place of whom each customer was found to be; by default each is themselves.
        """
        every = [*self.answers, *signals]
        named = [one.values for one in every if one.kind == CUSTOMER]
        if self.consent.minimum_age:
            named += [history.ids for history in attributes.histories if self.consent.age in history.columns]
        others = pc.unique(pa.concat_arrays([pa.array([], pa.string()), *named]))
        others = others.filter(pc.invert(pc.is_in(others, customers)))
        ids = pa.concat_arrays([customers, others])

        def own(kind: str, values: pa.Array) -> Ints:
            found = owners(kind, values) if owners else np.full(len(values), -1, np.int64)
            if kind != CUSTOMER:
                return found
            return np.where(found < 0, to_numpy(pc.index_in(values, ids).cast(pa.int64()).fill_null(-1)), found)

        given = gathered(every, self._ripe(ids, attributes, now), own, linked)
        nobody = sum(map(len, every)) - int(given.offsets[len(customers)])
        return Permissions(self.consent, ids, len(customers), given, nobody, person=person)

    def _ripe(self, ids: pa.Array, attributes: Attributes, now: int) -> Ints:
        if not self.consent.minimum_age:
            return np.full(len(ids), AGE_UNKNOWN, np.int64)
        told = joined(attributes.at(ids, now)[self.consent.age])
        return age.ripe(told, self.consent.minimum_age, ZoneInfo(self.zone))

    def said(self) -> list[str]:
        """Return what to tell of words that are not known, a line each."""
        lines = []
        if self.words:
            lines.append(f"consent: answers that are no known word deny: {_counted(self.words)}")
        if self.purposes:
            lines.append(
                f"consent: purposes that are not declared: {_counted(self.purposes)}; what does not grant one denies"
                f' all marketing, unless its table says that it is none of ours: purposes = {{ WORD = "{IGNORED}" }}'
            )
        return lines


def _counted(words: Mapping[str, int]) -> str:
    most = Counter(words).most_common(_SHOWN)
    more = f" and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
    return ", ".join(f"{word[:40]!r} ({count:,} rows)" for word, count in most) + more


def read(dataset: Dataset) -> tuple[Consents | None, pa.Table]:
    """Read the tables of a dataset's consent; return them, and the rejects as `source.read` does.

    In the rejects, `source` goes on counting after the tables of products.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    consent = dataset.consent
    if consent is None:
        return None, rejects.SCHEMA.empty_table()
    kinds = dataset.identified.names if dataset.identified else (CUSTOMER,)
    found: list[Answers] = []
    parts, words, purposes = [rejects.SCHEMA.empty_table()], Counter[str](), Counter[str]()
    before = len(dataset.sources) + len(dataset.attributes) + len(dataset.products)
    with scratch.folder() as folder, session(dataset.zone) as connection:
        for place, table in enumerate(consent.sources):
            where = f"dataset {dataset.name!r}: consent.sources[{place}]"
            mapped = [kind for kind in kinds if kind in table.columns]
            relations = _opened(connection, dataset, table, folder, where)
            rows = _rows(connection, relations, table, mapped, where)
            own, reason = _answers(rows, table, consent, mapped, place)
            found += own
            parts.append(_rejected(before + place, table, relations, rows, reason, mapped[0]))
            words.update(_texts(rows, "answer", reason == _WORD))
            purposes.update(_texts(rows, "purpose", reason == _PURPOSE))
    return Consents(consent, dataset.zone, tuple(found), words, purposes), pa.concat_tables(parts)


def _texts(rows: pa.Table, name: str, where: NDArray[np.bool_]) -> dict[str, int]:
    counts = pc.value_counts(joined(rows[name]).filter(pa.array(where)).fill_null(""))
    return {one["values"]: one["counts"] for one in counts.to_pylist()}


def _opened(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: AnswerTable, folder: Path, where: str
) -> Relations:
    names = {name: given for name, given in table.columns.items() if name not in {"purpose", "answer"}}
    source = Source(table.path, "", names, time_format=table.time_format, encoding=table.encoding)
    return opened(connection, dataset, source, folder, where)


def _rows(
    connection: duckdb.DuckDBPyConnection, relations: Relations, table: AnswerTable, kinds: Sequence[str], where: str
) -> pa.Table:
    """Return the rows in their files' order: number, the place of the identifier's kind and itself, texts, a moment.

    Of several kinds of identifiers a row has the strongest that is there. The texts are those of purpose, answer and
    `valid_from`, whose moment is in microseconds UTC, null where it cannot be read.
    """
    selects, before = [], 0
    for relation in relations.each:
        for name, given in table.columns.items():
            column(relation, given, f"{where}.columns.{name}")
        fields = {ROW: f"{quoted(ROW)} + {before}"}
        ids = [_id(relation, table.columns[kind], kind, f"{where}.columns.{kind}") for kind in kinds]
        fields["kind"] = (
            f"(CASE {' '.join(f'WHEN {sql} IS NOT NULL THEN {n}' for n, sql in enumerate(ids))} END)::BIGINT"
        )
        fields["id"] = f"coalesce({', '.join(ids)})"
        for name in ("purpose", "answer"):
            fields[name] = _text(relation, table.columns.get(name), f"{where}.columns.{name}")
        since = table.columns.get("valid_from")
        fields["since"] = _text(relation, since, f"{where}.columns.valid_from")
        fields["valid_from"] = f"{relation.instant(since) if since else 'NULL'}::BIGINT"
        listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in fields.items())
        selects.append(f"SELECT {listed} FROM {relation.sql}")
        before += sum(one.rows for one in relation.part.tables)
    return fetched(connection, f"{' UNION ALL BY NAME '.join(selects)} ORDER BY 1", where)


def _id(relation: Relation, given: str, kind: str, where: str) -> str:
    as_key: Kind = "customer" if kind == CUSTOMER else "id"
    return f"CAST({key(relation, given, (), where, as_key)} AS VARCHAR)"


def _text(relation: Relation, given: str | None, where: str) -> str:
    """Return SQL of a column's text, NULL where it is blank or not mapped."""
    if given is None:
        return "NULL::VARCHAR"
    return f"nullif(trim(CAST({text_from(relation, given, where)} AS VARCHAR), {_BLANKS}), '')"


def _answers(
    rows: pa.Table, table: AnswerTable, consent: Consent, kinds: Sequence[str], source: int
) -> tuple[list[Answers], NDArray[np.uint8]]:
    """Return what the rows of a table answer, by the kind of identifier, and for each row the code of its reason."""
    said = _meant(rows["answer"], lambda text: all_answers.read(text, table.answers)).astype(np.uint8)
    if table.purpose:
        purpose = np.full(len(rows), list(consent.purposes).index(table.purpose), np.int64)
    else:
        places = _places(table, consent)
        purpose = _meant(rows["purpose"], lambda text: places.get(folded(text or ""), EVERYTHING))
    instants = to_numpy(joined(rows["valid_from"].fill_null(UNDATED)))
    readable = (instants >= FIRST) & (instants <= LAST)
    there = to_numpy(joined(rows["since"].is_valid().cast(pa.uint8()))).astype(np.bool_)
    missing = to_numpy(joined(rows["id"].is_null().cast(pa.uint8()))).astype(np.bool_)
    purpose[(purpose == _NOTHING) & (said == OBJECT)] = EVERYTHING  # an objection to anything stops all marketing
    reason = np.zeros(len(rows), np.uint8)
    for code, wrong in (
        (_WORD, (said == UNREADABLE) & (purpose != _NOTHING)),
        (_PURPOSE, (purpose == EVERYTHING) & (said != OBJECT)),
        (_UNDATED, there & ~readable),
        (_NOBODY, missing),
    ):
        reason[wrong] = code
    counts = ~missing & (purpose != _NOTHING) & ~((purpose == EVERYTHING) & (said == GRANT))
    moment = np.where(readable, instants, UNDATED)
    kind = to_numpy(joined(rows["kind"].fill_null(-1)))
    found = []
    for place, name in enumerate(kinds):
        own = counts & (kind == place)
        values, where = joined(rows["id"]).filter(pa.array(own)), np.full(int(own.sum()), source, np.int64)
        found.append(Answers(name, values, purpose[own], said[own], moment[own], where))
    return found, reason


def _places(table: AnswerTable, consent: Consent) -> dict[str, int]:
    """Return the place of each purpose by its words in a table, and _NOTHING of what is ignored."""
    places = {folded(name): place for place, name in enumerate(consent.purposes)}
    own = {folded(word): folded(name) for word, name in table.purposes.items()}
    return places | {word: _NOTHING if name == IGNORED else places[name] for word, name in own.items()}


def _meant(texts: pa.ChunkedArray, meaning: Callable[[str | None], int]) -> Ints:
    """Return what the text of each row means, each text looked at once."""
    coded = pc.dictionary_encode(joined(texts), null_encoding="encode")
    meant = np.array([meaning(text) for text in coded.dictionary.to_pylist()], np.int64)
    return np.asarray(meant[to_numpy(coded.indices)])


def _rejected(
    number: int, table: AnswerTable, relations: Relations, rows: pa.Table, reason: NDArray[np.uint8], kind: str
) -> pa.Table:
    """Return the rows that have a reason, as rejects."""
    at = np.flatnonzero(reason)
    told, codes = rows.take(pa.array(at)), pa.array(reason[at])
    lines = to_numpy(joined(told[ROW])).astype(np.int64)
    tables, where = relations.places(lines)
    files = pa.array([one.file.name for one in relations.tables], pa.string()).take(pa.array(tables))
    at_fault = {_NOBODY: (kind, "id"), _UNDATED: ("valid_from", "since"), _PURPOSE: ("purpose",) * 2}
    at_fault |= {_WORD: ("answer",) * 2}
    columns, stands = pa.nulls(len(at), pa.string()), pa.nulls(len(at), pa.string())
    for code, (name, text) in at_fault.items():
        own = pc.equal(codes, code)
        columns = pc.if_else(own, pa.scalar(table.columns.get(name, name)), columns)
        stands = pc.if_else(own, pc.utf8_slice_codeunits(joined(told[text]), 0, rejects.LONGEST), stands)
    reasons = pa.array(REASONS, pa.string()).take(codes)
    good = rejects.rows(number, table.path, files, lines, where, columns, stands, reasons)
    return pa.concat_tables([good, rejects.broken(number, table.path, relations, NOT_A_ROW)])
