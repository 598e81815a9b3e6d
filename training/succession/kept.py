"""Kept: whether a training goes on with the champion's segmenter as it is, or fits another, and why.

A segmenter that is fitted again draws other lines, and customers move who did nothing. So the champion's own cuts and
centres stay while they still fit; one that is fitted again starts from them and takes over the names of its segments.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from training.bundle.bundle import Bundle
from training.segmenters import Facts, Segment, Segmenter
from training.segmenters.declared import Fit
from training.succession.matching import OUTSIDE, Matching, by_names, matched
from training.succession.moves import Moves
from training.succession.parts import Parts
from training.succession.renamed import by_definition, called, renamed

Fails = Callable[[Segmenter, Facts], str]
"""Says of a segmenter that is frozen why it no longer fits some customers of now; empty where it still does."""
How = Literal["kept", "refitted", "new"]
LEAST, LARGEST = 0.02, 0.5
"""The least share of customers that a segment is to have, as the gate of stability asks, and the largest."""
_FIRST = "there is no champion"
START = "start"
"""The parameter of a fit that takes the segmenter from whose centres or cuts it is to begin."""


@dataclass(frozen=True)
class Former:
    """The champion, with whose segments a training goes on."""

    bundle: Bundle
    version: str
    declared: Mapping[str, str] | None = None
    """By segmenter, what was declared of it then, as `settings` tells it; None where nobody noted it."""
    barred: str = ""
    """Why nothing of it may be in a new bundle; empty where it may."""
    refit: bool = False
    """Whether every segmenter is to be fitted again, as somebody asked."""

    def segmenter(self, name: str) -> Segmenter | None:
        """Return the segmenter of a name; None where it has none."""
        return next((one for one in self.bundle.segmenters if one.name == name), None)


@dataclass(frozen=True)
class Succession:
    """What one segmenter of a training is of the champion's."""

    segmenter: Segmenter
    how: How
    why: str
    old: tuple[Segment, ...] = ()
    """The champion's segments."""
    matching: Matching | None = None
    """What became of them; None where there were none."""
    parts: Parts | None = None
    """Who moved because of what, once it is counted."""
    moves: Moves | None = None
    """From which of the champion's segments to which of these, once it is counted."""

    def said(self) -> str:
        """Return it as a sentence."""
        return f"{self.segmenter.name}: {self.how}: {self.why}{self._became()}"

    def lines(self, smallest: int) -> list[str]:
        """Return it with who moved because of what; where groups are to have a size, no smaller one is told."""
        told = [] if self.why == _FIRST else [self.said()]
        return told if self.parts is None else [*told, f"{self.segmenter.name}: {self.parts.said(smallest)}"]

    def _became(self) -> str:
        """Return what became of the segments, where not all stayed."""
        if self.matching is None or self.matching.whole:
            return ""
        new, old = self.segmenter.segments, self.old
        told = []
        for one in self.matching.segments:
            if one.how != "kept":
                of = " and ".join(old[place].name for place in one.of)
                told.append(f"{new[one.place].name} is {one.how}{f' from {of}' if of else ''}")
        told += [f"{old[one.place].name} is gone" for one in self.matching.vanished]
        return f"; {', '.join(told)}"


@dataclass(frozen=True)
class Today:
    """What a training knows of its segmenters beside the customers."""

    day: str
    """By which segments are called that are new, as YYYYMMDD."""
    declared: Mapping[str, str]
    """By segmenter, what the dataset declares of it."""
    fails: Mapping[str, Fails]
    """By segmenter, what says of one that is frozen that it no longer fits; by default `outgrown` does."""


def succeed(name: str, fit: Fit, facts: Facts, former: Former | None, today: Today) -> Succession:
    """Return the segmenter that a training goes on with: the champion's while it fits, else one that is fitted.

    Args:
        name: of the segmenter.
        fit: fits it to customers of now; from the champion's centres or cuts where it takes `start`.
        facts: of those customers.
        former: the champion, where there is one.
        today: what else is known.

    Raises:
        ValueError: the customers do not allow one.
    """
    old = former.segmenter(name) if former else None
    if former is None or old is None:
        return Succession(fit(facts), "new", "the champion has none" if former else _FIRST)
    if former.barred:
        fresh = fit(facts)
        return Succession(fresh, "refitted", former.barred, old.segments, _matched(old, fresh, facts))
    why = _outdated(old, facts, former, today) or today.fails.get(name, outgrown(fit))(old, facts)
    if not why:
        stays = f"what the champion, version {former.version}, has still fits"
        return Succession(old, "kept", stays, old.segments, by_names(old.segments, old.segments))
    fresh = _warm(fit, facts, old)
    matching = _matched(old, fresh, facts)
    if matching is not None and not by_definition(fresh):
        fresh = renamed(fresh, called(matching, old.segments, fresh.segments, today.day))
    return Succession(fresh, "refitted", why, old.segments, matching)


def aligned(fitted: Segmenter, to: Segmenter, facts: Facts) -> Segmenter:
    """Return a segmenter of other days with the names of one of now, for those segments that are the same.

    Args:
        fitted: the one of other days.
        to: the one of now.
        facts: customers whom both are asked about.
    """
    matching = None if by_definition(fitted) else _matched(to, fitted, facts)
    if matching is None:
        return fitted
    return renamed(fitted, called(matching, to.segments, fitted.segments, ""))


def outgrown(fit: Fit) -> Fails:
    """Return what says that customers have outgrown a frozen segmenter: it no longer divides them as a new fit would.

    That is where its smallest segment is next to empty and that of a new fit has twice the least share, or where one of
    it holds most of all customers and none of a new fit does. Smaller differences are no reason to move anybody. Where
    customers of now allow no fit, nothing better is known than what there was.
    """

    def fails(frozen: Segmenter, facts: Facts) -> str:
        try:
            fresh = fit(facts)
        except ValueError:
            return ""
        alike = getattr(fresh, "alike", None)
        if type(fresh) is not type(frozen) or (alike and not alike(frozen)):
            return "what it is by definition is another now"
        (least, most), (least_now, most_now) = (_extremes(one, facts) for one in (frozen, fresh))
        if least < LEAST and least_now >= 2 * LEAST:
            return f"the champion's smallest segment has {least:.1%} of the customers; by a new fit {least_now:.1%}"
        if most > LARGEST >= most_now:
            return f"the champion's largest segment has {most:.1%} of the customers; by a new fit {most_now:.1%}"
        return ""

    return fails


def _extremes(segmenter: Segmenter, facts: Facts) -> tuple[float, float]:
    """Return the shares of customers in the smallest and in the largest segment, but of who never purchased."""
    sizes = np.bincount(segmenter.assign(facts), minlength=len(segmenter.segments)).tolist()
    own = [n for one, n in zip(segmenter.segments, sizes, strict=True) if one.name not in OUTSIDE]
    total = max(sum(own), 1)
    return min(own) / total, max(own) / total


def _outdated(old: Segmenter, facts: Facts, former: Former, today: Today) -> str:
    """Return why a champion's segmenter cannot be kept, whatever the customers do; empty where it can."""
    if former.refit:
        return "it was asked to be fitted again"
    if former.declared is None:
        return "nobody noted what the dataset declared of the champion's"  # by an earlier release, with its maps
    if former.declared.get(old.name) != today.declared.get(old.name):
        return "the dataset declares it otherwise now"
    try:
        old.assign(facts.take(np.arange(0)))
    except KeyError as lacking:
        return f"{lacking.args[0]}, which the champion's looks at, is not known now"
    return ""


def _matched(old: Segmenter, new: Segmenter, facts: Facts) -> Matching | None:
    """Return what became of the segments; None where the former ones cannot be told of the customers of now."""
    if by_definition(old) and by_definition(new):
        return by_names(old.segments, new.segments)
    try:
        return matched(old.segments, new.segments, old.assign(facts), new.assign(facts))
    except KeyError:
        return None


def _warm(fit: Fit, facts: Facts, old: Segmenter) -> Segmenter:
    """Fit a segmenter, from a former one where the fit can begin with that."""
    if START not in inspect.signature(fit).parameters:
        return fit(facts)
    found: Segmenter = cast("Any", fit)(facts, start=old)
    return found
