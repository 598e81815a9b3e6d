"""Journeys: the workflows of a business as a picture, in text that Mermaid draws."""

from collections.abc import Mapping

from activation.workflows import span
from activation.workflows.workflow import Anniversary, Done, Happened, Silence, Trigger, Turned, Workflow


def drawn(rules: Mapping[str, Workflow]) -> str:
    """Return a flow chart: what begins each workflow, what it waits for, what it sends, and what follows."""
    lines = ["flowchart LR"]
    for name, one in rules.items():
        if isinstance(one.trigger, Done):
            begin = one.trigger.workflow
        else:
            begin = f"{name}_begins"
            lines.append(f"    {begin}([{_quoted(_told(one.trigger))}])")
        lines.append(f"    {begin} -->|{_quoted(_waits(one))}| {name}")
        unless = [f"unless {' or '.join(one.exit_on)}"] if one.exit_on else []
        only = [f"only if {one.only_if}"] if one.only_if else []
        held = [f"{one.holdout:.0%} left alone"] if one.holdout else []
        said = [f"{name}: {one.action.event} to {one.action.destination}", *only, *unless, *held]
        lines.append(f"    {name}[{_quoted(', '.join(said))}]")
    return "\n".join(lines)


def _told(trigger: Trigger) -> str:
    match trigger:
        case Happened(kind, where):
            more = " and ".join(f"{name} is {' or '.join(map(str, values))}" for name, values in where.items())
            return f"{kind} where {more}" if more else kind
        case Turned(condition, entering):
            return f"{'enters' if entering else 'leaves'} {condition}"
        case Anniversary(attribute, at):
            return f"{attribute}, each year at {at:%H:%M}"
        case Silence(kind, length):
            return f"no {kind} for {_length(length)}"
        case Done(workflow):
            return f"after {workflow}"


def _waits(workflow: Workflow) -> str:
    return f"{_length(workflow.wait)} later" if workflow.wait else "at once"


def _length(microseconds: int) -> str:
    unit = next(one for one in ("d", "h", "m", "s") if microseconds % span.UNITS[one] == 0)
    return f"{microseconds // span.UNITS[unit]}{unit}"


def _quoted(text: str) -> str:
    escaped = text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return f'"{escaped}"'
