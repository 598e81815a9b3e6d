"""People: rows of one person are asked about the person's future, count as one, and are drawn together."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.buckets import intake
from features.clock import DAY
from features.dataset import load
from features.log.log import Log
from features.log.spine import everyone
from training.metrics.bootstrap import paired, scored
from training.metrics.owners import Owners
from training.panel.everyone import labels
from training.panel.examples import Examples
from training.panel.sample import hashes
from training.targets.churn import Churn

BEGIN = 19_000 * DAY

TOML = """\
name = "shop"
end = 2022-12-31
[identity]
keys = ["user_id", "device"]
[[sources]]
path = "sales.csv"
event = "purchase"
columns = { user_id = "user", device = "cookie", occurred_at = "at" }
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """Ann purchases on day 1, as a guest on a second device on day 2, and on that one as herself on day 9; bob once."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    rows = [("ann", "c1", 1), ("", "c2", 2), ("ann", "c2", 9), ("bob", "c3", 3)]
    lines = [f"{user},{device},{np.datetime64(BEGIN + day * DAY, 'us')}" for user, device, day in rows]
    (tmp_path / "sales.csv").write_text("\n".join(["user,cookie,at", *lines]))
    (tmp_path / "shop.toml").write_text(TOML)
    return intake.take(load(str(tmp_path / "shop.toml"))).log


def test_each_row_of_a_person_has_the_persons_outcome_and_shares_its_weight(log: Log) -> None:
    assert log.customers.to_pylist() == ["ann", "bob", "device:c2"]
    spine = everyone(log, [BEGIN + 5 * DAY])
    assert log.customers.take(pa.array(spine.customers)).to_pylist() == ["ann", "bob", "device:c2"]
    churned = labels(log, {"churn": Churn("churn", 7, 14).rows()}, spine)["churn"]
    assert churned.tolist() == [0, 1, 0]
    assert spine.share is not None
    assert spine.share.tolist() == [0.5, 1, 0.5]
    assert spine.people.tolist() == [0, 1, 0]
    later = everyone(log, [BEGIN + 10 * DAY])
    assert later.customers.tolist() == [0, 1]
    assert later.share is None


def test_a_fit_and_a_metric_count_a_person_once(log: Log) -> None:
    spine = everyone(log, [BEGIN + 5 * DAY, BEGIN + 10 * DAY])
    y, p = np.array([0.0, 1, 0, 0, 1, 0])[: len(spine)], np.linspace(0.1, 0.9, len(spine))
    examples = Examples(("x",), np.zeros((len(spine), 1), np.float32), np.arange(len(spine)), y, spine)
    newest = examples.cut_off == examples.cut_off.max()
    assert examples.weights[newest].tolist() == [1, 1]
    assert examples.weights[~newest] == pytest.approx(0.5 ** (5 / 182) * np.array([0.5, 1, 0.5]))
    of = examples.where(~newest)
    value = scored("binary", of.y, p[:3], of.owners).value["brier"]
    losses = (of.y - p[:3]) ** 2
    assert value == pytest.approx((0.5 * losses[0] + losses[1] + 0.5 * losses[2]) / 2)
    assert paired(losses, np.zeros(3), of.owners)[0] == pytest.approx(value)


def test_rows_of_one_person_are_drawn_together(log: Log) -> None:
    drawn = hashes(log, 7)
    assert drawn[0] == drawn[2] != drawn[1]
    draws = scored("value", np.array([1.0, 2, 1]), np.ones(3), Owners(np.array([0, 1, 0]))).draws["mae"]
    assert set(np.unique(draws.round(9)).tolist()) <= {0.0, 1.0, round(1 / 3, 9)}
