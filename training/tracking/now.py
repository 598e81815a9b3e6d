"""Now: the moment at which permission was asked for, as runs keep it, so that they can be replayed."""

from features.clock import iso
from features.log.log import Log

NOW = "now"


def permitted_at(log: Log) -> dict[str, str]:
    """Return the tag of a run on a log whose customers were asked for consent; nothing where none were."""
    return {NOW: iso(log.profiled.now)} if log.profiled else {}
