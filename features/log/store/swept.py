"""Swept: the files of a Redis or Valkey server are written anew, without what was taken out of it."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from features.log.store.accepted import NotStored
from features.log.store.reached import Denied, Reached

SECONDS = 30.0
"""That the files are waited for."""
_STEP = 0.05
_log = logging.getLogger("habitus.live")


def sweep(server: Reached) -> None:
    """Return when no file that the server keeps by itself has what was taken out before.

    Where it lets nobody ask for that, or tell its settings, that is said in the log: it does so by itself, later.

    Raises:
        NotStored: it does not get done in time: who was forgotten is still in its files.
    """
    until = time.monotonic() + SECONDS
    try:
        now, saves = _told(server), server.ask(lambda client: client.config_get("save")).get("save")
        if now.get("aof_enabled"):
            _rested(server, until)
            server.ask(lambda client: client.bgrewriteaof())
            _done(_rested(server, until), "aof_last_bgrewrite_status", server)
        if saves:
            _rested(server, until)
            server.ask(lambda client: client.execute_command("BGSAVE", "SCHEDULE"))
            _done(_rested(server, until), "rdb_last_bgsave_status", server)
    except Denied as error:
        _log.warning("who was forgotten may be in the server's files until it rewrites them by itself: %s", error)


def _told(server: Reached) -> Mapping[str, Any]:
    found: Mapping[str, Any] = server.ask(lambda client: client.info("persistence"))
    return found


def _rested(server: Reached, until: float) -> Mapping[str, Any]:
    """Return what the server tells once it writes no file in the background any more: a run of before has it all."""
    while True:
        now = _told(server)
        if not (now["aof_rewrite_in_progress"] or now["aof_rewrite_scheduled"] or now["rdb_bgsave_in_progress"]):
            return now
        if time.monotonic() > until:
            raise NotStored(
                f"the Redis server at {server.where} still writes its files anew, so that who was forgotten is in the"
                " old ones: ask again when it has done so"
            )
        time.sleep(_STEP)


def _done(now: Mapping[str, Any], status: str, server: Reached) -> None:
    if now[status] != "ok":
        raise NotStored(
            f"the Redis server at {server.where} could not write its files anew ({status}: {now[status]}): who was"
            " forgotten is still in the old ones"
        )
