"""The outbox: an item is there once, and every contact that reaches somebody counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from activation import ledger
from activation.destinations.row import Row
from activation.outbox import acknowledged, outbox
from activation.outbox.acknowledged import Acknowledged
from activation.outbox.item import EVENT, LEAVE, Item, State
from activation.outbox.outbox import Outbox

NOW = 1_000_000


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    tables = (*outbox.TABLES, *acknowledged.TABLES)
    with ledger.opened("shop", tables, tmp_path / "ledger.sqlite") as connection:
        yield Outbox(connection)


def item(name: str, customer: str, due: int = NOW, change: str = EVENT, *, contact: bool = True) -> Item:
    row = Row(id=name, customer=customer, identifiers={"email": f"{customer}@example.org"}, event="hello")
    return Item(
        id=name,
        destination="crm",
        change=change,
        row=row,
        purpose="mail",
        source="workflow:a",
        due=due,
        contact=contact,
    )


def test_an_item_is_there_once_and_is_never_asked_for_again_by_itself(box: Outbox) -> None:
    assert box.put([item("1", "ann"), item("2", "bob"), item("2", "bob")], NOW) == 2
    assert box.put([item("1", "ann"), item("3", "cid")], NOW) == 1
    box.connection.execute("UPDATE outbox SET state = 'failed' WHERE id IN ('1', '3')")
    box.connection.execute("UPDATE outbox SET state = 'done' WHERE id = '2'")
    assert box.put([item("1", "ann"), item("2", "bob")], NOW) == 0
    assert box.put([item("1", "ann"), item("2", "bob")], NOW, anew=True) == 1
    found = box.states(["1", "2", "3", "4"])
    assert found == {"1": State.PLANNED, "2": State.DONE, "3": State.FAILED}


def test_contacts_are_what_reaches_somebody_in_a_window_of_any_source(box: Outbox) -> None:
    box.put([item(str(n), "ann", due=n) for n in range(10)], 0)
    box.put([item("leave", "ann", 5, LEAVE), item("silent", "ann", 5, contact=False), item("b", "bob", 7)], 0)
    assert box.contacts(None, 0, 10) == {"ann": 10, "bob": 1}
    assert box.contacts(["ann"], 5, 10) == {"ann": 5}
    assert box.contacts(["bob", "nobody"], 5, 7) == {}
    for number, state in enumerate(State):
        box.connection.execute("UPDATE outbox SET state = ? WHERE id = ?", (state, str(number)))
    assert box.contacts(["ann"], 0, 8) == {"ann": 5}, "planned, sent, accepted, done and in doubt"


def test_what_is_acknowledged_is_one_row_for_each_identifier_and_an_identifier_is_one_member(box: Outbox) -> None:
    def said(customer: str, identifier: str, member: bool, at: int, vendor: str = "") -> None:
        acknowledged.keep(
            box.connection,
            [Acknowledged("crm", "there", "win", "L1", customer, "email", identifier, vendor, "h", member, 0, at)],
        )

    said("ann", "a@x", True, 1, "77")
    said("ann", "a@x", True, 2)
    said("ann", "b@x", True, 3)
    said("bob", "a@x", True, 4)
    found = {(one.customer, one.identifier): one for one in acknowledged.of(box.connection, "crm", "win")}
    assert {place: one.member for place, one in found.items()} == {
        ("ann", "a@x"): False,
        ("ann", "b@x"): True,
        ("bob", "a@x"): True,
    }
    assert found["ann", "a@x"].vendor == "77"
    assert [found["ann", "a@x"].version, found["ann", "b@x"].version] == [3, 1]
    assert acknowledged.members(box.connection, "crm") == {"win": 2}
    assert [one.identifier for one in acknowledged.anywhere(box.connection, "ann")] == ["a@x", "b@x"]
