"""The store: what is saved is loaded again, whole or not at all."""

import json
import shutil
from dataclasses import replace
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import settings
from features.buckets import intake
from features.identity.links import FOREVER
from features.log.as_of import Base
from features.log.event import KINDS
from features.log.linked import Linked
from features.log.log import STORED, Log, pick
from features.log.store import mapped
from features.log.store.mapped import StoreError
from tests.features.shop import made


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own, and return where the logs of `shop` lie."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    return settings.events("shop")


def log(amount: float = 1, zone: str = "UTC") -> Log:
    table = pa.table(
        {
            "customer_id": ["bob", "Ännä", "bob"],
            "occurred_at": ["2017-03-01 10:00", "2017-03-02 11:00", "2017-02-03 12:00"],
            "event": ["purchase", "refund", "purchase"],
            "amount": [amount, 2, 3],
            "order_id": ["a", None, "b"],
            "category": ["tea", None, "Öl"],
        }
    )
    return made(zone, **table.to_pydict())


def pointed(shelf: Path) -> Path:
    return shelf / (shelf / "newest").read_text(encoding="utf-8")


def test_what_was_saved_is_loaded() -> None:
    saved = log(zone="Asia/Kolkata")
    mapped.save(saved, "shop")
    loaded = mapped.load("shop")
    assert loaded.customers.to_pylist() == ["bob", "Ännä"]
    assert loaded.names["category"].to_pylist() == ["tea", "Öl"]
    assert loaded.zone == "Asia/Kolkata"
    assert loaded.offsets.tolist() == saved.offsets.tolist()
    assert list(loaded.columns) == list(STORED)
    for name, column in saved.columns.items():
        assert loaded.columns[name].dtype == column.dtype
        assert loaded.columns[name].tolist() == column.tolist()
    assert loaded.keys.tolist() == saved.keys.tolist()
    assert loaded.first_known.tolist() == saved.first_known.tolist()
    assert loaded.digest == saved.digest


@pytest.mark.parametrize("memory", [1, 100, 1 << 30])
def test_pieces_of_a_mapped_log_are_whole_customers_read_from_the_files(log: Log, memory: int) -> None:
    mapped.save(log, "part")
    loaded = mapped.load("part")
    pieces = list(loaded.pieces(memory))
    assert [first for first, _ in pieces] == np.cumsum([0, *(len(piece.customers) for _, piece in pieces)])[
        :-1
    ].tolist()
    assert (len(pieces) == 1) == (memory > 100)
    assert pa.concat_arrays([piece.customers for _, piece in pieces]).equals(log.customers)
    assert np.concatenate([piece.keys for _, piece in pieces]).tolist() == log.keys.tolist()
    assert np.concatenate([piece.first_known for _, piece in pieces]).tolist() == log.first_known.tolist()
    for name, column in log.columns.items():
        assert np.concatenate([piece.columns[name] for _, piece in pieces]).tolist() == column.tolist()


def test_a_log_in_memory_is_one_piece(log: Log) -> None:
    ((first, piece),) = log.pieces(1)
    assert (first, piece is log) == (0, True)


def test_real_events_are_saved_to_the_bit(log: Log) -> None:  # the session's log, of the part
    mapped.save(log, "part")
    assert mapped.load("part").digest == log.digest


def test_what_is_loaded_is_mapped_and_cannot_be_written() -> None:
    mapped.save(log(), "shop")
    amount = mapped.load("shop").columns["amount"]
    owner: object = amount
    while isinstance(owner, np.ndarray):
        owner = owner.base
    assert isinstance(owner, mmap)
    with pytest.raises(ValueError, match="read-only"):
        amount[0] = 0


def test_a_new_log_takes_the_place_of_the_old(shelf: Path) -> None:
    old = mapped.save(log(1), "shop")
    new = mapped.save(log(2), "shop")
    assert not old.exists()
    assert pointed(shelf) == new
    assert sorted(path.name for path in shelf.iterdir()) == sorted(["newest", new.name])
    assert mapped.load("shop").digest == log(2).digest


def test_saving_again_changes_nothing(shelf: Path) -> None:
    folder = mapped.save(log(), "shop")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert mapped.save(log(), "shop") == folder
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert pointed(shelf) == folder


def test_a_reader_of_the_old_log_keeps_it() -> None:
    mapped.save(log(1), "shop")
    reader = mapped.load("shop")
    mapped.save(log(2), "shop")
    assert reader.columns["amount"].tolist() == log(1).columns["amount"].tolist()


def test_datasets_lie_apart() -> None:
    mapped.save(log(1), "shop")
    mapped.save(log(2), "market")
    assert (mapped.load("shop").digest, mapped.load("market").digest) == (log(1).digest, log(2).digest)


def test_a_half_written_draft_is_ignored_and_swept_away(shelf: Path) -> None:
    mapped.save(log(1), "shop")
    draft = shelf / ".draft-crashed"
    shutil.copytree(pointed(shelf), draft)
    (draft / "amount.npy").write_bytes(b"half")
    assert mapped.load("shop").digest == log(1).digest
    mapped.save(log(2), "shop")
    assert not draft.exists()


def test_a_save_that_fails_leaves_the_log_before(shelf: Path) -> None:
    folder = mapped.save(log(2), "shop").name
    mapped.save(log(1), "shop")
    (shelf / folder).write_text("a file where the folder should be")
    with pytest.raises(OSError, match=folder):
        mapped.save(log(2), "shop")
    assert mapped.load("shop").digest == log(1).digest
    assert (pointed(shelf) / "log.json").is_file()


def test_a_log_without_events_is_saved_too() -> None:
    mapped.save(pick(log(), []), "shop")
    loaded = mapped.load("shop")
    assert (len(loaded), loaded.customers.to_pylist(), loaded.names["category"].to_pylist()) == (0, [], ["tea", "Öl"])


def test_the_base_is_stored_with_the_log_and_a_changed_one_anew() -> None:
    for base in (Base(7), Base(8), Base(8, now=True), None):
        mapped.save(replace(log(), base=base), "shop")
        assert mapped.load("shop").base == base


def test_own_moments_are_stored() -> None:
    mapped.save(log(), "shop")
    assert mapped.load("shop").own.tolist() == log().own.tolist()


def test_a_log_is_there_once_it_is_saved() -> None:
    assert not mapped.exists("shop")
    mapped.save(log(), "shop")
    assert mapped.exists("shop")
    assert not mapped.exists("market")


def test_where_nothing_is_stored_training_is_named(shelf: Path) -> None:
    with pytest.raises(StoreError, match=f"no events of 'shop' are stored in {shelf}: run `make train` first"):
        mapped.load("shop")


def test_another_format_is_refused_with_the_command_that_stores_anew(shelf: Path) -> None:
    mapped.save(log(), "shop")
    path = pointed(shelf) / "log.json"
    path.write_text(path.read_text().replace(f'"format": {mapped.FORMAT}', '"format": 99'))
    with pytest.raises(
        StoreError, match=r"got the format 99 of stored events; this code reads \d+. `make train` stores"
    ):
        mapped.load("shop")


def test_products_are_stored_by_name_and_the_log_of_a_release_that_did_not_opens_without(shelf: Path) -> None:
    named = made(
        customer_id=["ann", "bob"],
        occurred_at=["2017-03-01", "2017-03-02"],
        event=["purchase", "purchase"],
        product_id=["tea", "cup"],
    )
    folder = mapped.save(named, "shop")
    loaded = mapped.load("shop")
    assert (loaded.names["product"].to_pylist(), loaded.columns["product_id"].tolist()) == (["cup", "tea"], [1, 0])
    for path in (folder / "product_id.npy", folder / "product_id.arrow", folder / "sums.json"):
        path.unlink()
    meta = json.loads((folder / "log.json").read_text(encoding="utf-8"))
    (folder / "log.json").write_text(json.dumps({**meta, "summed": False}), encoding="utf-8")
    without = mapped.save(named.with_columns(product_id=np.empty(0, np.int32)), "shop")
    shutil.rmtree(without)
    folder.rename(without)  # as that release called it
    former = mapped.load("shop")
    assert (former.digest, former.names["product"].to_pylist()) == (named.digest, [])
    assert former.columns["product_id"].size == 0
    assert pick(former, [1]).columns["product_id"].size == 0
    assert pointed(shelf) == without
    mapped.save(named, "shop")  # which is not taken for what is there
    assert mapped.load("shop").columns["product_id"].tolist() == [1, 0]


def test_a_datasets_own_kinds_are_stored_by_name() -> None:
    kinds = (*KINDS, "custom:quote_asked")
    columns: dict[str, list[Any]] = {"customer_id": ["ann"], "occurred_at": ["2017-03-01"], "score": [0]}
    columns["event"] = ["custom:quote_asked"]
    few = intake.of_rows(columns, "UTC", kinds)
    assert few.log is not None
    folder = mapped.save(few.log, "shop")
    loaded = mapped.load("shop")
    assert (loaded.kinds, loaded.digest) == (kinds, few.log.digest)
    assert (loaded.columns["code"].tolist(), loaded.columns["score"].tolist()) == ([len(KINDS)], [0])
    meta = json.loads((folder / "log.json").read_text())
    (folder / "log.json").write_text(json.dumps(meta | {"kinds": ["buy", *kinds[1:]]}))
    with pytest.raises(StoreError, match=r"^[^\n]*kinds have other codes now\. `make train` stores them anew\.$"):
        mapped.load("shop")


def test_who_is_whose_is_stored(shelf: Path) -> None:
    plain = log()
    linked = replace(
        plain,
        absorbed=np.array([FOREVER, 7]),
        linked=Linked.of(pa.array(["bob", "email:b@x.org", "Ännä"]), pa.array(["bob", "bob", "bob"]), plain.customers),
    )
    mapped.save(plain, "shop")
    before = pointed(shelf)
    mapped.save(linked, "shop")
    assert pointed(shelf) != before  # the same events, and others whose they are
    loaded = mapped.load("shop")
    assert loaded.absorbed.tolist() == [FOREVER, 7]
    assert [loaded.place(name) for name in ("bob", "email:b@x.org", "Ännä", "eve")] == [0, 0, 0, None]
    assert loaded.person.tolist() == [0, 0]
    assert loaded.linked is not None
    assert loaded.linked.of_place(0) == ["bob", "email:b@x.org", "Ännä"]
    assert [loaded.known(8).tolist(), loaded.counts] == [[False, False], (2, 1)]
    (piece,) = loaded.of_today()
    assert piece.customers.to_pylist() == ["bob"]


@pytest.mark.parametrize("damage", ["flipped", "truncated", "gone", "meta", "sums"])
def test_a_damaged_log_is_refused_in_one_line_and_stored_anew(damage: str, shelf: Path) -> None:
    mapped.save(log(), "shop")
    folder = pointed(shelf)
    path = folder / {"meta": "log.json", "sums": "sums.json"}.get(damage, "amount.npy")
    content = bytearray(path.read_bytes())
    if damage == "gone":
        path.unlink()
    else:
        content[-9] ^= 1
        path.write_bytes(content[:-8] if damage == "truncated" else content[:9] if damage == "meta" else content)
    with pytest.raises(StoreError, match=r"damaged: .*`make load` stores them anew") as refused:
        mapped.load("shop")
    assert "\n" not in str(refused.value)
    mapped.save(log(), "shop")
    assert mapped.load("shop").digest == log().digest


def test_each_array_has_a_sum(shelf: Path) -> None:
    mapped.save(log(), "shop")
    folder = pointed(shelf)
    there = {path.name for path in folder.iterdir()}
    assert json.loads((folder / "sums.json").read_text(encoding="utf-8")).keys() == there - {"lock", "sums.json"}


def test_whether_somebody_has_a_log_of_before_is_told() -> None:
    mapped.save(log(), "shop")
    assert not mapped.others_in_use("shop")
    before = mapped.load("shop")
    assert not mapped.others_in_use("shop")
    mapped.save(log(2), "shop")
    assert mapped.others_in_use("shop")
    del before
    assert not mapped.others_in_use("shop")
