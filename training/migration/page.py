"""The page: the flows of each segmenter between the last months, as one file that loads nothing."""

from collections.abc import Sequence

from markupsafe import Markup

from training.charts.flow import Group, flow
from training.charts.svg import element
from training.migration.transitions import Transitions

COLUMNS = 4
"""As many ends of months are drawn at most."""
OUTSIDE = "not known"
HIDDEN = (
    "{:,} moves are not shown: some are of few customers, and the others would tell how many. Sizes are of those alone"
    " who are shown."
)
PALETTE = (
    "#1d5f8a", "#a34d12", "#4c7a34", "#7a4f94", "#b3892b", "#2c8c86", "#a33b5b", "#5b656d", "#86a8c4", "#cf8e62",
    "#93b57c", "#b69bc8",
)  # fmt: skip
"""By the place of a segment's colour; from the beginning again where there are more."""
_STYLE = Markup("""
:root { color-scheme: light; --paper: #fdfdfb; --ink: #20262b; --soft: #5b656d; }
body { margin: 0 auto; padding: 2rem 1.25rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1, h2 { font-family: Charter, Georgia, "DejaVu Serif", serif; line-height: 1.2; }
.note { color: var(--soft); max-width: 44rem; }
.scroll { overflow-x: auto; }
.chart { display: block; width: 100%; min-width: 42rem; height: auto; font: 11px system-ui, "DejaVu Sans", sans-serif; }
.chart text { fill: var(--ink); } .chart .title { font-weight: 600; }
.band { fill-opacity: .42; } .band.stays { fill-opacity: .2; } .band:hover { fill-opacity: .75; }
.outside { fill: #b9bfc4; }
""")


def page(found: Sequence[Transitions], title: str, notes: Sequence[str]) -> str:
    """Return the page.

    Args:
        found: the moves of each segmenter, without what is not to be told.
        title: of the page.
        notes: what is to be said of all, a paragraph each.
    """
    most = max((len(one.segments) for one in found), default=0)
    colours = Markup("").join(
        Markup(".s{} {{ fill: {}; }}\n").format(n, PALETTE[n % len(PALETTE)]) for n in range(2 * most)
    )
    head = element(
        "head", Markup('<meta charset="utf-8">'), element("title", title), element("style", _STYLE + colours)
    )
    parts = [element("h1", title), *(element("p", note, class_="note") for note in notes)]
    parts += [part for one in found for part in _part(one)]
    body = element("body", *parts)
    return Markup('<!doctype html>\n<html lang="en">{}{}</html>\n').format(head, body)


def _part(one: Transitions) -> list[Markup]:
    heading = element("h2", one.name)
    if len(one.months) == 1:
        return [heading, element("p", "There is one month alone: nobody can have moved.", class_="note")]
    months = [month.name for month in one.months[-COLUMNS:]]
    names = [
        Group(segment.title, place if segment.colour is None else segment.colour)
        for place, segment in enumerate(one.segments)
    ]
    label = f"{one.name}: who went from which segment to which, from {months[0]} to {months[-1]}"
    drawing = flow(months, [*names, Group(OUTSIDE, None)], one.counts[-(COLUMNS - 1) :], label)
    count = int(one.hidden[-(COLUMNS - 1) :].sum())
    hidden = [element("p", HIDDEN.format(count), class_="note")] if count else []
    return [heading, element("div", drawing, class_="scroll"), *hidden]
