"""Items: what is put into the outbox because a workflow sends."""

from collections.abc import Mapping
from typing import Any

from activation.destinations.row import Row
from activation.destinations.vendor import Vendor
from activation.outbox.item import EVENT, Item
from activation.workflows.instance import Due
from activation.workflows.known import Known
from activation.workflows.workflow import Workflow


def made(
    due: Due,
    rules: Mapping[str, Workflow],
    vendors: Mapping[str, Vendor],
    known: Known,
    now: int,
    message: Mapping[str, Any],
) -> Item:
    """Return what is sent of an instance, with the fields of its message."""
    rule = rules[due.workflow]
    told = {name: due.instance.fields[name] for name in rule.action.fields if name in due.instance.fields}
    others = [name for name in rule.action.fields if name not in told]
    row = Row(
        id=due.id,
        customer=due.customer,
        identifiers=known.identifiers(due.customer, now),
        fields={**told, **known.fields(due.customer, others, now), **message},
        event=rule.action.event,
        at=due.due_at,
    )
    vendor = vendors[rule.action.destination]
    return Item(
        id=due.id,
        destination=rule.action.destination,
        change=EVENT,
        row=row,
        purpose=rule.purpose,
        source=rule.key,
        due=due.send_at,
        until=due.instance.raw + rule.lateness + 1,
        campaign=rule.key,
        arm=due.arm,
        contact=any(vendor.contacts(step) for step in vendor.steps(EVENT)),
    )
