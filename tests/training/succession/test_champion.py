"""Whether anything of a champion may be in a new bundle: not where somebody it may have learned from was erased."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from features import dataset as datasets
from features.clock import DAY
from features.consent import lineage, secret, suppression
from features.consent.suppression import CUSTOMER, NOBODY
from features.dataset import Dataset
from tests.activation.erasable import KEY, NOW, business
from tests.conftest import homed
from training.bundle.bundle import Stored
from training.succession import champion
from training.tracking import registry, tracking
from training.tracking.registry import Registered


@dataclass(frozen=True)
class _Stored:
    """Of a stored bundle, what is asked of it here."""

    id: str


OLD, NEW = (cast(Stored, _Stored(name)) for name in ("old", "new"))


@pytest.fixture
def shop(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path / "home", database)))
    monkeypatch.setenv(secret.KEY, KEY)
    return business(tmp_path / "shop", "ann", "bob")


def test_nobody_was_erased(shop: Dataset) -> None:
    assert champion.bars(shop, OLD, NOBODY) == ""


def test_a_champion_of_before_an_erasure_is_barred_and_one_of_after_is_not(shop: Dataset) -> None:
    suppression.suppress(shop.name, [(CUSTOMER, "ann")], NOW, NOW + 30 * DAY)
    lineage.trained(shop.name, "new", 1)
    gone = suppression.load(shop.name)
    assert champion.bars(shop, OLD, gone) == "somebody whom the champion may have learned from was erased since"
    assert champion.bars(shop, NEW, gone) == ""
    suppression.suppress(shop.name, [(CUSTOMER, "bob")], NOW + DAY, NOW + 31 * DAY)
    assert champion.bars(shop, NEW, suppression.load(shop.name)) != ""


def test_people_in_a_file_of_erasures_count_as_soon_as_they_are_named(shop: Dataset) -> None:
    text = (Path(shop.folder) / "shop.toml").read_text(encoding="utf-8")
    (Path(shop.folder) / "erasures.csv").write_text("customer_id\nann\n", encoding="utf-8")
    (Path(shop.folder) / "shop.toml").write_text(
        f'{text}\n[consent]\npurposes = {{ profiling = "contract" }}\nerasures = "erasures.csv"\n', encoding="utf-8"
    )
    read = datasets.load(str(Path(shop.folder) / "shop.toml"))
    waiting = replace(suppression.load(shop.name), listed=frozenset({(CUSTOMER, "ann")}))
    assert champion.bars(read, OLD, waiting).startswith("the champion may have learned from people in erasures.csv")
    suppression.suppress(shop.name, [(CUSTOMER, "ann")], NOW, NOW + 30 * DAY)
    lineage.trained(shop.name, "new", 1)
    erased = replace(suppression.load(shop.name), listed=frozenset({(CUSTOMER, "ann")}))
    assert champion.bars(read, NEW, erased) == ""


def test_a_champion_that_is_not_there_or_cannot_be_read_is_no_obstacle(
    shop: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = tracking.client(tracking.place())
    assert champion.former(client, shop) == (None, "")
    broken = Registered("habitus-shop", "1", registry.CHAMPION, str(tmp_path / "nowhere"))
    monkeypatch.setattr(registry, "champion", lambda *_: broken)
    found, why = champion.former(client, shop)
    assert found is None
    assert why.startswith("the champion cannot be read, so segments are fitted as if there were none: ")
