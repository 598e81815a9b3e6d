"""Texts: the page's one table has every text, in each language, with the same places; what it lacks stays English."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

from features.clock import DAY
from training import targets
from training.bundle.shorter import Moment, Shorter
from training.bundle.total import Total
from training.panel.reach import Reach
from training.panel.rung import WORDS, Rung
from training.report import apart, bought, findings, opening, page, places, recency
from training.report.figure import FIGURES
from training.report.texts import Text, reader, table, typeset
from training.report.windows import OF_RUNG

ROOT = Path(__file__).parents[3]
TEXTS = table().texts
PHRASES = table().phrases


def _of_templates() -> Iterator[str]:
    """Yield the texts that the templates say."""
    environment = page.templates()
    for path in page.PARTS.glob("*.j2"):
        for call in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            named = isinstance(call.node, nodes.Name) and call.node.name == "say"
            if (named or getattr(call.node, "attr", "") == "template") and isinstance(call.args[0], nodes.Const):
                yield call.args[0].value


def _of_code() -> Iterator[str]:
    """Yield the texts that the code of the page and of its drawings says."""
    for folder in ("training/report", "training/charts"):
        for path in (ROOT / folder).glob("*.py"):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call) and call.args and _says(call.func):
                    yield from (str(one.value) for one in call.args[:1] if isinstance(one, ast.Constant))
    for figure in FIGURES.values():
        yield from (figure.title, figure.meaning)
    yield from (*opening.TRIED.values(), *opening.RANKED.values(), *page.SETTINGS.values())
    yield from (*places.TITLES.values(), *apart.ABOUT.values(), *bought.ABOUT.values())
    yield from (opening.NOTHING, opening.RIGHT, opening.TOO_MUCH, opening.TOO_LITTLE)
    yield from (findings.LEVEL_OF_A_SHARE, findings.LEVEL_OF_A_VALUE, findings.MISJUDGED)


def _says(called: ast.expr) -> bool:
    """Return whether a call is that of a reader: `say(...)`, `reader(...)` or `….filled(...)`."""
    return getattr(called, "id", "") in {"say", "reader"} or getattr(called, "attr", "") == "filled"


def _places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_every_text_that_is_said_is_in_the_table_and_no_other() -> None:
    said = {*_of_templates(), *_of_code()}
    assert said == {text.en for text in TEXTS}


@pytest.mark.parametrize("rows", [TEXTS, PHRASES], ids=["texts", "phrases"])
def test_every_text_has_french_with_the_same_places(rows: tuple[Text, ...]) -> None:
    assert len({text.en for text in rows}) == len(rows)
    for text in rows:
        assert text.fr.strip(), text.en
        assert set(_places(text.fr)) == set(_places(text.en)), text.en
        assert text.fr.count("<") == text.en.count("<"), text.en


def test_french_is_not_english() -> None:
    alike = {text.en for text in (*TEXTS, *PHRASES) if text.en == text.fr}
    assert alike == {
        "commit", "segment", "lift", "Calibration", "Profit", "Importance", "profit, {currency}", "ECE", "Spearman",
        "Gini", "MAE", "RMSE", "{number} points", "{criterion} ({place})", "{a}, {b}, {c}", "{a}, {b}, {c}, {d}",
    }  # fmt: skip


def test_what_comes_with_the_data_is_recognised() -> None:
    french = reader("fr")
    known = [*recency.NAMES, "too high", "too low", *(rung.value for rung in Rung)]
    known += [said for words in WORDS.values() for said in (words.stands, words.rows, words.judged)]
    known += [why for parts in OF_RUNG.values() for why in parts.values()]
    for text in known:
        assert french.phrase(text) != text, text
    assert french.phrase("no purchase in the next 28 days") == "aucun achat dans les 28 prochains jours"
    assert french.phrase("a purchase of 'Wine' in the next 7 days") == "un achat de 'Wine' dans les 7 prochains jours"
    assert french.phrase("tenth") == "dixième"
    assert french.phrase("what nobody knows") == "what nobody knows"


DECLARED: tuple[targets.Target, ...] = (
    targets.Churn("a", 28, 56),
    targets.Comeback("a", 28, 56),
    targets.Conversion("a", 28, 56),
    targets.Decline("a", 28),
    targets.NextPurchase("a", 28, 56),
    targets.Purchases("a", 28, 56),
    targets.Renewal("a", 28, 7),
    targets.Renewal("a", 28, 0),
    targets.Repurchase("a", 28, 56),
    targets.Response("a", 28, "redemption"),
    targets.Response("a", 28, "mail_open"),
    targets.Response("a", 28, "mail_click"),
    targets.Spend("a", 28, 56),
)


@pytest.mark.parametrize("target", DECLARED, ids=[type(target).__name__ for target in DECLARED])
def test_every_kind_of_target_is_told_in_french(target: targets.Target) -> None:
    french = reader("fr")
    assert french.phrase(target.meaning) != target.meaning
    assert french.phrase(target.cohort().inside) != target.cohort().inside
    assert target.unit == "currency" or french.phrase(target.unit) != target.unit


def test_a_language_without_words_is_english() -> None:
    german = reader("de")
    assert german.language == "en"
    assert german("Where it fails") == "Where it fails"
    assert german.decimal(1234.5, 1) == "1,234.5"
    assert reader("fr")("no such text, {name}", name="<b>") == "no such text, &lt;b&gt;"


def test_french_is_set_with_spaces_that_do_not_break() -> None:
    assert typeset("l'un : 12 % ; qui ?", "fr") == "l\u2019un\u00a0: 12\u202f%\u202f; qui\u202f?"
    assert typeset("it's: 12 %", "en") == "it's: 12 %"
    assert reader("fr").whole(1234567) == "1\u202f234\u202f567"
    assert reader("fr").share(0.1234) == "12,3\u00a0%"


def test_on_what_a_target_without_labels_stands_is_told_in_french() -> None:
    french, english = (
        reader("fr"),
        r"\b(the|of|is|needs?|days|customers|by|level|predicted|happened|on|period|got|from)\b",
    )
    moment = Moment(56, 0, 100, 0.2, 0.25)
    told = [f"{Rung.NONE}: {WORDS[Rung.NONE].stands}", "its level could not be checked"]
    for binary in (True, False):
        told += [
            Total(90, 1234.0, 1000.0, 1500.0, 0.1, 0.1, many).said(365, "" if binary else "EUR", binary)
            for many in (1, 3)
        ]
        for others in (0, 1, 5):
            for shift in (0.0, 0.25):
                told.append(Shorter(84, 0, 100, 0.2, 0.25, shift, (moment,) * others).said(binary))
    reach, start = Reach(84), 0
    told += [reach.above(rung, start, 150 * DAY) for rung in (Rung.NONE, Rung.ONE, Rung.TWO)]
    for text in told:
        own = "; ".join(map(french.phrase, text.split("; ")))
        assert not re.search(english, own), (text, own)
