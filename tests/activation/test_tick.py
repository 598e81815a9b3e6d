"""One tick, as cron makes it: what is due is decided in the ledger, and sent."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from activation import ledger
from activation import tick as command
from activation.workflows import flow
from features import clock, settings
from features import dataset as datasets
from features.consent import secret
from features.dataset import AttributeTable, Dataset
from features.log.store import opened
from tests.activation.workflows.shop import CART, SECRET, Crm, business, cart, crm, post
from tests.conftest import homed, run_here


@pytest.fixture
def vendor(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crm]:
    """Return a vendor, with a home of its own."""
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path / "home", database)))
    monkeypatch.setenv("HABITUS_CRM_SECRET", SECRET)
    monkeypatch.setenv(secret.KEY, "the key of the tests of workflows")
    with crm() as found:
        yield found


def tick(folder: Path, now: str, *more: str) -> str:
    """Tick at a moment, and return what was said."""
    done = run_here("activation.tick", "--dataset", str(folder / "flowshop.toml"), "--now", now, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def decided(name: str = "flowshop") -> dict[str, str]:
    """Return by customer what was decided last."""
    with ledger.opened(name, flow.TABLES) as connection:
        return dict(connection.execute("SELECT customer, verdict FROM decided ORDER BY due"))


def test_a_cart_that_was_left_is_told_of_once(vendor: Crm, tmp_path: Path) -> None:
    shop = business(tmp_path, vendor.url, rows="bob,2026-03-02T05:00:00Z,cart,20,,9\n")
    post(shop, cart("ann", "2026-03-02T05:30:00Z", amount=12.5), cart("ann", "2026-03-02T05:31:00Z"))
    tick(tmp_path, "2026-03-02T09:00:00Z")
    assert vendor.told == [("bob@example.org", "left")]
    said = tick(tmp_path, "2026-03-02T10:00:00Z")
    assert vendor.told[1:] == [("ann@example.org", "left")]
    assert "1 send" in said
    assert "crm: 1 done" in said
    assert vendor.bodies[1]["data"][0]["fields"] == {"amount": 12.5, "country": "FR"}
    assert "nothing is due" in tick(tmp_path, "2026-03-02T10:30:00Z")
    assert len(vendor.told) == 2


def test_who_bought_since_and_who_does_not_allow_it_are_told_nothing(vendor: Crm, tmp_path: Path) -> None:
    shop = business(tmp_path, vendor.url, consents="eve,no,2026-01-01\n")
    post(shop, *(cart(one, "2026-03-02T05:00:00Z") for one in ("ann", "bob", "eve")))
    post(shop, cart("ann", "2026-03-02T06:00:00Z", "purchase", amount=3))
    said = tick(tmp_path, "2026-03-02T10:00:00Z")
    assert vendor.told == [("bob@example.org", "left")]
    assert decided() == {"ann": "exited", "bob": "send", "eve": "refused"}
    assert "mail is not allowed" in said


def test_what_was_withdrawn_between_the_plan_and_the_sending_is_not_sent(vendor: Crm, tmp_path: Path) -> None:
    shop = business(tmp_path, vendor.url)
    post(shop, *(cart(one, "2026-03-02T05:00:00Z") for one in ("ann", "bob", "eve")))
    tick(tmp_path, "2026-03-02T09:00:00Z", "--plan")
    assert not vendor.bodies
    assert set(decided().values()) == {"send"}
    with (tmp_path / "consents.csv").open("a", encoding="utf-8") as file:
        file.write("ann,no,2026-03-02\n")
    post(shop, cart("bob", "2026-03-02T09:10:00Z", "purchase", amount=3))
    said = tick(tmp_path, "2026-03-02T09:30:00Z")
    assert vendor.told == [("eve@example.org", "left")]
    assert "does not allow the purpose mail" in said
    assert "purchase happened before it was sent" in said


def test_what_cannot_be_sent_now_is_sent_by_the_next_tick_or_expires(vendor: Crm, tmp_path: Path) -> None:
    quick = CART.replace('reentry = "7d"', 'reentry = "7d"\nmax_lateness = "2h"')
    shop = business(tmp_path, vendor.url, more=quick)
    post(shop, cart("ann", "2026-03-02T05:00:00Z"), cart("bob", "2026-02-20T05:00:00Z"))
    said = tick(tmp_path, "2026-03-02T09:30:00Z", "--plan")
    assert "1 expired" not in said.partition("bob")[0] or decided()["ann"] == "send"
    assert "bob" not in decided()  # over a week too late is not even told
    tick(tmp_path, "2026-03-02T15:00:00Z")
    assert not vendor.bodies


def test_a_contact_is_an_event_of_the_customer_once(vendor: Crm, tmp_path: Path) -> None:
    shop = business(tmp_path, vendor.url)
    post(shop, cart("ann", "2026-03-02T05:00:00Z"))
    tick(tmp_path, "2026-03-02T09:30:00Z")
    tick(tmp_path, "2026-03-02T09:40:00Z")
    store = opened.live(shop.name)
    try:
        own = [json.loads(one.event) for one in store.of(["ann"])["ann"]]
    finally:
        store.close()
    (contact,) = (one for one in own if one["event"] == "contact")
    assert contact["campaign_id"] == "workflow:cart"
    assert contact["event_id"].startswith("outbox:")


def test_birthdays_silence_and_the_next_step_come_from_what_is_stored(vendor: Crm, tmp_path: Path) -> None:
    more = """
[workflows.birthday]
like = "birthday"
holdout = 0
action = { destination = "crm" }
[workflows.after]
trigger = { done = "birthday" }
wait = "2h"
purpose = "mail"
action = { destination = "crm", event = "gift" }
[workflows.back]
trigger = { silence = "purchase", for = "90d" }
purpose = "mail"
action = { destination = "crm", event = "back" }
"""
    business(tmp_path, vendor.url, more=more)
    tick(tmp_path, "2026-03-02T09:30:00Z")
    assert sorted(vendor.told) == [
        ("ann@example.org", "back"),  # 90 days after 1 December
        ("ann@example.org", "birthday"),
        ("eve@example.org", "birthday"),
    ]
    tick(tmp_path, "2026-03-02T11:40:00Z")
    assert sorted(vendor.told[3:]) == [
        ("ann@example.org", "gift"),
        ("bob@example.org", "back"),
        ("eve@example.org", "gift"),
    ]


def test_a_condition_turns_between_two_ticks(vendor: Crm, tmp_path: Path) -> None:
    more = """
[workflows.more]
trigger = { enters = "count('cart_abandon', 28) >= 1" }
only_if = "attribute.country == 'FR'"
purpose = "mail"
action = { destination = "crm", event = "more" }
"""
    shop = business(tmp_path, vendor.url, rows="eve,2026-03-01T05:00:00Z,cart,1,,9\n", more=more)
    tick(tmp_path, "2026-03-02T09:00:00Z")
    assert not vendor.told  # who is inside at the first tick did not enter
    post(shop, *(cart(one, "2026-03-02T09:10:00Z") for one in ("ann", "bob", "eve")))
    tick(tmp_path, "2026-03-02T09:20:00Z")
    assert vendor.told == [("ann@example.org", "more")]
    assert decided() == {"ann": "send", "bob": "unmet"}
    tick(tmp_path, "2026-03-02T09:30:00Z")
    assert len(vendor.told) == 1


def test_a_refusal_of_the_vendor_is_told_and_the_status_says_so(vendor: Crm, tmp_path: Path) -> None:
    shop = business(tmp_path, vendor.url)
    post(shop, cart("ann", "2026-03-02T05:00:00Z"))
    vendor.status = 400
    done = run_here("activation.tick", "--dataset", str(tmp_path / "flowshop.toml"), "--now", "2026-03-02T09:30:00Z")
    assert done.returncode == 3
    assert "failed" in done.stdout


def test_a_now_far_from_the_clock_sends_nothing_to_anybody_real(vendor: Crm, tmp_path: Path) -> None:
    shop = business(tmp_path, "https://crm.example/hook")
    assert vendor.url
    post(shop, cart("ann", "2026-03-02T05:00:00Z"))
    toml, now = str(tmp_path / "flowshop.toml"), "2026-03-02T09:30:00Z"
    done = run_here("activation.tick", "--dataset", toml, "--now", now)
    assert (done.returncode, "minutes off the clock, and crm would really be sent to" in done.stderr) == (2, True)
    assert not decided()
    assert "1 send" in tick(tmp_path, now, "--plan")


def test_throttles_are_counted_by_the_true_time_whatever_now_says(vendor: Crm, tmp_path: Path) -> None:
    shop = business(tmp_path, vendor.url)
    post(shop, cart("ann", "2027-03-02T05:00:00Z"))
    tick(tmp_path, "2027-03-02T09:30:00Z")
    assert len(vendor.told) == 1
    files = list((settings.outbox("any").parent / "accounts").iterdir())
    moments = [int(at) for file in files for at in np.frombuffer(file.read_bytes(), "<i8")[::3]]
    assert len(moments) == 1
    assert abs(moments[0] - clock.now()) < clock.HOUR


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "workflows: got none"),
        (CART.replace("exit_on", "only_if = \"segment.rfm == 'x'\"\nexit_on"), "workflows.cart.only_if: segments need"),
        (CART.replace("exit_on", 'only_if = "nonsense > 1"\nexit_on'), "workflows.cart.only_if: there is no feature"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(vendor: Crm, tmp_path: Path, more: str, said: str) -> None:
    business(tmp_path, vendor.url, more=more)
    done = run_here("activation.tick", "--dataset", str(tmp_path / "flowshop.toml"))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_workflows_are_drawn(vendor: Crm, tmp_path: Path) -> None:
    business(tmp_path, vendor.url)
    drawn = tick(tmp_path, "2026-03-02T09:30:00Z", "--show").splitlines()
    assert drawn[0] == "flowchart LR"
    assert '    cart_begins -->|"4h later"| cart' in drawn
    assert not settings.outbox("flowshop").exists()


MESSAGE = """
[workflows.cart]
trigger = { event = "cart_abandon" }
wait = "4h"
reentry = "1h"
purpose = "mail"
action = { destination = "crm", message = "still", offer = "five", with = ["amount"] }
[messages.still]
subject = { en = "Hello {country}", fr = "Salut {country}" }
body = { en = "<b>{offer_value} off: {offer_code}, {products|for you}</b>", fr = "{offer_value}: {offer_code}" }
[messages.still.variants.short]
subject = { en = "Short" }
body = { en = "{country}: {offer_code}" }
[offers.five]
value = 5
codes = "codes.txt"
"""


def told(folder: Path, url: str, codes: str) -> Dataset:
    """Return a shop that tells a message with codes, in the language of people; of bob the country is not known."""
    (folder / "codes.txt").write_text(codes, encoding="utf-8")
    business(folder, url, more=MESSAGE)
    toml = folder / "flowshop.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace('country = "country"', 'country = "country", language = "tongue"'), encoding="utf-8")
    people = "client,email,born,country,tongue\nann,ann@example.org,1990-03-02,F&R,fr_FR\n"
    people += "bob,bob@example.org,1988-02-29,,en\neve,eve@example.org,1999-03-02,FR,\n"
    (folder / "people.csv").write_text(people, encoding="utf-8")
    return datasets.load(str(toml))


def test_a_message_is_told_filled_with_a_code_that_is_given_once(vendor: Crm, tmp_path: Path) -> None:
    shop = told(tmp_path, vendor.url, "A1\nA2\n")
    post(shop, *(cart(one, "2026-03-02T05:00:00Z", amount=7) for one in ("ann", "bob", "eve")))
    said = tick(tmp_path, "2026-03-02T09:30:00Z")
    assert decided() == {"ann": "send", "bob": "lacking", "eve": "send"}
    assert "lacking: 1: something that the message tells is not known" in said
    rows = {one["identifier"]["email"]: one for body in vendor.bodies for one in body["data"]}
    assert {one["event"] for one in rows.values()} == {"still"}
    fields = {who.partition("@")[0]: one["fields"] for who, one in rows.items()}
    assert {one["offer_code"] for one in fields.values()} == {"A1", "A2"}
    assert all(one["amount"] == 7 for one in fields.values())
    code = {name: one["offer_code"] for name, one in fields.items()}
    expected = {
        ("ann", "main"): ("fr", "Salut F&R", f"5: {code['ann']}"),
        ("ann", "short"): ("en", "Short", f"F&amp;R: {code['ann']}"),
        ("eve", "main"): ("en", "Hello FR", f"<b>5 off: {code['eve']}, for you</b>"),
        ("eve", "short"): ("en", "Short", f"FR: {code['eve']}"),
    }
    for name, one in fields.items():
        assert (one["language"], one.get("subject"), one["body"]) == expected[name, one["arm"]]
    with ledger.opened("flowshop", flow.TABLES) as connection:
        arms = dict(connection.execute("SELECT customer, arm FROM assigned WHERE unit = 'workflow:cart'"))
    assert arms == {name: one["arm"] for name, one in fields.items()}


def test_without_a_code_nothing_is_sent_and_who_has_one_is_told_the_same_until_it_is_used(
    vendor: Crm, tmp_path: Path
) -> None:
    shop = told(tmp_path, vendor.url, "A1\n")
    post(shop, *(cart(one, "2026-03-02T05:00:00Z") for one in ("ann", "eve")))
    assert "lacking: 1: no code of the offer is left" in tick(tmp_path, "2026-03-02T09:10:00Z")
    (first,) = (who for who, verdict in decided().items() if verdict == "send")
    assert decided()["eve" if first == "ann" else "ann"] == "lacking"
    post(shop, cart(first, "2026-03-02T07:00:00Z"))
    tick(tmp_path, "2026-03-02T11:10:00Z")
    codes = [one["fields"]["offer_code"] for body in vendor.bodies for one in body["data"]]
    assert codes == ["A1", "A1"]
    post(shop, cart(first, "2026-03-02T11:20:00Z", "redemption", campaign_id="A1"))
    post(shop, cart(first, "2026-03-02T11:30:00Z"))
    assert "lacking: 1: no code of the offer is left" in tick(tmp_path, "2026-03-02T15:40:00Z")
    assert len(vendor.bodies) == 2


def test_a_message_that_tells_of_an_offer_needs_one(vendor: Crm, tmp_path: Path) -> None:
    business(tmp_path, vendor.url, more=MESSAGE.replace(', offer = "five"', ""))
    done = run_here("activation.tick", "--dataset", str(tmp_path / "flowshop.toml"))
    assert done.returncode == 2
    assert "workflows.cart.action.offer: got none, and messages.still tells offer_code" in done.stderr


def test_permissions_that_are_elsewhere_are_not_followed() -> None:
    business = datasets.load("online_retail_ii")
    table = AttributeTable("table:people", {"customer_id": "id"})
    command._near_by(business)
    with pytest.raises(ValueError, match=r"FOLLOW: table:people is read once, when it starts: run `make tick`"):
        command._near_by(msgspec.structs.replace(business, attributes=(table,)))
