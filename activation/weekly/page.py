"""The page: one file that loads nothing and runs nothing; the mail is the same with plainer colours."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from activation.weekly.facts import Expected, Weekly
from activation.weekly.kept import Difference
from activation.weekly.sentences import chance, sentences
from activation.weekly.words import Words, words
from training.charts.number import MISSING
from training.kpis.members import EVERYBODY, RULE
from training.report.page import PARTS as REPORT

PARTS = Path(__file__).parent / "parts"
TEMPLATE, STYLE, MAIL_STYLE = "weekly.html.j2", "weekly.css", "mail.css"
TILES = (
    *("revenue", "buyers", "frequency", "average_order", "margin", "retention", "returning", "conversion", "open"),
    *("click", "unsubscribe", "complaint", "refund", "satisfaction", "engagement", "cac", "payback", "roi"),
)
"""What is told of everybody, in this order, as far as it can be measured."""
BY_SEGMENT = ("revenue", "buyers", "engagement", "satisfaction")
"""What is told of each segment, as far as it can be measured of any."""


def html(weekly: Weekly, changed: Sequence[Difference], reasons: Sequence[str], published: str, *, mail: bool) -> str:
    """Return the page; whatever the data say is escaped.

    Args:
        weekly: the report.
        changed: figures that are other than they were published before.
        reasons: why.
        published: when that was; empty where it is published for the first time.
        mail: whether it is read in a mail, whose programs know neither variables nor dark colours.
    """
    environment = Environment(
        loader=FileSystemLoader(PARTS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    say = words(weekly.language, weekly.currency)
    environment.filters["said_kpi"] = say.kpi
    own = {(one.segmenter, one.segment, one.kpi): one for one in weekly.tiles}
    return environment.get_template(TEMPLATE).render(
        weekly=weekly,
        say=say,
        style=_style(mail=mail),
        tiles=[own[EVERYBODY, EVERYBODY, name] for name in TILES if (EVERYBODY, EVERYBODY, name) in own],
        own=own,
        by_segment=[name for name in BY_SEGMENT if any(one.kpi == name for one in weekly.tiles)],
        expected=expected,
        sentences=sentences(weekly, say),
        chance=chance,
        changed=changed,
        reasons=reasons,
        published=published,
        deepest=max((len(one.shares) for one in weekly.cohorts), default=0),
        few=weekly.smallest,
        RULE=RULE,
    )


def expected(one: Expected | None, say: Words) -> str:
    """Return a forecast with its interval; a dash where there is none."""
    if one is None:
        return MISSING
    return f"{say.whole(one.value)} ({say.whole(one.low)} \N{EN DASH} {say.whole(one.high)})"


def _style(*, mail: bool) -> Markup:
    paths = [PARTS / MAIL_STYLE] if mail else [REPORT / "style.css", PARTS / STYLE]
    return Markup("\n".join(path.read_text(encoding="utf-8") for path in paths))  # noqa: S704  files of ours
