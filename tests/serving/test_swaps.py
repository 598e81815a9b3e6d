"""Swaps: champions that change under load lose no answer and mix none; each says which bundle it is of."""

import contextlib
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from features.log.store import mapped
from tests.conftest import NAME, Trained
from tests.serving.conftest import Server, serving
from training.bundle import bundle as bundles
from training.tracking import pointer

ASKED = [str(number) for number in range(1, 9)]
CLIENTS = 4
CHURN, DECLINE = "churn_28d", "decline_56d"


def _other(own: Path) -> Path:
    """Save a bundle that answers otherwise: what one target's scorer says is said of another."""
    bundle, log = bundles.load(own / "1").bundle, mapped.load(NAME)
    by_name = {one.target.name: one for one in bundle.predictors}
    churn = replace(by_name[DECLINE], target=by_name[CHURN].target)
    kept = tuple(churn if one.target.name == CHURN else one for one in bundle.predictors)
    return replace(bundle, predictors=kept).save(own / "2", log)


@contextlib.contextmanager
def _under_load(server: Server, told: list[dict[str, Any]], lost: list[str]) -> Iterator[None]:
    """Ask without a pause, several at a time, while the block runs."""
    over = threading.Event()

    def ask() -> None:
        with server.client() as client:
            while not over.is_set():
                answered = client.post("/predict", json={"customer_ids": ASKED})
                if answered.status_code == HTTPStatus.OK:
                    told.append(answered.json())
                else:
                    lost.append(answered.text)

    asking = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for one in asking:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in asking:
            one.join()


def _churn(answer: dict[str, Any]) -> list[Any]:
    return [customer["predictions"][CHURN] for customer in answer["customers"]]


def _until(server: Server, version: str) -> None:
    with server.client() as client:
        for _ in range(600):
            about = client.get("/bundle").json()
            if about["version"] == version:
                return
            assert "refused" not in about, about["refused"]
            time.sleep(0.1)
    raise AssertionError(f"version {version} was not served within a minute")


@pytest.mark.parametrize("changes", [3, pytest.param(20, marks=pytest.mark.proof)])
def test_champions_change_under_load(changes: int, own: Path, trained: Trained, tmp_path: Path) -> None:
    folders = {0: own / "1", 1: _other(own)}
    told: list[dict[str, Any]] = []
    lost: list[str] = []
    pointer.write(NAME, folders[0], "0", "champion")
    with serving(trained.toml, tmp_path / "server") as server:
        with _under_load(server, told, lost):
            for version in range(1, changes + 1):
                pointer.write(NAME, folders[version % 2], str(version), "champion")
                _until(server, str(version))
        assert server.end(signal.SIGTERM) == 0
        assert server.complained.count("is served from now on") == changes
    assert not lost
    by_version = Counter(answer["bundle_version"] for answer in told)
    assert by_version.keys() <= {str(version) for version in range(changes + 1)}
    assert len(by_version) > changes // 2
    values: dict[int, list[list[Any]]] = {0: [], 1: []}
    for answer in told:
        values[int(answer["bundle_version"]) % 2].append(_churn(answer))
    assert all(one == values[0][0] for one in values[0])
    assert all(one == values[1][0] for one in values[1])
    assert values[0][0] != values[1][0]
