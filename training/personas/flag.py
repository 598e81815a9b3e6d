# ruff: noqa: E501  a table
"""Flags: what speaks against a segment's name, or against acting on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.consent.groups import said
from training.reasons.wording import ENGLISH
from training.segmenters.profile import Profile

CONTRADICTION = "contradiction"
ENOUGH = 1_000
"""From so many customers on a segment is not warned of."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "small": {
        "en": "{customers} customers, fewer than {least}: too small to act on by itself",
        "de": "{customers} Kunden, weniger als {least}: zu wenige, um eigens für sie etwas zu tun",
        "fr": "{customers} clients, moins de {least} : trop peu pour agir à part",
    },
    "few": {
        "en": "{customers} customers, fewer than {least}: what is told of it is uncertain",
        "de": "{customers} Kunden, weniger als {least}: was davon erzählt wird, ist unsicher",
        "fr": "{customers} clients, moins de {least} : ce qu'on en dit est incertain",
    },
    "left": {
        "en": "its name promises customers who stay, but {inside} left ({target}), {overall} of all",
        "de": "der Name verspricht Kunden, die bleiben, aber {inside} sind gegangen ({target}), von allen {overall}",
        "fr": "son nom promet des clients qui restent, mais {inside} sont partis ({target}), {overall} de tous",
    },
    "leaving": {
        "en": "its name promises customers who stay, but {inside} are predicted to leave ({target}), {overall} of all",
        "de": "der Name verspricht Kunden, die bleiben, aber {inside} werden voraussichtlich gehen ({target}), von allen {overall}",
        "fr": "son nom promet des clients qui restent, mais {inside} devraient partir ({target}), {overall} de tous",
    },
    "mends": {
        "en": "[segments.rfm] {setting} mends it, by the usual gap of {usual_gap} days; {lowest} of the customers then have the worst score of recency",
        "de": "[segments.rfm] {setting} behebt es, nach dem üblichen Abstand von {usual_gap} Tagen; {lowest} der Kunden haben dann die schlechteste Punktzahl",
        "fr": "[segments.rfm] {setting} y remédie, d'après l'intervalle habituel de {usual_gap} jours ; {lowest} des clients ont alors le plus mauvais score de récence",
    },
    "renames": {
        "en": "the cells need another name ([segments.rfm.rules])",
        "de": "die Felder brauchen einen anderen Namen ([segments.rfm.rules])",
        "fr": "ces cases demandent un autre nom ([segments.rfm.rules])",
    },
}  # fmt: skip
"""What is said, by key and language."""

_THOUSANDS = {"en": ",000", "de": ".000", "fr": " 000"}


@dataclass(frozen=True)
class Flag:
    """One thing to know before a segment is acted on."""

    key: str
    """What it is: `small`, `few` or `contradiction`."""
    texts: Mapping[str, str]
    """By language, the same in words."""
    figures: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What it is, in English."""
        return self.texts[ENGLISH]


def worded(keys: tuple[str, ...], **told: str | float) -> dict[str, str]:
    """Return sentences of the table by language, joined; numbers below 1 are shares."""
    languages = WORDS[keys[0]]
    return {one: "; ".join(WORDS[key][one].format(**_shown(told, one)) for key in keys) for one in languages}


def _shown(told: Mapping[str, str | float], language: str) -> dict[str, str]:
    return {name: one if isinstance(one, str) else _share(one, language) for name, one in told.items()}


def _share(value: float, language: str) -> str:
    return f"{value:.1%}" if language == ENGLISH else f"{100 * value:.1f} %".replace(".", ",")


def of_size(profile: Profile, least: int, smallest: int = 0) -> tuple[Flag, ...]:
    """Return a flag where a segment has few customers.

    Args:
        profile: of the segment.
        least: customers of a segment that is not flagged, as the dataset says.
        smallest: customers that a figure is of at the least.
    """
    key, bound = ("small", least) if profile.size < least else ("few", ENOUGH)
    if profile.size >= bound:
        return ()
    texts = worded((key,), customers=said(profile.size, smallest), least=f"{bound:,}")
    texts = {one: text.replace(",000", _THOUSANDS[one]) for one, text in texts.items()}
    if profile.size == 1:
        texts[ENGLISH] = texts[ENGLISH].replace("customers", "customer", 1)
    return (Flag(key, texts, {"customers": profile.size, "least": bound}),)
