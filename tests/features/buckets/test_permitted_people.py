"""Permitted people: consent by any identifier of a customer, before and after identifiers are found to be of one."""

from pathlib import Path

import numpy as np
import pytest

from features.buckets import intake
from features.clock import DAY
from features.dataset import load

BEGIN = 19_000 * DAY

TOML = """\
name = "shop"
end = 2022-12-31
[identity]
keys = ["user_id", "email", "device"]
[consent]
purposes = {{ profiling = "{basis}", mail = "consent", ads = "consent" }}
gpc = "gpc"
[[consent.sources]]
path = "consents.csv"
columns = {{ user_id = "user", email = "mail", purpose = "what", answer = "says", valid_from = "when" }}
[[sources]]
path = "sales.csv"
event = "purchase"
columns = {{ user_id = "user", email = "mail", device = "cookie", occurred_at = "at" }}
"""
SALES = [
    ("ann", "", "c1", 1, ""),
    ("ann", "ann@x.org", "", 2, ""),
    ("bob", "bob@x.org", "", 3, ""),
    ("", "", "c9", 4, "true"),
    ("eve", "", "c9", 5, ""),
    ("zoe", "", "", 6, ""),
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def at(day: int) -> str:
    return str(np.datetime64(BEGIN + day * DAY, "us"))


def taken(
    folder: Path, answers: list[tuple[str, str, str, int]], basis: str = "legitimate_interest", user: str = ""
) -> intake.Intake:
    sales = [f"{user},{mail},{cookie},{at(day)},{gpc}" for user, mail, cookie, day, gpc in SALES]
    (folder / "sales.csv").write_text("\n".join(["user,mail,cookie,at,gpc", *sales]))
    told = [f"{user},{mail},{what},{says},{at(day)}" for mail, what, says, day in answers]
    (folder / "consents.csv").write_text("\n".join(["user,mail,what,says,when", *told]))
    (folder / "shop.toml").write_text(TOML.format(basis=basis))
    return intake.take(load(str(folder / "shop.toml")), now=BEGIN + 100 * DAY)


def test_a_refusal_by_one_identifier_leaves_the_customer_out_by_all(tmp_path: Path) -> None:
    found = taken(tmp_path, [("ann@x.org", "profiling", "no", 9)])
    assert found.log.customers.to_pylist() == ["bob", "device:c9", "zoe"]
    profiled = found.log.profiled
    assert profiled is not None
    assert profiled.said() == "not profiled: 1 of 4 customers"
    for name in ("ann", "email:ann@x.org", "device:c1"):
        assert not profiled.may(name, BEGIN + 100 * DAY, found.log.positions)
        assert found.log.place(name) is None


def test_a_browser_that_opts_out_speaks_for_its_customer(tmp_path: Path) -> None:
    found = taken(tmp_path, [(mail, "ads", "yes", 2) for mail in ("ann@x.org", "bob@x.org")])
    assert found.permissions is not None
    now = BEGIN + 100 * DAY
    allowed = dict(zip(found.permissions.ids.to_pylist(), found.permissions.allowed("ads", now).tolist(), strict=True))
    assert {name: allowed[name] for name in ("ann", "bob", "device:c9", "zoe")} == {
        "ann": True,
        "bob": True,
        "device:c9": False,
        "zoe": False,
    }


def test_identifiers_that_said_different_things_before_they_were_linked_deny_until_a_newer_answer(
    tmp_path: Path,
) -> None:
    now = BEGIN + 100 * DAY
    SALES.append(("ann", "second@x.org", "", 20, ""))
    for day, allowed in ((15, False), (50, True)):
        answers = [("second@x.org", "mail", "no", 10), ("ann@x.org", "mail", "yes", day)]
        found = taken(tmp_path, answers)
        assert found.permissions is not None
        place = found.permissions.ids.to_pylist().index("ann")
        assert found.permissions.allowed("mail", now)[place] == allowed
    SALES.pop()


def test_somebody_without_an_event_who_refused_is_known_by_what_they_are_called(tmp_path: Path) -> None:
    found = taken(tmp_path, [("new@x.org", "profiling", "no", 9)])
    assert found.log.profiled is not None
    assert not found.log.profiled.may("email:new@x.org", BEGIN + 100 * DAY, found.log.positions)
    assert found.log.profiled.said() == "not profiled: 0 of 4 customers"


def test_where_profiling_needs_consent_only_those_who_gave_it_are_there(tmp_path: Path) -> None:
    found = taken(tmp_path, [("bob@x.org", "profiling", "yes", 9)], "consent")
    assert found.log.customers.to_pylist() == ["bob"]
    assert found.log.counts == (1, 1)
    assert found.log.profiled is not None
    assert found.log.profiled.said() == "not profiled: 3 of 4 customers"


@pytest.mark.parametrize(("user", "mail"), [("null", "ann@x.org"), ("crm-77", "ann@x.org"), ("", "ANN@x.org")])
def test_a_refusal_holds_whatever_stands_beside_it(tmp_path: Path, user: str, mail: str) -> None:
    found = taken(tmp_path, [(mail, "profiling", "no", 9)], user=user)
    assert found.log.customers.to_pylist() == ["bob", "device:c9", "zoe"]


def test_a_grant_holds_for_the_strongest_identifier_alone(tmp_path: Path) -> None:
    found = taken(tmp_path, [("ann@x.org", "mail", "yes", 9)], user="bob")
    assert found.permissions is not None
    allowed = dict(
        zip(
            found.permissions.ids.to_pylist(),
            found.permissions.allowed("mail", BEGIN + 100 * DAY).tolist(),
            strict=True,
        )
    )
    assert (allowed["bob"], allowed["ann"]) == (True, False)


def test_a_signal_on_a_shared_device_is_of_nobody_else(tmp_path: Path) -> None:
    rows = [
        ("ann", "", "tv", 1, ""),
        ("bob", "", "tv", 2, ""),
        ("", "", "tv", 3, "true"),
        ("null", "", "d5", 4, "true"),
    ]
    before = SALES[:]
    SALES[:] = rows
    (tmp_path / "shop.toml").write_text("")
    shared = TOML.replace("[consent]", "device = {{ shared_after = 2 }}\n[consent]", 1)
    try:
        taken(tmp_path, [("ann@x.org", "ads", "yes", 1)])
        (tmp_path / "shop.toml").write_text(
            shared.format(basis="legitimate_interest").replace('ads = "consent"', 'ads = "legitimate_interest"')
        )
        found = intake.take(load(str(tmp_path / "shop.toml")), now=BEGIN + 100 * DAY)
    finally:
        SALES[:] = before
    assert found.permissions is not None
    names = found.permissions.ids.to_pylist()
    allowed = dict(zip(names, found.permissions.allowed("ads", BEGIN + 100 * DAY).tolist(), strict=True))
    assert {name: allowed[name] for name in ("ann", "bob", "shared:device:tv", "device:d5")} == {
        "ann": True,
        "bob": True,
        "shared:device:tv": False,
        "device:d5": False,
    }
