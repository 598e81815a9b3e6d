"""Who does not count is left out once, behind the sources, and told."""

from pathlib import Path

import pytest

from features import dataset
from features.buckets import intake
from features.dataset import DatasetError
from features.log import store
from features.log.log import NoEvents
from tests.features.shop import business

PEOPLE = ("ann@example.com", "bob@shop.example", "Test@Shop.Example", "bot", "cy", "staff-7")


def shop(folder: Path, exclude: str) -> dataset.Dataset:
    """Return a shop in which each of PEOPLE bought once a day for two weeks, and the bot thrice on one of them."""
    rows = [f"{name},2026-05-{day:02d},{day}-{name}\n" for name in PEOPLE for day in range(1, 15)]
    rows += [f"bot,2026-05-07,{order}\n" for order in ("x", "y")]
    rows += ["cy,2026-05-07,7-cy\n"] * 4  # lines of one order
    (folder / "s.csv").write_text("client,at,order\n" + "".join(rows), encoding="utf-8")
    business(folder, {"path": "s.csv", "columns": {"order_id": "order"}})
    with (folder / "shop.toml").open("a", encoding="utf-8") as toml:
        toml.write(f"\n[exclude]\n{exclude}\n")
    return dataset.load(str(folder / "shop.toml"))


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ("", set(PEOPLE)),
        ('ids = ["cy", "nobody"]', set(PEOPLE) - {"cy"}),
        ('file = "staff.csv"', set(PEOPLE) - {"staff-7"}),
        ('mail_domains = ["@shop.example"]', set(PEOPLE) - {"bob@shop.example", "Test@Shop.Example"}),
        ("orders_a_day = 2", set(PEOPLE) - {"bot"}),
        ('ids = ["cy"]\norders_a_day = 2', set(PEOPLE) - {"bot", "cy"}),
    ],
)
def test_who_is_named_is_in_no_log(exclude: str, left: set[str], tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text("number\n staff-7 \n", encoding="utf-8")
    taken = intake.take(shop(tmp_path, exclude))
    assert set(taken.log.customers.to_pylist()) == left
    gone = set(PEOPLE) - left
    assert taken.log.excluded == gone
    said = [f"excluded, as declared: {len(gone):,} customers"] if gone else []
    assert [line for line in taken.said() if "excluded" in line] == said
    strangers = ["exclude: 1 ids are no customer's, such as nobody"] if "nobody" in exclude else []
    assert [line for line in taken.said() if "exclude:" in line] == strangers


def test_the_log_is_the_one_that_it_would_be_without_their_rows(tmp_path: Path) -> None:
    found = intake.take(shop(tmp_path, 'ids = ["bot", "cy"]')).log
    rows = (tmp_path / "s.csv").read_text().splitlines(keepends=True)
    (tmp_path / "s.csv").write_text("".join(row for row in rows if not row.startswith(("bot", "cy"))))
    assert intake.take(shop_again(tmp_path)).log.digest == found.digest


def shop_again(folder: Path) -> dataset.Dataset:
    """Return the shop of the file as it is now."""
    return business(folder, {"path": "s.csv", "columns": {"order_id": "order"}})


def test_a_stored_log_knows_who_was_left_out(tmp_path: Path) -> None:
    taken = intake.take(shop(tmp_path, 'ids = ["cy"]'))
    store.save(taken.log, "excluded_shop")
    assert store.load("excluded_shop").excluded == {"cy"}
    store.save(intake.take(shop(tmp_path, "")).log, "excluded_shop")
    assert store.load("excluded_shop").excluded == frozenset()


def test_a_file_without_customers_is_told(tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text("customr_id,name\n1,Ann\n", encoding="utf-8")
    with pytest.raises(
        DatasetError, match=r"exclude\.file: there is no column 'customer_id'\. Did you mean 'customr_id'"
    ):
        intake.take(shop(tmp_path, 'file = "staff.csv"'))


def test_where_nobody_is_left_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoEvents, match="all 6 customers are excluded"):
        intake.take(shop(tmp_path, "orders_a_day = 1\nids = [" + ", ".join(f'"{name}"' for name in PEOPLE) + "]"))
