"""Dataset files: what loads, and what each mistake is told."""

import datetime
from pathlib import Path

import pytest

from features import dataset
from features.dataset import DatasetError
from features.log import event

GOOD = """\
name = "shop"
[[sources]]
path = "sales.csv"
event = "purchase"
[sources.columns]
customer_id = "client"
occurred_at = "at"
"""

MAPPED = GOOD.replace('event = "purchase"', 'event = { column = "what", values = { S = "purchase", R = "refund" } }')

REFUNDS = """\
[[sources]]
path = "back.csv"
event = "refund"
[sources.columns]
customer_id = "client"
occurred_at = "at"
amount = "value"
"""


ATTRIBUTES = """\
[[attributes]]
path = "who.csv"
columns = { customer_id = "client", region = "town" }
"""


def written(folder: Path, text: str) -> str:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", dataset.shipped())
def test_every_shipped_dataset_loads_under_its_own_name(name: str) -> None:
    assert dataset.load(name).name == name


@pytest.mark.parametrize("name", dataset.shipped())
def test_every_shipped_dataset_declares_targets_and_where_its_data_are(name: str) -> None:
    shop = dataset.load(name)
    assert shop.targets
    assert shop.simulation or shop.root.startswith(("package:", "$HABITUS_DATA"))


def test_the_data_of_the_shipped_dataset_are_installed() -> None:
    journey = dataset.load("complete_journey")
    paths = [source.path for source in journey.sources] + [s.join.path for s in journey.sources if s.join]
    paths += [table.path for table in journey.attributes] + [table.path for table in journey.campaigns]
    assert all(journey.path(path).is_file() for path in paths)
    assert journey.kinds == {"purchase", "contact", "redemption", "coupon"}


def test_what_a_file_leaves_out_has_defaults(tmp_path: Path) -> None:
    shop = dataset.load(written(tmp_path, GOOD))
    assert (shop.zone, shop.root, shop.currency, shop.end, shop.targets) == ("UTC", ".", "", None, {})
    only = shop.sources[0]
    assert (only.join, only.where, only.decimal, only.time_format) == (None, "", None, "")


def test_a_source_may_say_more(tmp_path: Path) -> None:
    more = 'where = "units > 0"\ndecimal = ","\ntime_format = "%d/%m/%Y"\njoin = { path = "p.csv", on = "sku" }'
    (only,) = dataset.load(written(tmp_path, GOOD.replace('event = "purchase"', f'event = "purchase"\n{more}'))).sources
    assert (only.where, only.decimal, only.time_format) == ("units > 0", ",", "%d/%m/%Y")
    assert only.join == dataset.Join("p.csv", "sku")


def test_the_kind_may_come_from_a_column(tmp_path: Path) -> None:
    shop = dataset.load(written(tmp_path, MAPPED))
    assert shop.sources[0].event == dataset.EventOf("what", {"S": "purchase", "R": "refund"})
    assert shop.kinds == {"purchase", "refund"}


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


KINDS = ", ".join(sorted(event.KINDS))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # no TOML
        ('"shop"', "shop", "not a TOML file: Invalid value (at line 1, column 8)"),
        ('"shop"', '"shop', "not a TOML file: Illegal character "),
        ('name = "shop"', 'name = "shop"\nname = "b"', "not a TOML file: Cannot overwrite a value (at line 2"),
        ("[sources.columns]", "[sources.columns", "not a TOML file: Expected ']' at the end of a table declaration"),
        # keys of the dataset
        (GOOD, "", "Object missing required field `name`"),
        ('name = "shop"\n', "", "Object missing required field `name`"),
        ('"shop"', "3", "name: Expected `str`, got `int`"),
        ('"shop"', '"my shop"', "name: got 'my shop'; letters, digits, '_' and '-' are allowed."),
        ('name = "shop"', 'name = "shop"\ntitle = 1', "title: Expected `str`, got `int`"),
        ('name = "shop"', 'name = "shop"\ncurrency = ["EUR"]', "currency: Expected `str`, got `array`"),
        ('name = "shop"', 'name = "shop"\nroot = 1', "root: Expected `str`, got `int`"),
        ('name = "shop"', 'name = "shop"\nend = "soon"', "end: Invalid RFC3339 encoded date"),
        ('name = "shop"', 'name = "shop"\nend = "2017-02-30"', "end: Invalid RFC3339 encoded date"),
        ('name = "shop"', 'name = "shop"\nend = 2017-12-31T10:00:00', "end: Expected `date | null`, got `datetime`"),
        ('name = "shop"', 'name = "shop"\nend = 20171231', "end: Expected `date | null`, got `int`"),
        ('name = "shop"', 'name = "shop"\nzone = 1', "zone: Expected `str`, got `int`"),
        ('name = "shop"', 'name = "shop"\nlanguage = "it"', "language: got 'it'. Allowed: de, en, fr."),
        ('name = "shop"', 'name = "shop"\nzone = "CEST"', "zone: got 'CEST'. Did you mean '"),
        (
            'name = "shop"',
            'name = "shop"\nzone = "America/NewYork"',
            "zone: got 'America/NewYork'. Did you mean 'America/New_York'?",
        ),
        ('name = "shop"', 'name = "shop"\nzon = "UTC"', "unknown key 'zon'. Did you mean 'zone'?"),
        ('name = "shop"', 'Name = "shop"', "unknown key 'Name'. Did you mean 'name'?"),
        ('name = "shop"', 'name = "shop"\ncurency = "EUR"', "unknown key 'curency'. Did you mean 'currency'?"),
        (
            'name = "shop"',
            'name = "shop"\nxyz = "red"',
            "unknown key 'xyz'. Allowed: actions, as_of, assignments, attributes,",
        ),
        ("[[sources]]", "[[source]]", "unknown key 'source'. Did you mean 'sources'?"),
        # sources
        (GOOD, 'name = "shop"\n', "Object missing required field `sources`"),
        (GOOD, 'name = "shop"\nsources = []\n', "sources: got none; at least one is needed."),
        (GOOD, 'name = "shop"\nsources = "sales.csv"\n', "sources: Expected `array`, got `str`"),
        (GOOD, 'name = "shop"\nsources = ["sales.csv"]\n', "sources[0]: Expected `object`, got `str`"),
        (GOOD, GOOD.replace("[[sources]]", "[sources]"), "sources: Expected `array`, got `object`"),
        ('path = "sales.csv"\n', "", "sources[0]: Object missing required field `path`"),
        ('"sales.csv"', "1", "sources[0].path: Expected `str`, got `int`"),
        ('event = "purchase"', 'event = "purchase"\nfile = "x"', "sources[0]: unknown key 'file'."),
        ('event = "purchase"', 'event = "purchase"\ndecimal = ";"', "sources[0].decimal: Invalid enum value ';'"),
        ('event = "purchase"', 'event = "purchase"\nwhere = 1', "sources[0].where: Expected `str`, got `int`"),
        ('event = "purchase"', 'event = "purchase"\ntime_format = []', "sources[0].time_format: Expected `str`, got"),
        # kinds
        ('event = "purchase"\n', "", "sources[0]: Object missing required field `event`"),
        ('"purchase"', "1", "sources[0].event: Expected `str | object`, got `int`"),
        ('"purchase"', '"Purchases"', "sources[0].event: got 'Purchases'. Did you mean 'purchase'?"),
        ('"purchase"', '"xyz"', f"sources[0].event: got 'xyz'. Allowed: {KINDS}."),
        ('"purchase"', '{ column = "what" }', "sources[0].event: `column` and at least one of `values` are needed."),
        (
            '"purchase"',
            '{ values = { S = "purchase" } }',
            "sources[0].event: `column` and at least one of `values` are needed.",
        ),
        ('"purchase"', "{ column = 1, values = {} }", "sources[0].event.column: Expected `str`, got `int`"),
        (
            '"purchase"',
            '{ column = "what", values = { S = 1 } }',
            "sources[0].event.values[...]: Expected `str`, got `int`",
        ),
        (
            '"purchase"',
            '{ column = "what", values = { S = "sale" } }',
            f"sources[0].event.values.S: got 'sale'. Allowed: {KINDS}.",
        ),
        (
            '"purchase"',
            '{ column = "what", values = { R = "refnd" } }',
            "sources[0].event.values.R: got 'refnd'. Did you mean 'refund'?",
        ),
        # joins
        (
            'event = "purchase"',
            'event = "purchase"\njoin = "p.csv"',
            "sources[0].join: Expected `object | null`, got `str",
        ),
        (
            'event = "purchase"',
            'event = "purchase"\njoin = { path = "p.csv" }',
            "sources[0].join: Object missing required field `on`",
        ),
        (
            'event = "purchase"',
            'event = "purchase"\njoin = { path = "p.csv", on = 1 }',
            "sources[0].join.on: Expected `str`, got `int`",
        ),
        # columns
        (
            '[sources.columns]\ncustomer_id = "client"\noccurred_at = "at"\n',
            "",
            "sources[0]: Object missing required field `columns`",
        ),
        ('"client"', "1", "sources[0].columns[...]: Expected `str`, got `int`"),
        ("occurred_at", "ocurred_at", "sources[0].columns: got 'ocurred_at'. Did you mean 'occurred_at'?"),
        ("customer_id", "client", "sources[0].columns: got 'client'. Allowed: amount, campaign_id, category, channel,"),
        ('occurred_at = "at"\n', "", "sources[0].columns: 'occurred_at' is required; got ['customer_id']."),
        ('customer_id = "client"\n', "", "sources[0].columns: 'customer_id' is required; got ['occurred_at']."),
        # features
        (GOOD, GOOD + "[features]\nwindows = [0]\n", "features.windows[0]: got 0; whole days from 1 to 3,650"),
        (
            GOOD,
            GOOD + "[features]\nwindows = [45, 3651]\n",
            "features.windows[1]: got 3651; whole days from 1 to 3,650",
        ),
        (
            GOOD,
            GOOD + "[features]\nwindows = [45, 730, 45]\n",
            "features.windows[2]: got 45 again; each is allowed once",
        ),
        (GOOD, GOOD + "[features]\nwindows = [4.5]\n", "features.windows[0]: Expected `int`, got `float`"),
        (GOOD, GOOD + "[features]\nwindow = [45]\n", "features: unknown key 'window'. Did you mean 'windows'?"),
        ('name = "shop"', 'name = "shop"\nas_of = "later"', "as_of: got 'later'. Allowed: now."),
        # targets
        (GOOD, "targets = 1\n" + GOOD, "targets: Expected `object`, got `int`"),
        (GOOD, GOOD + "[targets]\nchurn_28d = 28\n", "targets[...]: Expected `object`, got `int`"),
        (GOOD, GOOD + '[target.x]\nkind = "churn"\n', "unknown key 'target'. Did you mean 'targets'?"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(DatasetError) as error:
        dataset.load(path)
    assert str(error.value).startswith(f"{path}: {message}")
    assert "\n" not in str(error.value)


def test_a_mistake_in_the_second_source_is_told_with_its_position(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"sources\[1\].event: got 'refnd'. Did you mean 'refund'\?"):
        dataset.load(written(tmp_path, GOOD + REFUNDS.replace('"refund"', '"refnd"')))


def test_attributes_are_tables_with_names_of_their_own(tmp_path: Path) -> None:
    more = 'columns = { customer_id = "client", valid_from = "since", Age_2 = "age", mail = "ok" }\ntext = ["Age_2"]\n'
    more += 'where = "age > 0"\ndecimal = ","\ntime_format = "%d/%m/%Y"\njoin = { path = "p.csv", on = "sku" }\n'
    shop = dataset.load(written(tmp_path, GOOD + ATTRIBUTES + '[[attributes]]\npath = "more.csv"\n' + more))
    first, second = shop.attributes
    assert (first.attributes, second.attributes) == (("region",), ("Age_2", "mail"))
    assert (first.text, first.join, first.where, first.decimal, first.time_format) == ((), None, "", None, "")
    assert (second.text, second.where, second.decimal) == (("Age_2",), "age > 0", ",")
    assert (second.join, second.time_format) == (dataset.Join("p.csv", "sku"), "%d/%m/%Y")
    assert shop.columns == {"customer_id", "occurred_at"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('path = "who.csv"\n', "", "attributes[0]: Object missing required field `path`"),
        (
            'path = "who.csv"',
            'path = "who.csv"\nevent = "purchase"',
            "attributes[0]: unknown key 'event'. Allowed: ",
        ),
        (
            'path = "who.csv"',
            'path = "who.csv"\njoin = { paht = "x" }',
            "attributes[0].join: unknown key 'paht'. Did you",
        ),
        ('customer_id = "client", ', "", "attributes[0].columns: 'customer_id' is required; got ['region']."),
        (
            ', region = "town"',
            ', valid_from = "day"',
            "attributes[0].columns: got no attribute; at least one is needed.",
        ),
        ("region", '"home region"', "attributes[0].columns: got 'home region'; letters, digits and '_' are allowed."),
        ("region", '"región"', "attributes[0].columns: got 'región'; letters, digits and '_' are allowed."),
        ("region", "channel", "attributes[0].columns: got 'channel', which is a column of events: give another name."),
        ("region", "as_of", "attributes[0].columns: got 'as_of', which is a column of events: give another name."),
        (
            ATTRIBUTES,
            ATTRIBUTES + ATTRIBUTES.replace("region", "Region"),
            "attributes[1].columns: got 'Region', which attributes[0] has already.",
        ),
        (
            'path = "who.csv"',
            'path = "who.csv"\ntext = ["regin"]',
            "attributes[0].text: got 'regin'. Did you mean 'region'?",
        ),
    ],
)
def test_a_mistake_in_attributes_is_told_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in ATTRIBUTES
    path = written(tmp_path, GOOD + ATTRIBUTES.replace(old, new))
    with pytest.raises(DatasetError) as error:
        dataset.load(path)
    assert str(error.value).startswith(f"{path}: {message}")


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_bytes(b'name = "caf\xe9"\n')
    with pytest.raises(DatasetError, match=r"shop\.toml: not a TOML file: .*utf-8"):
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


@pytest.mark.parametrize(
    "package",
    [
        "no_such_package",
        "tomllib.nothing",
        "tomllib.",
        ".",
        "..",
        "string",
        "sys",
        "",
        " ",
        "../x",
        "a-b",
        "é",
        "class",
    ],
)
def test_a_package_that_is_not_installed_is_named(tmp_path: Path, package: str) -> None:
    shop = dataset.load(written(tmp_path, f'root = "package:{package}"\n' + GOOD))
    with pytest.raises(DatasetError) as caught:
        shop.path("sales.csv")
    assert str(caught.value) == f"dataset 'shop': root: the package {package!r} is not installed."


def test_the_root_may_be_a_package_that_is_installed(tmp_path: Path) -> None:
    shop = dataset.load(written(tmp_path, 'root = "package:features"\n' + GOOD))
    assert shop.path("datasets/complete_journey.toml").resolve() == dataset.SHIPPED / "complete_journey.toml"


def test_the_root_may_be_a_folder_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = dataset.load(written(tmp_path, 'root = "$HABITUS_DATA"\n' + GOOD))
    monkeypatch.setenv("HABITUS_DATA", str(tmp_path / "elsewhere"))
    assert shop.path("sales.csv") == tmp_path / "elsewhere" / "sales.csv"


@pytest.mark.parametrize("data", [None, ""])
def test_without_that_folder_it_is_said_how_to_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str | None
) -> None:
    shop = dataset.load(written(tmp_path, 'root = "$HABITUS_DATA"\n' + GOOD))
    if data is None:
        monkeypatch.delenv("HABITUS_DATA", raising=False)
    else:
        monkeypatch.setenv("HABITUS_DATA", data)
    with pytest.raises(
        DatasetError, match=r"'shop' does not come along: say where sales\.csv is, with make DATA=<folder>"
    ):
        shop.path("sales.csv")
