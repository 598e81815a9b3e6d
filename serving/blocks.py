"""Blocks: the customers of a request, some at a time, each with the log that all of their events are in."""

from collections.abc import Iterator, Mapping

from features.log.log import Log
from serving.limits.work import go_on

AT_ONCE = 50
"""So many customers are answered for before it is asked whether somebody still waits; their answers are independent."""


def blocks(
    log: Log, stored: Mapping[str, int | None], fresh: Mapping[str, Log]
) -> Iterator[tuple[Log, dict[str, int]]]:
    """Yield logs with some of their customers, by what they are called, and where each one's events lie; maybe none.

    Args:
        log: the stored events.
        stored: the customers, and where each one's events lie in it, None where none do.
        fresh: of those of whom something came in since, all events.

    Raises:
        Stopped: the request that asked is not waited for any more.
    """
    parts = [(own_log, {own: 0}) for own, own_log in fresh.items()]
    parts.append((log, {own: place for own, place in stored.items() if place is not None and own not in fresh}))
    for part, places in parts:
        owns = list(places)
        for begin in range(0, max(len(owns), 1), AT_ONCE):
            go_on()
            yield part, {own: places[own] for own in owns[begin : begin + AT_ONCE]}
