"""Corrections: what a file of pairs says, and what stops its reading."""

from pathlib import Path

import pytest

from features.dataset import DatasetError, load
from features.sources.corrections import Correction, Corrections, read

TOML = """name = "shop"
identity = { keys = ["user_id", "email"], corrections = "pairs.csv" }
[[sources]]
path = "orders.csv"
event = "purchase"
columns = { user_id = "who", occurred_at = "at" }
"""


def pairs(folder: Path, text: str) -> Corrections:
    (folder / "shop.toml").write_text(TOML, encoding="utf-8")
    (folder / "pairs.csv").write_text(text, encoding="utf-8")
    return read(load(str(folder / "shop.toml")))


def test_other_columns_may_stand_beside_them(tmp_path: Path) -> None:
    rows = ['u1,u2, Same ,0.97,"same: a, b; differs: c (1 / ""2"")"', "u1,u3,different,,"]
    text = "\n".join(["one,other,customer,probability,reason", *rows])
    assert pairs(tmp_path, text).pairs == (Correction("u1", "u2", True), Correction("u1", "u3", False))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("u1,u2,?", r"nobody has answered yet for u1 and u2: write same or different in the place of '\?', or delete"),
        ("u1,u2,yes", r"customer: got 'yes' for u1 and u2; same or different is needed"),
        ("u1,u2,", r"customer: got None for u1 and u2; same or different is needed"),
        ("u1,,same", r"got a row with 'u1' and None; both are needed"),
    ],
)
def test_what_is_no_answer_stops_the_reading(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        pairs(tmp_path, f"one,other,customer\n{row}\n")
