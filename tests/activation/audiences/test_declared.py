"""Declared audiences, offers and messages: what is wrong is refused in one line, with place and what is allowed."""

import datetime
from collections.abc import Callable

import pytest

from activation.assignment.assign import Cap
from activation.audiences import candidates, codes
from activation.audiences.declared import declared
from features.dataset import Dataset, DatasetError
from training.actions import message as messages
from training.actions import play
from training.rules.rules import Rules

Make = Callable[[str], Dataset]
GOOD = '[audiences.a]\nwhere = "x > 1"\npurpose = "mail"\n'
B = '[audiences.b]\nwhere = "x > 1"\npurpose = "mail"\n'


def test_reserved_names_are_no_audiences(make: Make) -> None:
    said = declared(
        make(f'[audiences]\npriority = ["b"]\ncap = {{ contacts = 2, days = 7 }}\nholdout = 0.05\n{GOOD}{B}')
    )
    assert list(said.by_name) == ["a", "b"]
    assert (said.cap, said.holdout, said.priority) == (Cap(2, 7), 0.05, ("b",))
    assert (said.rank("a"), said.rank("b")) == (None, 1)
    assert said.by_name["a"].title == "A"
    assert said.by_name["a"].ordered == ("expected_value", True)


def test_who_is_in_several_gets_the_first(make: Make) -> None:
    more = '[audiences]\npriority = ["b", "c", "a"]\n' + GOOD + B + B.replace("b]", "c]") + 'exclude = ["a", "b"]\n'
    said = declared(make(more))
    assert [said.before(name) for name in ("b", "c", "a")] == [(), ("b", "a"), ("b", "c")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[audiences.a]\npurpose = "mail"\n', "audiences.a: Object missing required field `where`"),
        ('[audiences.a]\nwhere = " "\npurpose = "mail"\n', "audiences.a.where: got nothing; a condition is needed"),
        ('[audiences."a b"]\nwhere = "x > 1"\n', "got 'a b'; a letter, then letters, digits"),
        (GOOD + 'ordr = "x desc"', "audiences.a: unknown key 'ordr'. Did you mean 'order'"),
        (GOOD + 'order = "x"', "audiences.a.order: got 'x'; a number and asc or desc"),
        (GOOD + 'order = "x downwards"', "audiences.a.order: got 'x downwards'"),
        (GOOD + 'with = ["buy_again"]', r"audiences.a.with\[0\]: got 'buy_again'; a list and a number up to 20"),
        (GOOD + 'with = ["by_again:3"]', "got 'by_again:3'"),
        (GOOD + 'with = ["buy_again:21"]', "got 'buy_again:21'"),
        (GOOD + "limit = 0", "audiences.a: Expected `int` >= 1"),
        (GOOD + "holdout = 1.0", "audiences.a: Expected `float` < 1.0"),
        (GOOD + 'exclude = ["c"]', r"audiences.a.exclude\[0\]: got 'c'"),
        (GOOD + 'exclude = ["a"]', r"audiences.a.exclude\[0\]: got 'a'"),
        (GOOD + 'destination = "klavyo"', "audiences.a.destination: got 'klavyo'"),
        (GOOD + 'message = "hello"', "audiences.a.message: got 'hello'"),
        (GOOD + 'offer = "five"', "audiences.a.offer: got 'five'"),
        (GOOD.replace('"mail"', '"male"'), "audiences.a.purpose: got 'male'. Did you mean 'mail'"),
        (GOOD.replace('"mail"', '"profiling"'), "audiences.a.purpose: got 'profiling'"),
        ('[audiences.a]\nwhere = "x > 1"\n', "audiences.a.purpose: got 'nothing'. One of mail, belief is needed"),
        (f'[audiences]\npriority = ["a", "c"]\n{GOOD}', r"audiences.priority\[1\]: got 'c'. Allowed: a"),
        (f'[audiences]\npriority = ["a", "a"]\n{GOOD}', "got 'a' again; each is allowed once"),
        (f'[audiences]\npriority = "a"\n{GOOD}', "audiences.priority: Expected `array`"),
        (f"[audiences]\ncap = {{ contacts = 2 }}\n{GOOD}", "audiences.cap: Object missing required field `days`"),
        (f"[audiences]\ncap = {{ contact = 2, days = 7 }}\n{GOOD}", "audiences.cap: unknown key 'contact'"),
        ("[audiences]\na = 3\n", "audiences.a: got 3; a table is needed"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(make: Make, more: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said) as refused:
        declared(make(more))
    assert "\n" not in str(refused.value)


def test_without_consent_nothing_says_who_allows_a_purpose(make: Make) -> None:
    import msgspec

    bare = msgspec.structs.replace(make(GOOD), consent=None)
    with pytest.raises(DatasetError, match=r"purpose: got 'mail'; without \[consent\] nothing says who allows it"):
        declared(bare)


TODAY = datetime.date(2023, 11, 14)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("valid_until = 2023-11-13", "offers.five.valid_until: got 2023-11-13, which is over on 2023-11-14"),
        ('code = "A"\ncodes = "x"', "offers.five: got code and codes; one of them is allowed"),
        ('codes = "none.txt"', "offers.five.codes: got 'none.txt'; there is no such file"),
        ("valu = 3", "offers.five: unknown key 'valu'. Did you mean 'value'"),
        ("value = -3", "offers.five: Expected `float` >= 0"),
    ],
)
def test_an_offer_that_is_wrong_or_over_is_refused(make: Make, more: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        codes.declared(make(f"[offers.five]\n{more}\n"), "five", TODAY)


def test_an_offer_holds_through_its_last_day(make: Make) -> None:
    assert codes.declared(make("[offers.five]\nvalid_until = 2023-11-14\n"), "five", TODAY).valid_until == TODAY


def test_an_audience_that_keeps_others_out_and_cannot_be_told_is_no_empty_one(make: Make) -> None:
    rules = Rules(left_out={candidates.WHERE.format("best"): "no bundle predicts churn"})
    shop = make("")
    candidates.check(shop, rules, "back", ())
    with pytest.raises(DatasetError, match=r"audiences\.best\.where: it cannot be told here: no bundle predicts churn"):
        candidates.check(shop, rules, "back", ("best",))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('body = { en = "{frist_name}" }', "messages.m.body.en: there is no field 'frist_name'. Did you mean"),
        ('body = { en = "{belief}" }', "there is no field 'belief'"),  # it is sensitive
        ('body = { en = "{first_name.__class__}" }', "there is no field 'first_name.__class__'"),
        ('body = { en = "{}" }', "there is no field ''"),
        ('body = { en = "a { b" }', "messages.m.body.en: got a { alone; write {{ for one"),
        ('body = { en = "a } b" }', "got a } alone"),
        ('body = { fr = "Bonjour" }', "messages.m.body: there is nothing in 'en', the language of the dataset"),
        ('body = { en = "Hi" }\nsubject = { fr = "Salut" }', "messages.m.subject: there is nothing in 'en'"),
        ('body = { en = "Hi", de = "Na" }\nsubject = { en = "Hi" }', "messages.m: body and subject are needed in the"),
        ('body = { en = "Hi" }\nsubject = { en = "Hi", de = "Na" }', "same languages; 'de': got one of them"),
        ('body = { en = "Hi", eng = "?" }', "messages.m.body: got the language 'eng'; two small letters"),
        ('body = { en = "Hi" }\nchannel = "pigeon"', "messages.m: Invalid enum value 'pigeon'"),
        ('body = { en = "Hi" }\n[messages.m.variants.main]\nbody = { en = "Hi" }', "'main' is the message itself"),
        (
            'body = { en = "Hi" }\n[messages.m.variants.b]\nbody = { en = "{x}" }',
            "messages.m.variants.b.body.en: there",
        ),
        ('bdy = { en = "Hi" }', "messages.m"),
    ],
)
def test_a_message_that_is_wrong_is_refused(make: Make, more: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        messages.declared(make(f"[messages.m]\n{more}\n"), "m")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[actions.rfm.at_risk]\nchanel = "sms"', "actions.rfm.at_risk: unknown key 'chanel'. Did you mean 'channel'"),
        ('[actions.rfm.at_risk]\nchannel = "pigeon"', "actions.rfm.at_risk.channel: got 'pigeon'"),
        ('[actions.rfm.at_risk]\noffer = "huge"', "actions.rfm.at_risk.offer: got 'huge'"),
        ('[actions.rfm.at_risk]\nproducts = "buy_agan"', "got 'buy_agan'. Did you mean 'buy_again'"),
        ('[actions.rfm.at_risk]\ndestination = "x"', "actions.rfm.at_risk.destination: got 'x'"),
        ("[actions]\norder = []", r"actions.order: got \[\]; names of segmenters are needed"),
        ("[actions]\ntarget = 3", "actions.target: got 3; the name of a target is needed"),
        ("[actions]\nrfm = 3", "actions.rfm: got 3; tables"),
    ],
)
def test_a_play_that_is_wrong_is_refused(make: Make, more: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        play.declared(make(f"{more}\n"))
