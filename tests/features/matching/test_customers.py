"""Customers: those of the tables of attributes, as they are linked today."""

from pathlib import Path

import pytest

from features.dataset import load
from features.matching.customers import Customers, taken

ROWS = """id,mail,name,since,vip
u1,a@x,Ann,2024-01-01,true
u1,a@x,Anna,2024-02-01,true
,b@x,Ben,2024-01-01,false
u3,,Cy,2024-01-01,true
"""
EVENTS = "who,mail,at\nu1,b@x,2024-03-01\nu3,,2024-03-01\nu9,,2024-03-02\n"


def shop(folder: Path, identity: str, keys: str = 'user_id = "id", email = "mail"', more: str = "") -> Customers:
    (folder / "people.csv").write_text(ROWS, encoding="utf-8")
    (folder / "orders.csv").write_text(EVENTS, encoding="utf-8")
    own = 'user_id = "who", email = "mail"' if identity else 'customer_id = "who"'
    (folder / "shop.toml").write_text(
        f'name = "shop"\n{more}\n[[sources]]\npath = "orders.csv"\nevent = "purchase"\n'
        f'columns = {{ {own}, occurred_at = "at" }}\n'
        '[[attributes]]\npath = "people.csv"\n'
        f'columns = {{ {keys}, name = "name", vip = "vip", valid_from = "since" }}\n'
        + (f"[identity]\n{identity}\n" if identity else ""),
        encoding="utf-8",
    )
    return taken(load(str(folder / "shop.toml")), 10**9)


LINKED = 'keys = ["user_id", "email"]\nuser_id = { limit = 2 }'


def test_who_is_linked_already_is_one_with_the_newest_attributes(tmp_path: Path) -> None:
    found = shop(tmp_path, LINKED)
    assert found.names.to_pylist() == ["u1", "u3"]  # b@x is of u1 since an order; u9 has no attributes
    assert {name: values.to_pylist() for name, values in found.values.items()} == {"name": ["Anna", "Cy"]}
    assert found.held.tolist() == [[1, 2], [1, 0]]
    assert found.limits == {"user_id": 2, "email": 5}


def test_who_is_never_one_is_known_by_places(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("one,other,customer\nu3,email:a@x,different\nu3,u9,different\n", encoding="utf-8")
    assert shop(tmp_path, LINKED + '\ncorrections = "c.csv"').different == {(0, 1)}


def test_without_identity_each_id_is_a_customer_without_limits(tmp_path: Path) -> None:
    found = shop(tmp_path, "", 'customer_id = "id"')
    assert found.names.to_pylist() == ["u1", "u3"]
    assert found.held.shape == (2, 0)
    assert found.limits == {}


def test_who_is_excluded_is_not_matched(tmp_path: Path) -> None:
    more = 'exclude = { ids = ["u3"] }'
    assert shop(tmp_path, "", 'customer_id = "id"', more).names.to_pylist() == ["u1"]
    assert shop(tmp_path, LINKED, more=more).names.to_pylist() == ["u1"]


@pytest.mark.parametrize(("identity", "keys"), [("", 'customer_id = "id"'), (LINKED, 'user_id = "id", email = "mail"')])
def test_who_may_not_be_profiled_is_not_matched(tmp_path: Path, identity: str, keys: str) -> None:
    (tmp_path / "answers.csv").write_text("id,said,at\nu3,no,2024-01-01\n", encoding="utf-8")
    own = "user_id" if identity else "customer_id"
    consent = (
        'consent.purposes = { profiling = "legitimate_interest" }\n'
        'consent.unknown = { profiling = "allow" }\n'
        'consent.sources = [{ path = "answers.csv", purpose = "profiling",'
        f' columns = {{ {own} = "id", answer = "said", valid_from = "at" }} }}]'
    )
    found = shop(tmp_path, identity, keys, consent)
    assert found.names.to_pylist() == ["u1"]
    assert found.told[0].startswith("not profiled: 1 of ")


def test_a_customer_is_named_by_its_strongest_identifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROWS", ROWS.replace("Ann,2024-01-01", "Ann,2024-01-15"))
    found = shop(tmp_path, LINKED)  # the customer is called email:b@x, which was known first
    assert found.names.to_pylist() == ["u1", "u3"]
    assert found.values["name"].to_pylist() == ["Anna", "Cy"]
