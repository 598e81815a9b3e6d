"""Places: which segment to act on first, and what speaks for it and against it, in words and with figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.charts.number import MISSING
from training.charts.reader import ENGLISH, Reader
from training.personas.ranking import CRITERIA, Ranked

TITLES = {
    "reach": "reach",
    "value": "value",
    "response": "predicted response",
    "stability": "stability",
    "difference": "difference",
}
"""What each criterion is called."""


@dataclass(frozen=True)
class Figure:
    """What is known of one segment in one criterion."""

    criterion: str
    """As it is called."""
    text: str
    """The figure as people read it; a dash where it is not known."""
    place: str
    """Its place among the segments; empty where it is not known."""


@dataclass(frozen=True)
class Place:
    """One segment in the ranking."""

    title: str
    place: int
    figures: tuple[Figure, ...]
    speaks_for: str
    """In which criteria it stands in the better half, the best first; empty where in none."""
    against: str
    """In which it stands in the other half, the worst first."""


def places(
    ranking: Sequence[Ranked], titles: Mapping[str, str], currency: str, reader: Reader = ENGLISH
) -> tuple[Place, ...]:
    """Return the ranking in words; none where nothing is known of two segments.

    Args:
        ranking: the segments, the first to act on first.
        titles: what they are called, by name.
        currency: of their value.
        reader: who reads it.
    """
    counts = {one: sum(one in ranked.figures for ranked in ranking) for one in CRITERIA}
    used = [one for one in CRITERIA if counts[one] > 1]
    return tuple(_place(one, titles, used, counts, currency, reader) for one in ranking) if used else ()


def _place(
    ranked: Ranked,
    titles: Mapping[str, str],
    used: Sequence[str],
    counts: Mapping[str, int],
    currency: str,
    reader: Reader,
) -> Place:
    figures = []
    for one in used:
        known = one in ranked.figures
        text = _written(one, ranked.figures[one], currency, reader) if known else MISSING
        figures.append(Figure(reader(TITLES[one]), text, _of(ranked, one, counts, reader) if known else ""))
    better = {one for one in ranked.places if 2 * ranked.places[one] <= counts[one] + 1}
    pros = sorted(better, key=lambda one: (ranked.places[one], CRITERIA.index(one)))
    cons = sorted(ranked.places.keys() - better, key=lambda one: (-ranked.places[one], CRITERIA.index(one)))
    told = [", ".join(_reasons(ranked, own, counts, reader)) for own in (pros, cons)]
    return Place(titles.get(ranked.segment, ranked.segment), ranked.place, tuple(figures), *told)


def _reasons(ranked: Ranked, criteria: Sequence[str], counts: Mapping[str, int], reader: Reader) -> Iterator[str]:
    for one in criteria:
        yield reader.filled(
            "{criterion} ({place})", criterion=reader.template(TITLES[one]), place=_of(ranked, one, counts, reader)
        )


def _of(ranked: Ranked, criterion: str, counts: Mapping[str, int], reader: Reader) -> str:
    return reader.filled("{place} of {count}", place=ranked.places[criterion], count=counts[criterion])


def _written(criterion: str, value: float, currency: str, reader: Reader) -> str:
    if criterion == "value":
        return f"{reader.money(value, currency)} {currency}".rstrip()
    return reader.share(value) if criterion in {"reach", "response"} else reader.decimal(value, 2)
