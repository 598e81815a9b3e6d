"""Destinations as a dataset declares them: what is refused, and what they answer of themselves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from activation.destinations.destination import read
from activation.destinations.shipped import shipped
from activation.destinations.vendor import Rate, Vendor
from features.dataset import Dataset, DatasetError
from tests.activation.destinations import example


def one(**table: Any) -> Dataset:
    return Dataset(name="shop", sources=(), destinations={"crm": table})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "missing required field `kind`"),
        ({"kind": "klavyo"}, r"destinations\.crm\.kind: got 'klavyo'\. Did you mean 'klaviyo'"),
        ({"kind": "klaviyo", "regoin": "us"}, r"unknown key 'regoin'\. Did you mean 'region'"),
        ({"kind": "klaviyo", "settings": {"curency": "EUR"}}, r"settings: unknown key 'curency'\. Did you mean"),
        ({"kind": "klaviyo", "settings": {"currency": "euro"}}, "settings.currency: got 'euro'; the currency"),
        ({"kind": "klaviyo", "identifier": "mail"}, r"identifier: got 'mail'\. Did you mean 'email'"),
        ({"kind": "segment"}, "region: got ''; one of eu, us is needed"),
        ({"kind": "segment", "region": "uk"}, "region: got 'uk'"),
        ({"kind": "mailchimp"}, "settings.dc: got nothing; it is needed for https"),
        ({"kind": "mailchimp", "settings": {"dc": "us1.evil.com/"}}, r"settings\.dc: got 'us1\.evil\.com/'"),
        ({"kind": "klaviyo", "base_url": "ftp://x"}, "base_url: got 'ftp://x'"),
        ({"kind": "klaviyo", "base_url": "https://user:word@host"}, "base_url"),
        ({"kind": "klaviyo", "base_url": {"ap": "https://x"}}, r"base_url: got 'ap'\. Did you mean 'api'"),
        ({"kind": "own.toml"}, "No such file"),
        ({"kind": "klaviyo", "audiences": {"a": [1]}}, "audiences"),
    ],
)
def test_what_is_not_allowed_is_refused(table: Mapping[str, Any], said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        read(one(**table), "crm")


def test_one_that_is_not_declared_is_refused_with_the_nearest() -> None:
    with pytest.raises(DatasetError, match=r"destinations\.crn: there is none\. Did you mean 'crm'"):
        read(one(kind="klaviyo"), "crn")
    with pytest.raises(DatasetError, match="a letter, then letters"):
        read(Dataset(name="shop", sources=(), destinations={"c-m": {"kind": "csv"}}), "c-m")


@pytest.mark.parametrize("kind", example.TABLES)
def test_what_a_tool_cannot_do_is_refused_with_its_reason(kind: str) -> None:
    destination = example.destination(kind)
    for change, reason in destination.definition.refused.items():
        with pytest.raises(DatasetError) as refused:
            destination.steps(change)
        assert reason in str(refused.value)
        assert destination.definition.title in str(refused.value)


def test_a_change_that_there_is_not_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"got the change 'entre'\. Did you mean 'enter'"):
        example.destination("klaviyo").steps("entre")
    with pytest.raises(ValueError, match=r"got the operation 'upset'\. Did you mean 'upsert'"):
        example.destination("klaviyo").safe("upset")
    with pytest.raises(ValueError, match="'event' has no jobs"):
        example.destination("klaviyo").poll("event", "1", {})


def test_a_setting_that_a_call_needs_is_asked_for_before_it() -> None:
    with pytest.raises(
        DatasetError, match=r"settings\.list: got nothing, and 'upsert' needs it: the id of the audience"
    ):
        example.destination("mailchimp", settings={"dc": "us1"}).steps("enter")
    with pytest.raises(DatasetError, match=r"settings\.terms: got nothing"):
        example.destination("google", settings={"account": "1"}).steps("enter")


def test_an_identifier_that_an_operation_does_not_take_is_refused() -> None:
    destination = example.destination("klaviyo", identifier="customer_id")
    assert destination.steps("enter") == ("upsert",)
    with pytest.raises(DatasetError, match="cannot 'erase' by 'customer_id': it takes email or phone alone"):
        destination.steps("erase")


def test_base_url_stands_in_for_all_hosts_or_for_one() -> None:
    everything = example.destination("amplitude", base_url="http://127.0.0.1:9")
    assert set(everything.bases.values()) == {"http://127.0.0.1:9"}
    some = example.destination("amplitude", base_url={"events": "http://127.0.0.1:9/"})
    assert some.bases == {"events": "http://127.0.0.1:9", "api": "https://amplitude.com"}


@pytest.mark.parametrize(
    "kind", [one for one in example.TABLES if example.TABLES[one] or one in {"klaviyo", "hubspot"}]
)
def test_every_call_goes_where_base_url_says(kind: str) -> None:
    destination = example.destination(kind, base_url="http://127.0.0.1:9/x")
    for change, operation in example.asked(kind):
        piece = next(iter(destination.pieces(operation, example.rows(kind, change))))
        made = destination.request(operation, piece, example.SECRETS, example.NOW)
        assert made.url.startswith("http://127.0.0.1:9/x") or made.method == "WRITE"


def test_a_dataset_has_a_data_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(shipped()["webhook"].read_text(encoding="utf-8"), encoding="utf-8")
    own = msgspec.structs.replace(one(kind="mine.toml", settings={"url": "https://a.example"}), folder=str(tmp_path))
    assert read(own, "crm").steps("enter") == ("change",)


def test_a_destination_tells_what_the_engine_asks() -> None:
    klaviyo: Vendor = example.destination("klaviyo", purpose="mail", audiences={"win_back": "L1"})
    assert (klaviyo.name, klaviyo.kind, klaviyo.identifier, klaviyo.purpose) == ("klaviyo", "klaviyo", "email", "mail")
    assert klaviyo.rates("event") == (Rate(350, 1.0), Rate(3500, 60.0))
    assert (klaviyo.safe("event"), klaviyo.contacts("event"), klaviyo.contacts("upsert")) == (True, True, False)
    assert (klaviyo.needs("remove"), klaviyo.needs("find")) == ("vendor", "email")
    assert klaviyo.normal(" A@B.co") == "a@b.co"
    assert example.destination("klaviyo", audiences={"win_back": 12}).audiences == {"win_back": "12"}
    assert example.destination("google_events").oldest("event") == 72 * 3600
    assert example.destination("dynamic_yield").snapshot
    assert not example.destination("csv").snapshot
    assert example.destination("marketo").rates("upsert") == (Rate(100, 20.0), Rate(50_000, 86_400.0))


def test_accounts_are_told_apart() -> None:
    assert example.destination("mailchimp").account == "us21"
    first = example.destination("klaviyo", settings={"account": "de"})
    assert first.account != example.destination("klaviyo", settings={"account": "fr"}).account


@pytest.mark.parametrize("value", ["null", "NULL", "0", "unknown", " "])
def test_nobody_is_no_identifier(value: str) -> None:
    mixpanel = example.destination("mixpanel")
    assert mixpanel.normal(value) == ""
    (row,) = example.rows("mixpanel", "enter", 1, identifiers={"customer_id": value})
    assert "no customer_id" in mixpanel.fitting("profile", row)


@pytest.mark.parametrize(
    ("kind", "operation", "over", "said"),
    [
        ("klaviyo", "upsert", {"identifiers": {"customer_id": "c"}}, "no email that Klaviyo takes"),
        ("klaviyo", "upsert", {"identifiers": {"email": "nobody"}}, "no email that Klaviyo takes"),
        ("klaviyo", "remove", {"identifiers": {"email": "a@b.co"}}, "no vendor that Klaviyo takes"),
        ("klaviyo", "remove", {"key": ""}, "key is not there"),
        ("klaviyo", "upsert", {"fields": {"x": float("nan")}}, "x: a number that is none"),
        ("klaviyo", "upsert", {"fields": {"x": "y" * 100_001}}, "100000 are allowed"),
        ("activecampaign", "upsert", {"fields": {"age": 1}}, "fields does not say what ActiveCampaign calls 'age'"),
        ("activecampaign", "event", {"event": "e" * 33}, "33 characters; 0 to 32 are allowed"),
        ("amplitude", "event", {"identifiers": {"customer_id": "abcd"}}, "4 characters; 5 to any number"),
        ("google_events", "event", {"fields": {f"f{n}": n for n in range(26)}}, "26 fields; 25 are allowed"),
        ("google_events", "event", {"fields": {"x": "y" * 101}}, "0 to 100 are allowed"),
        ("hubspot", "upsert", {"fields": {"email": "other@b.co"}}, "'email' is told twice"),
        ("hubspot", "upsert", {"fields": {"x": {"a": 1}}}, "x: a value of type dict"),
        ("marketo", "add", {"key": "news"}, "key: text that is no number"),
    ],
)
def test_a_row_that_does_not_fit_says_why(kind: str, operation: str, over: dict[str, Any], said: str) -> None:
    change = next(change for change, step in example.asked(kind) if step == operation)
    (row,) = example.rows(kind, change, 1, **over)
    reason = example.destination(kind).fitting(operation, row)
    assert said in reason
    assert "@" not in reason
