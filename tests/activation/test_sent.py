"""`make sent`: the contacts of an audience as they were acknowledged, in a form that the simulator reads."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from activation.audiences import frozen
from activation.audiences.frozen import About
from activation.experiments.declared import What
from features.consent import secret, suppression
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from features.outputs import kept
from features.simulator.contact import read
from tests.activation import erasable
from tests.activation.test_sync import SECRET, Hook
from tests.activation.test_sync import shop as made
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.server import served
from tests.conftest import run_here

MOMENT = 1_700_000_000_000_000
NOW = "2023-11-14T22:13:20Z"


class Choosy(Hook):
    """It takes everybody but one."""

    def answer(self, path: str, body: bytes, token: str) -> tuple[int, dict[str, str], bytes] | str:
        """Say of one row that it failed."""
        done = super().answer(path, body, token)
        failed = [
            {"id": one["id"], "code": "x"} for one in json.loads(body)["data"] if "9" in one["identifier"].values()
        ]
        return (200, {}, json.dumps({"failed": failed}).encode()) if failed else done


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dataset]:
    """Return a shop with a vendor."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HABITUS_CRM_SECRET", SECRET)
    monkeypatch.setenv(secret.KEY, erasable.KEY)
    with served(Choosy(Behaviour(), lambda: 0)) as url:
        yield made(tmp_path, url)


def freeze(shop: Dataset, arms: dict[str, str], offers: dict[str, str], at: int = MOMENT) -> None:
    members = pa.table({CUSTOMER: list(arms), "identifier": list(arms), "arm": list(arms.values())})
    about = About(name="win", created="", purpose="none", destination="crm", tell=["arm"], offers=offers)
    frozen.freeze(shop, members, about, at)


def command(shop: Dataset, name: str, *more: str) -> tuple[int, str]:
    toml = str(Path(shop.folder) / "shop.toml")
    done = run_here(f"activation.{name}", "--dataset", toml, *more)
    return done.returncode, done.stdout + done.stderr


def test_contacts_are_who_was_acknowledged_with_what_they_were_sent_when(shop: Dataset, tmp_path: Path) -> None:
    freeze(shop, {"7": "finer", "8": "plain", "9": "plain", "10": "plain"}, {"finer": "premium", "plain": "coupon"})
    assert command(shop, "sync", "--destination", "crm", "--now", NOW)[0] == 3  # one failed
    suppression.suppress(shop.name, [(CUSTOMER, "10")], 0, 0)
    out = tmp_path / "contacts.parquet"
    status, said = command(shop, "sent", "--audience", "win", "--out", str(out))
    assert (status, "win: 2 contacts" in said) == (0, True), said
    rows = {row[CUSTOMER]: (row["offer"], row["campaign_id"]) for row in pq.read_table(out).to_pylist()}
    assert rows == {"7": ("premium", "audience:win:finer"), "8": ("coupon", "audience:win:plain")}
    assert out.resolve() in kept.paths()  # an erasure finds it
    assert out.stat().st_mode & 0o077 == 0
    found = read(out, (1, 9), MOMENT, MOMENT + 1, set()).table  # the simulator takes it as it is
    assert (found["customer_id"].to_pylist(), found["offer"].to_pylist()) == ([7, 8], ["premium", "coupon"])


def test_what_is_told_anew_is_no_other_contact_and_without_arms_all_are_sent_the_same(
    shop: Dataset, tmp_path: Path
) -> None:
    for at, arm in ((MOMENT, "main"), (MOMENT + 1, "short")):
        freeze(shop, {"7": arm}, {"": "coupon"}, at)
        assert command(shop, "sync", "--destination", "crm", "--now", NOW)[0] == 0
    out = tmp_path / "contacts.csv"
    assert command(shop, "sent", "--audience", "win", "--out", str(out))[0] == 0
    with out.open(encoding="utf-8", newline="") as file:
        assert [(row[CUSTOMER], row["offer"]) for row in csv.DictReader(file)] == [("7", "coupon")]


def test_what_cannot_be_told_is_refused_in_one_line(shop: Dataset, tmp_path: Path) -> None:
    freeze(shop, {"7": ""}, {})
    assert command(shop, "sync", "--destination", "crm", "--now", NOW)[0] == 0
    out = ("--out", str(tmp_path / "contacts.parquet"))
    for given, part in (
        (("--audience", "win"), "OUT: nothing was given"),
        (("--audience", "wim", *out), "AUDIENCE: got 'wim', which was never frozen. Did you mean 'win'?"),
        (("--audience", "win", *out), "it was frozen by an older form"),
    ):
        status, said = command(shop, "sent", *given)
        assert (status, part in said, said.count("\n")) == (2, True, 1), said
    assert not (tmp_path / "contacts.parquet").exists()


def test_an_arm_is_called_by_its_offer_else_its_message_else_its_action() -> None:
    assert [one.called for one in (What("m", "o", "a"), What("m", "", "a"), What("", "", "a"), What())] == [
        "o", "m", "a", "",
    ]  # fmt: skip
