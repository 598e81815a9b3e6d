"""People: everything that is told of the segments of one segmenter, beside their profiles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.catalogue.feature import Aggregate, Declared
from features.consent.groups import enough, merged
from features.dataset import Dataset
from features.log.event import CENTS
from features.log.log import Log
from training.personas import market as markets
from training.personas.contradiction import Left, contradictions
from training.personas.contrast import Contrast, Examined, contrasts
from training.personas.flag import CONTRADICTION, Flag, of_size
from training.personas.lift import NOTHING, Beyond, Sold, beyond
from training.personas.market import MarketMap, Point
from training.personas.persona import Persona, distinct, persona
from training.personas.phrase import plain
from training.personas.ranking import Ranked, ranking
from training.personas.rule import Rule, inputs, rules
from training.personas.then import Then
from training.personas.topic import counted, topics
from training.reasons.reasons import Explainer
from training.reasons.wording import ENGLISH
from training.segmenters import Facts, Rfm
from training.segmenters.declared import Fit, settings
from training.segmenters.profile import Members, Profile
from training.segmenters.rfm_settings import SPEND

Ints = NDArray[np.int32]
_MOST = 20_000
"""Of so many customers, half are fitted to again, and the others tested: more show no effect that matters."""


@dataclass(frozen=True)
class Person:
    """What is told of one segment."""

    persona: Persona
    rule: Rule | None
    """None where it has none of its own, and none that follows it closely."""
    flags: tuple[Flag, ...]
    contrasts: tuple[Contrast, ...]
    """Of all that was tested, the clearest first."""

    @property
    def flag(self) -> str:
        """What speaks against acting on it, in English; empty where nothing does."""
        return self.flagged(ENGLISH)

    @property
    def contradicted(self) -> Mapping[str, str]:
        """What the figures say against its name, by language; nothing where they do not."""
        return next((one.texts for one in self.flags if one.key == CONTRADICTION), {})

    def flagged(self, language: str, leaving: str = "") -> str:
        """Return what speaks against acting on it, leaving out flags of one key; empty where nothing does."""
        return "; ".join(one.texts.get(language, one.text) for one in self.flags if one.key != leaving)


@dataclass(frozen=True)
class People:
    """What is told of the segments of one segmenter."""

    segments: Mapping[str, Person]
    """By name of the profile; in its order."""
    ranking: tuple[Ranked, ...]
    market: MarketMap
    described: tuple[str, ...] = ()
    """The features that it looks at: segments differ in them since they were cut by them, so they are never tested."""
    bought: Beyond = NOTHING
    """What each segment buys beyond the rest, in the order of `segments`."""

    @property
    def contradicted(self) -> dict[str, Mapping[str, str]]:
        """By segment, what the figures say against its name, in each language; those alone of which they do."""
        return {name: one.contradicted for name, one in self.segments.items() if one.contradicted}

    @property
    def buys(self) -> dict[str, list[dict[str, Any]]]:
        """By segment, what it buys beyond the rest as JSON can hold it; those alone that buy anything so."""
        pairs = zip(self.segments, self.bought.segments, strict=False)
        return {name: self.bought.plain(lifts) for name, lifts in pairs if lifts}


@dataclass(frozen=True)
class Crowd:
    """All customers of a dataset, and what is known of them."""

    dataset: Dataset
    log: Log
    end: int
    """The moment that is told of, in microseconds UTC."""
    customers: NDArray[np.int64]
    """Their places in the log, in the order of the attributes and of segments."""
    attributes: pa.Table
    explainer: Explainer
    now: Facts
    """Those that segmenters were fitted to, with what is predicted of them."""
    thens: Sequence[Then] = ()
    left: Left | None = None
    """Who left; None where no target tells."""
    churn: str = ""
    """The target that is risk; empty where there is none."""
    comeback: str = ""
    worth: str = ""
    """The target that is value; empty where there is none: the spend of 364 days is."""
    fits: Mapping[str, Fit] = field(default_factory=dict)
    """What fits a segmenter again, by its name: to half of the customers, so that the others can be tested."""
    stability: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By segmenter and segment, the Jaccard coefficient between fits, where that is known."""
    sold: Mapping[str, Sold] = field(default_factory=dict)
    """By segmenter, what the customers of its segments bought."""


def people(members: Members, profiles: Sequence[Profile], crowd: Crowd) -> People:
    """Return what is told of a segmenter's segments.

    Args:
        members: the segmenter, and everybody's segments.
        profiles: those of the segments that have customers, in their order; of few customers they are told together.
        crowd: what is known of everybody.
    """
    smallest = crowd.dataset.smallest_group
    place = _places(members, smallest)
    assigned, known = place[members.assigned], place[members.segmenter.assign(crowd.now)]
    sizes = np.bincount(assigned, minlength=len(profiles))
    log_places = np.full(len(crowd.log.customers), -1, np.int32)
    log_places[crowd.customers] = assigned
    spoken = topics(counted(crowd.log, crowd.end, log_places, len(profiles)), sizes, smallest)
    tested = contrasts(list(_examined(members, place, assigned, crowd)), len(profiles), smallest)
    by_name = {feature.name: feature for feature in crowd.explainer.features}
    ruled = rules(members.segmenter, crowd.now, by_name, smallest)
    flags = _flags(members, profiles, crowd)
    personas = distinct([persona(profile, spoken[n], crowd.explainer) for n, profile in enumerate(profiles)])
    names = [profile.segment.name for profile in profiles]
    found = {name: Person(personas[n], ruled.get(name), flags[n], tested[n]) for n, name in enumerate(names)}
    mapped = _market(members, profiles, place, known, crowd)
    ranked = _ranking(members, profiles, known, mapped, tested, crowd)
    described = inputs(members.segmenter)
    sold = crowd.sold.get(members.segmenter.name)
    bought = beyond(sold.merged(place, len(profiles)), smallest) if sold else NOTHING
    cut_by_it = any(_of_category(by_name.get(name)) for name in described)
    return People(found, ranked, mapped, described, replace(bought, described=cut_by_it))


def _of_category(feature: Declared | None) -> bool:
    """Return whether a feature counts the lines of a category alone."""
    return isinstance(feature, Aggregate) and feature.only is not None and feature.only[0] == "category"


def _places(members: Members, smallest: int) -> Ints:
    """Return by segment the place of its profile, as profiles are made; -1 of those without customers."""
    sizes = members.sizes
    place, told = np.full(sizes.size, -1, np.int32), 0
    for group in merged(sizes.tolist(), smallest):
        if sizes[list(group)].sum():
            place[list(group)] = told
            told += 1
    return place


def _examined(members: Members, place: Ints, assigned: Ints, crowd: Crowd) -> list[Examined]:
    """Return what did not make the segments: the attributes, and what customers did afterwards."""
    table = crowd.attributes
    known = [Examined(name, "attribute", table[name], assigned) for name in table.column_names]
    known += _unseen(members, place, crowd)
    return known + [
        Examined(then.target, "outcome", then.outcome, _told_as(place, then.assigned[name]), then.task == "binary")
        for then in crowd.thens
        if (name := members.segmenter.name) in then.assigned
    ]


def _told_as(place: Ints, assigned: Ints) -> Ints:
    """Return the places of the profiles of rows, -1 of those in no segment of now."""
    return np.where(assigned >= 0, place[np.maximum(assigned, 0)], -1).astype(np.int32)


def _unseen(members: Members, place: Ints, crowd: Crowd) -> list[Examined]:
    """Return features that the segmenter does not look at, of the half of the customers whom a fit did not see."""
    segmenter = members.segmenter
    used, fit = inputs(segmenter), crowd.fits.get(segmenter.name)
    if fit is None or not used:
        return []
    order = np.random.default_rng(0).permutation(len(crowd.now))[:_MOST]
    seen, others = (crowd.now.take(np.sort(own)) for own in np.array_split(order, 2))
    try:
        again = fit(seen)
    except ValueError:
        return []
    places = {one.name: int(place[n]) for n, one in enumerate(segmenter.segments)}
    own = np.array([places.get(one.name, -1) for one in again.segments], np.int32)[again.assign(others)]
    names = [name for name in crowd.now.names if plain(name) and name not in used]
    return [Examined(name, "feature", others.column(name), own) for name in names]


def _flags(members: Members, profiles: Sequence[Profile], crowd: Crowd) -> list[tuple[Flag, ...]]:
    said, smallest = settings(crowd.dataset), crowd.dataset.smallest_group
    rfm = isinstance(members.segmenter, Rfm) and crowd.left is not None
    wrong = contradictions(crowd.left, said.rfm, smallest) if rfm and crowd.left else {}
    return [
        (
            *((wrong[profile.segment.name],) if profile.segment.name in wrong else ()),
            *of_size(profile, said.least, smallest),
        )
        for profile in profiles
    ]


def _market(members: Members, profiles: Sequence[Profile], place: Ints, known: Ints, crowd: Crowd) -> MarketMap:
    """Return the map; `known` are the places of those in `crowd.now`, of whom something is predicted."""
    dataset, count = crowd.dataset, len(profiles)
    then = next((one for one in crowd.thens if members.segmenter.name in one.today), None)
    now_sizes = np.bincount(known[known >= 0], minlength=count)
    growth = np.full(count, np.nan)
    if then is not None:
        before = place[then.today[members.segmenter.name]]
        sizes = np.bincount(before[before >= 0], minlength=count)
        told = [size > 0 and enough(size, dataset.smallest_group) for size in sizes.tolist()]
        growth = np.where(told, now_sizes / np.maximum(sizes, 1) - 1, np.nan)
    few = dataset.smallest_group
    values, risks = _means(_worth(crowd), known, count, few, 0.0), _means(1.0 - _buys(crowd), known, count, few)
    points = tuple(
        Point(
            one.segment.name,
            one.segment.title,
            one.size,
            one.share,
            float(values[n]),
            float(growth[n]),
            float(risks[n]),
        )
        for n, one in enumerate(profiles)
    )
    market, names = markets.sizes(dataset), [profile.segment.name for profile in profiles]
    reached = markets.reaches(market, crowd.attributes, place[members.assigned], names, dataset.smallest_group)
    worth = crowd.worth or (SPEND if crowd.now.has(SPEND) else "")
    doubts = markets.doubts(reached, crowd.attributes, few)
    return MarketMap(points, dataset.currency, worth, then.days if then else 0.0, markets.axis(market), reached, doubts)


def _ranking(
    members: Members,
    profiles: Sequence[Profile],
    known: Ints,
    mapped: MarketMap,
    tested: Sequence[tuple[Contrast, ...]],
    crowd: Crowd,
) -> tuple[Ranked, ...]:
    responses = _means(_buys(crowd), known, len(profiles), crowd.dataset.smallest_group)
    stable = crowd.stability.get(members.segmenter.name, {})
    figures = {}
    for n, point in enumerate(mapped.points):
        effects = [abs(one.effect) for one in tested[n] if one.significant]
        figures[point.segment] = {
            "reach": point.share,
            "value": point.value,
            "response": float(responses[n]),
            "stability": stable.get(point.segment, np.nan),
            "difference": max(effects, default=0.0 if tested[n] else np.nan),
        }
    return ranking(figures, crowd.dataset.currency)


def _predicted(crowd: Crowd, target: str) -> NDArray[np.float64]:
    return crowd.now.predicted.get(target, np.full(len(crowd.now), np.nan))


def _buys(crowd: Crowd) -> NDArray[np.float64]:
    """Return how probable a purchase of each is: one less churn's probability, outside its cohort comeback's."""
    buys = 1.0 - _predicted(crowd, crowd.churn)
    return np.where(np.isnan(buys), _predicted(crowd, crowd.comeback), buys)


def _worth(crowd: Crowd) -> NDArray[np.float64]:
    """Return what each is worth in the currency; NaN where there are no amounts."""
    if crowd.worth:
        return _predicted(crowd, crowd.worth)
    if not crowd.now.has(SPEND):
        return np.full(len(crowd.now), np.nan)
    return crowd.now.column(SPEND) / CENTS


def _means(
    values: NDArray[np.float64], places: Ints, count: int, smallest: int, missing: float = np.nan
) -> NDArray[np.float64]:
    """Return the mean of each group, NaN of few; who has no value counts as `missing`, where that is a number."""
    if not np.isnan(missing) and np.isfinite(values).any():
        values = np.where(np.isnan(values), missing, values)
    rows = np.isfinite(values) & (places >= 0)
    sizes = np.bincount(places[rows], minlength=count)
    sums = np.bincount(places[rows], values[rows], count)
    told = (sizes > 0) & (sizes >= smallest)
    return np.where(told, sums / np.maximum(sizes, 1), np.nan)
