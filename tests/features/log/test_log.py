"""The log: every customer's events in time order, whatever the order, types and signs of the source."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features import clock, dataset
from features.buckets import intake
from features.log.event import DISCOUNTED, KINDS, NO_SELECTION
from features.log.log import CAMPAIGN, COLUMNS, KEYS, NAMED, STORED, Log, _in_content, pick, recoded
from tests.features import shop
from tests.features.shop import business, made

FULL: dict[str, list[Any]] = {
    "customer_id": ["bob", "ann", "bob", "ann", "bob"],
    "occurred_at": ["2017-03-03 10:00", "2017-03-02 12:00", "2017-03-01 09:00", "2017-03-05 08:00", "2017-03-03 10:00"],
    "event": ["purchase", "purchase", "purchase", "refund", "contact"],
    "amount": [1, 2, 3, 4, 0],
    "quantity": [1, 1, 2, 1, 0],
    "discount": [0, 0.5, 0, 0, 0],
    "order_id": ["o2", "o7", "o1", "o7", None],
    "product_id": ["milk", "milk", "soap", None, "milk"],
    "category": ["food", "food", "home", "food", None],
    "store_id": ["s1", "s1", "s1", "s2", None],
    "campaign_id": [None, None, None, None, "spring"],
    "channel": ["web", "web", "shop", None, "mail"],
    "recorded_at": ["2017-03-04", "2017-03-04", "2017-03-04", "2017-03-06", "2017-03-04"],
    "score": [9, None, 0, 7.5, None],
    "duration": [None, 60, 0, None, 1.5],
    "until": ["2018-01-01", None, None, "2018-01-02", None],
}


DAYS = ["2017-03-01", "2017-03-02", "2017-03-03"]


def test_events_are_grouped_by_customer_and_in_time_order() -> None:
    log = made(**FULL)
    assert log.customers.to_pylist() == ["ann", "bob"]
    assert log.offsets.tolist() == [0, 2, 5]
    assert [clock.iso(time) for time in log.columns["time"]] == [
        "2017-03-02T12:00:00Z",
        "2017-03-05T08:00:00Z",
        "2017-03-01T09:00:00Z",
        "2017-03-03T10:00:00Z",
        "2017-03-03T10:00:00Z",
    ]
    assert log.columns["amount"].tolist() == [20_000, -40_000, 30_000, 10_000, 0]
    assert log.columns["quantity"].tolist() == [1000, 1000, 2000, 1000, 0]
    assert (log.columns["code"] % DISCOUNTED).tolist() == [0, 1, 0, 0, 3]
    assert (len(log), log.positions) == (5, {"ann": 0, "bob": 1})
    assert clock.iso(log.newest) == "2017-03-05T08:00:00Z"


def test_the_order_of_events_of_one_instant_in_the_source_says_nothing() -> None:
    times = ["2017-03-02", "2017-03-01", "2017-03-02", "2017-03-01"] * 25
    rows: dict[str, list[Any]] = {
        "occurred_at": times,
        "amount": list(range(100)),
        "product_id": [f"p{i % 7}" for i in range(100)],
        "order_id": [f"o{i % 5}" for i in range(100)],
    }
    log, other = made(**rows), made(**{name: column[::-1] for name, column in rows.items()})
    assert sorted(log.columns["amount"][:50].tolist()) == [10_000 * i for i in range(100) if i % 2 == 1]
    for name, column in log.columns.items():
        assert column.tolist() == other.columns[name].tolist()


def test_events_of_one_instant_are_in_the_order_of_the_kinds() -> None:
    kinds = ["refund", "purchase", "contact"]
    log = made(customer_id=["ann", "bob"] * 3, event=[kind for kind in kinds for _ in range(2)])
    assert log.columns["code"].tolist() == [0, 1, 3, 0, 1, 3]


def test_identical_events_are_all_kept() -> None:
    log = made(amount=[1, 1, 1], order_id=["o", "o", "o"])
    assert log.columns["amount"].tolist() == [10_000, 10_000, 10_000]


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_gives_back_is_negative_whatever_the_sign_of_the_source(kind: str) -> None:
    log = made(occurred_at=DAYS, event=[kind] * 3, amount=[2, -2, 0])
    assert log.columns["amount"].tolist() == (
        [-20_000, -20_000, 0] if kind in {"refund", "cancellation"} else [20_000, -20_000, 0]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_holds_the_kind_and_whether_there_was_a_discount(kind: str) -> None:
    code = KINDS.index(kind)
    log = made(occurred_at=DAYS, event=[kind] * 3, discount=[0, 0.01, -1])
    assert log.columns["code"].tolist() == [code, code + DISCOUNTED, code]
    assert made(event=[kind], amount=[1]).columns["code"].tolist() == [code]


SCATTERED = {
    "customer_id": ["bob", "ann", "bob", "ann", "bob", "ann", "bob"],
    "occurred_at": [f"2017-03-0{day}" for day in (7, 6, 5, 4, 3, 2, 1)],
}
NAMES = ["x", "x", None, "y", "z", "y", "x"]


@pytest.mark.parametrize(("name", "canonical"), [item for item in KEYS.items() if item[0] not in NAMED])
def test_counted_keys_are_numbered_from_0_for_each_customer(name: str, canonical: str) -> None:
    log = made(**SCATTERED, **{canonical: NAMES})
    assert log.columns[name].tolist() == [0, 0, 1, 0, 1, -1, 0]
    assert log.names["category"].to_pylist() == []
    sizes = dict.fromkeys(KEYS, 1) | {"order": 4} | {name: 2}
    assert dict(zip(KEYS, log.sizes.tolist(), strict=True)) == sizes


def test_categories_are_the_same_for_all_customers() -> None:
    log = made(**SCATTERED, category=NAMES)
    assert log.names["category"].to_pylist() == ["x", "y", "z"]
    assert log.columns["category"].tolist() == [1, 1, 0, 0, 2, -1, 0]
    assert log.sizes.tolist()[list(KEYS).index("category")] == 3


def test_the_places_of_categories_are_those_of_their_sorted_names() -> None:
    log = made(occurred_at=DAYS, category=["b", None, "Z"])
    assert log.names["category"].to_pylist() == ["Z", "b"]
    assert log.columns["category"].tolist() == [1, -1, 0]
    assert made(category=["b", None, "Z", "é", "10", "9"]).names["category"].to_pylist() == ["10", "9", "Z", "b", "é"]


def test_without_orders_each_instant_of_a_customer_is_an_order() -> None:
    log = made(
        customer_id=["bob", "ann", "bob", "bob", "ann", "bob"],
        occurred_at=[
            "2017-03-02",
            "2017-03-02",
            "2017-03-01",
            "2017-03-02",
            "2017-03-01 00:00:00.000001",
            "2017-03-03",
        ],
    )
    assert log.columns["order"].tolist() == [0, 1, 0, 1, 1, 2]
    assert log.columns["order"].dtype == np.int32


def test_customers_are_sorted_as_text() -> None:
    log = made(customer_id=["b", "Z", "10", "9", "é", "a b", "007"], amount=[1, 2, 3, 4, 5, 6, 7])
    assert log.customers.to_pylist() == ["007", "10", "9", "Z", "a b", "b", "é"]
    assert log.columns["amount"].tolist() == [70_000, 30_000, 40_000, 20_000, 60_000, 10_000, 50_000]


@pytest.mark.parametrize("given", [int, float])
def test_ids_of_any_type_give_the_same_log(given: type) -> None:
    ids, baskets = [10, 9, 100, 9, 10], [3, 20, 3, 20, 1]
    text = made(customer_id=list(map(str, ids)), order_id=list(map(str, baskets)), amount=[1] * 5)
    other = made(customer_id=list(map(given, ids)), order_id=list(map(given, baskets)), amount=[1] * 5)
    assert text.customers.to_pylist() == ["10", "100", "9"]
    assert other.digest == text.digest


def test_columns_that_a_dataset_lacks_are_empty() -> None:
    log = made(occurred_at=["2017-03-01", "2017-03-02"])
    assert {name: column.size for name, column in log.columns.items()} == {
        name: 2 if name in {"time", "day", "hour", "code", "order"} else 0 for name in STORED
    }
    assert log.sizes.tolist() == [2 if key == "order" else 1 for key in KEYS]


def test_a_kind_without_a_column_of_the_others_has_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("client,at,paid,basket\nann,2017-03-01,5,b1\n")
    (tmp_path / "mail.csv").write_text("client,at\nann,2017-03-02\n")
    sales = {"path": "sales.csv", "columns": {"amount": "paid", "order_id": "basket"}}
    log = intake.take(business(tmp_path, sales, {"path": "mail.csv", "event": "contact"})).log
    assert (log.columns["amount"].tolist(), log.columns["order"].tolist()) == ([50_000, 0], [0, -1])


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_days_are_calendar_days_of_the_zone(zone: str) -> None:
    log = made(zone, occurred_at=["2017-03-01 00:00", "2017-03-01 23:59:59", "2017-03-02 00:00"])
    assert log.columns["day"].tolist() == [17_226, 17_226, 17_227]


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_cannot_be_written(name: str) -> None:
    log = made(**FULL)
    assert log.columns[name].size == 5
    with pytest.raises(ValueError, match="read-only"):
        log.columns[name][0] = 0


def test_the_digest_is_that_of_the_content() -> None:
    assert made(**FULL).digest == made(**FULL).digest
    reordered = {name: [column[i] for i in (2, 0, 4, 3, 1)] for name, column in FULL.items()}
    assert made(**reordered).digest == made(**FULL).digest


@pytest.mark.parametrize(
    ("column", "row", "value"),
    [
        ("customer_id", 0, "ann"),
        ("occurred_at", 1, "2017-03-02 12:00:00.000001"),
        ("event", 0, "redemption"),
        ("amount", 0, 1.01),
        ("quantity", 2, 2.001),
        ("discount", 1, 0.51),
        ("discount", 3, 0.01),
        ("order_id", 0, "o1"),
        ("product_id", 3, "milk"),
        ("category", 2, "food"),
        ("store_id", 3, "s1"),
        ("campaign_id", 4, None),
        ("recorded_at", 0, "2017-03-04 00:00:01"),
        ("score", 0, 9.000_001),
        ("score", 1, 0),
        ("duration", 0, 0),
        ("until", 0, "2018-01-01 00:00:00.000001"),
        ("until", 1, "1970-01-01"),
    ],
)
def test_the_digest_changes_with_any_value(column: str, row: int, value: str | float | None) -> None:
    changed = list(FULL[column])
    assert changed[row] != value
    changed[row] = value
    assert made(**FULL | {column: changed}).digest != made(**FULL).digest


def test_the_digest_changes_with_the_name_of_a_customer_and_with_the_zone() -> None:
    renamed = [name.replace("bob", "bobby") for name in FULL["customer_id"]]
    assert made(**FULL | {"customer_id": renamed}).digest != made(**FULL).digest
    assert made("Europe/London", **FULL).digest != made("UTC", **FULL).digest  # the same instants in March


def test_the_digest_changes_with_the_name_of_a_category() -> None:
    renamed = [name and name.replace("home", "house") for name in FULL["category"]]  # in the same place
    assert made(**FULL | {"category": renamed}).digest != made(**FULL).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"product_id": ["x", "y"]}, {"store_id": ["x", "y"]}),
        ({"amount": [0, 1], "order_id": ["a", "b"]}, {"discount": [0, 0], "order_id": ["a", "b"]}),
        ({"quantity": [0, 0]}, {"amount": [0, 0]}),
        ({"quantity": [0, 0]}, {"recorded_at": ["1970-01-01"] * 2}),
        ({}, {"order_id": ["a", "b"], "product_id": [None, None]}),
    ],
)
def test_the_digest_tells_the_columns_apart(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> None:
    times = ["2017-03-01", "2017-03-02"]
    assert made(occurred_at=times, **one).digest != made(occurred_at=times, **other).digest


def test_an_event_more_or_less_changes_the_digest() -> None:
    assert made(amount=[1, 1]).digest != made(amount=[1]).digest


def test_the_keys_of_customers_do_not_depend_on_their_names_or_the_order_of_rows() -> None:
    log = made(**FULL)
    assert log.keys.shape == (2, 2)
    assert len(set(log.keys.ravel().tolist())) == 4
    other = made(**FULL | {"customer_id": [{"ann": "zoe", "bob": "al"}[name] for name in FULL["customer_id"]]})
    assert other.customers.to_pylist() == ["al", "zoe"]
    assert other.keys[::-1].tolist() == log.keys.tolist()
    reordered = {name: [column[i] for i in (4, 3, 2, 1, 0)] for name, column in FULL.items()}
    assert made(**reordered).keys.tolist() == log.keys.tolist()


def test_codes_of_other_customers_do_not_change_the_keys() -> None:
    alone = made(product_id=["soap", "milk"], category=["home", "food"])
    beside = made(
        customer_id=["zoe", "ann", "ann"], product_id=["beer", "soap", "milk"], category=["drink", "home", "food"]
    )
    assert beside.keys[:1].tolist() == alone.keys.tolist()


@pytest.mark.parametrize(
    ("row", "column", "value", "first"),
    [
        (0, "amount", 5, True),
        (0, "product_id", "salt", True),
        (1, "amount", 5, False),
        (2, "occurred_at", "2017-03-04", False),
    ],
)
def test_the_first_key_tells_the_first_event_and_the_second_all(row: int, column: str, value: Any, first: bool) -> None:
    rows: dict[str, list[Any]] = {
        "occurred_at": ["2017-03-01", "2017-03-02", "2017-03-03"],
        "amount": [1, 2, 3],
        "product_id": ["milk", "soap", "milk"],
    }
    changed = {**rows, column: [*rows[column][:row], value, *rows[column][row + 1 :]]}
    then, now = made(**rows).keys[0].tolist(), made(**changed).keys[0].tolist()
    assert (then[0] != now[0], then[1] != now[1]) == (first, True)


def test_of_several_first_events_it_does_not_matter_which_comes_first_in_the_source() -> None:
    one = made(occurred_at=["2017-03-01"] * 3, event=["purchase", "purchase", "contact"], amount=[1, 2, 0])
    other = made(occurred_at=["2017-03-01"] * 3, event=["contact", "purchase", "purchase"], amount=[0, 2, 1])
    assert one.keys.tolist() == other.keys.tolist()


def test_which_product_an_event_is_about_stands_beside_the_kernels_codes() -> None:
    log = made(
        customer_id=["ann", "ann", "bob", "bob"],
        occurred_at=["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-02"],
        event=["purchase"] * 4,
        product_id=["9", None, "10", "9"],
    )
    assert log.names["product"].to_pylist() == ["10", "9"]
    assert log.columns["product_id"].tolist() == [1, -1, 0, 1]
    assert log.columns["product_id"].dtype == np.int32
    assert log.columns["product"].tolist() == [0, -1, 0, 1]


def test_of_which_campaign_an_event_is_stands_beside_the_kernels_codes() -> None:
    log = made(
        customer_id=["ann", "bob", "bob"],
        occurred_at=["2017-03-01", "2017-03-01", "2017-03-02"],
        campaign_id=["winter", None, "spring"],
    )
    assert log.names["campaign"].to_pylist() == ["spring", "winter"]
    assert log.columns[CAMPAIGN].tolist() == [1, -1, 0]
    assert log.columns["campaign"].tolist() == [0, -1, 0]


@pytest.mark.parametrize("positions", [[0], [1], [2, 0], [0, 1, 2], [1, 1]])
def test_pick_returns_the_customers_in_the_order_given(positions: list[int]) -> None:
    log = made(
        customer_id=["cid", "bob", "ann", "bob"], amount=[1, 2, 3, 4], order_id=["x", "y", None, "z"], discount=[0] * 4
    )
    few = pick(log, positions)
    amounts = {0: [30_000], 1: [20_000, 40_000], 2: [10_000]}
    orders = {0: [-1], 1: [0, 1], 2: [0]}
    assert few.customers.to_pylist() == [["ann", "bob", "cid"][position] for position in positions]
    assert few.columns["amount"].tolist() == [amount for position in positions for amount in amounts[position]]
    assert few.columns["order"].tolist() == [order for position in positions for order in orders[position]]
    assert np.diff(few.offsets).tolist() == [len(amounts[position]) for position in positions]
    assert few.columns["quantity"].size == 0
    assert {name: column.dtype for name, column in few.columns.items()} == {
        name: column.dtype for name, column in log.columns.items()
    }


def test_a_picked_customer_is_as_if_alone(log: Log, part: Path) -> None:
    position = 7
    customer = log.customers[position].as_py()
    events = shop.events(dataset.load(str(part))).events
    alone = shop.log(events.filter(pc.equal(events["customer_id"].cast(pa.string()), customer)), log.zone)
    assert len(alone) > 100
    picked = pick(log, [position])
    assert picked.names["category"].equals(log.names["category"])
    for name in COLUMNS:
        if name != "category":
            assert picked.columns[name].tolist() == alone.columns[name].tolist()
    names = [
        [found.names["category"][code].as_py() if code >= 0 else None for code in found.columns["category"].tolist()]
        for found in (picked, alone)
    ]
    assert names[0] == names[1]


def test_pick_of_none_is_a_log_without_events() -> None:
    none = pick(made(**FULL), [])
    assert (len(none), none.customers.to_pylist(), none.offsets.tolist()) == (0, [], [0])
    assert all(column.size == 0 for column in none.columns.values())
    assert none.known_before(2**62).size == 0


@pytest.mark.parametrize(
    ("moment", "known"),
    [
        ("2017-03-01T09:00:00Z", []),
        ("2017-03-01T09:00:00.000001Z", [1]),
        ("2017-03-02T12:00:00Z", [1]),
        ("2017-03-02T12:00:00.000001Z", [0, 1]),
        ("2018-01-01", [0, 1]),
    ],
)
def test_a_customer_is_known_after_the_first_event(moment: str, known: list[int]) -> None:
    on_time = {name: column for name, column in FULL.items() if name != "recorded_at"}
    assert made(**on_time).known_before(clock.parse(moment, ZoneInfo("UTC"))).tolist() == known


@pytest.mark.parametrize(("moment", "known"), [("2017-03-04", []), ("2017-03-04T00:00:00.000001Z", [0, 1])])
def test_a_customer_is_not_known_before_a_row_has_arrived(moment: str, known: list[int]) -> None:
    assert made(**FULL).known_before(clock.parse(moment, ZoneInfo("UTC"))).tolist() == known


QUOTES = ("custom:call back", "custom:quote_asked")


def of_own(*events: str, kinds: tuple[str, ...] = (*KINDS, *QUOTES)) -> Log:
    """Return the log of events of some kinds at one instant, the first of them at a discount."""
    columns = {"customer_id": ["ann"] * len(events), "occurred_at": ["2017-03-01"] * len(events), "event": events}
    few = intake.of_rows(columns | {"discount": [1, *[0] * (len(events) - 1)]}, "UTC", kinds)
    assert few.log is not None
    return few.log


def test_a_kind_of_its_own_comes_after_those_that_are_known() -> None:
    log = of_own("custom:quote_asked", "custom:call back", "subscription_ended", "purchase")
    assert [log.kinds[code % DISCOUNTED] for code in log.columns["code"].tolist()] == [
        "purchase", "subscription_ended", "custom:call back", "custom:quote_asked",
    ]  # fmt: skip
    assert log.columns["code"].tolist() == [0, len(KINDS) - 1, len(KINDS), len(KINDS) + 1 + DISCOUNTED]


def test_the_digest_knows_kinds_of_its_own_by_name_and_not_by_code() -> None:
    log = of_own("custom:quote_asked", "purchase")
    alone = of_own("custom:quote_asked", "purchase", kinds=(*KINDS, "custom:quote_asked"))
    assert log.columns["code"].tolist() != alone.columns["code"].tolist()
    assert log.digest == alone.digest
    other = of_own("custom:quote_sent", "purchase", kinds=(*KINDS, "custom:quote_sent"))
    assert other.columns["code"].tolist() == alone.columns["code"].tolist()
    assert other.digest != alone.digest


def test_codes_are_those_of_whoever_asks() -> None:
    log = of_own("purchase", "custom:call back", "custom:quote_asked", "coupon")
    own = len(KINDS)
    assert recoded(log, log.kinds) is log.columns["code"]
    assert recoded(log, KINDS) is log.columns["code"]  # whose masks hold no kind behind those that it knows
    assert log.columns["code"].tolist() == [0 + DISCOUNTED, KINDS.index("coupon"), own, own + 1]
    asked = (*KINDS, "custom:quote_asked")
    assert recoded(log, asked).tolist() == [0 + DISCOUNTED, KINDS.index("coupon"), NO_SELECTION, own]


def test_what_release_0_1_0_knew_has_the_content_that_it_had() -> None:
    # Its codes had room for 32 kinds: a purchase at a discount was 32, and so it counts still.
    counts = _in_content((*KINDS, *QUOTES))
    assert counts[[0, 13, DISCOUNTED, DISCOUNTED + 13]].tolist() == [0, 13, 32, 45]
    codes = np.arange(len(KINDS) + 2)
    assert np.unique(counts[np.concatenate([codes, codes + DISCOUNTED])]).size == 2 * codes.size


def test_numbers_that_no_source_gives_leave_the_digest_as_it_is() -> None:
    # The digest of release 0.2.0 before it knew scores, of the very same rows.
    old = {name: column for name, column in FULL.items() if name not in {"score", "duration", "until"}}
    assert made(**old).digest == "1d925ef89b1d89f9"
