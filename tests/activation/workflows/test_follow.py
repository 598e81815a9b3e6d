"""Following: who something came in of is looked at at once, what waits is looked at when it is due."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from activation.outbox import wire
from activation.tick import sent
from activation.workflows import flow
from activation.workflows.follow import Follower
from features import clock
from features.clock import HOUR, SECOND
from features.consent import secret
from tests.activation.workflows.made import UTC
from tests.activation.workflows.shop import CART, SECRET, Crm, business, cart, crm, post
from tests.conftest import homed

AT_ONCE = CART.replace('wait = "4h"', 'wait = "0s"')


@pytest.fixture
def vendor(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crm]:
    """Return a vendor, with a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path / "home", database)))
    monkeypatch.setenv("HABITUS_CRM_SECRET", SECRET)
    monkeypatch.setenv(secret.KEY, "the key of the tests of workflows")
    with crm() as found:
        yield found


def test_what_waits_is_decided_when_it_is_due_and_what_calls_it_off_counts(vendor: Crm, tmp_path: Path) -> None:
    shop = business(tmp_path, vendor.url)
    begin = clock.parse("2026-03-02T09:00:00Z", UTC)
    with flow.open_(shop, 10**9, begin) as own:
        follower = Follower(own, lambda _: None)
        assert follower.look(begin) == 1  # everybody
        assert follower.look(begin + SECOND) == 0
        post(shop, cart("ann", "2026-03-02T09:00:05Z"), cart("bob", "2026-03-02T09:00:06Z"))
        assert follower.look(begin + 10 * SECOND) == 2
        assert follower.look(begin + 11 * SECOND) == 0
        post(shop, cart("bob", "2026-03-02T09:05:00Z", "purchase", amount=1))
        assert follower.look(begin + 400 * SECOND) == 1
        follower._whole = begin + 4 * HOUR
        assert follower.look(begin + 4 * HOUR + 4 * SECOND) == 0
        assert follower.look(begin + 4 * HOUR + 7 * SECOND) == 2
        verdicts = dict(own.connection.execute("SELECT customer, verdict FROM decided"))
        assert verdicts == {"ann": "send", "bob": "exited"}


def test_it_sends_while_it_runs_and_ends_when_it_is_told_to(vendor: Crm, tmp_path: Path) -> None:
    shop = business(tmp_path, vendor.url, more=AT_ONCE)
    now = clock.now()
    with flow.open_(shop, 10**9, now) as own, wire.opened() as http:
        follower = Follower(own, lambda one: sent(one, http, 0.0))
        thread = threading.Thread(target=follower.run)
        thread.start()
        try:
            post(shop, cart("ann", clock.iso(now)), cart("eve", clock.iso(now)))
            until = time.monotonic() + 60
            while len(vendor.told) < 2 and time.monotonic() < until:
                time.sleep(0.02)
        finally:
            follower.over.set()
            thread.join(60)
    assert not thread.is_alive()
    assert sorted(vendor.told) == [("ann@example.org", "left"), ("eve@example.org", "left")]


def test_the_process_ends_cleanly_at_sigterm(vendor: Crm, tmp_path: Path) -> None:
    business(tmp_path, vendor.url)
    command = [sys.executable, "-m", "activation.tick", "--dataset", str(tmp_path / "flowshop.toml"), "--follow"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "following flowshop\n"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "ended\n"), err
