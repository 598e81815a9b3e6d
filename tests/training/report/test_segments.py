"""Segments: told from their profiles, in the dataset's language, with room for what is not known of them yet."""

from dataclasses import replace

from features.catalogue.catalogue import CATALOGUE
from tests.training.report import sample
from training.notes.note import Counted
from training.personas.flag import of_size
from training.personas.market import MarketMap, Point
from training.personas.people import People, Person
from training.personas.persona import Persona
from training.personas.rule import Rule
from training.reasons.reasons import Explainer
from training.report.page import html
from training.report.segments import SegmenterTold, segments
from training.segmenters import Rfm
from training.segmenters.profile import Profile, Trait

EXPLAINER = Explainer(CATALOGUE, "EUR")
CHAMPIONS = Profile(Rfm.segments[0], 30, 0.15, (Trait("spend_28d", 900_000, 300_000, 0.9),), {"churn_28d": 0.1})


def test_a_segment_is_told_in_the_language_of_the_dataset() -> None:
    (english,) = segments("rfm", [CHAMPIONS], EXPLAINER)
    (french,) = segments("rfm", [CHAMPIONS], EXPLAINER, "fr")
    assert (english.title, english.meaning) == ("Champions", "bought recently, often and much")
    assert english.action == "thank them first, let them speak for you"
    assert english.traits[0].startswith("net spend in 28 days: 9")
    assert french.meaning == "ont acheté récemment, souvent et beaucoup"
    assert french.traits[0].startswith("dépenses nettes en 28 jours : 9")
    assert (french.size, french.share, french.next) == (english.size, english.share, english.next)


def test_what_is_not_known_of_a_segmenter_is_empty() -> None:
    told = segments("rfm", [CHAMPIONS], EXPLAINER)
    assert told == SegmenterTold(told.segments)
    assert len(told) == len(list(told)) == 1
    assert not any((told.title, told.verdict, told.unstable, told.market, told.flow.picture, told.places, told.axis))
    (one,) = told
    assert not any((one.persona, one.rule, one.flag))


def test_what_sales_and_service_say_stands_with_its_segment_in_the_language_of_the_page() -> None:
    said = {"segment rfm.champions": Counted(2, 1, "they <came>"), "campaign champions": Counted(9, 9, "")}
    (one,) = segments("rfm", [CHAMPIONS], EXPLAINER, notes=said)
    assert one.said == Counted(2, 1, "they <came>")
    (other,) = segments("lifecycle", [CHAMPIONS], EXPLAINER, notes=said)
    assert other.said is None
    own = sample.report()
    for language, text in (
        ("en", "Sales and service say: useful 2, wrong 1; the newest: “they &lt;came&gt;”"),
        ("fr", "La vente et le service disent\N{NO-BREAK SPACE}: utile 2, faux 1"),
    ):
        data = replace(own.data, language=language)
        page = html(replace(own, data=data, segments={"rfm": SegmenterTold((one,))}))
        assert text in page
    assert "Sales and service say" not in html(own)


def test_who_they_are_their_rule_flags_and_map_are_told_in_the_language_of_the_dataset() -> None:
    persona = Persona({}, {"en": "buys often", "fr": "achète souvent"}, (), (), ())
    rule = Rule("spend_28d > 900", False, 0.9, 0.8, 0.7)
    person = Person(persona, rule, of_size(CHAMPIONS, 100), ())
    point = Point("champions", "Champions", 30, 0.15, 9.5, 0.25, 0.1)
    people = People({"champions": person}, (), MarketMap((point,), "EUR", "spend_28d", 56.0, ""))
    french = segments("rfm", [CHAMPIONS], EXPLAINER, "fr", people)
    (one,) = french
    assert (one.persona, one.rule, one.fidelity) == ("achète souvent", "spend_28d > 900", 0.9)
    assert one.flag.startswith("30 clients, moins de 100")
    assert "évolution du nombre de clients" in french.market
    assert "9,50" in french.market
    (one,) = segments("rfm", [CHAMPIONS], EXPLAINER, people=people)
    assert (one.persona, one.flag[:12]) == ("buys often", "30 customers")
