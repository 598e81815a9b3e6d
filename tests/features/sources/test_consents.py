"""Consents: tables of answers as real exports write them; what cannot be read is kept aside and denies."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from features import clock, dataset
from features.buckets import intake
from features.buckets.intake import Intake
from features.dataset import Dataset, DatasetError
from features.sources import consents
from tests.features.shop import business, parquet

NOW = clock.parse("2026-06-01", ZoneInfo("UTC"))
COLUMNS = {"customer_id": "id", "purpose": "what", "answer": "said", "valid_from": "when"}


def shop(folder: Path, *tables: dict[str, Any], people: str = "ann bob cy dan", more: str = "") -> Dataset:
    """Return a shop in which each bought once a day for two weeks."""
    rows = [f"{name},2026-05-{day:02d}\n" for name in people.split() for day in range(1, 15)]
    if not (folder / "s.csv").exists():
        (folder / "s.csv").write_text("client,at\n" + "".join(rows), encoding="utf-8")
    business(folder, {"path": "s.csv"})
    declared = "".join(
        f'[[consent.sources]]\npath = "{one.get("path", "c.csv")}"\ncolumns = {_inline(one.get("columns", COLUMNS))}\n'
        + "".join(f"{key} = {value}\n" for key, value in one.items() if key not in {"path", "columns"})
        for one in tables
    )
    purposes = '[consent]\npurposes = { profiling = "legitimate_interest", mail = "consent", ads = "consent" }\n'
    with (folder / "shop.toml").open("a", encoding="utf-8") as toml:
        toml.write(f"\n{purposes if 'purposes =' not in more else '[consent]'}\n{more}\n{declared}")
    return dataset.load(str(folder / "shop.toml"))


def _inline(columns: dict[str, str]) -> str:
    return "{ " + ", ".join(f'{name} = "{given}"' for name, given in columns.items()) + " }"


def taken(folder: Path, text: str, *tables: dict[str, Any], **keys: str) -> Intake:
    (folder / "c.csv").write_text(text, encoding="utf-8")
    return intake.take(shop(folder, *(tables or ({},)), **keys), now=NOW)


def may(found: Intake, purpose: str) -> set[str]:
    """Return the customers in the log who allow a purpose."""
    assert found.permissions is not None
    ids = found.log.customers
    return set(ids.filter(pa.array(found.permissions.allowed(purpose, NOW, ids))).to_pylist())


def test_answers_are_read_by_customer_purpose_and_moment(tmp_path: Path) -> None:
    text = "id,what,said,when\nann,mail,yes,2026-01-01\nbob,profiling,no,2026-01-01\nann,mail,no,2025-01-01\n"
    found = taken(tmp_path, text + "dan,Mail,Opt-In,2026-01-01T10:00:00+02:00\ncy,ads,1,2026-06-01T00:00:01Z\n")
    assert found.log.customers.to_pylist() == ["ann", "cy", "dan"]
    assert (may(found, "mail"), may(found, "ads")) == ({"ann", "dan"}, set())
    assert found.rejects == {}


def test_a_table_may_be_of_one_purpose_and_name_no_moment(tmp_path: Path) -> None:
    columns = {"customer_id": "id", "answer": "said"}
    found = taken(tmp_path, "id,said\nann,no\nbob,yes\n", {"columns": columns, "purpose": '"profiling"'})
    assert found.log.customers.to_pylist() == ["bob", "cy", "dan"]


def test_what_cannot_be_read_is_kept_aside_and_denies(tmp_path: Path) -> None:
    text = "id,what,said,when\nann,mail,yes,2026-01-01\nann,mail,perhaps,2026-02-01\n"
    text += "bob,mail,yes,31st of May\ncy,sms,no,2026-01-01\ndan,,yes,2026-01-01\n,mail,yes,2026-01-01\n"
    found = taken(tmp_path, text)
    assert found.log.customers.to_pylist() == ["ann", "bob", "dan"]  # cy refused what nobody can tell
    assert may(found, "mail") == set()
    undated, untold = consents.REASONS[2], consents.REASONS[3]
    assert found.rejects == {consents.REASONS[4]: 1, undated: 1, untold: 2, consents.REASONS[1]: 1}
    assert found.aside.examples[consents.REASONS[4]] == ["c.csv line 3: said is 'perhaps'"]
    assert found.aside.examples[undated] == ["c.csv line 4: when is '31st of May'"]
    said = [line for line in found.said() if line.startswith("consent:")]
    assert said[0] == "consent: answers that are no known word deny: 'perhaps' (1 rows)"
    assert said[1].startswith("consent: purposes that are not declared: 'sms' (1 rows), '' (1 rows); ")


def test_a_table_has_words_of_its_own_and_ignores_what_is_none_of_ours(tmp_path: Path) -> None:
    text = "id,what,said,when\nann,newsletter,Stufe 2,2026-01-01\nbob,sms,no,2026-01-01\ncy,sms,objected,2026-01-01\n"
    words = {"purposes": '{ newsletter = "mail", sms = "ignored" }', "answers": '{ "stufe 2" = "grant" }'}
    found = taken(tmp_path, text, words)
    assert found.log.customers.to_pylist() == ["ann", "bob", "dan"]  # an objection to anything stops all marketing
    assert (may(found, "mail"), found.rejects) == ({"ann"}, {})


def test_an_objection_needs_no_purpose(tmp_path: Path) -> None:
    found = taken(tmp_path, "id,what,said,when\nann,,objected,2026-01-01\n")
    assert (found.log.customers.to_pylist(), found.rejects) == (["bob", "cy", "dan"], {})


def test_tables_have_types_of_their_own(tmp_path: Path) -> None:
    parquet(tmp_path / "c.parquet", id=pa.array([7.0, 12.0, None]), said=[False, True, False])
    columns = {"customer_id": "id", "answer": "said"}
    table = {"path": "c.parquet", "columns": columns, "purpose": '"profiling"'}
    found = intake.take(shop(tmp_path, table, people="7 12 70"), now=NOW)
    assert found.log.customers.to_pylist() == ["12", "70"]
    assert found.rejects == {consents.REASONS[1]: 1}


def test_mail_addresses_are_ids_in_small_letters(tmp_path: Path) -> None:
    text = "id,what,said,when\n Ann@Shop.Example ,profiling,no,2026-01-01\n"
    found = taken(tmp_path, text, people="ann@shop.example bob")
    assert found.log.customers.to_pylist() == ["bob"]


@pytest.mark.parametrize("answers", ["no,2026-01-01", "no,2026-01-01\nann,profiling,yes,2026-01-01"])
def test_several_tables_are_one_history(answers: str, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("id,what,said,when\nann,profiling,yes,2025-12-31\n")
    found = taken(tmp_path, f"id,what,said,when\nann,profiling,{answers}\n", {}, {"path": "d.csv"})
    assert "ann" not in found.log.customers.to_pylist()


def test_an_age_is_an_attribute(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,born\nann,2010-06-01\nbob,2010-06-02\ncy,\nzoe,2020-01-01\n")
    attributes = '[[attributes]]\npath = "a.csv"\ncolumns = { customer_id = "id", born = "born" }\n'
    declared = 'minimum_age = 16\nage = "born"\nunknown = { profiling = "allow" }\n' + attributes
    (tmp_path / "c.csv").write_text("id,what,said,when\n")
    found = intake.take(shop(tmp_path, more=declared), now=NOW)
    assert found.log.customers.to_pylist() == ["ann", "cy", "dan"]
    assert found.log.profiled is not None
    assert found.log.profiled.refused == {"bob", "zoe"}
    closed = shop(tmp_path, more=declared.replace("allow", "deny"))
    assert (
        intake_fails(closed) == "dataset 'shop': nobody may be profiled who has events; not profiled: 4 of 4 customers."
    )


def intake_fails(declared: Dataset) -> str:
    with pytest.raises(ValueError) as raised:
        intake.take(declared, now=NOW)
    return str(raised.value)


def test_a_missing_file_or_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"consent\.sources\[0\]\.path"):
        intake.take(shop(tmp_path, {"path": "nowhere.csv"}), now=NOW)
    with pytest.raises(DatasetError, match=r"consent\.sources\[0\]\.columns\.answer: there is no column 'said'"):
        taken(tmp_path, "id,what,say,when\n")
