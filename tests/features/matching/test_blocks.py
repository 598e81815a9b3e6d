"""Blocks: which pairs are compared, counted by hand."""

from collections.abc import Iterator

import duckdb
import pytest

from features.matching.blocks import Block, blocks, lessons, prior
from features.matching.field import Field

FIELDS = [Field("first", "name"), Field("born", "date"), Field("town", "text"), Field("sex", "exact")]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return forty customers: pairs of a first name, pairs of a date, one town, two sexes."""
    with duckdb.connect() as opened:
        opened.execute(
            "CREATE TABLE customers AS SELECT n AS unique_id, concat('n', n // 2) AS f0,"
            " CASE WHEN n < 38 THEN concat('d', (n + 2) // 4) END AS f1, 'here' AS f2, CAST(n % 2 AS VARCHAR) AS f3"
            " FROM range(40) t(n)"
        )
        yield opened


def test_fields_that_are_rare_enough_are_blocks_and_pairs_of_the_others(connection: duckdb.DuckDBPyConnection) -> None:
    # 20 pairs by name; dates: of 2, and nine of 4: 1 + 9 * 6; the town has 780 and each sex 190: more than 200
    assert blocks(connection, FIELDS) == [Block((0,), 20), Block((1,), 55)]


def test_what_is_common_is_looked_at_with_another(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("UPDATE customers SET f2 = CAST(unique_id // 10 % 2 AS VARCHAR)")
    # within a town and a sex are 10 customers, four times: 4 * 45
    assert blocks(connection, FIELDS)[-1] == Block((2, 3), 180)


def test_what_is_learned_from_is_a_persons_own() -> None:
    home, name, date = Block((2,), 30), Block((0, 2), 40), Block((1,), 50)
    assert lessons([home, name, date], FIELDS) == [name, date]
    assert lessons([home, date], FIELDS) == [date]
    assert lessons([home, Block((1,), 19)], FIELDS) == []


def test_the_chance_that_two_are_one_is_that_of_what_is_sure(connection: duckdb.DuckDBPyConnection) -> None:
    # names are of (0, 1), (2, 3) ...: both of a pair have one date, which the last pair lacks
    assert prior(connection, FIELDS) == pytest.approx(19 / 0.8 / 780)
    assert prior(connection, [Field("a", "exact")] * 3) == pytest.approx(1 / 0.8 / 780)
