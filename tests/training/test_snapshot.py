"""The snapshot: what was written is read, what is damaged is not, and nothing in it is of too few customers."""

from pathlib import Path

import msgspec
import pytest

from features import settings
from training import snapshot
from training.snapshot import Damaged, Group, Prediction, Snapshot

ONE = Snapshot(
    snapshot.FORMAT,
    "shop",
    "3",
    "make score",
    1_700_000_000_000_000,
    1_699_920_000_000_000,
    60,
    (Prediction("spend_28d", "EUR", 40, 1234.5), Prediction("churn_28d", "probability", 7, 2.25)),
    {"rfm": (Group("Champions", 3), Group("<script>", 50), Group("Lost", 7), Group("Nobody", 0))},
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    return tmp_path


def test_what_was_written_is_read_and_a_dataset_without_has_none() -> None:
    snapshot.write(ONE)
    assert snapshot.read("shop") == ONE
    assert snapshot.read("other") is None
    assert [path.name for path in settings.snapshot("shop").parent.iterdir()] == ["shop.json"]


def test_a_changed_digit_a_lost_end_or_another_dataset_is_refused() -> None:
    snapshot.write(ONE)
    path = settings.snapshot("shop")
    whole = path.read_bytes()
    for damaged in (whole.replace(b"1234.5", b"1239.5"), whole[:-9], b"", b"[]", b"\xff", whole.replace(b"60", b'"a"')):
        assert damaged != whole
        path.write_bytes(damaged)
        with pytest.raises(Damaged, match="no snapshot as it was written"):
            snapshot.read("shop")
    settings.snapshot("other").write_bytes(whole)
    with pytest.raises(Damaged, match="got a snapshot of 'shop' in the form 1; allowed is one of 'other'"):
        snapshot.read("other")
    snapshot.write(msgspec.structs.replace(ONE, format=2))
    with pytest.raises(Damaged, match="in the form 2"):
        snapshot.read("shop")


def test_nothing_is_of_fewer_customers_than_may_be_told_of() -> None:
    cut = snapshot.cut(ONE, 10)
    assert [one.name for one in cut.predictions] == ["spend_28d"]
    assert all(one.customers == 0 or one.customers >= 10 for own in cut.segments.values() for one in own)
    assert sum(one.customers for one in cut.segments["rfm"]) == 60
    assert snapshot.cut(cut, 10) == cut
    assert snapshot.cut(ONE, 0) == msgspec.structs.replace(ONE)
    few = snapshot.cut(ONE, 61)
    assert (few.customers, few.predictions, few.segments["rfm"]) == (None, (), ())
