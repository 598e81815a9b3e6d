"""Frozen audiences: whole or absent, for their owner alone, shown again to the row, and without who was erased."""

import fcntl
import stat
from pathlib import Path

import pyarrow as pa
import pytest

from activation.audiences import frozen, shown
from activation.audiences.frozen import About, NoAudience, Step
from activation.stores import stores
from features import settings
from features.consent import forgetting, reading, secret, sought, suppression
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from tests.activation import erasable
from tests.conftest import run_here

NOW = erasable.NOW
WHO = ("ann", "bob", "Zoë 🙂", erasable.CANARY)
ABOUT = About(name="win_back", created="", purpose="mail", kind="email", tell=["title"], waterfall=[Step("in", 4)])


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Return a shop with a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(secret.KEY, erasable.KEY)
    return erasable.business(tmp_path / "shop", *WHO)


def _members(*who: str) -> pa.Table:
    return pa.table(
        {CUSTOMER: list(who), "identifier": [f"{one}@x.org" for one in who], "title": ['"a", b\n'] * len(who)}
    )


def test_an_erasure_waits_until_an_audience_is_written(
    shop: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen.freeze(shop, _members(*WHO), ABOUT, NOW)
    waits, real = list[bool](), shown.write

    def write(members: pa.Table, path: Path) -> None:
        with reading._path(shop.name).open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waits.append(True)
        real(members, path)

    monkeypatch.setattr(shown, "write", write)
    arguments = ("--name", "win_back", "--id", "newest", "--out", str(tmp_path / "out.csv"))
    done = run_here("activation.audience", "--dataset", str(tmp_path / "shop" / "shop.toml"), *arguments)
    assert (done.returncode, waits) == (0, [True]), done.stderr


def test_it_is_loaded_again_to_the_row_by_its_id_and_the_newest_by_default(shop: Dataset) -> None:
    first = frozen.freeze(shop, _members(*WHO), ABOUT, NOW)
    second = frozen.freeze(shop, _members("bob"), ABOUT, NOW + 1)
    assert frozen.ids(shop.name, "win_back") == [first.id, second.id]
    assert frozen.names(shop.name) == ["win_back"]
    assert frozen.load(shop, "win_back").id == second.id
    again = frozen.load(shop, "win_back", first.id)
    assert again.members.equals(_members(*WHO))
    assert (again.lost, again.about) == (0, first.about)
    assert again.about.waterfall == [Step("in", 4)]
    assert frozen.freeze(shop, _members(*WHO), ABOUT, NOW).id == first.id
    with pytest.raises(NoAudience, match=r"audience 'win_bak' of 'shop' was never frozen\. .*win_back"):
        frozen.load(shop, "win_bak")
    with pytest.raises(NoAudience, match="got the id 'x'"):
        frozen.load(shop, "win_back", "x")


def test_its_files_are_their_owners_alone_and_a_killed_run_leaves_none(shop: Dataset) -> None:
    made = frozen.freeze(shop, _members(*WHO), ABOUT, NOW)
    shelf = settings.audiences(shop.name) / "win_back"
    for path in (shelf / made.id).iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    draft = shelf / ".1.draft"
    draft.mkdir()
    (draft / frozen.MEMBERS).write_bytes(b"half")
    assert frozen.ids(shop.name, "win_back") == [made.id]


def test_who_was_erased_is_not_shown_before_and_not_held_after_the_erasure_walked(shop: Dataset) -> None:
    made = frozen.freeze(shop, _members(*WHO), ABOUT, NOW)
    draft = settings.audiences(shop.name) / "win_back" / ".1.draft" / frozen.MEMBERS
    draft.parent.mkdir()
    draft.write_text(erasable.CANARY)
    suppression.suppress(shop.name, [(CUSTOMER, erasable.CANARY)], NOW, NOW)
    shown = frozen.load(shop, "win_back", made.id)
    assert (shown.members[CUSTOMER].to_pylist(), shown.lost) == (list(WHO[:3]), 1)

    table, seek = stores(shop.name), sought.of([(CUSTOMER, erasable.CANARY)])
    assert {one.store for one in forgetting.left(table, seek)} == {"frozen audiences"}
    holds = suppression.load(shop.name).holds
    erasure = forgetting.Erasure(shop.name, (CUSTOMER,), holds, seek)
    (own,) = [one for one in table if one.name == "frozen audiences"]
    assert forgetting.forgotten(own, table, erasure) == 2
    assert list(forgetting.left(table, seek)) == []
    again = frozen.load(shop, "win_back", made.id)
    assert (again.members.equals(shown.members), again.lost) == (True, 1)
    folder = settings.audiences(shop.name) / "win_back" / made.id
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
