"""Fields: what an attribute is, by its name or as declared, and how values are made alike."""

from pathlib import Path

import duckdb
import pytest

from features.consent.consent import Consent
from features.dataset import Dataset, DatasetError, load
from features.identity.identity import Form
from features.matching.field import Field, fields
from tests.features.matching.people import declared

NAMES = ("first_name", "surname", "birth_date", "street", "zip", "phone", "age_band")


def dataset(folder: Path, identity: str = 'keys = ["user_id"]') -> Dataset:
    (folder / "town.toml").write_text(declared(identity), encoding="utf-8")
    return load(str(folder / "town.toml"))


def test_names_tell_what_attributes_are(tmp_path: Path) -> None:
    found = {field.name: field.form for field in fields(dataset(tmp_path), NAMES)}
    assert found == {
        "first_name": "name",
        "surname": "family",
        "birth_date": "date",
        "street": "text",
        "zip": "code",
        "phone": "phone",
    }


def test_what_is_declared_counts_alone(tmp_path: Path) -> None:
    own = 'keys = ["user_id"]\nmatch = { first_name = "text", birth_date = "date", zip = "exact" }'
    assert fields(dataset(tmp_path, own), NAMES) == (
        Field("first_name", "text"),
        Field("birth_date", "date"),
        Field("zip", "exact"),
    )


def test_too_little_and_what_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"identity.match: got zip \(code\), phone \(phone\); at least 3 attributes"):
        fields(dataset(tmp_path), ("zip", "phone"))
    with pytest.raises(DatasetError, match=r"got zip \(code\), phone \(phone\), street \(text\); at least 3"):
        fields(dataset(tmp_path), ("zip", "phone", "street"))
    with pytest.raises(DatasetError, match="got 'born', which is no attribute of text or numbers"):
        fields(dataset(tmp_path, 'keys = ["user_id"]\nmatch = { born = "date" }'), NAMES)
    with pytest.raises(DatasetError, match=r"identity.match.zip: got 'postcode'; name, family"):
        dataset(tmp_path, 'keys = ["user_id"]\nmatch = { zip = "postcode" }')


def test_nothing_is_matched_by_what_is_sensitive(tmp_path: Path) -> None:
    business = dataset(tmp_path)
    consent = Consent({"profiling": "consent"}, sensitive=("birth_date",))
    sensitive = Dataset(name="town", sources=business.sources, identity=business.identity, consent=consent)
    assert "birth_date" not in {field.name for field in fields(sensitive, NAMES)}
    named = Dataset(
        name="town",
        sources=business.sources,
        identity={"keys": ["u"], "match": {"birth_date": "date"}},
        consent=consent,
    )
    with pytest.raises(DatasetError, match=r"got 'birth_date', which consent\.sensitive names"):
        fields(named, NAMES)


@pytest.mark.parametrize(
    ("form", "given", "cleaned"),
    [
        ("name", " Anaïs-Marie  O'Neill ", "anais marie o neill"),
        ("email", "Ann@X.org", "ann@x.org"),
        ("phone", "+49 (151) 234-567 89", "123456789"),
        ("phone", "0151 23456789", "123456789"),
        ("date", "1956-04-09", "19560409"),
        ("id", "ab 12.34", "AB1234"),
        ("code", "sw1a 1aa", "SW1A1AA"),
        ("exact", "F", "f"),
        ("text", " ", None),
    ],
)
def test_values_are_made_alike(form: Form, given: str, cleaned: str | None) -> None:
    sql = Field("x", form).cleaned(number=False)
    assert duckdb.execute(f"SELECT {sql} FROM (SELECT $1 AS x)", [given]).fetchall() == [(cleaned,)]


def test_a_whole_number_has_no_decimals() -> None:
    sql = Field("x", "code").cleaned(number=True)
    assert duckdb.sql(f"SELECT {sql} FROM (SELECT unnest([2119.0, 7.5, NULL]) AS x)").fetchall() == [
        ("2119",),
        ("75",),
        (None,),
    ]
