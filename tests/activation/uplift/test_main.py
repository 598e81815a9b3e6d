"""The command: an action that helps one segment alone is found, and a policy written that gives it to that segment."""

from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from activation.uplift.__main__ import metric_of
from features.clock import DAY
from features.log.log import Log
from features.log.spine import Spine
from tests.conftest import Trained, run_here
from training.bundle.bundle import Stored
from training.uplift.policy import Policy

GAIN, COST = 2000.0, 300.0
MORE = """
[[assignments]]
path = "{0}/assigned.parquet"
columns = {{ customer_id = "who", assigned_at = "at", experiment = "test", arm = "arm", probability = "p" }}
[[sources]]
path = "{0}/planted.parquet"
event = "purchase"
columns = {{ customer_id = "who", occurred_at = "at", amount = "paid" }}
"""


def _planted(folder: Path, trained: Trained, stored: Stored, log: Log) -> tuple[Path, str, str]:
    """Write a dataset in which mail brings GAIN in the largest segment of a segmenter, and nothing elsewhere."""
    bundle, moment = stored.bundle, stored.bundle.as_of - 40 * DAY
    who = np.flatnonzero(log.known(moment))
    segmenter, places = bundle.score(log, Spine.of(who, moment)).segments[-1]
    largest = int(np.argmax(np.bincount(places)))
    mailed = np.random.default_rng(5).permutation(who.size) % 2 == 1
    names = log.called(who).to_pylist()
    names += ["nobody", names[0]]
    arms = [*np.where(mailed, "mail", "none").tolist(), "none", "mail" if mailed[0] else "none"]
    at = pa.array([moment] * len(arms)).cast(pa.timestamp("us", "UTC"))
    given = pa.table({"who": names, "at": at, "test": ["spring"] * len(arms), "arm": arms, "p": [0.5] * len(arms)})
    pq.write_table(given, folder / "assigned.parquet")
    helped = [name for name, one in zip(names, (mailed & (places == largest)).tolist(), strict=False) if one]
    later = pa.array([moment + 5 * DAY] * len(helped)).cast(pa.timestamp("us", "UTC"))
    bought = pa.table({"who": helped, "at": later, "paid": [GAIN] * len(helped)})
    pq.write_table(bought, folder / "planted.parquet")
    text = trained.toml.read_text(encoding="utf-8").replace('root = "."', f'root = "{trained.toml.parent}"')
    toml = folder / "part.toml"
    toml.write_text(text + MORE.format(folder), encoding="utf-8")
    return toml, segmenter.name, segmenter.segments[largest].name


def test_an_action_that_helps_one_segment_is_given_to_that_segment(
    tmp_path: Path, trained: Trained, stored: Stored, log: Log
) -> None:
    toml, segmenter, helped = _planted(tmp_path, trained, stored, log)
    asked = ["--outcome", "spend_28d", "--control", "none", "--cost", f"mail={COST}", "--worth", "1"]
    asked += ["--segmenter", segmenter, "--out", str(tmp_path / "policy.json")]
    done = run_here("activation.uplift.__main__", "--dataset", str(toml), "--name", "spring", "--no-live", *asked)
    assert done.returncode == 0, done.stderr
    policy = msgspec.json.decode((tmp_path / "policy.json").read_bytes(), type=Policy)
    assert (policy.name, policy.actions, policy.segmenter) == ("spring", ("none", "mail"), segmenter)
    each = next(list(one.segments) for one in stored.bundle.segmenters if one.name == segmenter)
    mailed = {one.name for one, action in zip(each, policy.wanted([one.name for one in each]), strict=True) if action}
    assert policy.rules
    assert helped in mailed
    assert len(mailed) <= len(each) / 2
    assert f"policy spring version {policy.version}" in done.stdout
    for said in (
        "not used: 1 assignments: another row says the same",
        "read with 0: never had an event: none 1",
        "one unit of spend_28d is worth 1: as asked",
        f"segments are those of {segmenter} of today's bundle",
        "Recommended: by segment",
    ):
        assert said in done.stdout


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("", "outcome: got none; spend_28d, orders_28d, buyers_28d, opens_28d, clicks_28d, redemptions_28d, or"),
        ("unsubscribes_28d", "got 'unsubscribes_28d'; a number of each customer that more is better of: spend_28d"),
        ("order_value_28d", "got 'order_value_28d'; a number of each customer"),
        ("spent_28d", "got 'spent_28d'; NAME_DAYSd is allowed"),
    ],
)
def test_an_outcome_that_a_policy_would_be_misled_by_is_refused(outcome: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        metric_of(outcome)
