"""Subscriptions in files: the history of their periods, or a table of how they stand today."""

import re
from collections.abc import Iterator, Mapping, Sequence

import duckdb

from features.log.event import SUBSCRIPTION
from features.proposals import called
from features.proposals.forms import REQUIRED, Form
from features.proposals.happened import Happened, comment, text
from features.proposals.known import once
from features.sources.expression.field import shown

_ID = re.compile("(subscription|membership|contract|abo|vertrag)(id|nr|no|number)?")
_LIKE = re.compile("subscri|plan|renew|period|billing|cancel|member|abo(?![a-z])")
"""In names where a customer has one subscription."""
_NEARLY = 0.95
"""The share of the rows that may be of different subscriptions where each row is one."""


def is_history(told: Happened | None) -> bool:
    """Return whether rows start, renew or end subscriptions."""
    return told is not None and bool(told.kinds & set(SUBSCRIPTION))


def is_snapshot(connection: duckdb.DuckDBPyConnection, form: Form, columns: Mapping[str, str]) -> bool:
    """Return whether each row is a subscription: none is there twice, or no customer where they have no id."""
    own, names = called.first(form.types, _ID), " ".join((form.names, *form.types)).casefold()
    if not own and _LIKE.search(names):
        own = columns.get("customer_id", "")
    return bool(own) and once(connection, form, own, _NEARLY)


def snapshot(
    form: Form, head: Sequence[str], columns: Mapping[str, str], until: str, better: Sequence[str]
) -> Iterator[str]:
    """Yield the sources of a table with a row for each subscription: its start and, where it is known, its end.

    Args:
        form: the files.
        head: the first lines of each source.
        columns: ours by theirs.
        until: the column up to when a subscription is paid.
        better: the files beside it that have the history of subscriptions; then all lines are comments.
    """
    yield ""
    yield f"# one row for each subscription, as it stands today: `{comment([until])}` was not known when it started,"
    yield "# so it is no `until`: bring the history, a row for each start, renewal and end, to learn who renews"
    if better:
        yield f"# {', '.join(better)} has that history: the same subscriptions must not count twice"
    sign = "# " if better else ""
    rest = {name: theirs for name, theirs in columns.items() if name != "until"}
    yield from (f"{sign}{line}" for line in _source(head, 'event = "subscription_started"', rest))
    if ended := called.first(form.types, called.ENDS):
        when = {"customer_id": columns.get("customer_id", ""), "occurred_at": ended}
        kept = ('event = "subscription_ended"', f"where = {text(f'not missing({shown(ended)})')}")
        yield ""
        yield from (f"{sign}{line}" for line in _source(head, "\n".join(kept), when))


def _source(head: Sequence[str], kind: str, columns: Mapping[str, str]) -> Iterator[str]:
    yield from ("[[sources]]", *head, *kind.split("\n"), "[sources.columns]")
    yield from (f"{ours} = {text(theirs)}" for ours, theirs in columns.items() if theirs)
    yield from (
        f'{ours} = ""  # no column is called so: which one is it?' for ours in REQUIRED if not columns.get(ours)
    )
