"""Prepared: each step of the way down bites, the numbers are those counted by hand, and one person is told where."""

from collections.abc import Callable
from typing import Any

import pytest

from activation.assignment.bucket import bucket
from activation.audiences import codes, told, waterfall
from activation.audiences.frozen import Step
from activation.destinations import destination as destinations
from features.dataset import Dataset
from tests.activation.audiences.conftest import candidates, prepared
from tests.activation.destinations import example
from tests.features.shop import made

MORE = """
[audiences]
priority = ["best", "win_back"]
cap = { contacts = 2, days = 7 }
[audiences.best]
where = "spend_84d > 100"
purpose = "mail"
[audiences.win_back]
where = "spend_84d > 1"
purpose = "mail"
limit = 5
message = "hello"
offer = "five"
holdout = 0.3
[messages.hello]
subject = { en = "Hello {first_name}", fr = "Bonjour {first_name}" }
body = { en = "<b>{first_name}</b>: {products} {{by}} {offer_code}", fr = "{first_name} : {offer_code}" }
[offers.five]
codes = "codes.txt"
"""
Make = Callable[[str], Dataset]


def _held(customer: str) -> bool:
    return bucket("audience:win_back:holdout", customer) < 0.3


FREE = [f"c{number}" for number in range(100) if not _held(f"c{number}")]
HELD = [f"c{number}" for number in range(100) if _held(f"c{number}")]
A, B, C, D, E, F, G, H, Q, J, K, L, M = FREE[:13]
"""Of whom one falls out at each step, and three are members."""
ROWS = (
    (A, None, "Ann", None, 99.0, None),  # no address
    (B, "  ", "Ann", None, 98.0, None),
    (C, "c@x.org", "Cleo", "fr-CA", 97.0, None),  # a member
    (D, " C@X.org ", "Dan", None, 96.0, None),  # the address of the one before
    (E, "e@x.org", "Eve", None, 95.0, None),  # did not allow it
    (F, "f@x.org", "Flo", None, 94.0, "best"),
    (HELD[0], "h0@x.org", "Hal", None, 93.0, None),
    (G, "g@x.org", "Gus", None, 92.0, None),  # was reached twice
    (H, "no address", "Hob", None, 91.0, None),
    (Q, "i@x.org", None, None, 90.0, None),  # has no first name
    (J, "j@x.org", '<Jo> "O\'Neil"\n=1+1', "de", 89.0, None),  # a member, with no text in German
    (K, "k@x.org", "Zoë 🙂", None, 88.0, None),  # a member
    (L, "l@x.org", "Lu", None, 87.0, None),  # gets no code
    (M, "m@x.org", "Mo", None, None, None),  # nothing is known of what they are ordered by: gets no code either
    (FREE[13], "n@x.org", "Nan", None, 1.0, None),
)
ALLOWED = [row[0] for row in ROWS if row[0] != E]
STEPS = [
    ("in the rule", 15),
    ("with the identifier", 13),
    ("unique", 12),
    ("allowed for mail", 11),
    ("outside exclusions", 10),
    ("outside hold-outs", 9),
    ("outside caps", 8),
    ("valid for the destination", 7),
    ("with all that the message tells", 6),
    ("among the first 5", 5),
    ("with a code", 3),
]


@pytest.fixture
def shop(make: Make, tmp_path: Any) -> Dataset:
    """Return the shop, with three codes."""
    (tmp_path / "codes.txt").write_text("X1\nX2\n\nX1\nX3\n", encoding="utf-8")
    return make(MORE)


def test_each_step_bites_once_and_the_last_number_is_who_is_sent_something(shop: Dataset, connection: Any) -> None:
    way = prepared(shop, "win_back", candidates(*ROWS), connection, ALLOWED, {G: 2, C: 1})
    assert [(step.name, step.left) for step in way.waterfall.steps] == STEPS
    assert way.members["customer_id"].to_pylist() == [C, J, K]
    assert way.members["offer_code"].to_pylist() == ["X1", "X2", "X3"]
    assert way.members["subject"].to_pylist() == ["Bonjour Cleo", 'Hello <Jo> "O\'Neil" =1+1', "Hello Zoë 🙂"]
    assert way.members["body"].to_pylist() == [
        "Cleo : X1",
        "<b>&lt;Jo&gt; &quot;O&#x27;Neil&quot; =1+1</b>: wine, a&lt;b {by} X2",
        "<b>Zoë 🙂</b>: wine, a&lt;b {by} X3",
    ]


@pytest.mark.parametrize(
    ("customer", "said"),
    [
        (A, "with the identifier: no, no email is known of them"),
        (D, "unique: no, another customer of the same email comes before them"),
        (E, "allowed for mail: no, they do not allow it now, or nothing is known of it"),
        (F, "outside exclusions: no, they are in the rule of best"),
        (HELD[0], "outside hold-outs: no, chance left them alone"),
        (G, "outside caps: no, they were reached often enough"),
        (H, "valid for the destination: no, their email is none"),
        (Q, "with all that the message tells: no, something that it tells is not known of them"),
        (M, "among the first 5: no, others come before them"),
        (L, "with a code: no, no code of the offer is left, or they used theirs"),
        (C, ""),
    ],
)
def test_where_one_person_fell_out_is_told(shop: Dataset, connection: Any, customer: str, said: str) -> None:
    way = prepared(shop, "win_back", candidates(*ROWS), connection, ALLOWED, {G: 2}, keep=False)
    assert way.waterfall.why(customer) == said


def test_a_code_is_given_once_the_same_again_and_to_nobody_else(shop: Dataset, connection: Any) -> None:
    looked = prepared(shop, "win_back", candidates(*ROWS), connection, ALLOWED, {G: 2}, keep=False)
    assert connection.execute("SELECT count(*) FROM codes").fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM assigned").fetchone() == (0,)
    first = prepared(shop, "win_back", candidates(*ROWS), connection, ALLOWED, {G: 2})
    assert first.members.equals(looked.members)
    again = prepared(shop, "win_back", candidates(*reversed(ROWS)), connection, ALLOWED, {G: 2})
    assert again.members.equals(first.members)
    connection.execute("DELETE FROM codes WHERE customer = ?", (J,))  # who is forgotten is given another, or none
    forgotten = prepared(shop, "win_back", candidates(*ROWS), connection, ALLOWED, {G: 2})
    assert forgotten.members["customer_id"].to_pylist() == [C, K]
    assert forgotten.members["offer_code"].to_pylist() == ["X1", "X3"]


def test_a_code_that_was_redeemed_is_given_to_nobody(shop: Dataset, connection: Any) -> None:
    first = prepared(shop, "win_back", candidates(*ROWS), connection, ALLOWED, {G: 2}, used=["X2", "other"])
    assert dict(zip(*(first.members[name].to_pylist() for name in ("customer_id", "offer_code")), strict=True)) == {
        C: "X1",
        J: "X3",
    }
    later = prepared(shop, "win_back", candidates(*ROWS), connection, ALLOWED, {G: 2}, used=["X1", "X2"])
    assert later.members["customer_id"].to_pylist() == [J]
    assert later.waterfall.why(C) == "with a code: no, no code of the offer is left, or they used theirs"


def test_a_code_is_one_person_s_whatever_the_offer_is_called(connection: Any) -> None:
    offer, every = codes.Offer(codes="codes.txt"), ["X1", "X2", "X3"]
    assert codes.given(connection, "five", offer, every, ["a", "b"], 1, keep=True) == ["X1", "X2"]
    assert codes.given(connection, "six", offer, every, ["c", "d"], 2, keep=True) == ["X3", None]


def test_what_was_redeemed_is_the_campaign_of_such_an_event() -> None:
    log = made(
        "UTC",
        customer_id=["a", "a", "b", "b"],
        event=["redemption", "contact", "coupon", "redemption"],
        campaign_id=["X1", "X2", "X3", None],
    )
    assert codes.redeemed(log) == {"X1", "X3"}
    assert codes.redeemed(made("UTC", customer_id=["a"], event=["redemption"])) == set()


def test_who_could_not_be_sent_anything_is_in_no_log_of_chance(shop: Dataset, connection: Any) -> None:
    prepared(shop, "win_back", candidates(*ROWS), connection, ALLOWED, {G: 2})
    logged = {one for (one,) in connection.execute("SELECT customer FROM assigned")}
    assert logged == {C, HELD[0], G, J, K, L, M, FREE[13]}


def test_a_destination_says_which_identifiers_it_takes_and_which_are_one(make: Make, connection: Any) -> None:
    more = (
        MORE.replace('offer = "five"', 'destination = "crm"').replace(" {offer_code}", "").replace("{offer_code}", "")
    )
    shop = make(more + '[destinations.crm]\nkind = "klaviyo"\naudiences = { win_back = "L1" }\n')
    vendor = destinations.read(shop, "crm")
    assert vendor.identifier == "email"
    way = prepared(shop, "win_back", candidates(*ROWS), connection, ALLOWED, {G: 2}, vendor=vendor)
    assert [(one.name, one.left) for one in way.waterfall.steps][7:] == [
        ("valid for crm", 7),
        ("with all that the message tells", 6),
        ("among the first 5", 5),
    ]
    assert way.waterfall.why(H) == "valid for crm: no, their email is none"
    assert way.members["offer_code"].null_count == 5


@pytest.mark.parametrize("kind", example.TABLES)
def test_a_destination_of_every_kind_takes_who_a_sync_would_bring_there(make: Make, connection: Any, kind: str) -> None:
    shop = make('[audiences.win_back]\nwhere = "spend_84d > 1"\npurpose = "mail"\n')
    vendor = example.destination(kind, audiences={"win_back": example.KEYS.get(kind, "LIST1")})
    one, none = example.IDENTIFIERS[vendor.identifier].format(1), ""
    rows = ((A, one, "Ann", None, 2.0, None), (B, none, "Bob", None, 1.0, None))
    way = prepared(shop, "win_back", candidates(*rows), connection, [A, B], vendor=vendor)
    assert way.members["customer_id"].to_pylist() == [A], way.waterfall.why(A)


def test_an_audience_without_the_key_that_its_destination_needs_says_so(make: Make, connection: Any) -> None:
    shop = make('[audiences.win_back]\nwhere = "spend_84d > 1"\npurpose = "mail"\n')
    rows = ((A, "a@x.org", "Ann", None, 2.0, None),)
    way = prepared(shop, "win_back", candidates(*rows), connection, [A], vendor=example.destination("activecampaign"))
    assert way.waterfall.why(A).startswith("valid for the destination: no, key: ")


def test_only_what_is_asked_for_is_told_and_kept(shop: Dataset, connection: Any) -> None:
    from activation.audiences.declared import declared

    table = candidates(*ROWS)
    audience = declared(shop).by_name["win_back"]
    usual = told.telling(shop, "win_back", audience, (), table.schema)
    assert usual == ["segment_rfm", "action", "products", "subject", "body", "offer_code"]
    way = prepared(shop, "win_back", table, connection, ALLOWED, {G: 2})
    kept = told.kept(way.members, usual)
    assert " first_name" not in kept.schema.names
    assert "first_name" not in kept.schema.names
    assert told.kept(way.members, ["first_name"])["first_name"].to_pylist()[0] == "Cleo"


def test_counts_of_too_few_customers_are_told_as_one() -> None:
    steps = [Step("in the rule", 500), Step("unique", 497), Step("allowed", 400), Step("valid", 400)]
    assert waterfall.told(steps, 0) == [
        "       500  in the rule",
        "       497  unique  (-3)",
        "       400  allowed  (-97)",
        "       400  valid",
    ]
    assert waterfall.told(steps, 20) == [
        "       500  in the rule",
        "       400  unique, allowed  (-100)",
        "       400  valid",
    ]
    assert waterfall.told([Step("in the rule", 500), Step("unique", 8)], 20) == [
        "       500  in the rule",
        "unique: not told, of fewer than 20 customers it would be found out",
    ]
