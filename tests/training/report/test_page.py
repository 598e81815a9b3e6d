"""The page: well formed, self-contained, the same numbers as MLflow, and nothing in the data can write into it."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from features.dataset import Profit
from tests.conftest import NAME, Trained, run_here
from tests.training.report import sample
from training.metrics.bootstrap import scored
from training.metrics.metrics import HEADLINE, METRICS
from training.report import findings
from training.report.card import card
from training.report.comparison import Compared
from training.report.interval import estimates, mean_outcome
from training.report.page import html
from training.report.segments import SegmenterTold, Told
from training.tracking import registry, tracking

EMPTY = {"meta", "br", "input", "link", "img", "hr"}
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"


class Read(HTMLParser):
    """Reads a page, and checks that every element is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.numbers: set[float] = set()
        self.headings: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element; the parser's own name for it is in lower case."""
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag == "data":
            self.numbers.add(float(found["value"]))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that it closes what was opened last."""
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        """Keep the text of headings."""
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            self.headings.append(data)

    def count(self, tag: str) -> int:
        """Return how many elements there are of a kind."""
        return sum(found == tag for found, _ in self.elements)


def _self_contained(text: str, page: Read) -> None:
    """Check that nothing is loaded: no address but places of the page itself, and no style that imports."""
    assert not re.search(r"https?://|@import|url\(", text)
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes)


def _well_made(page: Read) -> None:
    """Check what screen readers and links need."""
    named = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(named) == len(set(named))
    for tag, attributes in page.elements:
        if attributes.get("href"):
            assert attributes["href"][1:] in named
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in named
        if tag == "svg" and "viewbox" in attributes and "x" not in attributes:
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
    assert page.count("table") == page.count("caption")
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_small_report_is_a_whole_page() -> None:
    report = sample.report()
    text = html(report)
    page = Read(text)
    _self_contained(text, page)
    _well_made(page)
    for expected in ("A shop", "no customer", "discounts_84d", "0123abcd", "Champions", "too few to tell", "too low"):
        assert expected in text
    assert {"churn_28d", "Calibration", "Profit", "Where it fails", "Importance", "Segments in detail"} <= set(
        page.headings
    )
    target = report.targets[0]
    assert target.headline.value in page.numbers
    assert {decile.lift for decile in target.gain.deciles} <= page.numbers
    assert target.profit.best.profit in page.numbers


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_the_data_say_is_escaped_everywhere(language: str) -> None:
    target = replace(sample.target(EVIL, EVIL), cohort=EVIL, meaning=EVIL)
    report = sample.report(EVIL, target, reason=EVIL)
    data = replace(report.data, currency=EVIL, left_out={EVIL: (EVIL,)})
    evil: dict[str, Any] = dict.fromkeys(("title", "meaning", "action", "persona", "rule", "flag"), EVIL)
    segments = tuple(replace(segment, **evil, traits=(EVIL,)) for segment in report.segments["rfm"])
    told = SegmenterTold(segments, EVIL, EVIL, EVIL, EVIL, EVIL)
    text = html(replace(report, data=replace(data, language=language), segments={EVIL: told}))
    page = Read(text)
    assert page.count("script") == 1
    _self_contained(text, page)
    _well_made(page)
    assert "{{ 7*7 }}" in text
    assert "<title>" + "shop" in text


def test_a_report_without_what_may_be_absent_is_a_page_too() -> None:
    report = sample.report()
    data = replace(report.data, rejects={}, left_out={}, refused={})
    target = replace(
        report.targets[0],
        importance=(),
        recipes=report.targets[0].recipes[:1],
        failures=replace(report.targets[0].failures, recency=(), segments=()),
    )
    origin = replace(report.origin, commit="")
    text = html(replace(report, data=data, targets=(target,), segments={}, origin=origin))
    _well_made(Read(text))
    assert "Every row of the sources could be used." in text
    assert "has no trees" in text


def test_a_report_says_how_many_customers_were_left_out() -> None:
    report = sample.report()
    assert "excluded" not in html(report)
    some = replace(report, data=replace(report.data, excluded=1234))
    assert "<dt>excluded, as declared</dt><dd>1,234 customers</dd>" in html(some)
    assert "200 customers (1,234 are excluded, as declared)" in card(some)


@pytest.mark.parametrize(
    ("currency", "cost", "mean", "mae"),
    [("JPY", "1", "12", "3"), ("EUR", "1.00", "12.25", "2.70"), ("KWD", "1.000", "12.250", "2.700")],
)
def test_money_has_the_digits_of_its_currency(currency: str, cost: str, mean: str, mae: str) -> None:
    y, customers = np.array([10.0, 14.5] * 4), np.arange(8)
    p = y + np.array([2.0, -3.4] * 4)
    base = sample.target("spend_28d")
    spend = replace(
        base,
        task="value",
        unit=currency,
        money=True,
        base_rate=estimates({"mean": mean_outcome}, y, p, customers)["mean"],
        recipes=(Compared("rule", False, True, 0.5, scored("value", y, p, customers).estimates(), None),),
        failures=replace(base.failures, recency=(), segments=(), cut_offs=()),
        points=(),
    )
    report = sample.report("A shop", spend)
    text = html(replace(report, data=replace(report.data, currency=currency)))
    assert f"A contact costs {cost} {currency}" in text
    assert f">{mean}</data> {currency}" in text
    assert f">{mae}</data>" in text
    assert f'data-digits="{len(mae.partition(".")[2])}"' in text
    assert findings.quantity(spend, 12.25) == f"{mean} {currency}"


def test_the_page_of_a_training_has_its_targets_and_mlflows_figures(trained: Trained) -> None:
    done = run_here("training.report.__main__", "--dataset", str(trained.toml), "--no-open")
    assert done.returncode == 0, done.stderr
    text = Path(done.stdout.strip()).read_text(encoding="utf-8")
    page = Read(text)
    _self_contained(text, page)
    _well_made(page)
    client = tracking.client(tracking.place())
    experiment = client.get_experiment_by_name(f"habitus-{NAME}")
    assert experiment
    runs = client.search_runs([experiment.experiment_id], "attributes.status = 'FINISHED'", max_results=1000)
    targets = [r for r in runs if "target" in r.data.tags and "recipe" not in r.data.tags]
    assert {r.info.run_name for r in targets} <= set(page.headings)
    assert len(targets) >= 4
    recipes = [r for r in runs if "recipe" in r.data.tags]
    for found in recipes:
        task = next(task for task, name in HEADLINE.items() if f"test_{name}" in found.data.metrics)
        assert {found.data.metrics[f"test_{name}"] for name in METRICS[task]} <= page.numbers
    assert trained.dataset.title in text


def test_the_card_is_the_description_of_the_version_and_an_artifact(trained: Trained) -> None:
    assert trained.output
    client = tracking.client(tracking.place())
    version = client.get_model_version(registry.model_name(NAME), "1")
    whole = Path(client.download_artifacts(version.run_id, "report/MODEL_CARD.md")).read_text(encoding="utf-8")
    assert version.description.startswith("# The Complete Journey")
    assert len(version.description) <= 5000
    assert whole.startswith(version.description.partition("\n\n(shortened")[0])
    assert "churn\\_28d" in whole


def test_no_report_is_one_line_and_exit_code_2(trained: Trained) -> None:
    assert trained.output
    done = run_here("training.report.__main__", "--no-open")
    assert done.returncode == 2
    assert done.stderr.strip().startswith("error: no training of 'complete_journey'")
    assert done.stderr.strip().endswith("run `make train` first.")
    assert not done.stdout


def test_a_sample_is_told_with_what_more_customers_bring_and_the_size_of_everybody() -> None:
    page = html(sample.report())
    assert "200 of 800 customers, drawn by what they did first" in page.replace("\u202f", "")
    assert "for everybody, rows and amounts are 4.0 times as many" in page
    assert "What more customers bring" in Read(page).headings
    whole = replace(sample.target(), customers=(800, 800), points=())
    page = html(sample.report("A shop", whole))
    assert "drawn by" not in page
    assert "What more customers bring" not in Read(page).headings


def test_what_a_reader_wants_comes_first_and_what_is_for_checking_last() -> None:
    page = Read(html(sample.report()))
    parts = [
        "Who are your customers?",
        "What will they do?",
        "How sure is that?",
        "Targets at a glance",
        "churn_28d",
        "Segments in detail",
        "How to read the figures",
        "Time windows",
        "Data, and how to make the run again",
        "Features left out",
    ]
    places = [page.headings.index(part) for part in parts]
    assert places == sorted(places)


def test_the_opening_says_who_they_are_what_they_will_do_and_how_sure_that_is() -> None:
    target = sample.target()
    opening = html(sample.report()).split("<main", 1)[1].split("Targets at a glance", 1)[0]
    for expected in (
        "30 customers",
        "Buy often",
        "Thank them",
        f"<strong>No purchase in the next 28 days</strong>: {target.base_rate.value:.1%}"[:-1],
        "Tried on a period that came after all that it was made from.",
        f"it tells which is which {target.headline.value:.0%}"[:-1],
        "As much was predicted as happened, within chance",
        "spend_28d: no customer",
    ):
        assert expected in opening.replace("\xa0", " ").replace(" %", "")


def test_placeholders_are_called_that() -> None:
    report = sample.report()
    said = "Placeholders: what a contact costs, what a success is worth, the success rate."
    assert said in html(report)
    (target,) = report.targets
    curve = replace(target.profit, settings=Profit(cost=2.5, value=40, rate=0.1))
    assert "Placeholders" not in html(replace(report, targets=(replace(target, profit=curve),)))
    curve = replace(target.profit, settings=Profit(cost=2.5, value=40))
    assert "Placeholders: the success rate." in html(replace(report, targets=(replace(target, profit=curve),)))


def test_what_a_segmenter_is_said_to_be_is_shown_with_its_drawings() -> None:
    report = sample.report()
    segment = Told(
        "Champions", "buy often", 1, 0.001, (), None, {}, "thank them", 7,
        "buys every 4 days", "purchase_recency < 30", "under 100 customers",
    )  # fmt: skip
    market = Markup('<svg viewBox="0 0 1 1" aria-label="map"></svg>')
    told = SegmenterTold((segment,), "Value", "constructive, stable: ARI .88", "", market)
    failed = SegmenterTold((), "Behaviour", unstable="mean ARI .61, .80 is needed")
    text = html(replace(report, segments={"value": told, "behaviour": failed}))
    _well_made(Read(text))
    for expected in (
        "by the segmenter Value",
        "Buys every 4 days",
        "<code>purchase_recency &lt; 30</code>",
        "under 100 customers",
        "constructive, stable: ARI .88",
        str(market),
        "Market map: how large",
        "These are no segments to act on: mean ARI .61, .80 is needed",
        'class="swatch tint-7"',
        "1 customer</p>",
        "under 1\xa0%",
    ):
        assert expected in text
    assert "Flow:" not in text


def test_the_page_speaks_french_where_the_dataset_does() -> None:
    report = sample.report()
    text = html(replace(report, data=replace(report.data, language="fr")))
    page = Read(text)
    _well_made(page)
    assert '<html lang="fr">' in text
    assert {"Qui sont vos clients\u202f?", "Que vont-ils faire\u202f?", "Où elle échoue"} <= set(page.headings)
    assert "<strong>Aucun achat dans les 28 prochains jours</strong>" in text
    assert "12\u202f345 événements" in text
    assert not {"Calibration by", "rows", "customers with"} & set(re.findall(r">([^<>]+)<", text))
