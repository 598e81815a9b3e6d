"""Assignments: read to the microsecond, what is unusable is counted, wrong declarations are refused by name."""

from pathlib import Path

import pytest

from features.dataset import DatasetError, load
from features.sources import assignments

TOML = """
name = "shop"
[[sources]]
path = "events.csv"
event = "purchase"
columns = { customer_id = "c", occurred_at = "t" }
[[assignments]]
path = "given.csv"
columns = { customer_id = "who", assigned_at = "when", experiment = "test", arm = "arm", probability = "p" }
"""
GIVEN = """who,when,test,arm,p
007,2026-01-02 03:04:05.000001,spring,mail,0.9
8,2026-01-02,spring,none,0.1
9,2026-01-02,spring,none,0
10,2026-01-02,spring,,0.5
11,2026-01-02,spring,mail,1.5
Ann@Shop.com,2026-01-02 03:04+02:00,spring,mail,0.5
12,soon,spring,mail,0.5
13,2026-01-02,,mail,0.5
14,2026-01-02,autumn,mail,half
"""


def _shop(folder: Path, toml: str = TOML) -> str:
    (folder / "events.csv").write_text("c,t\n1,2026-01-01\n")
    (folder / "given.csv").write_text(GIVEN)
    (folder / "shop.toml").write_text(toml)
    return str(folder / "shop.toml")


def test_assignments_are_read_and_what_is_unusable_is_counted(tmp_path: Path) -> None:
    whole = assignments.read(load(_shop(tmp_path)))
    assert whole.names == ["autumn", "spring"]
    found = whole.of("spring")
    assert found.customers.to_pylist() == ["007", "8", "ann@shop.com"]
    assert found.arm.to_pylist() == ["mail", "none", "mail"]
    assert found.experiment.to_pylist() == ["spring"] * 3
    assert found.time.tolist() == [1767323045000001, 1767312000000000, 1767315840000000]
    assert found.probability.tolist() == [0.9, 0.1, 0.5]
    chance, arm, moment, name = (assignments.REASONS[code] for code in (4, 3, 2, 5))
    assert found.unusable == {"spring": {chance: 2, arm: 1, moment: 1}, "": {name: 1}}
    assert len(whole.of("autumn").customers) == 0
    assert whole.of("autumn").unusable == {"autumn": {chance: 1}, "": {name: 1}}


def test_who_was_assigned_is_told_by_the_strongest_identifier_that_is_there(tmp_path: Path) -> None:
    toml = TOML.replace('customer_id = "c"', 'user_id = "c"').replace(
        'customer_id = "who"', 'user_id = "u", email = "m"'
    )
    toml = toml.replace("[[sources]]", '[identity]\nkeys = ["user_id", "email"]\nemail.clean = "email"\n[[sources]]')
    given = "u,m,when,test,arm,p\n" + "".join(f"{who},2026-01-02,spring,mail,1\n" for who in ("7,a@b.c", ",D@e.f", ","))
    path = _shop(tmp_path, toml)
    (tmp_path / "given.csv").write_text(given)
    found = assignments.read(load(path))
    assert found.customers.to_pylist() == ["7", "email:d@e.f"]
    assert found.unusable == {"spring": {assignments.REASONS[1]: 1}}
    with pytest.raises(DatasetError, match="one of user_id, email is needed"):
        assignments.read(load(_shop(tmp_path, toml.replace('user_id = "u", email = "m", ', ""))))


def test_a_dataset_without_any_has_no_rows(tmp_path: Path) -> None:
    assert len(assignments.read(load(_shop(tmp_path, TOML.partition("[[assignments]]")[0]))).customers) == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('probability = "p"', 'chance = "p"', "assignments[0].columns: got 'chance'"),
        (', probability = "p"', "", "'probability' is required"),
        ('"given.csv"', '"given.csv"\nfile = 1', "unknown field `file`"),
        ('arm = "arm"', 'arm = "amr"', "there is no column 'amr'"),
    ],
)
def test_wrong_declarations_are_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(DatasetError) as error:
        assignments.read(load(_shop(tmp_path, TOML.replace(old, new))))
    assert said in str(error.value)
