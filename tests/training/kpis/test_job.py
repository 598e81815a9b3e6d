"""KPIs that were counted by hand."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from features.buckets import memory
from features.consent.consent import Consent
from tests.training.kpis import small_shop
from training.kpis import kpi
from training.kpis.figure import Figure
from training.kpis.job import Kpis


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))


def of(found: Kpis, segment: str) -> dict[str, Figure]:
    return {one.kpi: one for one in found.figures if one.segment == segment}


GOLD = {  # ann and bob, who were gold when the window began
    "conversion": (1, 2),  # both were reached, ann ordered the day after her mail
    "delivered": (1, 2),
    "bounce": (1, 2),
    "open": (1, 1),  # two opens of one mail are one
    "click": (1, 1),
    "click_to_open": (1, 1),
    "unsubscribe": (0, 1),
    "complaint": (0, 1),
    "roi": (16, 16),  # A2 earned 40 - 2 * 4; three contacts cost 3, two thirds of c1 cost 8, all of post costs 5
    "buyers": (1, 2),
    "retention": (1, 2),
    "churn": (1, 2),
    "repeat": (1, 1),
    "average_order": (40, 2),  # A2 and A3, less the refund
    "frequency": (2, 2),
    "revenue": (40, 2),
    "margin": (32, 2),  # 32 of A2; what A3 earned came back
    "ltv_past": (100, 2),
    "ltv_margin": (62, 2),  # ann 3 + 12 + 32, bob half of 30: it was food
    "ltv_predicted": (36, 2),  # 15 each before the window, and .3 of the 10 that each is predicted to spend
    "engagement": (2, 2),
    "satisfaction": (16, 2),
    "refund": (1, 2),
}
NEW = {  # cat, and dan whose two traces are one person
    "conversion": (1, 1),
    "delivered": (1, 1),
    "bounce": (0, 1),
    "open": (0, 1),  # a machine's
    "click": (0, 1),
    "unsubscribe": (1, 1),
    "complaint": (0, 1),
    "roi": (25, 5),  # 30 of C1; the mail cost 1 and a third of 12
    "buyers": (2, 2),
    "retention": (1, 1),
    "churn": (0, 1),
    "repeat": (2, 2),
    "average_order": (170, 4),
    "frequency": (4, 2),
    "revenue": (170, 2),
    "margin": (51, 2),
    "ltv_past": (185, 2),
    "ltv_margin": (55.5, 2),
    "ltv_predicted": (10.5, 2),
    "engagement": (1, 2),
    "satisfaction": (4, 1),
    "refund": (0, 4),
}


@pytest.mark.parametrize("parts", [1, 3])
def test_every_kpi_is_what_was_counted_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    monkeypatch.setattr(memory, "buckets", lambda *_: parts)
    found = small_shop.found(small_shop.shop(tmp_path))
    for segment, by_hand in (("gold", GOLD), ("new", NEW)):
        own = of(found, segment)
        told = {name: (one.numerator, one.denominator) for name, one in own.items() if not one.missing}
        assert told == {name: pytest.approx(one) for name, one in by_hand.items()}
        assert {name: one.result.value for name, one in own.items() if not one.missing} == {
            name: pytest.approx(above / below) for name, (above, below) in by_hand.items()
        }
        assert all(one.members == 2 for one in own.values())
    assert {one.missing for one in of(found, "lost").values()} == {"nothing in the denominator"}
    assert {one.kpi for one in of(found, "new").values() if one.missing} == {"click_to_open"}
    own = of(found, "everybody")
    assert (own["cac"].numerator, own["cac"].denominator, own["cac"].result.value) == (24, 1, 24)
    assert own["cac"].before.value == 30 / 2  # bob and dan
    assert own["payback"].missing == "not earned back by 30 customers or more observed so long"  # ann alone was
    assert own["revenue"].numerator == 210
    assert (own["returning"].numerator, own["returning"].denominator) == (2, 3)  # ann and dan; cat came first now
    assert own["returning"].before.value == 1 / 3  # ann; bob and dan came first
    assert {name for name, one in own.items() if not one.missing} == {*GOLD, "cac", "returning"}


def test_who_was_in_it_when_it_began_is_the_result_and_todays_membership_is_beside(tmp_path: Path) -> None:
    """Cat spent her way into gold and bob fell out of it: by membership at the end gold did far better than it did."""
    gold = of(small_shop.found(small_shop.shop(tmp_path)), "gold")
    assert gold["revenue"].result.value == 20
    assert gold["revenue"].today == (40 + 150) / 2
    assert (gold["buyers"].result.value, gold["buyers"].today) == (0.5, 1.0)
    assert (gold["churn"].result.value, gold["churn"].today) == (0.5, 0.0)
    moves = small_shop.found(small_shop.shop(tmp_path)).moves["tier"]
    assert [one[0] for one in (moves.began, moves.left, moves.joined, moves.today)] == [2, 1, 1, 2]
    assert [one[1] for one in (moves.began, moves.left, moves.joined, moves.today)] == [2, 1, 0, 1]


def test_a_window_of_no_events_has_customers_and_no_rates(tmp_path: Path) -> None:
    own = of(small_shop.found(small_shop.shop(tmp_path), "2025-06-01", "2025-06-29"), "gold")
    assert own["revenue"].result.value == own["buyers"].result.value == 0
    assert own["buyers"].result.hi > 0.5  # of two customers little is known
    assert {name for name, one in own.items() if one.missing == "nothing in the denominator"} == {
        *("conversion", "delivered", "bounce", "open", "click", "click_to_open", "unsubscribe", "complaint", "roi"),
        *("retention", "churn", "repeat", "average_order", "satisfaction", "refund"),
    }


def test_what_cannot_be_measured_says_what_is_missing(tmp_path: Path) -> None:
    toml = small_shop.TOML.replace("[profit]\ncost = 1\nmargin = 0.3\nmargins = { food = 0.5 }\n", "")
    toml = toml[: toml.index("[[costs]]")].replace('score = "score"\n', "")
    rows = "\n".join(one for one in small_shop.ROWS.splitlines() if "mail_" not in one) + "\n"
    own = of(small_shop.found(small_shop.shop(tmp_path, rows, ("purchase", "refund"), toml=toml)), "gold")
    assert own["open"].missing == "missing: mail_delivered or mail_sent, mail_open"
    assert own["margin"].missing == "missing: [profit]"
    assert own["satisfaction"].missing == "missing: survey_answered, a score on survey_answered"
    assert own["engagement"].missing == "missing: a sign of life beside buying"
    assert own["revenue"].result.value == 20
    everybody = of(small_shop.found(small_shop.shop(tmp_path, rows, ("purchase", "refund"), toml=toml)), "everybody")
    assert everybody["cac"].missing == "missing: [[costs]] with acquisition"


def test_refunds_that_name_no_order_give_no_rate(tmp_path: Path) -> None:
    rows = small_shop.ROWS.replace("ann,,refund,2026-03-12,10,1,A3", "ann,,refund,2026-03-12,10,1,R7")
    own = of(small_shop.found(small_shop.shop(tmp_path, rows)), "gold")
    assert "0 of 1 lines" in own["refund"].missing
    assert own["revenue"].result.value == 20


def test_retention_is_not_told_where_the_data_do_not_reach_back(tmp_path: Path) -> None:
    own = of(small_shop.found(small_shop.shop(tmp_path), "2025-01-20", "2025-03-20"), "gold")
    assert own["retention"].missing == "the data do not reach back as long before the window"
    assert own["revenue"].result.value == 0
    assert np.isnan(own["revenue"].before.value)


def test_figures_of_few_are_told_of_nobody(tmp_path: Path) -> None:
    consent = Consent({"profiling": "contract"}, smallest_group=3)
    found = small_shop.found(msgspec.structs.replace(small_shop.shop(tmp_path), consent=consent))
    for segment in ("gold", "new"):
        assert {one.missing.split(",")[0] for one in of(found, segment).values()} == {"of fewer than 3 customers"}
        assert all(one.members is None and np.isnan(one.numerator) for one in of(found, segment).values())
    everybody = of(found, "everybody")
    assert everybody["revenue"].numerator == 210
    assert everybody["open"].missing.startswith("of fewer than 3 customers")  # two had a mail that arrived
    assert everybody["cac"].missing.startswith("of fewer than 3 customers")
    assert found.topics == ()


def test_the_whole_less_all_others_tells_of_no_few(tmp_path: Path) -> None:
    """Gold is of one customer: were new told beside everybody, gold would follow, members as much as figures."""
    consent = Consent({"profiling": "contract"}, smallest_group=2)
    began = {"ann": "gold", "bob": "new", "cat": "new", "dan": "lost", "eve": "lost", "fay": "lost"}
    rows = small_shop.ROWS + "".join(f"{one},,page_view,2026-02-03,,,,,,,,,\n" for one in ("eve", "fay"))
    rows += "bob,,survey_answered,2026-03-17,,,,,price,,,4,\nann,,survey_answered,2026-03-17,,,,,price,,,4,\n"
    found = small_shop.found(
        msgspec.structs.replace(small_shop.shop(tmp_path, rows), consent=consent), began=began, today=began
    )
    for segment in ("gold", "new"):
        own = of(found, segment)
        assert {one.members for one in own.values()} == {None}
        assert own["revenue"].missing.startswith("of fewer than 2 customers, or the others would tell of fewer")
    assert {one.members for one in of(found, "lost").values()} == {3}
    assert of(found, "everybody")["revenue"].members == 6
    assert found.moves["tier"].hidden(2) == {0, 1}
    assert [(one.segmenter, one.topic) for one in found.topics] == [("everybody", "price")]


def test_topics_of_surveys_stand_beside_and_a_fall_beyond_chance_proposes_a_survey(tmp_path: Path) -> None:
    found = small_shop.found(small_shop.shop(tmp_path))
    assert [(one.segment, one.topic, one.answers, one.score) for one in found.topics if one.segmenter == "tier"] == [
        ("gold", "delivery", 2, 8.0),
        ("new", "price", 1, 4.0),
    ]
    assert found.proposals == ()
    began = {f"c{number:02}": "gold" for number in range(40)}
    rows = small_shop.ROWS + "".join(
        f"{one},,page_view,2026-02-{3 + number % 20:02},,,,,,,,,\n" for number, one in enumerate(began)
    )
    fell = small_shop.found(small_shop.shop(tmp_path, rows), began=began, today=began)
    assert [one.split(":")[0] for one in fell.proposals] == ["everybody / everybody", "tier / gold"]
    assert "engagement fell from 1 to 0 beyond chance" in fell.proposals[1]
    assert "of which none is declared ([workflows.survey])" in fell.proposals[1]
    asks = msgspec.structs.replace(small_shop.shop(tmp_path, rows), workflows={"ask_survey": {}})
    assert small_shop.found(asks, began=began, today=began).proposals[1].endswith("proposed is workflow 'ask_survey'")


DAILY = "day,amount,campaign,via,why\n" + "".join(f"2026-03-{day:02},10,,,won\n" for day in range(1, 29))


def test_acquisition_is_told_of_windows_that_its_costs_reach_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = DAILY + "2026-02-27,10,,,won\n2026-02-28,10,,,won\n"
    cac = _cac(tmp_path, monkeypatch, late)
    assert cac.result.value == 280  # of cat
    assert np.isnan(cac.before.value)  # two days of it have costs
    assert np.isnan(cac.change.value)
    ends = "".join(line + "\n" for line in DAILY.splitlines()[:-4])
    assert _cac(tmp_path, monkeypatch, ends).missing.startswith("missing: [[costs]] of acquisition that reach over")


def _cac(folder: Path, monkeypatch: pytest.MonkeyPatch, costs: str) -> Figure:
    monkeypatch.setattr(small_shop, "COSTS", costs)
    return of(small_shop.found(small_shop.shop(folder)), "everybody")["cac"]


def test_near_the_beginning_of_the_data_nobody_is_known_to_be_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_shop, "COSTS", DAILY.replace("2026-03", "2025-07"))
    own = of(small_shop.found(small_shop.shop(tmp_path), "2025-07-01", "2025-07-29"), "everybody")
    assert own["cac"].missing == own["payback"].missing == own["returning"].missing == kpi.TOO_NEW


def test_who_was_not_known_before_counts_among_the_buyers(tmp_path: Path) -> None:
    """Where there are purchases alone, all members have bought: their share that bought before was always 1."""
    rows = small_shop.ROWS + "".join(f"n{one},,purchase,2026-03-06,9,1,N{one},,,,,,\n" for one in range(7))
    found = small_shop.found(small_shop.shop(tmp_path, rows))
    own = of(found, "everybody")["returning"]
    assert (own.numerator, own.denominator, own.result.value) == (2, 10, 0.2)
    assert "returning" not in of(found, "gold")


def test_what_a_campaign_cost_on_other_days_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_shop, "COSTS", small_shop.COSTS.replace("2026-03-02,12,c1", "2026-02-28,12,c1"))
    notes = small_shop.found(small_shop.shop(tmp_path)).notes
    said = "costs: on days outside the window, of campaigns with contacts in it: c1 12.00: in no roi of it"
    assert said in notes


def test_the_one_table_tells_each_formula() -> None:
    names = [one.name for one in kpi.KPIS]
    assert len({*names}) == len(names)
    told = {one.name: one.formula for one in kpi.KPIS}
    assert told["open"] == "mails that arrived and that a person opened / mails that arrived"
    assert told["click_to_open"].startswith("mails that arrived and that a person opened and that a person clicked / ")
    assert told["revenue"] == "net revenue of customers / customers"
