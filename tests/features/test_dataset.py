"""Dataset files: what loads, and what each mistake is told."""

import datetime
from pathlib import Path

import pytest

from features import dataset
from features.dataset import DatasetError

GOOD = """\
name = "shop"
[[sources]]
path = "sales.csv"
event = "purchase"
[sources.columns]
customer_id = "client"
occurred_at = "at"
"""

REFUNDS = """\
[[sources]]
path = "back.csv"
event = "refund"
[sources.columns]
customer_id = "client"
occurred_at = "at"
amount = "value"
"""


def written(folder: Path, text: str) -> str:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", dataset.shipped())
def test_every_shipped_dataset_loads_under_its_own_name(name: str) -> None:
    assert dataset.load(name).name == name


def test_the_data_of_the_shipped_dataset_are_installed() -> None:
    journey = dataset.load("complete_journey")
    paths = [source.path for source in journey.sources] + [s.join.path for s in journey.sources if s.join]
    assert all(journey.path(path).is_file() for path in paths)
    assert journey.kinds == {"purchase", "contact", "redemption"}


def test_what_a_file_leaves_out_has_defaults(tmp_path: Path) -> None:
    shop = dataset.load(written(tmp_path, GOOD))
    assert (shop.zone, shop.root, shop.currency, shop.end, shop.targets) == ("UTC", ".", "", None, {})
    assert shop.sources[0].join is None


def test_columns_and_kinds_are_those_of_all_sources(tmp_path: Path) -> None:
    shop = dataset.load(written(tmp_path, GOOD + REFUNDS))
    assert shop.columns == {"customer_id", "occurred_at", "amount"}
    assert shop.kinds == {"purchase", "refund"}


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert dataset.load(written(tmp_path, "\ufeff" + GOOD)).name == "shop"


def test_the_end_is_a_date(tmp_path: Path) -> None:
    assert dataset.load(written(tmp_path, "end = 2017-12-31\n" + GOOD)).end == datetime.date(2017, 12, 31)


@pytest.mark.parametrize("name", ["shop", "Shop-2", "web_shop", "7"])
def test_a_name_is_letters_digits_underscores_and_hyphens(tmp_path: Path, name: str) -> None:
    assert dataset.load(written(tmp_path, GOOD.replace('"shop"', f'"{name}"'))).name == name


@pytest.mark.parametrize("name", ["", "-_", ".", "..", "../shop", "a/b", "a b", "a.b", "a\\\\b", "a\\nb"])
def test_a_name_with_other_characters_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match=r"name: got .*letters, digits, '_' and '-' are allowed"):
        dataset.load(written(tmp_path, GOOD.replace('"shop"', f'"{name}"')))


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(DatasetError, match=r"no dataset 'complete_jurney'.*Did you mean 'complete_journey'\?"):
        dataset.load("complete_jurney")


def test_a_name_that_is_near_to_none_is_told_all() -> None:
    with pytest.raises(DatasetError, match=r"no dataset 'xyz'.*shipped name or the path of a \.toml.*complete_journey"):
        dataset.load("xyz")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"there is no dataset '.*gone\.toml'"):
        dataset.load(str(tmp_path / "gone.toml"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"shop"', "shop", "Invalid value (at line 1"),
        ('name = "shop"', 'name = "shop"\ncolour = "red"', "unknown field `colour`"),
        ('event = "purchase"', 'event = "purchase"\nfile = "x"', "unknown field `file` - at `$.sources[0]`"),
        ('name = "shop"\n', "", "missing required field `name`"),
        ('"shop"', "3", "Expected `str`, got `int` - at `$.name`"),
        ('"client"', "1", "Expected `str`, got `int` - at `$.sources[0].columns[...]`"),
        ('name = "shop"', 'name = "shop"\nend = "soon"', "Invalid RFC3339 encoded date - at `$.end`"),
        ('name = "shop"', 'name = "shop"\nend = 2017-12-31T10:00:00', "Expected `date | null`, got `datetime`"),
        (
            'name = "shop"',
            'name = "shop"\nzone = "America/NewYork"',
            "zone: got 'America/NewYork'. Did you mean 'America/New_York'?",
        ),
        ('"purchase"', '"Purchases"', "sources[0].event: got 'Purchases'. Did you mean 'purchase'?"),
        (
            '"purchase"',
            '"xyz"',
            "sources[0].event: got 'xyz'. Allowed: cancellation, contact, purchase, redemption, refund.",
        ),
        ("occurred_at", "ocurred_at", "sources[0].columns: got 'ocurred_at'. Did you mean 'occurred_at'?"),
        ('occurred_at = "at"\n', "", "sources[0].columns: 'occurred_at' is required; got ['customer_id']."),
        ('customer_id = "client"\n', "", "sources[0].columns: 'customer_id' is required; got ['occurred_at']."),
        (GOOD, 'name = "shop"\n', "missing required field `sources`"),
        (GOOD, 'name = "shop"\nsources = []\n', "sources: got none; at least one is needed."),
        ('event = "purchase"', 'event = "purchase"\njoin = { path = "p.csv" }', "missing required field `on`"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(DatasetError) as error:
        dataset.load(path)
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)


def test_a_mistake_in_the_second_source_is_told_with_its_position(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"sources\[1\].event: got 'refnd'. Did you mean 'refund'\?"):
        dataset.load(written(tmp_path, GOOD + REFUNDS.replace('"refund"', '"refnd"')))


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_bytes(b'name = "caf\xe9"\n')
    with pytest.raises(DatasetError, match=r"shop\.toml: .*utf-8"):
        dataset.load(str(path))


@pytest.mark.parametrize("root", [".", "data", "../elsewhere"])
def test_a_relative_root_begins_beside_the_file(tmp_path: Path, root: str) -> None:
    shop = dataset.load(written(tmp_path, f'root = "{root}"\n' + GOOD))
    assert shop.path("sales.csv").resolve() == (tmp_path / root / "sales.csv").resolve()


def test_the_folder_of_a_dataset_does_not_move_with_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    shop = dataset.load("shop.toml")
    monkeypatch.chdir("/")
    assert shop.path("sales.csv") == tmp_path.resolve() / "sales.csv"


def test_an_absolute_root_stands_for_itself(tmp_path: Path) -> None:
    assert dataset.load(written(tmp_path, 'root = "/data"\n' + GOOD)).path("sales.csv") == Path("/data/sales.csv")


@pytest.mark.parametrize("package", ["no_such_package", "tomllib.nothing", "string"])
def test_a_package_that_is_not_installed_is_named(tmp_path: Path, package: str) -> None:
    shop = dataset.load(written(tmp_path, f'root = "package:{package}"\n' + GOOD))
    with pytest.raises(DatasetError, match=f"dataset 'shop': root: the package '{package}' is not installed"):
        shop.path("sales.csv")
