"""Whose: tables of attributes link identifiers, and what they say is known of a customer once it is linked."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.buckets import intake
from features.dataset import load

DAY = 86_400_000_000
BEGIN = 19_000 * DAY

TOML = """\
name = "shop"
end = 2022-12-31
[identity]
keys = ["user_id", "email", "device"]
email = { clean = "email" }
[[sources]]
path = "sales.csv"
event = "purchase"
columns = { user_id = "user", email = "mail", device = "cookie", occurred_at = "at", amount = "amount" }
[[attributes]]
path = "people.csv"
columns = { user_id = "user", email = "mail", valid_from = "since", town = "town" }
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def day(number: int) -> str:
    return str(np.datetime64(BEGIN + number * DAY, "us"))


def taken(
    folder: Path, sales: list[tuple[str, str, str, int]], people: list[tuple[str, str, str, str]]
) -> intake.Intake:
    rows = [f"{user},{mail},{device},{day(at)},1" for user, mail, device, at in sales]
    (folder / "sales.csv").write_text("\n".join(["user,mail,cookie,at,amount", *rows]))
    (folder / "people.csv").write_text("\n".join(["user,mail,since,town", *(",".join(row) for row in people)]))
    (folder / "shop.toml").write_text(TOML)
    return intake.take(load(str(folder / "shop.toml")))


def towns(found: intake.Intake, at: int) -> dict[str, str | None]:
    moment = BEGIN + at * DAY
    known = found.log.customers.filter(pa.array(found.log.known(moment)))
    table = found.attributes.at(known, moment)
    return dict(zip(table["customer_id"].to_pylist(), table["town"].to_pylist(), strict=True))


def test_a_table_links_the_identifiers_of_a_row(tmp_path: Path) -> None:
    found = taken(tmp_path, [("ann", "", "", 1), ("", "A@x.org", "", 2)], [("ann", "a@x.org", "", "Paris")])
    assert found.log.customers.to_pylist() == ["ann"]
    assert towns(found, 3) == {"ann": "Paris"}


def test_a_link_of_a_table_holds_from_its_moment(tmp_path: Path) -> None:
    found = taken(tmp_path, [("ann", "", "", 1), ("", "a@x.org", "", 2)], [("ann", "a@x.org", day(5), "Paris")])
    assert towns(found, 5) == {"ann": None, "email:a@x.org": None}
    assert towns(found, 6) == {"ann": "Paris"}


def test_the_newest_of_what_is_known_of_a_customer_holds(tmp_path: Path) -> None:
    sales = [("ann", "", "", 1), ("", "a@x.org", "", 2), ("ann", "a@x.org", "", 6)]
    people = [("ann", "", day(3), "Paris"), ("", "a@x.org", day(4), "Lyon"), ("ann", "", day(8), "Nice")]
    found = taken(tmp_path, sales, people)
    assert towns(found, 5) == {"ann": "Paris", "email:a@x.org": "Lyon"}
    assert towns(found, 7) == {"ann": "Lyon"}
    assert towns(found, 9) == {"ann": "Nice"}


def test_what_is_linked_late_does_not_hide_what_is_newer(tmp_path: Path) -> None:
    sales = [("ann", "", "", 1), ("", "a@x.org", "", 2), ("ann", "a@x.org", "", 6)]
    found = taken(tmp_path, sales, [("ann", "", day(4), "Paris"), ("", "a@x.org", day(3), "Lyon")])
    assert towns(found, 7) == {"ann": "Paris"}


def test_a_row_whose_identifiers_identify_nobody_is_kept_aside(tmp_path: Path) -> None:
    found = taken(tmp_path, [("ann", "", "", 1)], [("null", "", "", "Paris"), ("", "", "", "Rome")])
    assert found.rejects == {"attributes: customer_id is missing": 2}
    assert towns(found, 2) == {"ann": None}
