"""The page and the mail: what stands in them, and that nothing is cut off on any screen or on paper."""

import re
from pathlib import Path

import msgspec
import pytest

from activation.weekly import page
from activation.weekly.kept import Difference
from activation.weekly.sentences import sentences
from activation.weekly.words import table, words
from tests import chromium
from tests.activation.weekly import sample
from tests.chromium import Chromium
from tests.training.report.test_browser import A4, LOOK, SMALLEST
from training.charts import number

DASH = "\N{EN DASH}"
SAID = """
Net revenue of a customer: 2.50 EUR, +0.50 EUR against the week before, beyond chance. Over 1,000 customers that is +500.00 EUR.
A year ago the same figure was 2.60 EUR: \N{MINUS SIGN}0.10 EUR since, within chance.
The segment that changed most in size is Champions (rfm): 100 customers when the week began, 130 at its end; 30 left and 60 joined.
Of 2 figures of segments 1 moved beyond chance; by chance alone about 0 would. The clearest: Net revenue of a customer, Champions: 2.00 EUR, now 9.50 EUR.
Objectives behind or missed: 1 of 1 (keep); audiences frozen since the week began: 1, with 120 customers in all, each counted once for each audience.
"""  # noqa: E501  sentences


def _html(language: str = "en", *, mail: bool = False) -> str:
    changed = [Difference("revenue: everybody", 2.4, 2.5)]
    return page.html(sample.weekly(language), changed, ["events: 990 then, 1,000 now"], "2026-03-09", mail=mail)


def test_five_sentences_are_made_of_the_numbers() -> None:
    said = sentences(sample.weekly(), words("en", "EUR"))
    assert said == SAID.strip().splitlines()


def test_of_an_audience_of_few_no_sum_is_told() -> None:
    own = sample.weekly()
    few = msgspec.structs.replace(own.audiences[0], customers=None)
    said = sentences(msgspec.structs.replace(own, audiences=[*own.audiences, few]), words("en", "EUR"))
    assert f"began: 2, with {number.MISSING} customers in all" in said[-1]


@pytest.mark.parametrize("mail", [False, True])
def test_nothing_is_loaded_or_run_and_what_data_say_is_escaped(mail: bool) -> None:
    text = _html(mail=mail)
    assert not re.search(r"<script|<link|<img|url\(|https?:|@import| on\w+=", text)
    assert ("var(" in text) is not mail
    assert "The &lt;shop&gt; &amp; sons" in text
    assert "they &lt;love&gt; tea" in text
    assert "<love>" not in text
    assert "Data complete up to 2026-03-10T00:00:00+00:00" in text


def test_a_figure_of_few_is_a_dash_and_a_month_that_is_not_over_is_blank() -> None:
    text = " ".join(_html().split())
    assert f'<td class="text">Lost</td>{4 * f"<td>{number.MISSING}</td>"}' in text
    assert '<td class="text">2026-02</td><td>50</td><td></td><td></td>' in text


def test_rule_segments_stand_together_and_are_said_to_overlap() -> None:
    text = " ".join(_html().split())
    assert text.count("<h3>rule segments</h3>") == 2  # their sizes, and the forecast of them
    assert text.count("They may overlap, and do not add up.") == 2
    assert '<td class="text">Regulars</td><td>50</td><td>5</td><td>9</td><td>54</td>' in text
    assert "<h3>segments par règle</h3>" in _html("fr")


def test_what_came_stands_beside_what_was_forecast_and_what_an_experiment_caused_is_told() -> None:
    text = " ".join(_html().split())
    missed = f'<td class="beyond">100 (80 {DASH} 121)</td><td>151 (121 {DASH} 181)</td>'
    assert f'<td class="text">Champions</td><td>130</td>{missed}' in text
    assert f'<td class="text">Lost</td>{3 * f"<td>{number.MISSING}</td>"}' in text
    assert f"1.25 ({number.MINUS}0.50 {DASH} 3.00)" in text
    assert "segmented against same_for_all" in text
    assert '<td class="text">no signal (so far)</td><td class="text">2026-03-08</td>' in text
    assert (
        '<td class="text">Champions (rfm)</td><td class="text">delivery &lt;late&gt;</td><td>40</td><td>7.25</td>'
        in text
    )


def test_french_has_words_for_every_text() -> None:
    asked = {one.en for one in table()}
    sources = [Path(page.__file__).with_name(f"{one}.py") for one in ("sentences", "kept", "publish")]
    for path in (page.PARTS / page.TEMPLATE, *sources):
        text = re.sub(r'"\s*\n\s*"', "", path.read_text(encoding="utf-8"))
        said = re.findall(r'say(?:\.filled)?\(\s*"([^"]+)"', text)
        assert said
        assert set(said) <= asked
    french = _html("fr")
    for text in (
        "Ce qui a changé",
        "semaine d\N{RIGHT SINGLE QUOTATION MARK}avant",
        "en retard",
        "1\N{NARROW NO-BREAK SPACE}234,50",
    ):
        assert text in french
    assert "beyond chance" not in french
    assert not re.search(r"\b(What|against|customers)\b", french.split("<main>")[1])


@pytest.mark.skipif(not chromium.found(), reason=chromium.MISSING)
def test_nothing_is_cut_off_on_any_screen_or_on_paper(tmp_path: Path) -> None:
    with Chromium.opened(tmp_path / "profile") as browser:
        for mail in (False, True):
            path = tmp_path / f"mail_{mail}.html"
            path.write_text(_html("fr", mail=mail), encoding="utf-8")
            for width, media in ((1280, "screen"), (360, "screen"), (A4, "print")):
                browser.show(path, width, media=media)
                seen = browser.value(f"({LOOK})({SMALLEST})")
                assert not seen["wide"], (mail, width)
                assert seen["cut"] == [], (mail, width)
            assert browser.pdf().startswith(b"%PDF")
        assert browser.said == []
