"""A quarter by the commands of docs/measurement.md: planned, sent, read, its policy deployed, its objective met."""

import json
import re
import shutil
import socket
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from activation import ledger
from activation.experiments.assigned import of_ledger
from features.arrow import to_numpy
from features.clock import DAY
from features.simulator.continuation import proceed
from features.simulator.oracle import oracle
from tests.activation.experiments.quarter import ROOT, printed, steps
from tests.conftest import homed
from training.uplift import policy

END = 1_687_046_400_000_000
"""When the made-up shop ends: 2023-06-18, midnight UTC."""


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def contacts(name: str) -> dict[str, str]:
    """Return the offer that each was sent, of the table that `make sent` wrote."""
    table = pq.read_table(f"shop/{name}.parquet")
    return dict(zip(table["customer_id"].to_pylist(), table["offer"].to_pylist(), strict=True))


def told() -> list[str]:
    """Return whom the vendor was told of, as often as it was."""
    lines = Path("shop/vendor.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["identifier"]["customer_id"] for line in lines for row in json.loads(line)["data"] if row["member"]]


def brought(customers: tuple[str, ...]) -> float:
    """Return what the offer truly brings to some customers, on average, whoever was sent it."""
    table = pq.read_table(min(Path("shop").glob("truth-*")))
    own = np.isin(to_numpy(table["customer_id"]), [int(one) for one in customers])
    return float((to_numpy(table["spend_premium"]) - to_numpy(table["spend_without"]))[own].mean())


@pytest.mark.long
def test_a_quarter_by_the_commands_of_the_page(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path / "home", database)))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with steps(tmp_path, free(), monkeypatch.setenv) as taken:
        for step in printed():
            if "--continue" in step and not Path("plain").exists():
                shutil.copytree("shop", "plain")
            taken.take(step)
    june, july = contacts("june"), contacts("july")
    assert sorted(told()) == sorted([*june, *july])
    assert {*june.values(), *july.values()} == {"premium"}

    with ledger.opened("quarter", ()) as connection:
        assigned = of_ledger(connection, "experiment:finer", ("premium", "nothing"))
    assert len(assigned.customers) > 1.9 * len(june) > 2_000
    reading = taken.said["activation.experiment"][-1]
    assert reading.startswith("finer: signal: premium brings ")
    found = re.search(r"^difference: \+([\d.]+) \(\+([\d.]+) to \+([\d.]+)\)", reading, re.MULTILINE)
    assert found
    _, low, high = map(float, found.groups())
    assert low < brought(assigned.customers) < high

    made = policy.parse(Path("shop/finer.json").read_bytes())
    assert made.actions == ("nothing", "premium")
    assert f"policy finer version {made.version}" in taken.said["activation.uplift"][0]
    account = taken.said["activation.audience"][-1]
    assert f"policy finer version {made.version} says what each is told: its action by a chance of 0.95" in account
    in_rule = re.search(r"^ +([\d,]+)  in the rule", account, re.MULTILINE)
    assert in_rule
    share = len(july) / int(in_rule[1].replace(",", ""))
    assert (made.other, abs(share - 0.95) < 0.02) == ("premium", True), share

    (stands,) = taken.said["activation.objectives"]
    assert re.search(r"\bmet\b", stands), stands

    proceed(tmp_path / "plain", 29, None)
    for days in (3, 14, 28):
        changed, plain = (oracle(Path(name), END + days * DAY, 28) for name in ("shop", "plain"))
        assert changed.equals(plain)  # when visits come is as without any offer; days are whole, so no visit is cut
    assert not pq.read_table(next(Path("plain").glob("truth-*")))["spend"].equals(
        pq.read_table(min(Path("shop").glob("truth-*")))["spend"]
    )


def test_the_page_has_every_step_of_a_quarter() -> None:
    begun = [line.split()[1] for line in printed() if line.startswith("make ")]
    first = ["train", "audience", "experiment", "experiment", "audience", "sync", "sent", "experiment"]
    assert begun == [*first, "uplift", "audience", "sync", "sent", "objectives"]
