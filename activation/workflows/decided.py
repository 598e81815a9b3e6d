"""Decided: what workflows decided, in the ledger, in one step with what is to be sent because of it."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from activation import ledger
from activation.assignment import kept
from activation.assignment.assign import EVERYWHERE
from activation.assignment.kept import Kept
from activation.outbox import outbox
from activation.outbox.item import REACHING, Item
from activation.workflows import chance
from activation.workflows.instance import Due, Verdict
from activation.workflows.memory import Memory, Sent
from activation.workflows.workflow import Done, Workflow

DECIDED = """CREATE TABLE IF NOT EXISTS decided (
    id TEXT PRIMARY KEY, workflow TEXT NOT NULL, customer TEXT NOT NULL, triggered INTEGER NOT NULL,
    due INTEGER NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL, guessed INTEGER NOT NULL, arm TEXT NOT NULL,
    probability REAL NOT NULL, fields TEXT NOT NULL, decided INTEGER NOT NULL
) WITHOUT ROWID"""
TABLES = (
    *outbox.TABLES,
    *kept.TABLES,
    DECIDED,
    "CREATE INDEX IF NOT EXISTS decided_customer ON decided (customer)",
)
_INSERT = "INSERT INTO decided VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REACHING = ", ".join(f"'{state}'" for state in REACHING)
_CONTACTS = f"""
SELECT decided.customer, decided.due FROM decided JOIN outbox USING (id)
    WHERE outbox.contact = 1 AND outbox.state IN ({_REACHING}) AND {{own}}
UNION ALL SELECT outbox.customer, outbox.at FROM outbox
    WHERE contact = 1 AND state IN ({_REACHING}) AND source NOT LIKE 'workflow:%' AND {{others}}"""
_MANY = 500


def memory(
    connection: sqlite3.Connection, rules: Mapping[str, Workflow], customers: Sequence[str] | None = None
) -> Memory:
    """Return what was decided of some customers, or of everybody."""
    where, given = ("1", "1", "1"), tuple[str, ...]()
    if customers is not None and len(customers) <= _MANY:
        listed = f"IN ({', '.join('?' * len(customers))})"
        where = (f"customer {listed}", f"decided.customer {listed}", f"outbox.customer {listed}")
        given = tuple(customers)
    followed = {one.trigger.workflow for one in rules.values() if isinstance(one.trigger, Done)}
    ids, entered, sent = set[str](), dict[tuple[str, str], list[int]](), list[Sent]()
    rows = connection.execute(
        f"SELECT id, workflow, customer, triggered, due, verdict, fields FROM decided WHERE {where[0]}", given
    )
    for name, workflow, customer, triggered, due, verdict, fields in rows:
        ids.add(name)
        if verdict != Verdict.EXPIRED:
            entered.setdefault((workflow, customer), []).append(triggered)
        if verdict == Verdict.SEND and workflow in followed:
            sent.append(Sent(name, workflow, customer, due, msgspec.json.decode(fields)))
    contacts: dict[str, list[int]] = {}
    sql = _CONTACTS.format(own=where[1], others=where[2])
    for customer, at in connection.execute(sql, (*given, *given)):
        contacts.setdefault(customer, []).append(at)
    return Memory(ids, entered, contacts, _arms(connection, rules, where[0], given), sent)


def _arms(
    connection: sqlite3.Connection, rules: Mapping[str, Workflow], where: str, given: tuple[str, ...]
) -> dict[tuple[str, str], Kept]:
    """Return where chance put customers before."""
    units = {unit for one in rules.values() for unit in chance.units(one)}
    rows = connection.execute(f"SELECT unit, customer, arm, probability FROM assigned WHERE {where}", given)
    return {
        (unit, customer): Kept(arm, share)
        for unit, customer, arm, share in rows
        if unit in units or unit.startswith(f"{EVERYWHERE}:")
    }


def decide(
    connection: sqlite3.Connection,
    rules: Mapping[str, Workflow],
    customers: Sequence[str] | None,
    ask: Callable[[Memory], Sequence[Due]],
    items: Callable[[Sequence[Due]], Iterable[Item]],
    now: int,
) -> Sequence[Due]:
    """Decide in one step what becomes of what is due, and put what is to be sent into the outbox; return it.

    Two ticks at once decide one after the other: the second sees what the first did.

    Args:
        connection: the ledger, opened with TABLES.
        rules: the workflows.
        customers: whose; None: everybody's.
        ask: decides, by what was decided before.
        items: makes of verdicts to send what is sent.
        now: microseconds UTC.
    """
    with ledger.step(connection):
        found = ask(memory(connection, rules, customers))
        connection.executemany(_INSERT, (_kept(one, now) for one in found))
        for one in found:
            for unit, told in one.drawn:
                kept.put(connection, unit, unit, [(one.customer, told)], now)
        outbox.add(connection, items([one for one in found if one.verdict is Verdict.SEND]), now, anew=False)
        return found


def _kept(one: Due, now: int) -> tuple[object, ...]:
    fields = msgspec.json.encode(one.instance.fields).decode() if one.verdict is Verdict.SEND else "{}"
    return (
        *(one.id, one.workflow, one.customer, one.instance.at, one.due_at, one.verdict.value, one.reason),
        *(one.guessed, one.arm, one.probability, fields, now),
    )
