"""Contacts: taken whole, or refused in words that say what is allowed."""

import datetime
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.clock import to_us
from features.simulator.contact import SCHEMA, ContactError, Read, read

FIRST = datetime.datetime(2024, 3, 1, tzinfo=datetime.UTC)
IN = FIRST + datetime.timedelta(days=2)
HOUR = datetime.timedelta(hours=1)


def read_from(tmp_path: Path, columns: dict[str, object], zone: str | None = "UTC") -> Read:
    at = columns.get("at")
    if isinstance(at, list) and not isinstance(at[0], str):
        columns = columns | {"at": pa.array(at, pa.timestamp("us", zone))}
    pq.write_table(pa.table(columns), tmp_path / "contacts.parquet")
    until = FIRST + datetime.timedelta(days=28)
    return read(tmp_path / "contacts.parquet", (11, 20), to_us(FIRST), to_us(until), {"mailing-0001"})


def test_contacts_are_kept_in_order_and_named_by_their_offers(tmp_path: Path) -> None:
    kept = read_from(tmp_path, {"customer_id": [12, 11], "at": [IN, IN - HOUR], "offer": ["coupon", "reminder"]})
    assert kept.table.schema.equals(SCHEMA)
    assert kept.table.to_pylist() == [
        {"customer_id": 11, "at": IN - HOUR, "offer": "reminder", "campaign_id": "reminder"},
        {"customer_id": 12, "at": IN, "offer": "coupon", "campaign_id": "coupon"},
    ]


def test_customers_may_be_text_and_campaigns_have_names(tmp_path: Path) -> None:
    kept = read_from(tmp_path, {"customer_id": ["12"], "at": [IN], "offer": ["coupon"], "campaign_id": ["spring.a"]})
    assert kept.table.to_pylist() == [{"customer_id": 12, "at": IN, "offer": "coupon", "campaign_id": "spring.a"}]


def test_a_moment_of_another_zone_is_the_same_moment(tmp_path: Path) -> None:
    one = {"customer_id": [12], "at": [IN], "offer": ["coupon"]}
    assert read_from(tmp_path, one, "America/New_York").table.equals(read_from(tmp_path, one).table)


def test_rows_alike_count_once_and_are_told(tmp_path: Path) -> None:
    kept = read_from(tmp_path, {"customer_id": [12, 12, 13], "at": [IN] * 3, "offer": ["coupon"] * 3})
    assert (kept.table.num_rows, kept.repeated) == (2, 1)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"customer_id": [10]}, "customer_id: got 1 contacts of customers that there are not, such as 10; 11 to 20"),
        ({"customer_id": [21]}, "of customers that there are not, such as 21"),
        ({"customer_id": ["x"]}, "Failed to parse string: 'x'"),
        ({"customer_id": [12.5]}, "Float value 12.500000 was truncated"),
        ({"customer_id": pa.array([None], pa.int64())}, "customer_id: got 1 rows without one; none is allowed"),
        ({"at": [FIRST - HOUR]}, "at: got 1 contacts at moments outside the days, such as 2024-02-29 23:00:00"),
        ({"at": [FIRST + datetime.timedelta(days=28)]}, "2024-03-01 UTC up to, but without 2024-03-29 UTC is allowed"),
        ({"at": ["2024-03-02"]}, "at: got string; times with a zone"),
        ({"at": pa.array([IN], pa.timestamp("us"))}, "at: got timestamp[us]; times with a zone"),
        ({"offer": ["cupon"]}, "such as cupon; reminder, coupon, premium is allowed"),
        ({"offer": pa.array([None], pa.string())}, "offer: got 1 rows without one"),
        ({"campaign_id": ["mailing-0001"]}, "of a campaign of the business itself, such as mailing-0001"),
        ({"arm": ["a"]}, "got the columns customer_id, at, offer, arm; customer_id, at, offer and campaign_id are"),
    ],
)
def test_what_cannot_be_taken_is_told_with_what_is_allowed(
    tmp_path: Path, columns: dict[str, object], message: str
) -> None:
    with pytest.raises(ContactError, match=re.escape(message)):
        read_from(tmp_path, {"customer_id": [12], "at": [IN], "offer": ["coupon"]} | columns)


def test_a_customer_with_two_contacts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContactError, match="got 2 contacts of customers with more than one, such as 12; one contact"):
        read_from(tmp_path, {"customer_id": [12, 12, 13], "at": [IN, IN + HOUR, IN], "offer": ["coupon"] * 3})


def test_a_missing_column_and_a_file_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContactError, match=r"got the columns customer_id, at; .* the first three needed"):
        read_from(tmp_path, {"customer_id": [12], "at": [IN]})
    (tmp_path / "text").write_text("customer_id,at,offer\n")
    with pytest.raises(ContactError, match="a Parquet file is allowed"):
        read(tmp_path / "text", (11, 20), 0, 1, set())
