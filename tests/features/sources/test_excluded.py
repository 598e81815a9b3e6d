"""Who does not count is left out once, behind the sources, and told."""

from pathlib import Path

import pytest

from features import clock, dataset
from features.buckets import intake, memory
from features.dataset import DatasetError
from features.log.log import NoEvents
from features.log.store import mapped
from tests.features.shop import business

WRITTEN = ("ann@example.com", "bob@shop.example", "Test@Shop.Example", "bot", "cy", "staff-7")
PEOPLE = ("ann@example.com", "bob@shop.example", "test@shop.example", "bot", "cy", "staff-7")
"""As files write them, and as their ids are."""


def shop(folder: Path, exclude: str) -> dataset.Dataset:
    """Return a shop in which each of them bought once a day for two weeks, and the bot thrice on one of them."""
    rows = [f"{name},2026-05-{day:02d},{day}-{name}\n" for name in WRITTEN for day in range(1, 15)]
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
        ('mail_domains = ["@shop.example"]', set(PEOPLE) - {"bob@shop.example", "test@shop.example"}),
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


STRAY = ["2027-01-01", "2027-01-02", "2027-01-03"]


@pytest.mark.parametrize(
    ("exclude", "end"),
    [
        ("", "2027-01-04"),
        ('ids = ["bot"]', "2026-05-15"),
        ('file = "staff.csv"\nids = ["bot"]', "2026-05-15"),
        ("orders_a_day = 9", "2026-05-15"),
    ],
)
def test_their_rows_do_not_tell_where_the_data_end(exclude: str, end: str, tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text("staff-7\n", encoding="utf-8")
    declared = shop(tmp_path, exclude)
    more = [f"bot,{day},{order}-{day}\n" for day in STRAY for order in range(30)]  # more than on a usual day
    with (tmp_path / "s.csv").open("a", encoding="utf-8") as file:
        file.writelines(more)
    taken = intake.take(declared)
    assert taken.log.base is not None
    assert clock.iso(taken.log.base.end) == f"{end}T00:00:00Z"
    assert taken.rejects == {}  # those of the bot are left out with it, not kept aside for their time


@pytest.mark.parametrize("parts", [1, 3])
def test_everything_is_as_it_would_be_without_their_rows_in_any_number_of_buckets(parts: int, tmp_path: Path) -> None:
    declared = shop(tmp_path, "orders_a_day = 2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "buckets", lambda *_: parts)
        taken = intake.take(declared, memory.LEAST)
    rows = (tmp_path / "s.csv").read_text().splitlines(keepends=True)
    (tmp_path / "s.csv").write_text("".join(row for row in rows if not row.startswith("bot")))
    without = intake.take(shop_again(tmp_path)).log
    assert (taken.log.digest, taken.log.base, taken.log.days.plain()) == (
        without.digest,
        without.base,
        without.days.plain(),
    )
    assert taken.log.excluded == {"bot"}


@pytest.mark.parametrize(
    ("file", "gone", "said"),
    [
        ("cy\nbot\n", {"cy", "bot"}, ["exclude: cy at the head of staff.csv is a customer"]),
        ('"cy"\n', {"cy"}, ["exclude: cy at the head of staff.csv is a customer"]),
        ("staff\ncy\n", {"cy"}, []),
        ("customer_id\ncy\n", {"cy"}, []),
    ],
)
def test_a_file_of_ids_may_have_no_head(file: str, gone: set[str], said: list[str], tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text(file, encoding="utf-8")
    taken = intake.take(shop(tmp_path, 'file = "staff.csv"'))
    assert taken.log.excluded == gone
    assert [line for line in taken.said() if line.startswith("exclude:")] == said


@pytest.mark.parametrize("file", ["number\n7.0\n12.0\n", "7.0\n12.0\n"])
def test_numbers_that_a_program_took_for_floats_are_whole_again(file: str, tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text(file, encoding="utf-8")
    dataset = shop(tmp_path, 'file = "staff.csv"')
    (tmp_path / "s.csv").write_text("client,at,order\n7,2026-05-01,a\n12,2026-05-01,b\n70,2026-05-01,c\n")
    assert intake.take(dataset).log.excluded == {"7", "12"}


def test_an_order_that_was_read_before_is_not_counted_again(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,at,id,order\nann,2026-05-01,1,a\nann,2026-05-01,1,b\nbob,2026-05-01,2,c\n")
    source = {"path": "s.csv", "columns": {"order_id": "order", "event_id": "id"}}
    declared = business(tmp_path, source, exclude="{ orders_a_day = 1 }")
    assert intake.take(declared).log.excluded == frozenset()


def shop_again(folder: Path) -> dataset.Dataset:
    """Return the shop of the file as it is now."""
    return business(folder, {"path": "s.csv", "columns": {"order_id": "order"}})


def test_a_stored_log_knows_who_was_left_out(tmp_path: Path) -> None:
    taken = intake.take(shop(tmp_path, 'ids = ["cy"]'))
    mapped.save(taken.log, "excluded_shop")
    assert mapped.load("excluded_shop").excluded == {"cy"}
    mapped.save(intake.take(shop(tmp_path, "")).log, "excluded_shop")
    assert mapped.load("excluded_shop").excluded == frozenset()


def test_a_file_without_customers_is_told(tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text("customr_id,name\n1,Ann\n", encoding="utf-8")
    with pytest.raises(
        DatasetError, match=r"exclude\.file: there is no column 'customer_id'\. Did you mean 'customr_id'"
    ):
        intake.take(shop(tmp_path, 'file = "staff.csv"'))


def test_where_nobody_is_left_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoEvents, match="all 6 customers are excluded"):
        intake.take(shop(tmp_path, "orders_a_day = 1\nids = [" + ", ".join(f'"{name}"' for name in PEOPLE) + "]"))
