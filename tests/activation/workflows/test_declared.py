"""What a dataset file may say of workflows."""

from typing import Any

import msgspec
import pytest

from activation.workflows import declared
from activation.workflows.workflow import Anniversary, Cap, Happened, Silence, Turned
from features.clock import DAY, HOUR
from features.consent.consent import Consent
from features.dataset import AttributeTable, Dataset, DatasetError, Source

SHOP = Dataset(
    name="shop",
    sources=(Source("a.csv", "purchase", {"customer_id": "a", "occurred_at": "b"}),),
    attributes=(AttributeTable("p.csv", {"customer_id": "a", "birthday": "b", "belief": "c", "language": "d"}),),
    destinations={"crm": {}},
    messages={"hello": {"body": {"en": "Hello"}}},
    offers={"five": {"code": "FIVE"}},
    consent=Consent({"profiling": "legitimate_interest", "mail": "consent"}, sensitive=("belief",)),
)
CRM = {"destination": "crm"}


def read(**workflows: dict[str, Any]) -> Any:
    """Return workflows of the shop."""
    return declared.declared(msgspec.structs.replace(SHOP, workflows=workflows))


@pytest.mark.parametrize("name", sorted(declared.shipped()))
def test_each_shipped_workflow_needs_nothing_but_a_destination(name: str) -> None:
    found = read(mine={"like": name, "action": CRM})["mine"]
    assert found.action.destination == "crm"
    assert found.quiet is not None
    assert found.purpose == "mail"


def test_what_a_file_says_goes_before_what_comes_along() -> None:
    found = read(cart={"like": "abandoned_cart", "action": CRM, "wait": "30m", "cap": {"days": 1}, "quiet": False})
    cart = found["cart"]
    assert (cart.wait, cart.cap, cart.quiet) == (HOUR // 2, Cap(2, DAY), None)
    assert (cart.action.event, cart.exit_on, cart.reentry) == ("abandoned_cart", ("purchase",), 7 * DAY)


def test_each_trigger_is_told_from_the_others() -> None:
    told = {
        "a": {"event": "cart_abandon", "where": {"channel": ["web", "app"], "category": "s"}},
        "b": {"leaves": "segment.rfm == 'lost'"},
        "c": {"date": "birthday", "at": "10:30"},
        "d": {"silence": "purchase", "for": "90d"},
    }
    found = read(
        **{name: {"trigger": one, "action": CRM | {"event": "e"}, "purpose": "mail"} for name, one in told.items()}
    )
    assert found["a"].trigger == Happened("cart_abandon", {"channel": ("web", "app"), "category": ("s",)})
    assert found["b"].trigger == Turned("segment.rfm == 'lost'", entering=False)
    assert isinstance(found["c"].trigger, Anniversary)
    assert found["d"].trigger == Silence("purchase", 90 * DAY)


def test_what_audiences_say_of_everything_holds_for_workflows() -> None:
    own = {"like": "abandoned_cart", "action": CRM}
    bare = {"trigger": {"event": "purchase"}, "purpose": "mail", "action": CRM | {"event": "e"}}
    said = {"cap": {"contacts": 3, "days": 7}, "holdout": 0.05}
    workflows = {"own": own, "bare": bare, "free": bare | {"cap": False}}
    found = declared.declared(msgspec.structs.replace(SHOP, workflows=workflows, audiences=said))
    assert [found[one].cap for one in ("own", "bare", "free")] == [Cap(2, 7 * DAY), Cap(3, 7 * DAY), None]
    assert {one.everywhere for one in found.values()} == {0.05}


EVENT = {"event": "e"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"like": "abandond_cart"}, "Did you mean 'abandoned_cart'"),
        ({"wait": "4 hours"}, "wait: got '4 hours'; a whole number with s, m, h, d or w"),
        ({"trigger": {"event": "cart_abandn"}}, "Did you mean 'cart_abandon'"),
        ({"trigger": {"event": "purchase", "silence": "purchase"}}, "got event, silence; one of"),
        ({"trigger": {"event": "purchase", "for": "1d"}}, "unknown key 'for'"),
        ({"trigger": {"date": "birthdy"}}, "Did you mean 'birthday'"),
        ({"trigger": {"done": "welcom"}}, "got 'welcom'"),
        ({"trigger": {"done": "mine"}}, "leads in a circle"),
        ({"trigger": {"event": "purchase", "where": {"chanel": "web"}}}, "Did you mean 'channel'"),
        ({"purpose": "email"}, "Did you mean 'mail'"),
        ({"purpose": ""}, "purpose: got ''"),
        ({"action": {"destination": "crn", "event": "e"}}, "Did you mean 'crm'"),
        ({"action": CRM}, "action.event: got nothing"),
        ({"action": CRM | EVENT | {"with": ["belief"]}}, "consent.sensitive"),
        ({"action": CRM | {"message": "helo"}}, "action.message: got 'helo'. Did you mean 'hello'"),
        ({"action": CRM | {"message": "hello", "offer": "fve"}}, "action.offer: got 'fve'. Did you mean 'five'"),
        ({"action": CRM | EVENT | {"offer": "five"}}, "no message that tells of it"),
        ({"action": CRM | {"message": "hello", "with": ["language"]}}, "which the message tells"),
        ({"quiet": {"from": "21:00", "to": "21:00"}}, "must lie outside"),
        ({"quiet": {"from": "9pm", "to": "08:00"}}, "got '9pm'"),
        ({"holdout": 1.0}, "holdout"),
        ({"exit_on": ["purchse"]}, "Did you mean 'purchase'"),
        ({"max_latenes": "1d"}, "Did you mean 'max_lateness'"),
    ],
)
def test_what_is_not_allowed_is_told_with_what_is(table: dict[str, Any], said: str) -> None:
    whole = {"trigger": {"event": "purchase"}, "action": CRM | EVENT, "purpose": "mail"} | table
    with pytest.raises(DatasetError, match=r"workflows\.mine") as refused:
        read(mine=whole)
    assert said in str(refused.value)
