"""The page in a browser: nothing is cut off on any screen or on paper, all can be read, and no error is written."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.clock import DAY
from features.dataset import Profit
from tests import chromium
from tests.chromium import Chromium
from tests.training.report import sample
from training.metrics.bootstrap import scored
from training.personas.market import MarketMap, Point
from training.personas.ranking import ranking
from training.report import flow
from training.report.apart import Apart, Difference
from training.report.apart import Segment as Apartness
from training.report.bought import Bought, Thing
from training.report.bought import Segment as Buyers
from training.report.comparison import Compared
from training.report.interval import estimates, mean_outcome
from training.report.market import Reached, picture
from training.report.page import html
from training.report.places import places
from training.report.profit import curve
from training.report.report import Report, Target
from training.report.segments import SegmenterTold, Told
from training.segmenters import Segment
from training.succession.moves import Moves

A4 = 695
"""Pixels between the margins of the paper."""
SMALLEST = 9
"""Pixels of letters."""

LOOK = """(smallest) => {
  const width = document.documentElement.clientWidth, cut = [], small = [];
  for (const one of document.querySelectorAll("body *")) {
    const box = one.getBoundingClientRect(), region = one.parentElement.closest(".scroll");
    if (one.closest(".skip, [hidden]") || !box.width) continue;
    const scrolls = region && getComputedStyle(region).overflowX !== "visible";
    if (!scrolls && (box.right > width + 1 || box.left < -1))
      cut.push(`${one.tagName} ${box.left}-${box.right}: ${one.textContent.trim().slice(0, 60)}`);
    const zoom = one.tagName === "text" && one.textContent.trim() ? one.getScreenCTM().a : 0;
    if (zoom && parseFloat(getComputedStyle(one).fontSize) * zoom < smallest) small.push(one.textContent);
  }
  return { cut, small, wide: document.documentElement.scrollWidth > width };
}"""

FOLDS = "document.querySelectorAll('details:not([open])')"
"""What a reader has to unfold."""

HINTS = """
[...document.querySelectorAll(".scroll")].filter((one) => one.scrollWidth > one.clientWidth + 1
  && getComputedStyle(one, "::before").content === "none").length
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if not chromium.found():
        pytest.skip(chromium.MISSING)
    with Chromium.opened(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def _spend() -> Target:
    """Return a target of amounts with many digits."""
    y, p, customers = sample.outcomes()
    y, p = y * 123_456, p * 120_000
    base = sample.target("spend_of_the_longest_category_name_364d")
    recipe = Compared("lightgbm", False, True, 0.5, scored("value", y, p, customers).estimates(), None)
    return replace(
        base,
        task="value",
        unit="EUR",
        money=True,
        meaning="net spend in the next 364 days",
        base_rate=estimates({"mean": mean_outcome}, y, p, customers)["mean"],
        recipes=(recipe, replace(recipe, recipe="another_recipe_with_a_name", chosen=False)),
        failures=replace(base.failures, recency=(), segments=()),
        points=(),
    )


def _report() -> Report:
    """Return a report with all that may stand in one, and long words."""
    report = sample.report(
        "A shop with a title that is rather long, as titles of datasets tend to be", sample.target(), _spend()
    )
    long = Told(
        "Reguläre Bestandskundinnen (merged: few customers)", "buy often " * 6, 1_234_567, 0.004, ("net spend: 9",) * 3,
        None, {"churn_28d": 0.1}, "thank them first " * 4, 11, "buys every 4 days, mostly on discount " * 3,
        "purchase_recency < 30 and spend_364d >= 1234.56 and predicted.churn_28d < 0.25", "under 100 customers",
    )  # fmt: skip
    first = report.segments["rfm"].segments
    told = SegmenterTold((*first, *[replace(long, size=n) for n in range(1, 11)]), verdict="constructive: ARI .88")
    left = {"no event of kind page_view": tuple(f"page_views_of_category_{n}d" for n in range(40))}
    data = replace(report.data, left_out=left)
    return replace(report, data=data, segments={"rfm": _told_of(told), "value": SegmenterTold((), unstable="ARI .61")})


THING = Thing("Frozen pizza, family size, of the longest name in the catalogue", "category", "12.3 %", "1.2 %", "10.25",
    "8.12 to 12.94")  # fmt: skip


def _told_of(told: SegmenterTold) -> SegmenterTold:
    """Return a segmenter with all that may be told of it, each part with long words and many digits."""
    titles = [f"Reguläre Bestandskundinnen {n} (merged: few customers)" for n in range(12)]
    figures = {name: {"reach": 0.1, "value": 1_234_567.0 + n, "response": 0.3} for n, name in enumerate(titles)}
    row = Difference("average_household_size: nine_and_more", "of customers whom the fit did not see", "12,345.67 EUR",
        "1,234.56 EUR", "+12.3 points", "+10.1 points to +14.5 points", "under 0.001")  # fmt: skip
    shares = tuple((title, "0.12 %") for title in titles)
    counts = np.random.default_rng(3).integers(0, 90_000, (12, 12))
    segments = tuple(Segment(f"s_{n}", title, "") for n, title in enumerate(titles))
    return replace(
        told,
        market=picture(
            MarketMap((Point("a", titles[0], 30, 0.15, 9.5, 0.25, 0.1),), "EUR", "spend_28d", 56.0, ""), "rfm"
        ),
        axis="sizes are of our own customers; reach and share are of the market by a census (2026-01-01)",
        reached=(
            Reached("home ownership: Homeowner", 1_234_567, "a census of all, 2026-01-01", 123_456, "1.23 %", shares),
        ),
        doubts=("[[market]] home_ownership = 'Homeowners_of_the_longest_name': no customer has it.",),
        places=places(ranking(figures, "EUR"), {}, "EUR"),
        apart=Apart(
            (Apartness(titles[0], (row,) * 5, 7),), tuple(titles[1:4]), 300, ("days since the last purchase",) * 5
        ),
        bought=Bought((Buyers(titles[0], (THING,) * 9),), 1_751, described=True),
        flow=flow.told(Moves(segments, counts, sample.END - 28 * DAY, sample.END), "rfm", ZoneInfo("UTC"), 0),
    )


@pytest.fixture(scope="module", params=["en", "fr"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = _report()
    path = tmp_path_factory.mktemp("page") / "index.html"
    text = html(replace(report, data=replace(report.data, language=request.param)))
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "media"), [(1400, "screen"), (800, "screen"), (400, "screen"), (A4, "print")])
def test_nothing_is_cut_off_and_all_can_be_read(browser: Chromium, page: Path, width: int, media: str) -> None:
    browser.show(page, width, media=media)
    assert browser.value(f"{FOLDS}.length") == 2
    browser.value(f"{FOLDS}.forEach((one) => one.open = true)")
    browser.value("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert browser.value(f"({LOOK})({SMALLEST})") == {"cut": [], "small": [], "wide": False}
    if media == "screen":
        assert browser.value(HINTS) == 0
    assert not browser.said


def test_what_is_folded_is_printed_and_folded_again(browser: Chromium, page: Path) -> None:
    browser.show(page, 1400)
    for event, left in (("beforeprint", 0), ("afterprint", 2)):
        browser.value(f"dispatchEvent(new Event('{event}'))")
        assert browser.value(f"{FOLDS}.length") == left
    assert not browser.said


def test_it_prints(browser: Chromium, page: Path) -> None:
    browser.show(page, 1400)
    paper = browser.pdf()
    assert paper.startswith(b"%PDF-")
    assert 5 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 30
    assert not browser.said


def test_the_curve_follows_the_readers_settings(browser: Chromium, tmp_path: Path) -> None:
    y, p, customers = sample.outcomes()
    (tmp_path / "index.html").write_text(html(sample.report()), encoding="utf-8")
    browser.show(tmp_path / "index.html", 800)
    browser.value(
        "{ const f = document.querySelector('.profit form'); f.elements.cost.value = 3; f.elements.worth.value = 20;"
        " f.elements.rate.value = 0.5; f.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expected = curve(Profit(cost=3, value=20, rate=0.5), "value", y, p, customers)
    said = browser.value("document.querySelector('.told').textContent")
    assert f"the best is to contact the first {expected.best.count} of 400" in said
    assert f"for a profit of {expected.best.profit:,.2f}." in said
    assert "Whoever is predicted at least 0.300 is expected" in said
    assert f"Contacting all brings {expected.everyone.profit:,.2f}." in said
    points = browser.value("document.querySelector('.profit-chart polyline').getAttribute('points')")
    assert len(points.split()) == len(expected.counts)
    assert not np.isnan(np.array([point.split(",") for point in points.split()], float)).any()
    assert not browser.said
