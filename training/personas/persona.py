"""Personas: who the customers of a segment are, in a sentence or two with numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from training.charts.number import decimal, share
from training.personas.phrase import LANGUAGES, called, phrase, said
from training.personas.topic import Topic
from training.reasons import wording
from training.reasons.reasons import Explainer
from training.segmenters.mark import Mark
from training.segmenters.profile import CLEAR, MANY, Profile, Trait

TRAITS, MARKS = 3, 2
"""As many are told of a segment at the most."""
_LARGE = 10
MIDDLE, _FAR, _TIMES = 0.5, 0.1, 1.2
"""A trait is told where the segment's mean percentile is so far from the middle, and where one of its medians and all
customers' is so many times the other: 15 % instead of 14 % is no trait."""
_LETTERS = 40
"""As many of an attribute's value are told."""

_MORE = {"en": "more often", "de": "öfter", "fr": "plus souvent"}
_LESS = {"en": "less often", "de": "seltener", "fr": "moins souvent"}
_ALL = {"en": "of all", "de": "von allen", "fr": "de tous"}
_TOPICS = {
    "support_contact": {
        "en": "contacts support about",
        "de": "wendet sich an den Support wegen",
        "fr": "contacte l'assistance pour",
    },
    "survey_answered": {
        "en": "answers surveys about",
        "de": "antwortet auf Umfragen zu",
        "fr": "répond aux enquêtes sur",
    },
}
_CAPITALS = "de"
"""The language whose nouns keep theirs."""
_NOTHING = {
    "en": "nothing sets them apart from the other customers",
    "de": "nichts unterscheidet sie von den anderen Kunden",
    "fr": "rien ne les distingue des autres clients",
}


@dataclass(frozen=True)
class Persona:
    """Who the customers of a segment are."""

    names: Mapping[str, str]
    """By language, what customers like these are called: a name for groups that have none of their own."""
    texts: Mapping[str, str]
    """By language, who they are."""
    traits: tuple[Trait, ...]
    marks: tuple[Mark, ...]
    topics: tuple[Topic, ...]

    @property
    def text(self) -> str:
        """Who they are, in English."""
        return self.texts[wording.ENGLISH]


def persona(profile: Profile, topics: tuple[Topic, ...], explainer: Explainer) -> Persona:
    """Return who the customers of a segment are.

    Args:
        profile: of the segment.
        topics: those that set it apart.
        explainer: what puts a feature's numbers into words.
    """
    traits, marks = _traits(profile.apart or profile.traits), _marks(profile)
    spoken = [language for language in LANGUAGES if language in wording.LANGUAGES]
    texts = {language: _text(traits, marks, topics, explainer, language) for language in spoken}
    return Persona({language: _name(traits, language) for language in spoken}, texts, traits, marks, topics)


def distinct(personas: Sequence[Persona]) -> list[Persona]:
    """Return personas whose names are different: of equal ones, all but the first have a number behind."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for one in personas:
        seen.update(one.names.items())
        numbers = {language: seen[language, name] for language, name in one.names.items()}
        names = {
            key: f"{name} {numbers[key]}" if name and numbers[key] > 1 else name for key, name in one.names.items()
        }
        found.append(replace(one, names=names))
    return found


def _traits(every: Sequence[Trait]) -> tuple[Trait, ...]:
    """Return those that are told: clear ones, of each topic one; first those with a phrase."""
    clear = [one for one in every if _clear(one)]
    spoken: dict[str, Trait] = {}
    for one in clear:
        if found := phrase(one):
            spoken.setdefault(found[0].topic, one)
    others = [] if len(spoken) > 1 else [one for one in clear if not phrase(one)]
    return tuple([*spoken.values(), *others][:TRAITS])


def _clear(trait: Trait) -> bool:
    """Return whether a trait is known, and far enough from what is usual to be told."""
    low, high = sorted((abs(trait.inside), abs(trait.overall)))
    return abs(trait.rank - MIDDLE) >= _FAR and high >= _TIMES * low  # of what is not known, nothing is


def _marks(profile: Profile) -> tuple[Mark, ...]:
    clear = [one for one in profile.marks if one.known * profile.size >= MANY and abs(one.errors) >= CLEAR]
    told = [one for one in sorted(clear, key=lambda one: -abs(one.errors)) if _differs(one)]
    return tuple(told[:MARKS])


def _text(
    traits: Sequence[Trait], marks: Sequence[Mark], topics: Sequence[Topic], explainer: Explainer, language: str
) -> str:
    behaviour = ", ".join(said(one, explainer, language) for one in traits) or _NOTHING[language]
    sentences = [behaviour, "; ".join(_mark(one, language) for one in marks)]
    sentences += [_topic(one, language) for one in topics]
    return ". ".join(one[0].upper() + one[1:] for one in sentences if one)


def _mark(mark: Mark, language: str) -> str:
    name = mark.attribute.replace("_", " ")
    if mark.value is None:
        return f"{name} {_number(mark.inside)} ({_number(mark.overall)} {_ALL[language]})"
    value = mark.value if len(mark.value) <= _LETTERS else f"{mark.value[:_LETTERS]}..."
    often = (_MORE if mark.inside > mark.overall else _LESS)[language]
    return f"{often} {name} {value} ({_share(mark.inside)}; {_share(mark.overall)} {_ALL[language]})"


def _topic(topic: Topic, language: str) -> str:
    shares = f"{_share(topic.inside)}; {_share(topic.overall)} {_ALL[language]}"
    return f"{_TOPICS[topic.kind][language]} {topic.category} ({shares})"


def _name(traits: Sequence[Trait], language: str) -> str:
    """Return the names that the clearest traits give, the second behind a comma; empty where none gives any."""
    names = list(dict.fromkeys(filter(None, (called(one, language) for one in traits))))[:2]
    small = language != _CAPITALS
    text = ", ".join([*names[:1], *(one[0].lower() + one[1:] if small else one for one in names[1:])])
    return text[:1].upper() + text[1:]


def _share(value: float) -> str:
    return share(value, 0)


def _number(value: float) -> str:
    return decimal(value, 0 if abs(value) >= _LARGE or float(value).is_integer() else 1)


def _differs(mark: Mark) -> bool:
    """Return whether what is told of the segment is other than what is told of all."""
    told = _number if mark.value is None else _share
    return told(mark.inside) != told(mark.overall)
