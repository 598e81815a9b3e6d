"""Kinds of rows: the first rule that holds, the values of a column, and what is said of a wrong declaration."""

import re
from pathlib import Path

import duckdb
import pytest

from features.buckets import intake
from features.dataset import DatasetError, Rule
from features.log.event import KINDS
from features.sources.kinds import CODES, UNKNOWN, UNWANTED, by_rules, by_values
from tests.features.shop import business

PURCHASE, REFUND = KINDS.index("purchase"), KINDS.index("refund")
ROWS = (
    "(VALUES ('-2', 'sale'), ('3', ' sale '), ('', 'heartbeat'), ('two', 'it''s'), (NULL, NULL)) rows(quantity, kind)"
)


def codes(sql: str) -> list[int]:
    """Return the code of each row."""
    return [code for (code,) in duckdb.sql(f"SELECT {sql} FROM {ROWS}").fetchall()]


def test_the_first_rule_that_holds_names_the_kind_and_what_cannot_be_read_is_unknown() -> None:
    rules = [Rule("refund", "quantity < 0"), Rule("purchase")]
    # 'two' might be below zero: it is not taken for a purchase. An empty quantity is not below zero.
    expected = [REFUND, PURCHASE, PURCHASE, UNKNOWN, PURCHASE]
    assert codes(by_rules(rules, ["quantity", "kind"])) == expected


def test_a_row_for_which_no_rule_holds_is_unknown() -> None:
    rules = [Rule("purchase", "kind == 'sale'"), Rule("custom:asked", "trim(kind) == 'sale'")]
    assert codes(by_rules(rules, ["quantity", "kind"], codes={**CODES, "custom:asked": 99})) == [
        PURCHASE, 99, UNKNOWN, UNKNOWN, UNKNOWN,
    ]  # fmt: skip


def test_a_value_names_the_kind_or_is_ignored() -> None:
    sql = by_values("kind", {"sale": "purchase", "it's": "refund"}, ["quantity", "kind"], ignored=["heartbeat"])
    assert codes(sql) == [PURCHASE, PURCHASE, UNWANTED, REFUND, UNKNOWN]


def test_the_value_may_come_from_an_expression() -> None:
    sql = by_values("if(quantity == '3', 'three', kind)", {"three": "coupon", "sale": "purchase"}, ["quantity", "kind"])
    assert codes(sql) == [PURCHASE, KINDS.index("coupon"), UNKNOWN, UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([], "when: at least one rule is needed"),
        ([Rule("purchase"), Rule("refund", "quantity < 0")], "when[0]: a rule without `where` holds for all rows"),
        ([Rule("refnd", "quantity < 0")], "when[0].event: there is no kind 'refnd'. Did you mean 'refund'?"),
        ([Rule("refund", "quantty < 0")], "when[0].where: there is no column 'quantty'. Did you mean 'quantity'?"),
        ([Rule("refund", "quantity")], "when[0].where: 'quantity' in 'quantity' is not allowed: compare columns"),
    ],
)
def test_wrong_rules_are_refused(rules: list[Rule], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        by_rules(rules, ["quantity", "kind"])


@pytest.mark.parametrize(
    ("column", "values", "ignored", "said"),
    [
        ("knd", {"sale": "purchase"}, [], "column: there is no column 'knd'. Did you mean 'kind'?"),
        ("kind", {"sale": "purchse"}, [], "values.sale: there is no kind 'purchse'. Did you mean 'purchase'?"),
        ("kind", {"sale": "purchase"}, ["sale"], "ignored: 'sale' is of the kind 'purchase' in `values` already"),
        ("kind", {}, [], "values: at least one is needed"),
    ],
)
def test_wrong_values_are_refused(column: str, values: dict[str, str], ignored: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        by_values(column, values, ["quantity", "kind"], ignored=ignored)


def test_what_a_machine_did_is_kept_apart_and_counted(tmp_path: Path) -> None:
    text = "client,at,agent\nann,2026-05-04,Firefox\nann,2026-05-04,proxy\nbob,2026-05-04,\ncy,2026-05-05,proxy\n"
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    source = {"path": "s.csv", "event": "mail_open", "machine": "agent == 'proxy'"}
    taken = intake.take(business(tmp_path, source))
    assert taken.log.customers.to_pylist() == ["ann", "bob"]
    assert len(taken.log) == 2
    assert "by machines, kept apart: 2 rows of s.csv" in taken.said()
    with pytest.raises(DatasetError, match=r"machine: there is no column 'agnt'\. Did you mean 'agent'"):
        intake.take(business(tmp_path, source | {"machine": "agnt == 'proxy'"}))
