"""Sentences: five, made from the numbers by rule: what changed, and how much that is; none says what caused it."""

from collections.abc import Sequence

from activation.objectives.status import BEHIND, MISSED
from activation.weekly.facts import Change, Size, Tile, Weekly
from activation.weekly.words import Words
from training.kpis.kpi import MONEY
from training.kpis.members import EVERYBODY, RULE

FIRST = ("revenue", "frequency", "buyers", "conversion", "engagement")
"""The KPI of everybody that is told of, the first that can be measured."""
_CHANCE = 20
"""Of so many figures that did not move, one is beyond chance by chance."""


def sentences(weekly: Weekly, say: Words) -> list[str]:
    """Return the five."""
    every = {one.kpi: one for one in weekly.tiles if one.segmenter == EVERYBODY}
    main = next((every[name] for name in FIRST if name in every), None)
    return [_week(main, say), _year(main, say), _moved(weekly.sizes, say), _figures(weekly, say), _next(weekly, say)]


def _week(main: Tile | None, say: Words) -> str:
    if main is None:
        return say.filled("No figure of everybody can be measured in this week.")
    value = say.figure(main.value, main.unit)
    meaning = say.kpi(main.kpi)
    if main.week.by is None:
        return say.filled(
            "{meaning}: {value}; there is no week before to hold it against.", meaning=meaning, value=value
        )
    said = say.filled(
        "{meaning}: {value}, {change} against the week before, {chance}.",
        meaning=meaning,
        value=value,
        change=say.change(main.week.by, main.unit),
        chance=chance(main.week, say),
    )
    if main.unit != MONEY or main.members is None:
        return said
    whole = say.change(main.week.by * main.members, main.unit)
    many = say.whole(main.members)
    return f"{said} " + say.filled("Over {members} customers that is {sum}.", members=many, sum=whole)


def chance(change: Change, say: Words) -> str:
    """Return whether a change is beyond chance, in words."""
    if change.low is None:
        return say.filled("of which no interval can be told")
    return say.filled("beyond chance" if change.beyond else "within chance")


def _year(main: Tile | None, say: Words) -> str:
    if main is None or main.year.by is None or main.year.then is None:
        return say.filled("The data tell nothing of the same week a year ago.")
    return say.filled(
        "A year ago the same figure was {then}: {change} since, {chance}.",
        then=say.figure(main.year.then, main.unit),
        change=say.change(main.year.by, main.unit),
        chance=chance(main.year, say),
    )


def _moved(sizes: Sequence[Size], say: Words) -> str:
    told = [(abs(one.today - one.began), one) for one in sizes if one.began is not None and one.today is not None]
    most, one = max(told, key=lambda two: two[0], default=(0, None))
    if one is None or not most or one.began is None or one.today is None:
        return say.filled("No segment of which is told has another size than a week ago.")
    return say.filled(
        "The segment that changed most in size is {segment} ({segmenter}): {began} customers when the week began,"
        " {today} at its end; {left} left and {joined} joined.",
        segment=one.title,
        segmenter=say.filled("rule segment") if one.segmenter == RULE else one.segmenter,
        began=say.whole(one.began),
        today=say.whole(one.today),
        left=say.whole(one.left or 0),
        joined=say.whole(one.joined or 0),
    )


def _figures(weekly: Weekly, say: Words) -> str:
    looked = [one for one in weekly.tiles if one.segmenter != EVERYBODY and one.week.low is not None]
    moved = [one for one in looked if one.week.beyond]
    if not looked:
        return say.filled("No figure of a segment has a week before to hold it against.")
    said = say.filled(
        "Of {looked} figures of segments {moved} moved beyond chance; by chance alone about {by_chance} would.",
        looked=say.whole(len(looked)),
        moved=say.whole(len(moved)),
        by_chance=say.whole(len(looked) / _CHANCE),
    )
    if not moved:
        return said
    titles = {(one.segmenter, one.segment): one.title for one in weekly.sizes}
    most = max(moved, key=lambda one: one.week.strength)
    return f"{said} " + say.filled(
        "The clearest: {meaning}, {segment}: {then}, now {value}.",
        meaning=say.kpi(most.kpi),
        segment=titles.get((most.segmenter, most.segment), most.segment),
        then=say.figure(most.week.then, most.unit),
        value=say.figure(most.value, most.unit),
    )


def _next(weekly: Weekly, say: Words) -> str:
    bad = [one.name for one in weekly.objectives if one.status in {BEHIND, MISSED}]
    fresh = [one for one in weekly.audiences if one.fresh]
    counts = [one.customers for one in fresh]
    return say.filled(
        "Objectives behind or missed: {bad} of {objectives}{names}; audiences frozen since the week began: {audiences},"
        " with {customers} customers in all, each counted once for each audience.",
        bad=say.whole(len(bad)),
        objectives=say.whole(len(weekly.objectives)),
        names=f" ({', '.join(bad)})" if bad else "",
        audiences=say.whole(len(fresh)),
        customers=say.whole(None if None in counts else sum(one or 0 for one in counts)),
    )
