"""Blocks: of all pairs of customers only those are compared that agree in a field, or in two."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import duckdb

from features.matching.field import Field

PAIRS = 5
"""For each customer a block may have so many pairs; one with more, such as all of a town, is not looked at."""
LEARNED = 20
"""What is learned from has so many pairs or more."""
_RECALL = 0.8
"""Of the true pairs, the share that is taken to agree in what is sure."""


@dataclass(frozen=True)
class Block:
    """The pairs of customers that agree in some fields."""

    fields: tuple[int, ...]
    """Their places."""
    pairs: int
    """How many there are."""

    @property
    def columns(self) -> list[str]:
        """The fields' columns."""
        return [column(place) for place in self.fields]


def column(place: int) -> str:
    """Return the column that a field has in the table `customers`."""
    return f"f{place}"


def blocks(connection: duckdb.DuckDBPyConnection, fields: Sequence[Field]) -> list[Block]:
    """Return the blocks of the table `customers`: single fields, and pairs of those that are too common alone.

    The number of pairs in all of them is bounded by that of customers.
    """
    most = PAIRS * _size(connection)
    places = range(len(fields))
    single = [block for place in places if (block := _block(connection, (place,))).pairs <= most]
    common = set(places) - {block.fields[0] for block in single}
    double = [block for two in combinations(sorted(common), 2) if (block := _block(connection, two)).pairs <= most]
    return [block for block in sorted((*single, *double), key=lambda one: (one.pairs, one.fields)) if block.pairs]


def lessons(found: Iterable[Block], fields: Sequence[Field]) -> list[Block]:
    """Return the blocks that are learned from: at most two, without a field in common.

    All have a field that is a person's own: among those who share a home, what agrees most would be the family, and
    its members would be learned as one person.
    """
    own = [block for block in found if any(fields[place].own for place in block.fields)]
    some = sorted((block for block in own if block.pairs >= LEARNED), key=lambda one: (one.pairs, one.fields))
    two = ([one, other] for one, other in combinations(some, 2) if not set(one.fields) & set(other.fields))
    return next(two, some[:1])


def prior(connection: duckdb.DuckDBPyConnection, fields: Sequence[Field]) -> float:
    """Return the chance that two customers are one: from the pairs that agree in what is sure, and what those miss."""
    most = PAIRS * _size(connection)
    sure = [rule for rule in _sure(fields) if _block(connection, rule).pairs <= most]
    pairs = " UNION ".join(
        f"SELECT a.unique_id AS one, b.unique_id AS other FROM customers a JOIN customers b"
        f" ON {' AND '.join(f'a.{column(place)} = b.{column(place)}' for place in rule)} AND a.unique_id < b.unique_id"
        for rule in sure
    )
    ((found,),) = connection.sql(f"SELECT count(*) FROM ({pairs})").fetchall() if sure else ((0,),)
    return min(0.5, max(found, 1) / _RECALL / math.comb(_size(connection), 2))


def _sure(fields: Sequence[Field]) -> list[tuple[int, ...]]:
    """Return the fields which together are hardly ever those of two people."""
    of = {
        form: [place for place, field in enumerate(fields) if field.form == form]
        for form in ("name", "family", "text", "code")
    }
    alone = [(place,) for place, field in enumerate(fields) if field.form in {"id", "email"}]
    dated = [place for place, field in enumerate(fields) if field.form in {"date", "phone"}]
    two = list(product(dated, of["name"]))
    homes = [(*of["name"], *of["family"], place) for place in (*of["text"], *of["code"])] if of["name"] else []
    return [*alone, *two] or homes


def _block(connection: duckdb.DuckDBPyConnection, places: tuple[int, ...]) -> Block:
    """Return a block with the number of its pairs."""
    names = [column(place) for place in places]
    there = " AND ".join(f"{name} IS NOT NULL" for name in names)
    groups = f"SELECT count(*) AS n FROM customers WHERE {there} GROUP BY {', '.join(names)}"
    ((pairs,),) = connection.sql(f"SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT FROM ({groups})").fetchall()
    return Block(places, pairs)


def _size(connection: duckdb.DuckDBPyConnection) -> int:
    ((size,),) = connection.sql("SELECT count(*) FROM customers").fetchall()
    return int(size)
