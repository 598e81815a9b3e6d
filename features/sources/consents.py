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
from features.consent.loop import AGE_UNKNOWN, DENY, EVERYTHING, GRANT, OBJECT, UNDATED, UNREADABLE, Ints
from features.consent.permissions import Linked, Owners, Permissions, gathered, since_ever
from features.consent.suppression import CUSTOMER, NOBODY, Suppression
from features.dataset import Dataset, Source
from features.sources import batch, pulled, rejects
from features.sources.attributes import Attributes
from features.sources.canonical import fetched, identifier, session
from features.sources.files.parts import ROW
from features.sources.relation import Relation, Relations, column, opened, text_from
from features.sources.whose import PREFIX, called, identified

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
class Weaker:
    """What rows refuse for one of their weaker identifiers."""

    answers: Answers
    main: pa.Array
    """What the strongest identifier of each row is called."""

    def of_others(self, owners: Owners) -> Answers:
        """Return those whose identifier is of somebody else than the strongest is, or than nobody."""
        own, main = owners(CUSTOMER, self.answers.values), owners(CUSTOMER, self.main)
        return self.answers.where((own != main) | (own < 0))


def _called(answers: Answers, kinds: Sequence[str]) -> Answers:
    return replace(answers, kind=CUSTOMER, values=called({answers.kind: answers.values}, kinds))


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
    weaker: tuple[Weaker, ...] = ()
    """What rows refuse for other identifiers than their strongest."""

    def called(self, kinds: Sequence[str]) -> "Consents":
        """Return them by what identifiers are called as customers.

        Args:
            kinds: the names of all kinds, strongest first.
        """
        answers = tuple(_called(one, kinds) for one in self.answers)
        weaker = tuple(Weaker(_called(one.answers, kinds), one.main) for one in self.weaker)
        return replace(self, answers=answers, weaker=weaker)

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
        if owners is not None:
            every += [one.of_others(owners) for one in self.weaker]
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

        ripe, unreadable = self._ripe(ids, attributes, now)
        given = gathered(every, ripe, own, linked)
        nobody = sum(map(len, every)) - int(given.offsets[len(customers)])
        return Permissions(self.consent, ids, len(customers), given, nobody, person=person, unreadable_ages=unreadable)

    def _ripe(self, ids: pa.Array, attributes: Attributes, now: int) -> tuple[Ints, int]:
        """Return from when on each is old enough, and of how many an age is told that cannot be read."""
        if not self.consent.minimum_age:
            return np.full(len(ids), AGE_UNKNOWN, np.int64), 0
        told = joined(attributes.at(ids, now)[self.consent.age])
        return age.ripe(told, self.consent.minimum_age, ZoneInfo(self.zone)), age.unreadable(told)

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


def read(dataset: Dataset, suppressed: Suppression = NOBODY) -> tuple[Consents | None, pa.Table]:
    """Read the tables of a dataset's consent; return them, and the rejects as `source.read` does.

    In the rejects, `source` goes on counting after the tables of products. What suppressed people answered is left out.

    Raises:
        DatasetError: a file is missing or cannot be read, or a mapping names a column that its file lacks.
    """
    consent = dataset.consent
    if consent is None:
        return None, rejects.SCHEMA.empty_table()
    kinds = dataset.identifiers
    found, weaker = list[Answers](), list[Weaker]()
    parts, words, purposes = [rejects.SCHEMA.empty_table()], Counter[str](), Counter[str]()
    before = len(dataset.sources) + len(dataset.attributes) + len(dataset.products)
    with scratch.folder() as folder, session(dataset.zone) as connection:
        pulled_table = pulled.table(dataset)
        for place, table in enumerate((*consent.sources, *([pulled_table] if pulled_table else []))):
            where = f"dataset {dataset.name!r}: consent.sources[{place}]"
            mapped = [kind for kind in kinds if kind in table.columns]
            relations = _opened(connection, dataset, table, folder, where)
            read_rows = _rows(connection, relations, table, mapped, where, dataset)
            rows, values = _strongest(read_rows, dataset, mapped, suppressed)
            own, reason, counts = _answers(rows, table, consent, mapped, place)
            if table is pulled_table:  # a profile that was edited at a destination never grants
                own = [replace(one, said=np.where(one.said == GRANT, DENY, one.said).astype(np.uint8)) for one in own]
            found += own
            weaker += _weaker(rows, values, mapped, own, counts, kinds)
            parts.append(_rejected(before + place, table, relations, rows, reason, mapped[0]))
            words.update(_texts(rows, "answer", reason == _WORD))
            purposes.update(_texts(rows, "purpose", reason == _PURPOSE))
    return Consents(consent, dataset.zone, tuple(found), words, purposes, tuple(weaker)), pa.concat_tables(parts)


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
    connection: duckdb.DuckDBPyConnection,
    relations: Relations,
    table: AnswerTable,
    kinds: Sequence[str],
    where: str,
    dataset: Dataset,
) -> pa.Table:
    """Return the rows in their files' order: number, identifiers, texts, a moment.

    The texts are those of purpose, answer and `valid_from`, whose moment is in microseconds UTC, null where it cannot
    be read.
    """
    selects, before = [], 0
    for relation in relations.each:
        for name, given in table.columns.items():
            column(relation, given, f"{where}.columns.{name}")
        fields = {ROW: f"{quoted(ROW)} + {before}"}
        for kind in kinds:
            own = identifier(kind, relation, table.columns[kind], (), f"{where}.columns.{kind}", dataset)
            fields[PREFIX + kind] = f"CAST({own} AS VARCHAR)"
        for name in ("purpose", "answer"):
            fields[name] = _text(relation, table.columns.get(name), f"{where}.columns.{name}")
        since = table.columns.get("valid_from")
        fields["since"] = _text(relation, since, f"{where}.columns.valid_from")
        fields["valid_from"] = f"{relation.instant(since) if since else 'NULL'}::BIGINT"
        listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in fields.items())
        selects.append(f"SELECT {listed} FROM {relation.sql}")
        before += sum(one.rows for one in relation.part.tables)
    return fetched(connection, f"{' UNION ALL BY NAME '.join(selects)} ORDER BY 1", where)


def _strongest(
    rows: pa.Table, dataset: Dataset, kinds: Sequence[str], suppressed: Suppression
) -> tuple[pa.Table, dict[str, pa.Array]]:
    """Return rows with the strongest of their identifiers that identifies somebody, and all of them by kind.

    What erased people answered is left out.
    """
    values = {kind: joined(rows[PREFIX + kind]) for kind in kinds}
    if dataset.identified:
        values = identified(rows, dataset.identified)
    held = {kind: suppressed.holds(kind, of) for kind, of in values.items()}
    kind, ids = np.full(len(rows), -1, np.int64), pa.nulls(len(rows), pa.string())
    for place, name in reversed(list(enumerate(kinds))):
        there = values[name].is_valid()
        kind = np.where(to_numpy(there.cast(pa.uint8())).astype(np.bool_), place, kind)
        ids = pc.if_else(there, values[name], ids)
    gone = np.zeros(len(rows), np.bool_)
    for place, name in enumerate(kinds):
        gone |= (kind == place) & held[name]
        values[name] = pc.if_else(pa.array(held[name]), pa.scalar(None, pa.string()), values[name])
    told = rows.drop_columns([PREFIX + name for name in kinds])
    told = told.append_column("kind", pa.array(kind)).append_column("id", ids)
    keep = pa.array(~gone)
    return told.filter(keep), {name: of.filter(keep) for name, of in values.items()}


def _text(relation: Relation, given: str | None, where: str) -> str:
    """Return SQL of a column's text, NULL where it is blank or not mapped."""
    if given is None:
        return "NULL::VARCHAR"
    return f"nullif(trim(CAST({text_from(relation, given, where)} AS VARCHAR), {_BLANKS}), '')"


def _answers(
    rows: pa.Table, table: AnswerTable, consent: Consent, kinds: Sequence[str], source: int
) -> tuple[list[Answers], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return what the rows of a table answer, by the kind of identifier, each row's reason's code, and which count."""
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
    return found, reason, counts


def _weaker(
    rows: pa.Table,
    values: Mapping[str, pa.Array],
    kinds: Sequence[str],
    answers: Sequence[Answers],
    counts: NDArray[np.bool_],
    every: Sequence[str],
) -> list[Weaker]:
    """Return what rows refuse for their other identifiers: those may be of somebody else than the strongest is.

    Args:
        rows: with the place of the strongest's kind.
        values: the identifiers by kind.
        kinds: those that the table has, strongest first.
        answers: of the rows that count, by the kind of the strongest.
        counts: which rows do.
        every: the kinds of the dataset.
    """
    strongest, found = to_numpy(joined(rows["kind"])), []
    for place, own in enumerate(answers):
        at = np.flatnonzero(counts & (strongest == place))
        for other in kinds[place + 1 :]:
            of = values[other].take(pa.array(at))
            refuses = to_numpy(of.is_valid().cast(pa.uint8())).astype(np.bool_) & (own.said != GRANT)
            if refuses.any():
                some = own.where(refuses)
                main = called({own.kind: some.values}, every)
                found.append(Weaker(replace(some, kind=other, values=of.filter(pa.array(refuses))), main))
    return found


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
